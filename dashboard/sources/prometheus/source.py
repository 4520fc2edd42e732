"""The Prometheus source: presets find the services, and one `by (service)` query per signal reads all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Unpack

from dashboard.oncall.combinations import Combinations
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.outcomes import Vocabulary
from dashboard.ranking import Ranking
from dashboard.slo.indicators import Column, Query
from dashboard.sources.alerted import AlertAnswer
from dashboard.sources.catalog import DEFAULT_THRESHOLD, Catalog, ServiceInfo
from dashboard.sources.combined import CombinationsAnswer
from dashboard.sources.exemplars import ExemplarsAnswer
from dashboard.sources.graphed import GraphAnswer
from dashboard.sources.lanes import Lane
from dashboard.sources.priced import PriceAnswer
from dashboard.sources.prometheus.catalog_search import CatalogSearch
from dashboard.sources.prometheus.client.http import Api, ConnectionOptions
from dashboard.sources.prometheus.client.pooled_client import PooledClient
from dashboard.sources.prometheus.client.query_client import QueryClient
from dashboard.sources.prometheus.client.threads import DaemonPool
from dashboard.sources.prometheus.events.alert_series import AlertSeries
from dashboard.sources.prometheus.events.exemplar_search import ExemplarSearch
from dashboard.sources.prometheus.events.node_prices import NodePrices
from dashboard.sources.prometheus.events.service_graph import ServiceGraph
from dashboard.sources.prometheus.events.version_series import VersionSeries
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.naming import CLUSTER_LABELS
from dashboard.sources.prometheus.instrumentation.reading import Reading
from dashboard.sources.prometheus.presets.preset import Preset
from dashboard.sources.prometheus.queries import peak_queries, signal_queries
from dashboard.sources.prometheus.queries.expressions import expression
from dashboard.sources.prometheus.queries.label_combinations import LabelCombinations
from dashboard.sources.prometheus.queries.newest_sample import newest_by_rates
from dashboard.sources.prometheus.queries.operator_values import OperatorValues
from dashboard.sources.prometheus.queries.signal_answers import SignalAnswers
from dashboard.sources.prometheus.queries.signal_query import SignalQuery
from dashboard.sources.prometheus.queries.worst_values import WorstValues
from dashboard.sources.prometheus.search.discovery import NO_WORDS
from dashboard.sources.protocol import Answer
from dashboard.sources.spec import DeclaredService
from dashboard.sources.versions import VersionsAnswer
from dashboard.timerange import Grid

# Maximum number of concurrent queries for each lane.
CONCURRENT = {Lane.REFRESH: 4, Lane.VIEWERS: 3, Lane.BACKGROUND: 2}


class PrometheusSource:
    """A server behind the Prometheus HTTP API.

    Args:
        url: its address; a path prefix is kept.
        threshold: the requested limit of "too slow" in seconds; the nearest bucket bound is used.
        limits: further latencies in seconds at which requests are counted: at the bucket bound, or the next stricter
            one.
        matchers: label → value, added to every selector.
        declared: configured services, selected by labels or bound to a preset.
        vocabulary: the words for outcomes, including configured ones.
        presets: configured presets, which take precedence over the built-in ones.
        cluster_labels: labels that may contain the cluster or region of a service; the first existing one is used.
        connection: headers, credentials, timeout and trust, as described for `Api`.

    Raises:
        SourceError, ConfigError: an address, header or CA file cannot be used.
    """

    kind = "prometheus"

    def __init__(
        self,
        url: str,
        *,
        threshold: float = DEFAULT_THRESHOLD,
        limits: Sequence[float] = (),
        matchers: Mapping[str, str] | None = None,
        declared: Sequence[DeclaredService] = (),
        vocabulary: Vocabulary = NO_WORDS,
        presets: Sequence[Preset] = (),
        cluster_labels: Sequence[str] = CLUSTER_LABELS,
        **connection: Unpack[ConnectionOptions],
    ) -> None:
        api = Api(url, **connection)
        self.where = api.where
        self._client = QueryClient(api)
        self._pool = DaemonPool(CONCURRENT)
        pooled = PooledClient(self._client, self._pool)
        self._threshold = threshold
        self._limits = tuple(limits)
        self._matchers = selectors.matchers(matchers or {})
        self._answers = SignalAnswers(self._client, self._pool, self._matchers, vocabulary)
        self._catalogs = CatalogSearch(pooled, self._matchers, threshold, declared, vocabulary, presets, cluster_labels)
        self._operator_values = OperatorValues(self._client, self._pool, vocabulary)
        self._worst_values = WorstValues(pooled, self._matchers, threshold, vocabulary)
        self._label_combinations = LabelCombinations(pooled, threshold, vocabulary)
        self._version_series = VersionSeries(pooled, self._matchers)
        self._alert_series = AlertSeries(pooled, self._matchers)
        self._service_graph = ServiceGraph(pooled, self._matchers)
        self._node_prices = NodePrices(pooled, self._matchers, cluster_labels)
        self._exemplar_search = ExemplarSearch(self._client)
        self._reading = Reading()
        self._is_adopted = False

    def discover(self, now: float) -> Catalog:
        """The presets, services, labels, buckets and resources of this server."""
        catalog = self._catalogs.catalog(int(now))
        # Unless a catalog was adopted, use the new one at once.
        if not self._is_adopted:
            assert isinstance(catalog.reading, Reading), "a catalog of this source"
            self._reading = catalog.reading
        return catalog

    def adopt(self, catalog: Catalog) -> None:
        """Use this catalog from now on; later searches have no effect until their catalog is adopted, too."""
        assert isinstance(catalog.reading, Reading), "a catalog of this source"
        self._is_adopted, self._reading = True, catalog.reading

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        """All signals on the grid; the rate window is four scrapes or the step, whichever is longer."""
        reading = self._reading
        queries = [signal_queries.rates(each, grid.step, service) for each in reading.instrumentations]
        answer = self._signals(queries, grid)
        if answer.newest is not None:
            return answer
        newest = newest_by_rates(answer.frame, reading, grid.step)
        return replace(answer, newest=newest, age_unknown_why=answer.age_unknown_why if newest is None else "")

    def peaks(self, grid: Grid) -> Answer:
        """The highest share of each limit and the highest traffic in each step, with instances and limits."""
        queries = [peak_queries.peaks(each, grid.step) for each in self._reading.instrumentations]
        return self._signals(queries, grid, with_newest=False)

    def counts(self, grid: Grid) -> Answer:
        """Increases over each step; NaN if a step is too short for two scrapes."""
        reading = self._reading
        queries = [
            signal_queries.increases(
                instrumentation, grid.step, self._threshold, self._limits, extrapolates=reading.extrapolates
            )
            for instrumentation in reading.instrumentations
        ]
        return self._signals(queries, grid)

    def bucket_counts(self, grid: Grid, service: str | None = None) -> Answer:
        """Increases over each step at all bounds of the buckets.

        Args:
            grid: the steps. `service`: restrict to this one; None: all.
        """
        reading = self._reading
        queries = [
            signal_queries.bucket_increases(each, grid.step, service, extrapolates=reading.extrapolates)
            for each in reading.instrumentations
        ]
        return self._signals(queries, grid)

    def newest_counts(self, grid: Grid) -> Answer:
        """The increase of all services' counters by the scrapes in each step."""
        queries = [
            signal_queries.differences(instrumentation, grid.step, self._threshold, self._limits)
            for instrumentation in self._reading.instrumentations
        ]
        return self._signals(queries, grid, with_newest=False)

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        """Requests, errors and latency of one service by the values of a label.

        Args:
            grid: the points. `service`: its name in the catalog. `label`: one of its labels.
        """
        return self.breakdown_of((), grid, service, label)

    def ranking(self, grid: Grid, service: str, label: str) -> Ranking | None:
        """Values of a label ranked by their bad requests over the span; None if there are few.

        Args:
            grid: the span. `service`: its name in the catalog. `label`: one of its labels.
        """
        for instrumentation in self._reading.instrumentations:
            if service in instrumentation.owned and label in instrumentation.labels:
                return self._worst_values.ranking(instrumentation, grid, service, label, self._signals)
        return None

    def breakdown_of(self, values: Sequence[str], grid: Grid, service: str, label: str) -> Answer:
        """As `breakdown`, restricted to these values; the label may be any that the service's series have.

        Args:
            values: of the label; empty: all. `grid`: the points.
            service: its name in the catalog. `label`: one of its labels.
        """
        is_any = bool(values) and selectors.is_label(label)
        queries = [
            signal_queries.rates(instrumentation, grid.step, service, label, values)
            for instrumentation in self._reading.instrumentations
            if is_any or label in instrumentation.labels
        ]
        return self._signals(queries, grid, with_newest=False)

    def combinations(self, service: str, bad: BadEvents, spans: Spans) -> CombinationsAnswer:
        """Events of two spans by all labels that the counters of a service have.

        Args:
            service: its name in the catalog. `bad`: which events are bad. `spans`: the span to explain, and an earlier
                one.
        """
        for instrumentation in self._reading.instrumentations:
            if service in instrumentation.owned and instrumentation.preset.requests:
                return self._label_combinations.answer(instrumentation, service, bad, spans)
        return CombinationsAnswer(Combinations.empty())

    def exemplars(self, service: str, start: int, end: int) -> ExemplarsAnswer:
        """Requests of a service with a trace.

        Args:
            service: its name in the catalog. `start`, `end`: epoch seconds.
        """
        for known in self._reading.instrumentations:
            if service in known.owned:
                return self._exemplar_search.answer(known, service, start, end)
        return ExemplarsAnswer()

    def versions(self, services: Sequence[ServiceInfo], grid: Grid) -> VersionsAnswer:
        """Versions of all services at the steps of a grid, from any metric that shows them.

        Args:
            services: ignored, as the source knows those of its catalog. `grid`: the steps.
        """
        return self._version_series.answer(self._reading, grid)

    def query_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        """Results of the operator's queries: a counter's increase over each step, otherwise the value at its end."""
        return self._operator_values.answer(queries, grid, self._reading)

    def newest_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        """The increase of the operator's counters by the scrapes in each step."""
        return self._operator_values.newest(queries, grid, self._reading)

    def expression(self, column: Column) -> str:
        """A column of a service as PromQL, a counter without a range."""
        return expression(self._reading.instrumentations, column)

    def alerts(self, start: float, end: float, *, is_present: bool) -> AlertAnswer:
        """Samples of firing alerts.

        Args:
            start, end: epoch seconds. `is_present`: include pending alerts; the span is short.
        """
        return self._alert_series.present(start, end) if is_present else self._alert_series.past(start, end)

    def calls(self, services: Sequence[ServiceInfo], start: int, end: int) -> GraphAnswer:
        """Calls between services in a span, if the server has a service graph.

        Args:
            services: of the catalog. `start`, `end`: epoch seconds.
        """
        return self._service_graph.answer(services, start, end)

    def prices(self, at: int) -> PriceAnswer:
        """Monthly prices of cores, memory and volumes from OpenCost, if the server has its metrics.

        Args:
            at: epoch seconds.
        """
        return self._node_prices.answer(self._reading.there_at(at))

    def close(self) -> None:
        """Close the connections without waiting for running queries."""
        self._pool.close()
        self._client.close()

    def _signals(self, groups: Sequence[Sequence[SignalQuery]], grid: Grid, *, with_newest: bool = True) -> Answer:
        return self._answers.answer(self._reading, groups, grid, with_newest=with_newest)
