"""The pages' one way to data: the poller's snapshot and its shared, cached windows."""

from dashboard.engine.on_demand import OnDemandWindow
from dashboard.engine.running_poller import current
from dashboard.engine.snapshot import Snapshot
from dashboard.slo.indicators import Column
from dashboard.timerange import Grid


def snapshot() -> Snapshot:
    """The newest snapshot as of this moment; costs the source nothing."""
    return current().read()


def now() -> float:
    """Epoch seconds of this moment by the poller's clock."""
    return current().clock()


def window(service: str, grid: Grid) -> OnDemandWindow:
    """Signals of one service on a grid beyond the live window, shared by viewers and bounded in size."""
    return current().window(service, grid)


def breakdown(service: str, label: str, grid: Grid) -> OnDemandWindow:
    """Signals of one service by the values of one label, shared by viewers and bounded in size.

    Args:
        service: its name.
        label: one of the labels that the source offers for it.
        grid: moments of the span.
    """
    return current().breakdown(service, label, grid)


def expression(column: Column) -> str:
    """How a column is counted, in the query language of the source."""
    return current().source.expression(column)
