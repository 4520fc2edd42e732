"""The pages' one way to data: the poller's snapshot and its shared, cached windows."""

from dashboard.engine.on_demand import View
from dashboard.engine.poller import running
from dashboard.engine.snapshot import Snapshot
from dashboard.slo.indicators import Column
from dashboard.timerange import Grid


def snapshot() -> Snapshot:
    """The newest published snapshot; costs the source nothing."""
    return running().snapshot


def now() -> float:
    """Epoch seconds of this moment by the poller's clock."""
    return running().clock()


def window(service: str, grid: Grid) -> View:
    """Signals of one service on a grid beyond the live window, shared by viewers and bounded in size."""
    return running().window(service, grid)


def breakdown(service: str, label: str, grid: Grid) -> View:
    """The same by the values of one label."""
    return running().breakdown(service, label, grid)


def expression(column: Column) -> str:
    """How a column is counted, in the source's own words."""
    return running().source.expression(column)
