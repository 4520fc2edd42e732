"""Reads which versions of services were running when, from any metric that shows it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from dashboard.changes.derived.derive import REVISION
from dashboard.changes.derived.images import image_version, is_sidecar
from dashboard.changes.derived.labels import REVISIONS, VERSIONS, build_version, version_label
from dashboard.changes.derived.presence import Origin, Subject
from dashboard.exceptions import SourceError, SourceTimeout
from dashboard.sources.prometheus.client.decode import matrix
from dashboard.sources.prometheus.client.pooled_client import PooledClient
from dashboard.sources.prometheus.client.query_client import QueryResult
from dashboard.sources.prometheus.events import version_queries
from dashboard.sources.prometheus.events.service_targets import ServiceTargets
from dashboard.sources.prometheus.events.version_queries import Cluster
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.instrumentation.reading import Reading
from dashboard.sources.protocol import QueryCost
from dashboard.sources.versions import VersionsAnswer
from dashboard.timerange import Grid

# Seconds between searches for metrics with versions, and seconds within which these must have had samples.
LOOK_S, THERE_S = 600, 3600
# Maximum number of earlier times to examine for services that are away, newest first.
MOMENTS_MAX = 4
# Queries with more series at one time are not used.
SERIES_MAX = 20_000
TOO_MANY = "deploys are not derived from {what}: it has {series:,.0f} series, more than {most:,}"
REFUSED = "deploys are not derived from {what}: {error}"
PURPOSE = "versions"

Read = Callable[[Mapping[str, str]], Iterable[tuple[Subject, str]]]
Rows = dict[Subject, dict[str, np.ndarray]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query that shows versions.

    Attributes:
        what: its name. `promql`: of the step of a grid.
        read: labels of a series → subjects and their version; None for the number of replicas, which is its value.
        there_at: epoch seconds at which it existed, if ever; None: at present.
    """

    what: str
    promql: Callable[[int], str]
    read: Read
    is_level: bool = False
    there_at: int | None = None


