"""Detects unreliable counters: shared, duplicated, or repeatedly decreasing ones."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.instrumentation.naming import LabelValues
from dashboard.sources.prometheus.search.series_search import SeriesSearch
from dashboard.timerange import HOUR

# Seconds over which decreases of counters are examined.
RESETS_SPAN = HOUR // 2
# Decreases per scrape: restarts cause few, several processes behind one target one at most scrapes.
FALLING_SHARE = 0.2
# Minimum value of shared counters, as small ones are equal by chance.
SHARED_MIN = 100.0
# Labels that distinguish Prometheus servers scraping the same targets.
REPLICA_LABELS = ("replica", "prometheus_replica", "__replica__", "receive_replica")
# Labels that often distinguish services of the same name, such as production and staging.
STAGES = ("namespace", "environment", "env", "stage")
# Maximum number of services named in a note.
NAMED = 3


_DOUBLED = (
    "{metric} is there once for each Prometheus of a pair (label "
    + " or ".join(REPLICA_LABELS[:2])
    + "), and its requests are counted as often: turn on deduplication, or select one by match under [source], such as "
    'match = {{ replica = "a" }}'
)


@dataclass(frozen=True, slots=True)
class _Counted:
    """A counter of requests, its matchers, and the labels that name its services."""

    metric: str
    selected: str
    labels: tuple[str, ...]

    @classmethod
    def of(cls, instrumentation: Instrumentation) -> Self:
        preset = instrumentation.preset
        selected = selectors.selector(preset.requests, instrumentation.matchers, preset.matchers)
        return cls(preset.requests, selected, instrumentation.service_labels)

    @property
    def queries(self) -> tuple[str, str, str]:
        """Queries by service (and stage): current values of counters, numbers of resets, and of duplicate series."""
        by = ", ".join(self.labels)
        return (
            f"sum by ({', '.join(dict.fromkeys((*self.labels, *STAGES)))}) ({self.selected})",
            f"max by ({by}) (resets({self.selected}[{RESETS_SPAN}s]))",
            f"count(count without ({', '.join(REPLICA_LABELS)}) ({self.selected}) > 1)",
        )

    @property
    def growth(self) -> str:
        """A query of the counters' growth in an hour, by service."""
        return f"sum by ({', '.join(self.labels)}) (increase({self.selected}[{HOUR}s]))"

    def values(self, rows: Iterable[Series]) -> dict[LabelValues, float]:
        """The values of a query by service, summed if there are several."""
        values: dict[LabelValues, float] = {}
        for row in rows:
            service = tuple(row.metric.get(label, "") for label in self.labels)
            if row.value:
                values[service] = values.get(service, 0.0) + float(row.value[1])
        return values


class CountingFaults:
    """Looks for these faults on one server.

    Args:
        search: searches its series.
    """

    def __init__(self, search: SeriesSearch) -> None:
        self._search = search

    def notes(self, instrumentations: Iterable[Instrumentation], at: int) -> tuple[str, ...]:
        """A line for each fault.

        Args:
            instrumentations: of the shown services. `at`: epoch seconds.
        """
        groups: dict[str, dict[_Counted, list[Instrumentation]]] = defaultdict(lambda: defaultdict(list))
        for each in instrumentations:
            if each.owned and each.preset.requests and not each.preset.counts_by_native:
                groups[each.preset.requests][_Counted.of(each)].append(each)
        notes: list[str] = []
        for of_metric in groups.values():
            queries = [query for counted in of_metric for query in counted.queries]
            answers = iter(self._search.together(queries, at))
            for counted, members in of_metric.items():
                standing, resets, copies = (next(answers) for _ in counted.queries)
                notes += self._shared(counted, members, counted.values(standing), at)
                notes += _falling(members, counted.values(resets))
                notes += _merged(counted, members, standing)
                notes += [_DOUBLED.format(metric=counted.metric)] if copies else []
        return tuple(dict.fromkeys(notes))

    def _shared(
        self, counted: _Counted, members: Sequence[Instrumentation], values: Mapping[LabelValues, float], at: int
    ) -> Iterable[str]:
        """Services whose counters have the same value and growth: one counter under several names."""
        names = _names(members)
        alike = _alike(values, names)
        if not alike:
            return
        growth = counted.values(self._search.instant(counted.growth, at))
        for group in alike:
            grown = {growth.get(service) for service in group}
            if len(grown) == 1 and grown.pop():
                listed = _listed(sorted(names[service] for service in group))
                yield (
                    f"{len(group)} services count the same requests: {listed}: one counter is exported under several "
                    "names; select one of them with match under [source], or name it with [[services]]"
                )


def _merged(counted: _Counted, members: Sequence[Instrumentation], rows: Iterable[Series]) -> Iterator[str]:
    """Services whose series come from several stages, so that failures in one are hidden by the others.

    Args:
        counted: their counter. `members`: the owners. `rows`: services with the stages of their series.
    """
    names = _names(members)
    stages: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        service = names.get(tuple(row.metric.get(label, "") for label in counted.labels))
        for label in STAGES:
            if service is not None and label not in counted.labels and row.metric.get(label):
                stages[service, label].add(row.metric[label])
    several = sorted((service, label) for (service, label), values in stages.items() if len(values) > 1)
    for label in dict.fromkeys(label for _, label in several):
        merged = [service for service, by in several if by == label]
        values = _listed(sorted(stages[merged[0], label]))
        yield (
            f"{_listed(merged)}: counted together from several values of {label} ({values}): write cluster_label = "
            f'"{label}" under [source] to tell them apart, or select one with match'
        )


def _falling(members: Sequence[Instrumentation], resets: Mapping[LabelValues, float]) -> Iterable[str]:
    """Services whose counters decrease at many scrapes: several processes answer alternately for one target."""
    intervals = {values: each.scrape_interval for each in members for values in each.services.values()}
    names = _names(members)
    for service, fallen in sorted(resets.items()):
        scrapes = RESETS_SPAN / intervals.get(service, RESETS_SPAN)
        if service in names and fallen > FALLING_SHARE * scrapes:
            yield (
                f"{names[service]}: its counters fell at {fallen:.0f} of {scrapes:.0f} scrapes: several processes "
                "answer for one target in turn, and its rates are far too high; give each a target of its own, or "
                "let the client library add them up (multiprocess mode)"
            )


def _names(members: Iterable[Instrumentation]) -> dict[LabelValues, str]:
    """Label values → service, for the shown services."""
    return {each.services[name]: name for each in members for name in each.owned}


def _alike(values: Mapping[LabelValues, float], names: Mapping[LabelValues, str]) -> list[list[LabelValues]]:
    """Groups of services whose counters have the same value."""
    groups: dict[float, list[LabelValues]] = defaultdict(list)
    for service, value in values.items():
        if service in names and value >= SHARED_MIN:
            groups[value].append(service)
    return [group for group in groups.values() if len(group) > 1]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
