"""Services whose requests wait by design: long polling, blocking reads of queues, subscriptions."""

from collections.abc import Iterable, Sequence

import numpy as np

from dashboard.sources.prometheus import selectors
from dashboard.sources.prometheus.instrumentation import Instrumentation
from dashboard.sources.prometheus.naming import LabelValues
from dashboard.sources.prometheus.series_search import SeriesSearch
from dashboard.timerange import DAY, HOUR

# An answer that takes longer, in seconds, was waited for.
WAITED = 2.0
# Such answers are the rule where they are more than this share, on each of so many days.
SHARE = 0.5
DAYS = 7

# Label values of a service → share of its requests that took longer.
Shares = dict[LabelValues, float]


class LongPolling:
    """Tells which services wait by design; whoever was once judged by the clock stays so.

    Args:
        search: searches the series of a server.
    """

    def __init__(self, search: SeriesSearch) -> None:
        self._search = search
        # Whether a service waits by design, once that was found out.
        self._waits: dict[str, bool] = {}

    def find(self, instrumentations: Iterable[Instrumentation], at: int) -> frozenset[str]:
        """The services that wait by design, at a moment in epoch seconds."""
        for instrumentation in instrumentations:
            services = {name: instrumentation.services[name] for name in instrumentation.owned}
            # An outage of days must not take away the objective that tells of it.
            open_ = {name: values for name, values in services.items() if self._waits.get(name, True)}
            if open_ and instrumentation.finite_bounds and not instrumentation.native:
                self._judge(instrumentation, open_, at)
        return frozenset(name for name, waits in self._waits.items() if waits)

    def _judge(self, instrumentation: Instrumentation, services: dict[str, LabelValues], at: int) -> None:
        now = self._shares(instrumentation, HOUR, at)
        # Who is quick now is asked for a week only if he was known to wait.
        unsure = {
            name: values
            for name, values in services.items()
            if (now.get(values, 0.0) > SHARE) != self._waits.get(name, False)
        }
        for name in services:
            self._waits.setdefault(name, False)
        if unsure:
            days = [self._shares(instrumentation, DAY, at - day * DAY) for day in range(DAYS)]
            for name, values in unsure.items():
                self._waits[name] = all(day.get(values, 0.0) > SHARE for day in days)

    def _shares(self, instrumentation: Instrumentation, span: int, at: int) -> Shares:
        """The share of slow requests in the seconds before a moment."""
        preset, labels = instrumentation.preset, instrumentation.service_labels
        limit, every = _bounds(instrumentation)
        selected = selectors.selector(
            preset.bucket, instrumentation.matchers, preset.matchers, selectors.le_matcher([limit, every])
        )
        counts: dict[LabelValues, dict[float, float]] = {}
        query = f"sum by ({', '.join((*labels, 'le'))}) (increase({selected}[{span}s]))"
        for row in self._search.instant(query, at):
            if row.value:
                bound = float(row.metric["le"].replace("Inf", "inf"))
                values = tuple(row.metric.get(label, "") for label in labels)
                counts.setdefault(values, {})[bound] = float(row.value[1])
        return {values: share for values, by_bound in counts.items() if (share := _share(by_bound)) is not None}


def _bounds(instrumentation: Instrumentation) -> Sequence[str]:
    """`le` as written: of the bound that an answer which was waited for lies above, and of the last one."""
    finite = [(text, bound) for text, bound in instrumentation.bounds if np.isfinite(bound)]
    limit = next((text for text, bound in finite if bound >= WAITED), finite[-1][0])
    return limit, instrumentation.bounds[-1][0]


def _share(counts: dict[float, float]) -> float | None:
    """Of requests by bound, the share above the lower one; None where nothing was counted."""
    if len(counts) < 2:
        return None
    within, every = counts[min(counts)], counts[max(counts)]
    return 1 - within / every if every > 0 else None
