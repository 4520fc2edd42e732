"""Which two sides of a service a page compares: before and after a change, or two values of a label."""

from collections.abc import Sequence

from dashboard.changes.change import Change, Outcome
from dashboard.changes.known import KnownChange
from dashboard.engine.snapshot import ServiceReport
from dashboard.engine.viewers.side_by_side import Before, Judged, Values, Wanted
from dashboard.timerange import HOUR

# What was done and undone: it was there from its begin to its end.
TAKEN_BACK = (Outcome.FAILED, Outcome.CANCELLED)


def change_of(changes: Sequence[KnownChange], number: str) -> KnownChange | None:
    """The change of an id, under whichever of its senders it is known; None where there is none."""
    return next((change for change in changes if number.isdecimal() and int(number) in change.ids), None)


def around(change: Change) -> Before:
    """Before a change began, and after it was complete; of one that was taken back, while it was there."""
    until = change.start if change.outcome in TAKEN_BACK else max(change.start, change.end or change.start)
    return Before(change.start, until)


def judged_until(change: Change, end: float) -> float:
    """Epoch seconds until which a change is judged, at `end` or before: what was taken back says nothing afterwards."""
    return min(end, change.end) if change.end is not None and change.outcome in TAKEN_BACK else end


def values_within(label: str, control: str, experiment: str, *, begin: float, end: float, slides: bool) -> Values:
    """Two values of a label within a span.

    Args:
        label: its name. `control`, `experiment`: its values.
        begin, end: epoch seconds of the span. `slides`: it ends now.
    """
    if not slides:
        return Values(label, control, experiment, begin)
    # What slides with each look would begin a new test with each: it begins anew once in a span, and grows until then.
    span = end - begin
    return Values(label, control, experiment, (end // span - 1) * span)


def wanted_within(between: Before | Values, *, begin: float, end: float, slides: bool) -> Wanted:
    """What is compared, as of the end of a span.

    Args:
        between: the two sides. `begin`, `end`: epoch seconds of the span. `slides`: it ends now.
    """
    span = max(end - begin, float(HOUR))
    return Wanted(between, end, 2 * span if slides and isinstance(between, Values) else span)


def judged(report: ServiceReport) -> Judged:
    """A service as comparisons judge it."""
    return Judged(report.info, [slo.slo for slo in report.slos])
