"""The operator's queries as they are asked: counters by their increase over each step, values at its end."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import numpy as np

from dashboard.exceptions import QueryRejected
from dashboard.promql import counted_selectors, diagnostics, fill_templates, increase_over
from dashboard.slo.indicators import Query
from dashboard.sources.prometheus.decode import Series, matrix
from dashboard.sources.prometheus.discovery import SEARCH, usual_interval
from dashboard.sources.prometheus.selectors import tiled
from dashboard.timerange import DAY, Grid

# Of selected series one in ten may be new, and hold fewer samples than its pace says.
LEAST = 0.1
BATCH = 50

Ask = Callable[[str, int], list[Series]]


def text(query: Query, step: int, interval: float | None) -> str:
    """What a server is asked for a query on a grid.

    Args:
        interval: seconds between two samples of its counters; None for a server that counts without gaps by itself.

    Raises:
        ValueError: it cannot be counted; one line.
    """
    if not query.counter:
        return fill_templates(query.text, f"{step}s")
    return increase_over(query.text, f"{step}s", stretch=0.0 if interval is None else tiled(step, interval))


def traps(query: Query) -> tuple[str, ...]:
    """What is likely to be wrong with a query, a sentence each; of one that is only MetricsQL nothing is known."""
    try:
        return diagnostics(query.text)
    except ValueError:
        return ()


def row(query: Query, series: list[Series], grid: Grid) -> np.ndarray:
    """One value for each point of the grid, NaN where there was no series.

    Raises:
        ValueError: the answer is no single number; one line that says what to write.
    """
    if any(bytes(one.histograms) for one in series):
        raise ValueError("it gives a native histogram: write histogram_count(…) or histogram_fraction(…) around it")
    rows = matrix(series, grid)
    if len(rows) == 1:
        return np.asarray(rows[0])
    if not query.counter and len(rows):
        labels = ", ".join(_telling(series)) or "nothing"
        raise ValueError(f"it gives {len(rows)} series, told apart by {labels}: write sum(…) or avg(…) around it")
    known = ~np.isnan(rows).all(axis=0)
    return np.where(known, np.nansum(rows, axis=0), np.nan)


def _telling(series: Sequence[Series]) -> list[str]:
    """The labels that differ between series."""
    names = {name for one in series for name in one.metric}
    return sorted(name for name in names if len({one.metric.get(name) for one in series}) > 1)


def _selectors(said: str) -> frozenset[str]:
    try:
        return counted_selectors(said)
    except ValueError:
        return frozenset()


class Intervals:
    """Seconds between two samples of what the operator selects, measured once a day.

    Args:
        ask: puts an instant query.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._known: dict[str, tuple[int, float | None]] = {}

    def measure(self, texts: Iterable[str], at: int) -> None:
        """Look at the counters of some queries, all at once; those without samples are looked for at other moments."""
        selectors = {one for said in texts for one in _selectors(said)}
        unknown = iter(sorted(one for one in selectors if self._due(one, at)))
        while some := list(islice(unknown, BATCH)):
            self._measured(some, at)

    def _due(self, selector: str, at: int) -> bool:
        when, interval = self._known.get(selector, (None, None))
        return when is None or (interval is None and when != at) or abs(at - when) > DAY

    def _measured(self, some: Sequence[str], at: int) -> None:
        self._known |= dict.fromkeys(some, (at, None))
        try:
            long, short = (self._spacing(some, span, at) for span in (SEARCH, SEARCH // 10))
        except QueryRejected:
            # One bad regular expression is enough.
            for one in some if len(some) > 1 else ():
                self._measured([one], at)
            return
        for one in set(long) | set(short):
            self._known[one] = (at, usual_interval(long.get(one, np.inf), short.get(one, np.inf)))

    def slowest(self, said: str) -> float | None:
        """The longest interval among the counters of a query; None where none is known."""
        every = [self._known[one][1] for one in _selectors(said) if one in self._known]
        return max((interval for interval in every if interval is not None), default=None)

    def _spacing(self, selectors: Sequence[str], span: int, at: int) -> dict[str, float]:
        """Selector → seconds between two samples within a span; those with fewer than two are not there."""
        parts = [
            f'label_replace(quantile({LEAST}, count_over_time({one}[{span}s])), "n", "{n}", "", "")'
            for n, one in enumerate(selectors)
        ]
        rows = {one.metric.get("n", ""): one.value for one in self._ask(" or ".join(parts), at)}
        seen = {one: float(value[1]) for n, one in enumerate(selectors) if (value := rows.get(str(n)))}
        return {one: span / count for one, count in seen.items() if count > 1}
