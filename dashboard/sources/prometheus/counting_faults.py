"""What makes the counts of a server doubtful, and what to do: counters that are shared, doubled, or keep falling."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from dashboard.sources.prometheus import selectors
from dashboard.sources.prometheus.instrumentation import Instrumentation
from dashboard.sources.prometheus.naming import LabelValues
from dashboard.sources.prometheus.series_search import SeriesSearch
from dashboard.timerange import HOUR

# Seconds over which it is looked how often counters fall.
RESETS_SPAN = HOUR // 2
# Restarts make counters fall once in a while; several processes behind one target, at most scrapes.
FALLING_SHARE = 0.2
# Small counters are alike by chance.
SHARED_MIN = 100.0
# Labels by which Prometheus servers that scrape the same targets are told apart.
REPLICA_LABELS = ("replica", "prometheus_replica", "__replica__", "receive_replica")
# So many services are named in a note.
NAMED = 3


class CountingFaults:
    """Looks for them on one server.

    Args:
        search: searches its series.
    """

    def __init__(self, search: SeriesSearch) -> None:
        self._search = search

    def notes(self, instrumentations: Iterable[Instrumentation], at: int) -> tuple[str, ...]:
        """A line for each fault.

        Args:
            instrumentations: of the services that are shown. `at`: epoch seconds.
        """
        groups: dict[tuple[str, tuple[str, ...]], list[Instrumentation]] = defaultdict(list)
        for each in instrumentations:
            if each.owned and each.preset.requests and not each.preset.counts_by_native:
                groups[_selected(each), each.service_labels].append(each)
        notes: list[str] = []
        for (selected, labels), members in groups.items():
            notes += self._shared(selected, labels, members, at)
            notes += self._falling(selected, labels, members, at)
            notes += self._doubled(selected, members[0].preset.requests, at)
        return tuple(dict.fromkeys(notes))

    def _shared(
        self, selected: str, labels: Sequence[str], members: Sequence[Instrumentation], at: int
    ) -> Iterable[str]:
        """Services whose counters stand at the same number and grow alike: one counter under several names."""
        names = _names(members)
        if len(names) < 2:
            return
        by = ", ".join(labels)
        alike = _alike(self._values(f"sum by ({by}) ({selected})", labels, at), names)
        if not alike:
            return
        growth = self._values(f"sum by ({by}) (increase({selected}[{HOUR}s]))", labels, at)
        for group in alike:
            grown = {growth.get(values) for values in group}
            if len(grown) == 1 and grown.pop():
                listed = _listed(sorted(names[values] for values in group))
                yield (
                    f"{len(group)} services count the same requests: {listed}: one counter is exported under several "
                    "names; select one of them with match under [source], or name it with [[services]]"
                )

    def _falling(
        self, selected: str, labels: Sequence[str], members: Sequence[Instrumentation], at: int
    ) -> Iterable[str]:
        """Services whose counters fall at many scrapes: several processes answer for one target in turn."""
        intervals = {values: each.scrape_interval for each in members for values in each.services.values()}
        names = _names(members)
        query = f"max by ({', '.join(labels)}) (resets({selected}[{RESETS_SPAN}s]))"
        for values, resets in sorted(self._values(query, labels, at).items()):
            scrapes = RESETS_SPAN / intervals.get(values, RESETS_SPAN)
            if values in names and resets > FALLING_SHARE * scrapes:
                yield (
                    f"{names[values]}: its counters fell at {resets:.0f} of {scrapes:.0f} scrapes: several processes "
                    "answer for one target in turn, and its rates are far too high; give each a target of its own, or "
                    "let the client library add them up (multiprocess mode)"
                )

    def _doubled(self, selected: str, metric: str, at: int) -> Iterable[str]:
        """Series that are there several times, told apart by the Prometheus that scraped them."""
        copies = f"count without ({', '.join(REPLICA_LABELS)}) ({selected}) > 1"
        if self._search.instant(f"count({copies})", at):
            yield (
                f"{metric} is there once for each Prometheus of a pair ({' or '.join(REPLICA_LABELS[:2])}), and its "
                "requests are counted as often: turn on deduplication, or select one by match under [source], "
                'such as match = { replica = "a" }'
            )

    def _values(self, query: str, labels: Sequence[str], at: int) -> dict[LabelValues, float]:
        return {
            tuple(row.metric.get(label, "") for label in labels): float(row.value[1])
            for row in self._search.instant(query, at)
            if row.value
        }


def _selected(instrumentation: Instrumentation) -> str:
    preset = instrumentation.preset
    return selectors.selector(preset.requests, instrumentation.matchers, preset.matchers)


def _names(members: Iterable[Instrumentation]) -> dict[LabelValues, str]:
    """Label values → service, of those that are shown."""
    return {each.services[name]: name for each in members for name in each.owned}


def _alike(values: dict[LabelValues, float], names: dict[LabelValues, str]) -> list[list[LabelValues]]:
    """Services whose counters stand at the same number."""
    groups: dict[float, list[LabelValues]] = defaultdict(list)
    for service, value in values.items():
        if service in names and value >= SHARED_MIN:
            groups[value].append(service)
    return [group for group in groups.values() if len(group) > 1]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
