"""An entry of the triage list as HTML: its sentence, its charts, and what is known about its cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from dashboard.alerts.alert_snapshot import CurrentAlert
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.viewers.exemplar_windows import ExemplarWindow
from dashboard.engine.viewers.explanations import ExplanationWindow
from dashboard.incidents.people import Note
from dashboard.timerange import HOUR
from dashboard.triage.entry import Cause, Entry
from dashboard.ui.panels.service import spending
from dashboard.ui.panels.triage import triage_changes, triage_charts, triage_foot, triage_traces
from dashboard.ui.panels.triage.triage_foot import Context
from dashboard.ui.text import address, alert_text, moments, units
from dashboard.ui.text.triage import triage_entry_text
from dashboard.ui.text.triage.triage_entry_text import Part

NOTES_MOST, ALERTS_MOST = 5, 4
FULL_CHARTS, BRIEF_CHARTS = 4, 2


@dataclass(frozen=True, slots=True)
class Answers:
    """The source's answers about an entry, so far.

    Attributes:
        spending: what spends its budget. `requests`: the worst ones with their traces. None: unknown, or not asked.
    """

    spending: ExplanationWindow | None = None
    requests: ExemplarWindow | None = None


def full(entry: Entry, context: Context, answers: Answers) -> str:
    """An entry with all its charts.

    Args:
        entry: of the list. `context`: for drawing. `answers`: of the source.
    """
    return _card(entry, context, answers, charts=FULL_CHARTS, look="full")


def brief(entry: Entry, context: Context, answers: Answers) -> str:
    """An entry with a chart or two.

    Args:
        entry: of the list. `context`: for drawing. `answers`: of the source.
    """
    return _card(entry, context, answers, charts=BRIEF_CHARTS, look="brief")


def row(entry: Entry, context: Context) -> str:
    """An entry without charts, for long lists."""
    inside = f"{_head(entry, context)}{_say(entry, context)}{triage_foot.foot(entry, context)}"
    return _section(entry, inside, "row")


def _card(entry: Entry, context: Context, answers: Answers, *, charts: int, look: str) -> str:
    window = answers.spending
    suspects = triage_changes.suspects_of(entry, context.snapshot, None if window is None else window.explanation)
    drawn = triage_charts.charts(entry, context.snapshot, triage_changes.marks(suspects), most=charts)
    known = (
        _budget(entry, context),
        _spending(window),
        triage_changes.changed(entry, suspects, context.titles() if suspects else {}),
        _moved(entry, context),
        _requests(answers.requests, entry, context),
        _alerts(entry, context),
        _notes(context.added.notes_of(entry), context),
    )
    facts = "".join(known)
    body = f'<div class="body"><div class="charts">{drawn}</div><div class="facts">{facts}</div></div>'
    inside = f"{_head(entry, context)}{_say(entry, context)}{body}{triage_foot.foot(entry, context)}"
    return _section(entry, inside, look)


def _section(entry: Entry, inside: str, look: str) -> str:
    colour = triage_entry_text.COLOURS[entry.urgency]
    # A service has one entry for its budgets, and one for each resource.
    named = f"{entry.service}, {entry.resource}" if entry.resource else entry.service
    attributes = (
        f'class="gs-entry {look} gs-{colour}" data-key="{escape(entry.own_id)}" data-id="{escape(entry.id)}" '
        f'aria-label="{escape(named)}"'
    )
    return f"<section {attributes}>{inside}</section>"


def _head(entry: Entry, context: Context) -> str:
    report = context.snapshot.by_name.get(entry.service)
    shown, title = triage_entry_text.status(entry), context.snapshot.service_title(entry.service)
    others = f" <small>+{len(entry.services) - 1} more</small>" if len(entry.services) > 1 else ""
    of = triage_entry_text.of_what(entry, report)
    return (
        f'<div class="top"><i class="mark" aria-hidden="true">{shown.mark}</i>'
        f'<h2><a href="{_service(entry, context)}">{escape(title)}</a>{others}</h2><span class="of">{escape(of)}</span>'
        '<span class="new">new since your last visit</span>'
        f'<span class="gs-chip">{escape(shown.word)}</span></div>'
    )


def _service(entry: Entry, context: Context) -> str:
    """The address of the service's page, with a longer span than the default if the entry needs it."""
    begin, _ = triage_foot.span(entry, context.now)
    name = f"service?service={quote(entry.service, safe='')}"
    if context.now - begin <= 2 * HOUR:
        return name
    return f"{name}&amp;from={address.written(begin)}&amp;to={address.written(context.now)}"


