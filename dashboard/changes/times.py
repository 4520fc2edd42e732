"""Checks the times of a change: not in the future, not older than the retention, and its end after its start."""

from dashboard.changes.change import Change, Kind
from dashboard.changes.reading import AHEAD_S, PLANNED_S

DAY = 86_400.0


def times_problem(change: Change, now: float, retention: float) -> str:
    """What is wrong with the times of a change, a sentence for its sender; empty if they are valid.

    Args:
        change: as sent. `now`: epoch seconds. `retention`: seconds for which changes are kept.
    """
    # Maintenance is announced in advance.
    planned = PLANNED_S if change.kind is Kind.MAINTENANCE else 0.0
    for what, moment in (("begins", change.start), ("ends", change.end)):
        if moment is not None and moment > now + AHEAD_S + planned:
            return f"the change {what} {moment - now:,.0f} s in the future: check the clock of its sender"
    if change.start < now - retention:
        return f"the change is older than the {retention / DAY:g} days for which changes are kept"
    if change.end is not None and change.end < change.start:
        return "the change ends before it begins"
    return ""
