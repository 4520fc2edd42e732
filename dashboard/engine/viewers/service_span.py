"""Which moments of a service a span is about, and whether the live window holds them."""

from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.source_status import SourceStatus
from dashboard.timerange import DAY, HOUR, Grid, step_for, utc

SPANS = {"15m": 900, "1h": HOUR, "6h": 6 * HOUR, "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
# Whole days and weeks: traffic follows the clock, and the same hour of another day is the fair one.
COMPARISONS = {"nothing": 0, "yesterday": DAY, "last week": 7 * DAY}


def opening_span(source: SourceStatus) -> str:
    """The span that a page opens with: of data that have ended their last day, or all of them where they are fewer."""
    if source.data_end is None:
        return "1h"
    shown = min(source.history_s or DAY, DAY)
    return next(name for name, seconds in SPANS.items() if seconds >= shown)


def grid(
    snapshot: Snapshot, report: ServiceReport, *, span: int, end: float, live: bool, step: int | None = None
) -> Grid:
    """The moments of a span.

    Args:
        snapshot: the newest one. `report`: of the service.
        span: seconds. `end`: epoch seconds at which it ends. `live`: that is the moment that is shown.
        step: seconds between two moments; None: as charts have them.
    """
    # The snapshot holds the live window already: it costs the source nothing.
    if live and span <= snapshot.span and not report.samples.empty and step in (None, snapshot.step):
        return Grid.ending(report.samples.index[-1].timestamp(), span=span, step=snapshot.step)
    return Grid.ending(end, span=span, step=step or step_for(span, snapshot.step))


def earlier(grid: Grid, seconds: int) -> Grid:
    """The moments of the compared period."""
    return Grid(grid.start - seconds, grid.end - seconds, grid.step)


def is_held(report: ServiceReport, grid: Grid) -> bool:
    """The live window holds all of a grid, such as what was zoomed to."""
    index, begin, end = report.samples.index, utc(grid.start), utc(grid.end)
    return begin in index and end in index and len(report.samples.loc[begin:end]) == len(grid)