def alerts_of(entry: Entry, snapshot: Snapshot) -> list[CurrentAlert]:
    """Firing alerts of other tools about its services."""
    return [alert for alert in snapshot.alerts.firing if alert.alert.service in entry.services]


def _say(entry: Entry, context: Context) -> str:
    details = escape(triage_entry_text.details(entry, context.zone, context.now))
    computed = ""
    if entry.slo is not None:
        where = f"objectives?slo={quote(entry.slo.slo.name, safe='')}"
        computed = f'<a href="{where}">How computed</a>'
    story = ""
    if entry.incident is not None:
        story = f'<a href="incidents?incident={quote(entry.incident.id, safe="")}">Its story</a>'
    more = " · ".join(filter(None, (details, computed, story)))
    sentence = _parts(triage_entry_text.sentence(entry, context.zone, context.now))
    return f'<p class="say">{sentence}</p><p class="more">{more}</p>'


def _parts(parts: Sequence[Part]) -> str:
    return "".join(_part(part) for part in parts)


def _part(part: Part) -> str:
    written = escape(part.text)
    if not part.look:
        return written
    look = {"b": "", "c": ' class="c"'}.get(part.look, f' class="gs-{part.look}-text"')
    return f"<b{look}>{written}</b>"


def parts(sentence: Sequence[Part]) -> str:
    """A sentence as HTML."""
    return _parts(sentence)


def _budget(entry: Entry, context: Context) -> str:
    slo = entry.slo
    if slo is None or slo.judged_remaining is None or entry.cause is Cause.FULL:
        return ""
    width = max(0.0, min(1.0, slo.judged_remaining))
    return (
        f'<div class="left"><span><b>Budget left</b> <b class="c">{units.percent(slo.judged_remaining)}</b></span>'
        f"<small>{escape(triage_entry_text.left(slo, context.zone))}</small></div>"
        f'<div class="gs-bar"><i style="width:{width:.1%}"></i></div>'
    )


def _spending(window: ExplanationWindow | None) -> str:
    if window is None:
        return ""
    rows = spending.brief_html([window])
    key = '<small class="key">share of all traffic</small>' if "gs-share" in rows else ""
    return f"<h3>What spends the budget{key}</h3>{rows}"


def _requests(window: ExemplarWindow | None, entry: Entry, context: Context) -> str:
    report = context.snapshot.by_name.get(entry.service)
    return "" if report is None else triage_traces.listed(window, entry, report.info.links, context.zone)


def _moved(entry: Entry, context: Context) -> str:
    moved = triage_entry_text.moved(entry, context.snapshot)
    if not moved:
        return ""
    rows = "".join(
        f'<div class="fact"><span>{escape(when)}</span>'
        f'<b><a href="service?service={quote(other.service, safe="")}">{escape(title)}</a></b>'
        f"<em>{escape(what)}</em>{triage_charts.course(other, context.snapshot)}</div>"
        for (when, title, what), other in zip(moved, entry.moved, strict=True)
    )
    return f"<h3>Moved with it</h3>{rows}"


def _alerts(entry: Entry, context: Context) -> str:
    """Alerts of other tools about its services, with their receivers; empty if none are known."""
    alerts = context.snapshot.alerts
    firing = alerts_of(entry, context.snapshot)
    lines = [alert_text.sentence(alert, context.zone, context.now) for alert in firing[:ALERTS_MOST]]
    if len(firing) > ALERTS_MOST:
        lines.append(f"and {len(firing) - ALERTS_MOST} more")
    if not firing and alerts.at is not None and entry.pages:
        lines.append("no alert of others fires about it")
    if firing and (remark := alert_text.routing(alerts.routing, context.zone, context.now)):
        lines.append(remark)
    rows = "".join(f'<p class="say">{escape(units.sentence(line))}</p>' for line in lines)
    return f"<h3>Alerts</h3>{rows}" if rows else ""


def _notes(notes: Sequence[Note], context: Context) -> str:
    if not notes:
        return ""
    rows = "".join(_note(note, context) for note in notes[-NOTES_MOST:])
    earlier = f" <small>the last {NOTES_MOST} of {len(notes)}</small>" if len(notes) > NOTES_MOST else ""
    return f"<h3>Notes{earlier}</h3>{rows}"


def _note(note: Note, context: Context) -> str:
    at = moments.lately(note.at, context.zone, context.now)
    return (
        f'<div class="note"><small>{escape(at)} · {escape(note.person)} ({triage_entry_text.AS_GIVEN})</small>'
        f"<p>{escape(note.text)}</p></div>"
    )
