"""The times that a span covers, and whether the live window contains them."""

from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.source_status import SourceStatus
from dashboard.timerange import DAY, HOUR, Grid, step_for, utc

SPANS = {"15m": 900, "1h": HOUR, "6h": 6 * HOUR, "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
# Whole days and weeks, as traffic follows the clock: compare with the same hour of another day.
COMPARISONS = {"nothing": 0, "yesterday": DAY, "last week": 7 * DAY}


def opening_span(source: SourceStatus) -> str:
    """The initial span of a page; for data that have ended, their last day or all of them if shorter."""
    if source.data_end is None:
        return "1h"
    shown = min(source.history_s or DAY, DAY)
    return next(name for name, seconds in SPANS.items() if seconds >= shown)


def grid(
    snapshot: Snapshot, report: ServiceReport, *, span: int, end: float, live: bool, step: int | None = None
) -> Grid:
    """The grid of a span.

    Args:
        snapshot: the newest one. `report`: of the service.
        span: seconds. `end`: epoch seconds of its end. `live`: that is the displayed time.
        step: seconds between two points; None: as in charts.
    """
    # The snapshot has the live window already, so it does not cost the source anything.
    if live and span <= snapshot.span and not report.samples.empty and step in (None, snapshot.step):
        return Grid.ending(report.samples.index[-1].timestamp(), span=span, step=snapshot.step)
    return Grid.ending(end, span=span, step=step or step_for(span, snapshot.step))


def earlier(grid: Grid, seconds: int) -> Grid:
    """The grid of the compared period."""
    return Grid(grid.start - seconds, grid.end - seconds, grid.step)


def is_held(report: ServiceReport, grid: Grid) -> bool:
    """Whether the live window contains a whole grid, for example of a zoomed range."""
    index, begin, end = report.samples.index, utc(grid.start), utc(grid.end)
    return begin in index and end in index and len(report.samples.loc[begin:end]) == len(grid)
