"""The two sides of a comparison on a page: before and after a change, or two values of a label."""

from collections.abc import Iterable, Sequence

from dashboard.changes.change import Change, Kind, Outcome
from dashboard.changes.known import KnownChange
from dashboard.engine.snapshot import ServiceReport
from dashboard.engine.viewers.side_by_side import Before, Judged, Values, Wanted
from dashboard.timerange import HOUR

# Kinds of changes that are done and undone: they are in effect from start to end.
TAKEN_BACK = (Outcome.FAILED, Outcome.CANCELLED)
# Kinds of changes that are replaced by the next one.
VERSIONS = (Kind.DEPLOY, Kind.ROLLBACK)


def change_of(changes: Sequence[KnownChange], number: str) -> KnownChange | None:
    """The change with this id, of any of its senders; None if there is none."""
    return next((change for change in changes if number.isdecimal() and int(number) in change.ids), None)


def around(change: Change) -> Before:
    """Before the change began, and after it was complete; if it was rolled back, while it was in effect."""
    until = change.start if change.outcome in TAKEN_BACK else max(change.start, change.end or change.start)
    return Before(change.start, until)


def judged_until(change: Change, end: float, others: Iterable[Change] = ()) -> float:
    """Epoch seconds until which a change is judged: once rolled back or replaced, later data say nothing about it.

    Args:
        change: the change. `end`: the latest possible time. `others`: changes of the same service, in any order.
    """
    ends = [end]
    if change.end is not None and change.outcome in TAKEN_BACK:
        ends.append(change.end)
    if change.kind in VERSIONS:
        ends += [other.start for other in others if _replaces(other, change)]
    return min(ends)


def _replaces(other: Change, change: Change) -> bool:
    """Whether another version completely replaced one."""
    is_elsewhere = bool(other.environment and change.environment) and other.environment != change.environment
    is_later = other.kind in VERSIONS and other.start > around(change).until
    return is_later and other.version != change.version and not is_elsewhere


def others_of(known: KnownChange, changes: Iterable[KnownChange]) -> list[Change]:
    """Changes of the same services, including the change itself."""
    services = set(known.services)
    return [other.change for other in changes if services.intersection(other.services)]


def values_within(label: str, control: str, experiment: str, *, begin: float, end: float, slides: bool) -> Values:
    """Two values of a label within a span.

    Args:
        label: its name. `control`, `experiment`: its values.
        begin, end: epoch seconds of the span. `slides`: it ends now.
    """
    if not slides:
        return Values(label, control, experiment, begin)
    # A sliding start would begin a new test at each look: it moves once per span, and the side grows until then.
    span = end - begin
    return Values(label, control, experiment, (end // span - 1) * span)


def wanted_within(between: Before | Values, *, begin: float, end: float, slides: bool) -> Wanted:
    """What to compare, as of the end of a span.

    Args:
        between: the two sides. `begin`, `end`: epoch seconds of the span. `slides`: it ends now.
    """
    span = max(end - begin, float(HOUR))
    return Wanted(between, end, 2 * span if slides and isinstance(between, Values) else span)


def judged(report: ServiceReport) -> Judged:
    """A service in the form that comparisons need."""
    return Judged(report.info, [slo.slo for slo in report.slos])