class VersionSeries:
    """Reads versions of the services of one server.

    Args:
        client: sends queries. `matchers`: configured ones for every selector.
    """

    def __init__(self, client: PooledClient, matchers: str) -> None:
        self._client, self._matchers = client, matchers
        self._reading: Reading | None = None
        self._looked_at = -float("inf")
        self._asked: tuple[_Asked, ...] = ()
        self._notes: tuple[str, ...] = ()
        self._costs: list[QueryCost] = []

    def answer(self, reading: Reading, grid: Grid) -> VersionsAnswer:
        """Versions at the steps of a grid.

        Args:
            reading: what is known of the server. `grid`: the steps.
        """
        self._costs = []
        if reading is not self._reading or not 0 <= grid.end - self._looked_at < LOOK_S:
            self._look(reading, reading.there_at(grid.end))
            self._looked_at = grid.end
        rows: Rows = {}
        partial, refused = False, []
        for asked in self._asked:
            try:
                result = self._client.range(asked.promql(grid.step), grid, PURPOSE)
            except SourceError as error:
                # If one query is too large or invalid, still read the others.
                if not _is_refusal(error):
                    raise
                refused.append(REFUSED.format(what=asked.what, error=error))
                continue
            self._costs.append(result.cost)
            partial = partial or result.partial
            _add(rows, asked, result, grid)
        return VersionsAnswer(rows, tuple(self._costs), partial, (*self._notes, *refused))

    def _look(self, reading: Reading, at: int) -> None:
        """Find the metrics that show versions on this server.

        Args:
            reading: what is known of the server. `at`: epoch seconds at which it existed.
        """
        metrics = self._metrics(at)
        targets = ServiceTargets([known for known in reading.instrumentations if known.owned])
        there = [(known, moment) for known in targets.instrumentations for moment in known.moments(at)[:MOMENTS_MAX]]
        for known, moment in there if metrics else ():
            try:
                targets.add(known, self._instant(version_queries.workloads(known), moment).series)
            except SourceError as error:
                # Without targets, a name equal to a service's is that service.
                if not _is_refusal(error):
                    raise
        every = [*_of_requests(reading, at), *self._of_infos(metrics, targets), *self._of_cluster(metrics, targets, at)]
        self._notes = ()
        self._asked = tuple(asked for asked in every if self._is_answered(asked, at))
        self._reading = reading

    def _metrics(self, at: int) -> set[str]:
        """Existing metrics that may show versions."""
        builds = f".+{version_queries.BUILD_END}"
        exact = (version_queries.TARGET, version_queries.CONTAINERS, version_queries.OWNERS, version_queries.PHASES)
        names = selectors.any_of([*exact, *version_queries.REPLICAS])
        selected = [f'{{__name__=~"{names}|{builds}",{self._matchers}}}']
        try:
            return set(self._client.label_values("__name__", selected, at - THERE_S, at))
        except SourceError as error:
            if not _is_refusal(error):
                raise
        # Not every gateway allows patterns for metric names.
        return set(self._client.label_values("__name__", [], at - THERE_S, at))

    def _of_infos(self, metrics: set[str], targets: ServiceTargets) -> Iterable[_Asked]:
        """Queries of metrics with which targets describe themselves."""
        own = dict.fromkeys(label for known in targets.instrumentations for label in known.service_labels)
        labels = tuple(dict.fromkeys((*own, *version_queries.TARGET_LABELS)))

        def of_target(series: Mapping[str, str]) -> Iterable[tuple[Subject, str]]:
            service, version = targets.of_target(series), series.get("service_version", "")
            return [(Subject(service, Origin.TARGET), version)] if service and version else []

        def of_build(series: Mapping[str, str]) -> Iterable[tuple[Subject, str]]:
            service, version = targets.of_target(series), build_version(series, REVISION)
            name = series.get("__name__", "").removesuffix(version_queries.BUILD_END)
            return [(Subject(service, Origin.BUILD, name), version)] if service and version else []

        if version_queries.TARGET in metrics:
            query = version_queries.infos([version_queries.TARGET], (*labels, "service_version"), self._matchers)
            yield _Asked(version_queries.TARGET, lambda _: query, of_target)
        builds = sorted(name for name in metrics if _is_build(name))[: version_queries.BUILDS_MAX]
        if builds:
            said = dict.fromkeys((*labels, *VERSIONS, *REVISIONS))
            promql = version_queries.infos(builds, tuple(said), self._matchers)
            yield _Asked(f"…{version_queries.BUILD_END}", lambda _: promql, of_build)

    def _of_cluster(self, metrics: set[str], targets: ServiceTargets, at: int) -> Iterable[_Asked]:
        """Queries of kube-state-metrics about pods and deployments."""
        is_there = {version_queries.CONTAINERS, version_queries.OWNERS} <= metrics
        counts = next((name for name in version_queries.REPLICAS if name in metrics), None)
        if not is_there and counts is None:
            return
        cluster = self._cluster(metrics, targets, at)
        namespace_label = f"{cluster.prefix}namespace"

        def of_image(series: Mapping[str, str]) -> Iterable[tuple[Subject, str]]:
            container = series.get(f"{cluster.prefix}container", "")
            image = series.get("image_spec") or series.get("image", "")
            version = image_version(image, series.get("image_id", ""))
            if not version or is_sidecar(container):
                return []
            namespace = series.get(namespace_label, "")
            workload, services = targets.of_replica_set(series, namespace)
            part = f"{namespace}/{workload}/{container}"
            return [(Subject(service, Origin.IMAGE, part), version) for service in services]

        def of_replicas(series: Mapping[str, str]) -> Iterable[tuple[Subject, str]]:
            namespace, workload = series.get(namespace_label, ""), series.get("deployment", "")
            services = targets.of_workload(series, namespace, workload)
            return [(Subject(service, Origin.REPLICAS, f"{namespace}/{workload}"), "") for service in services]

        if is_there:
            query = version_queries.images(cluster)
            yield _Asked(version_queries.CONTAINERS, lambda _: query, of_image)
        if counts is not None:
            promql = version_queries.replicas(counts, cluster)
            yield _Asked(counts, lambda _: promql, of_replicas, is_level=True)

    def _cluster(self, metrics: set[str], targets: ServiceTargets, at: int) -> Cluster:
        """How kube-state-metrics is labelled on this server; `at`: epoch seconds."""
        names = [name for name in (version_queries.CONTAINERS, *version_queries.REPLICAS) if name in metrics]
        selected = [selectors.selector(name, self._matchers) for name in names[:1]]
        try:
            labels = self._client.label_names(selected, at - THERE_S, at)
        except SourceError as error:
            if not _is_refusal(error):
                raise
            labels = []
        return Cluster(
            # Without `honor_labels`, these labels describe the scraped pod.
            "exported_" if "exported_namespace" in labels else "",
            targets.cluster_label,
            self._matchers,
            has_phases=version_queries.PHASES in metrics,
        )

    def _is_answered(self, asked: _Asked, at: int) -> bool:
        """Whether the server answers it with few enough series to be read every minute."""
        try:
            series = self._instant(f"count({asked.promql(1)})", asked.there_at or at).series
        except SourceError as error:
            if not _is_refusal(error):
                raise
            self._notes = (*self._notes, REFUSED.format(what=asked.what, error=error))
            return False
        count = float(series[0].value[1]) if series and series[0].value is not None else 0.0
        if count > SERIES_MAX:
            self._notes = (*self._notes, TOO_MANY.format(what=asked.what, series=count, most=SERIES_MAX))
        return 0 < count <= SERIES_MAX

    def _instant(self, promql: str, at: int) -> QueryResult:
        result = self._client.instant(promql, at, PURPOSE)
        self._costs.append(result.cost)
        return result


