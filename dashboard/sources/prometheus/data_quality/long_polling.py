"""Detects services whose requests wait by design: long polling, blocking queue reads, subscriptions."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.search.search_answers import label_of
from dashboard.sources.prometheus.search.series_search import SeriesSearch
from dashboard.timerange import DAY, HOUR

# Duration in seconds above which a request waited.
WAITED = 2.0
# The share of such requests above which waiting is the rule, on each of this many days.
SHARE = 0.5
DAYS = 7


class LongPolling:
    """Detects services that wait by design; a service once judged by latency stays so.

    Args:
        search: searches the series of a server.
    """

    def __init__(self, search: SeriesSearch) -> None:
        self._search = search
        # Whether a service waits by design, once decided.
        self._waits: dict[str, bool] = {}

    def find(self, instrumentations: Iterable[Instrumentation], at: int) -> frozenset[str]:
        """The services that wait by design at a time in epoch seconds."""
        groups: dict[str, list[Instrumentation]] = defaultdict(list)
        for instrumentation in instrumentations:
            # An outage of days must not remove the objective that reports it.
            undecided = any(self._waits.get(name, True) for name in instrumentation.owned)
            if undecided and instrumentation.finite_bounds and not instrumentation.native:
                groups[instrumentation.preset.bucket].append(instrumentation)
        for group in groups.values():
            self._judge(group, at)
        return frozenset(name for name, waits in self._waits.items() if waits)

    def _judge(self, group: Sequence[Instrumentation], at: int) -> None:
        """Decide for the services of instrumentations with the same buckets."""
        now = self._shares(group, HOUR, at)
        services = [name for each in group for name in each.owned if self._waits.get(name, True)]
        # A service that is fast now is only examined over a week if it was known to wait.
        unsure = [name for name in services if (now.get(name, 0.0) > SHARE) != self._waits.get(name, False)]
        for name in services:
            self._waits.setdefault(name, False)
        if unsure:
            days = [self._shares(group, DAY, at - day * DAY) for day in range(DAYS)]
            self._waits |= {name: all(day.get(name, 0.0) > SHARE for day in days) for name in unsure}

    def _shares(self, group: Sequence[Instrumentation], span: int, at: int) -> dict[str, float]:
        """Service → the share of its requests that waited, over the seconds before a time."""
        queries = [_slow_query(instrumentation, span) for instrumentation in group]
        shares: dict[str, float] = {}
        for instrumentation, rows in zip(group, self._search.together(queries, at), strict=True):
            shares |= _shares(instrumentation, rows)
        return shares


def _slow_query(instrumentation: Instrumentation, span: int) -> str:
    """Requests by service, and those below the bound, as buckets."""
    preset, labels = instrumentation.preset, (*instrumentation.service_labels, "le")
    le = selectors.le_matcher(_bounds(instrumentation))
    selected = selectors.selector(preset.bucket, instrumentation.matchers, preset.matchers, le)
    return f"sum by ({', '.join(labels)}) (increase({selected}[{span}s]))"


def _bounds(instrumentation: Instrumentation) -> tuple[str, str]:
    """`le` as written of two bounds: the one above which a request waited, and the last one."""
    finite = [(text, bound) for text, bound in instrumentation.bounds if np.isfinite(bound)]
    limit = next((text for text, bound in finite if bound >= WAITED), finite[-1][0])
    return limit, instrumentation.bounds[-1][0]


def _shares(instrumentation: Instrumentation, rows: Iterable[Series]) -> dict[str, float]:
    names = {instrumentation.services[name]: name for name in instrumentation.owned}
    counts: dict[str, dict[float, float]] = defaultdict(dict)
    for row in rows:
        name = names.get(tuple(row.metric.get(label, "") for label in instrumentation.service_labels))
        if name is not None and row.value:
            counts[name][float(label_of(row, "le").replace("Inf", "inf"))] = float(row.value[1])
    return {name: share for name, by_bound in counts.items() if (share := _share(by_bound)) is not None}


def _share(counts: dict[float, float]) -> float | None:
    """The share of requests above the lower bound; None if nothing was counted."""
    if len(counts) < 2:
        return None
    within, every = counts[min(counts)], counts[max(counts)]
    return 1 - within / every if every > 0 else None
