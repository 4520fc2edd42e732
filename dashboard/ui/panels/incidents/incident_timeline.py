"""The timeline of an incident: a line that is red while the budget burns, with a mark and two lines per event."""

from html import escape

from dashboard.changes.change import Kind
from dashboard.changes.known import KnownChange
from dashboard.incidents.record import Record
from dashboard.incidents.timeline import Event, EventKind, left_out
from dashboard.ui.text import moments
from dashboard.ui.text.incidents import timeline_text
from dashboard.ui.text.incidents.timeline_text import Line

# CSS class → shape and colour.
MARKS = {
    EventKind.BURN: "dot red",
    EventKind.ANOMALY: "up amber",
    EventKind.ALERT: "diamond red",
    EventKind.DETECTION: "diamond red",
    EventKind.ACKNOWLEDGEMENT: "dot amber",
    EventKind.NOTE: "ring blue",
    EventKind.RECOVERY: "tick green",
}


def rail(record: Record, zone: str) -> str:
    """The timeline as HTML.

    Args:
        record: the incident. `zone`: the time zone of the page.
    """
    lines = timeline_text.lines(record, zone)
    items = "".join(_item(line, is_burning=_burns(record, line.event)) for line in lines)
    rest = left_out(record)
    more = f'<div class="gs-foot">and {rest} more of the same kinds</div>' if rest else ""
    began = moments.clock_time(record.moments.start, zone)
    # Dates need more room than times.
    wide = " wide" if any(" " in line.clock for line in lines) else ""
    return (
        f'<div class="gs-card gs-rail{wide}"><div class="gs-cardhead"><h2>Timeline</h2>'
        f'<span class="m end">from the first bad step, {began}</span></div><ol>{items}</ol>{more}</div>'
    )


def _burns(record: Record, event: Event) -> bool:
    """Whether the budget burned after an event."""
    times = record.moments
    return times.start <= event.at and (times.end is None or event.at < times.end)


def _item(line: Line, *, is_burning: bool) -> str:
    burning = ' class="burns"' if is_burning else ""
    detail = f"<span>{escape(line.detail)}</span>" if line.detail else ""
    return (
        f'<li{burning}><span class="t"><b>{line.clock}</b><em>{line.offset}</em></span>'
        f'<i class="{_mark(line.event)}" aria-hidden="true"></i>'
        f'<span class="e"><b>{escape(line.title)}</b>{detail}</span></li>'
    )


def _mark(event: Event) -> str:
    if isinstance(event.subject, KnownChange):
        return "up grey" if event.subject.change.kind is Kind.ROLLBACK else "down grey"
    return MARKS[event.kind]
