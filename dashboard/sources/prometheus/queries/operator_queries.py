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
        query: as written by the operator.
        step: seconds between two points of the grid.
        interval: seconds between two samples of its counters; None for a server that counts without gaps anyway.

    Raises:
        ValueError: it cannot be counted; one line.
    """
    if not query.counter:
        return spell_numbers(fill_templates(query.text, f"{step}s"))
    overlap = 0.0 if interval is None else window_overlap(step, interval)
    return increase_over(query.text, f"{step}s", overlap=overlap)


def newest_promql(query: Query, step: int, interval: float) -> str:
    """The request for the events found by the scrapes in each step, however short it is.

    Args:
        query: as written by the operator. `step`: seconds.
        interval: seconds between two samples of its counters.

    Raises:
        ValueError: it cannot be counted; one line.
    """
    return increase_over(query.text, f"{step}s", difference=Difference(step, interval))


def warnings(query: Query) -> tuple[str, ...]:
    """Probable mistakes in a query, one sentence each; none for MetricsQL, which cannot be parsed."""
    try:
        return diagnostics(query.text)
    except ValueError:
        return ()


def values(query: Query, series: list[Series], grid: Grid) -> np.ndarray:
    """One value for each point of the grid, shape (points,); NaN without a series.

    Args:
        query: the query that was sent. `series`: its result. `grid`: the evaluation times.

    Raises:
        ValueError: the result is not a single number; one line with the remedy.
    """
    if any(row.has_histograms for row in series):
        raise ValueError("it gives a native histogram: write histogram_count(…) or histogram_fraction(…) around it")
    rows = matrix(series, grid)
    if len(rows) == 1:
        return np.asarray(rows[0])
    if not query.counter and len(rows):
        labels = ", ".join(_differing_labels(series)) or "nothing"
        raise ValueError(f"it gives {len(rows)} series, told apart by {labels}: write sum(…) or avg(…) around it")
    # Increases are summed; only the operator knows how to combine several values.
    measured = ~np.isnan(rows).all(axis=0)
    return np.where(measured, np.nansum(rows, axis=0), np.nan)


def _differing_labels(series: Sequence[Series]) -> list[str]:
    names = {name for row in series for name in row.metric}
    return sorted(name for name in names if len({row.metric.get(name) for row in series}) > 1)
