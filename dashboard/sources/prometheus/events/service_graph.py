"""Reads service graphs in Prometheus: from Tempo, the OpenTelemetry collector, Istio and Linkerd."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.graphed import Calls, GraphAnswer
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.client.pooled_client import PooledClient
from dashboard.sources.prometheus.client.query_client import QueryResult
from dashboard.sources.prometheus.instrumentation import selectors

PURPOSE = "service graph"
# Minimum span in seconds, as a shorter one contains too few scrapes.
SPAN_MIN = 600

# Labels that together name a service; if others are missing, the last one alone.
Named = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """Counters of calls.

    Attributes:
        requests: the counter. `matchers`: for every query.
        failed: the counter of failed calls; if it is that of all calls, `bad` selects the failed ones.
        callers, callees: labels that name each end; the first existing ones are used.
        reporter: the label for the end that counted, as both ends count the same call.
    """

    requests: str
    failed: str
    callers: tuple[Named, ...]
    callees: tuple[Named, ...]
    matchers: str = ""
    bad: str = ""
    reporter: str = ""

    @property
    def labels(self) -> list[str]:
        """All labels in use, without duplicates."""
        names = [*self.callers, *self.callees, (self.reporter,)]
        return list(dict.fromkeys(label for named in names for label in named if label))


GRAPHS = (
    # https://grafana.com/docs/tempo/latest/metrics-from-traces/service_graphs/
    Graph(
        "traces_service_graph_request_total",
        "traces_service_graph_request_failed_total",
        (("client",),),
        (("server",),),
    ),
    # https://istio.io/latest/docs/reference/config/metrics/
    Graph(
        "istio_requests_total",
        "istio_requests_total",
        (
            ("source_workload_namespace", "source_workload"),
            ("source_workload_namespace", "source_canonical_service"),
        ),
        (
            ("destination_service_namespace", "destination_service_name"),
            ("destination_workload_namespace", "destination_workload"),
        ),
        # 0 is a call without an answer.
        bad='response_code=~"5..|0"',
        reporter="reporter",
    ),
    # https://linkerd.io/2/reference/proxy-metrics/
    Graph(
        "response_total",
        "response_total",
        (("namespace", "deployment"), ("namespace", "statefulset"), ("namespace", "daemonset")),
        (
            ("dst_namespace", "dst_deployment"),
            ("dst_namespace", "dst_statefulset"),
            ("dst_namespace", "dst_daemonset"),
            ("dst_namespace", "dst_service"),
        ),
        matchers='direction="outbound"',
        bad='classification="failure"',
    ),
)


class ServiceGraph:
    """Requests calls between services.

    Args:
        client: sends queries. `matchers`: configured ones, each followed by a comma.
    """

    def __init__(self, client: PooledClient, matchers: str) -> None:
        self._client, self._matchers = client, matchers

    def answer(self, services: Sequence[ServiceInfo], start: int, end: int) -> GraphAnswer:
        """Calls in a span, from all existing graphs.

        Args:
            services: of the catalog. `start`, `end`: epoch seconds.
        """
        names, results = Names(services), list[QueryResult]()
        calls: list[Calls] = []
        for graph in GRAPHS:
            calls += self._calls(graph, names, max(end - start, SPAN_MIN), end, results)
        return GraphAnswer(tuple(calls), tuple(result.cost for result in results))

    def _calls(
        self, graph: Graph, names: "Names", span: int, end: int, results: list[QueryResult]
    ) -> Iterable[Calls]:  # fmt: skip
        """Calls from one graph.

        Args:
            graph: its counters. `names`: finds services. `span`: seconds until `end`, epoch seconds.
            results: collects the results of the queries.
        """
        requests = self._sums(graph, graph.requests, "", span, end, names, results)
        if not requests:
            return []
        failed = self._sums(graph, graph.failed, graph.bad, span, end, names, results)
        # Both ends of a call count it: use the one that counted more.
        best: dict[tuple[str, str], Calls] = {}
        for (caller, callee, reporter), number in requests.items():
            seen = best.get((caller, callee))
            if caller != callee and (seen is None or number > seen.requests):
                best[caller, callee] = Calls(caller, callee, number, failed.get((caller, callee, reporter), 0.0))
        return best.values()

    def _sums(
        self, graph: Graph, metric: str, bad: str, span: int, end: int, names: "Names", results: list[QueryResult]
    ) -> dict[tuple[str, str, str], float]:
        """Calls by caller, callee and the end that counted them.

        Args:
            graph: its counters. `metric`: one of them. `bad`: matchers of failed calls.
            span: seconds until `end`, epoch seconds. `names`: finds services. `results`: collects the result.
        """
        selected = selectors.selector(metric, self._matchers, graph.matchers, bad)
        query = f"sum by ({', '.join(graph.labels)}) (increase({selected}[{span}s])) > 0"
        result = self._client.instant(query, end, PURPOSE)
        results.append(result)
        sums: dict[tuple[str, str, str], float] = {}
        for series in result.series:
            ends = names.of(series.metric, graph.callers), names.of(series.metric, graph.callees)
            if ends[0] is not None and ends[1] is not None and series.value is not None:
                key = ends[0], ends[1], series.metric.get(graph.reporter, "")
                sums[key] = sums.get(key, 0.0) + _value(series)
        return sums


class Names:
    """Finds services of the catalog by the names in a graph.

    Args:
        services: of the catalog.
    """

    def __init__(self, services: Iterable[ServiceInfo]) -> None:
        self._named: dict[str, str | None] = {}
        for info in services:
            for name in {info.name, info.title, info.name.rsplit("/", 1)[-1]}:
                # A name shared by several services identifies none of them.
                known = self._named.setdefault(name.casefold(), info.name)
                if known != info.name and name != info.name:
                    self._named[name.casefold()] = None

    def of(self, metric: Mapping[str, str], alternatives: Iterable[Named]) -> str | None:
        """The service named by the labels of a series; None if there is none, or several.

        Args:
            metric: its labels. `alternatives`: labels that may name it.
        """
        for labels in alternatives:
            values = [metric.get(label, "") for label in labels]
            for text in ("/".join(values), values[-1]):
                service = self._named.get(text.casefold())
                if values[-1] and service is not None:
                    return service
        return None


def _value(series: Series) -> float:
    assert series.value is not None, "an instant query gives one"
    return float(series.value[1])