def _is_refusal(error: SourceError) -> bool:
    """Whether the server only refuses this query; otherwise it is unavailable, and is asked again later."""
    return not error.retryable or (isinstance(error, SourceTimeout) and error.by_server)


def _is_build(metric: str) -> bool:
    return metric.endswith(version_queries.BUILD_END) and not metric.endswith(version_queries.OTHER_BUILDS)


def _of_requests(reading: Reading, at: int) -> Iterable[_Asked]:
    """Queries of request counters with a version label; `at`: epoch seconds."""
    for known in reading.instrumentations:
        label, moments = version_label(known.labels), known.moments(at)
        if label is not None and moments and known.preset.requests and not known.preset.probe:
            yield _requests(known, label, moments[0])


def _requests(known: Instrumentation, label: str, there_at: int) -> _Asked:
    services = {values: name for name, values in known.services.items() if name in known.owned}

    def read(series: Mapping[str, str]) -> Iterable[tuple[Subject, str]]:
        service = services.get(tuple(series.get(each, "") for each in known.service_labels))
        version = series.get(label, "")
        return [(Subject(service, Origin.REQUESTS), version)] if service and version else []

    def promql(step: int) -> str:
        return version_queries.requests(known, label, step)

    return _Asked(f"requests by {label}", promql, read, there_at=there_at)


def _add(rows: Rows, asked: _Asked, result: QueryResult, grid: Grid) -> None:
    """Add the result of a query.

    Args:
        rows: of all subjects. `asked`: the query. `result`: its result. `grid`: its steps.
    """
    values = matrix(result.series, grid)
    for place, series in enumerate(result.series):
        for subject, version in asked.read(series.metric):
            versions = rows.setdefault(subject, {})
            if asked.is_level:
                _add_levels(versions, values[place])
            else:
                amounts = np.nan_to_num(values[place]) * (grid.step if subject.origin is Origin.REQUESTS else 1)
                versions[version] = versions.get(version, 0.0) + amounts


def _add_levels(versions: dict[str, np.ndarray], values: np.ndarray) -> None:
    """Mark each number of replicas at the steps that had it."""
    for level in np.unique(values[np.isfinite(values)]):
        text = str(int(level))
        versions[text] = np.maximum(versions.get(text, np.zeros(len(values))), values == level)
