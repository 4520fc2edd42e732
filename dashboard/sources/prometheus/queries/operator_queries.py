"""Operators' queries as they are sent: increases of counters per step, values at its end."""

from collections.abc import Sequence

import numpy as np

from dashboard.promql import Difference, diagnostics, fill_templates, increase_over, spell_numbers
from dashboard.slo.indicators import Query
from dashboard.sources.prometheus.client.decode import Series, matrix
from dashboard.sources.prometheus.instrumentation.selectors import window_overlap
from dashboard.timerange import Grid


def promql(query: Query, step: int, interval: float | None) -> str:
    """The request for a query on a grid.

    Args:
        query: as the operator wrote it.
        step: seconds between two points of the grid.
        interval: seconds between two samples of its counters; None for a server that counts without gaps by itself.

    Raises:
        ValueError: it cannot be counted; one line.
    """
    if not query.counter:
        return spell_numbers(fill_templates(query.text, f"{step}s"))
    overlap = 0.0 if interval is None else window_overlap(step, interval)
    return increase_over(query.text, f"{step}s", overlap=overlap)


def newest_promql(query: Query, step: int, interval: float) -> str:
    """The request for the events that the scrapes of each step found, however short it is.

    Args:
        query: as the operator wrote it. `step`: seconds.
        interval: seconds between two samples of its counters.

    Raises:
        ValueError: it cannot be counted; one line.
    """
    return increase_over(query.text, f"{step}s", difference=Difference(step, interval))


def warnings(query: Query) -> tuple[str, ...]:
    """What is likely to be wrong with a query, a sentence each; of one that is only MetricsQL nothing is known."""
    try:
        return diagnostics(query.text)
    except ValueError:
        return ()


def values(query: Query, series: list[Series], grid: Grid) -> np.ndarray:
    """One value for each point of the grid, shape (points,); NaN where there was no series.

    Args:
        query: that was put. `series`: what it gave. `grid`: where it was evaluated.

    Raises:
        ValueError: the answer is no single number; one line that says what to write.
    """
    if any(row.has_histograms for row in series):
        raise ValueError("it gives a native histogram: write histogram_count(…) or histogram_fraction(…) around it")
    rows = matrix(series, grid)
    if len(rows) == 1:
        return np.asarray(rows[0])
    if not query.counter and len(rows):
        labels = ", ".join(_differing_labels(series)) or "nothing"
        raise ValueError(f"it gives {len(rows)} series, told apart by {labels}: write sum(…) or avg(…) around it")
    # Increases add up; how several values belong together only the operator knows.
    measured = ~np.isnan(rows).all(axis=0)
    return np.where(measured, np.nansum(rows, axis=0), np.nan)


def _differing_labels(series: Sequence[Series]) -> list[str]:
    names = {name for row in series for name in row.metric}
    return sorted(name for name in names if len({row.metric.get(name) for row in series}) > 1)
