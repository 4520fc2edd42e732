"""The triage page as one piece of HTML per snapshot, built once for all viewers."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from urllib.parse import quote
from zoneinfo import ZoneInfo

from dashboard.alerts.alert_snapshot import CurrentAlert
from dashboard.engine.snapshot import Snapshot
from dashboard.triage.entry import Triage, Urgency
from dashboard.ui import attention
from dashboard.ui.attention import Reading
from dashboard.ui.panels.triage import triage_entry, triage_handover, triage_spending, triage_traces
from dashboard.ui.panels.triage.triage_entry import Answers
from dashboard.ui.panels.triage.triage_foot import Context
from dashboard.ui.panels.wall.wall import banner
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import alert_text, source_text, tab_text, units
from dashboard.ui.text.triage import triage_text
from dashboard.ui.theme import alive

# Number of entries with all charts, and of further ones with a chart or two; the rest are rows.
FULL_MOST, BRIEF_MOST = 2, 4
# From this number of entries on fewer have charts: then the list matters more.
CROWDED, FULL_OF_MANY, BRIEF_OF_MANY = 12, 1, 2
# Maximum number of entries that the source is asked about.
ASKED_MOST = 4
RENAME = '<p class="gs-rename"><button type="button" data-triage="rename">Change your name</button></p>'
MINOR_MOST, ALERTS_MOST = 60, 40

_bodies = SharedCache[str]()
_pages = SharedCache[str]()


def page(snapshot: Snapshot, now: float, *, asks: bool = True) -> str:
    """The current page, built once for all viewers.

    Args:
        snapshot: shown. `now`: epoch seconds.
        asks: ask the source about the most urgent entries; else only existing answers are shown.
    """
    reading, answers = attention.reading(), answers_of(snapshot, asks=asks)
    key = snapshot.time_zone
    # Ages of acknowledgements are shown in minutes.
    data = (snapshot, reading, answers)
    return _pages.of(key, (*data, int(now)), lambda: _page(snapshot, now, data))


def answers_of(snapshot: Snapshot, *, asks: bool) -> tuple[Answers, ...]:
    """The source's answers about the most urgent entries, in their order.

    Args:
        snapshot: has them. `asks`: ask if the newest answer is too old; else only existing answers are used.
    """
    return tuple(
        Answers(
            triage_spending.explained(entry, snapshot.at, asks=asks),
            triage_traces.remembered(entry, snapshot.at, asks=asks),
        )
        for entry in attention.triage_of(snapshot).entries[:ASKED_MOST]
    )


def _page(snapshot: Snapshot, now: float, data: tuple[Snapshot, Reading, tuple[Answers, ...]]) -> str:
    triaged, (_, reading, answers) = attention.triage_of(snapshot), data
    # Entries are rendered once per refresh, the head every second.
    body = _bodies.of(snapshot.time_zone, data, lambda: _body(snapshot, triaged, reading, answers))
    waiting = attention.waiting(snapshot)
    mark = alive(snapshot, now, tab=tab_text.of_triage(waiting, snapshot))
    return f'<div class="gs-triage">{_head(snapshot, triaged, waiting, now)}{banner(snapshot, now)}{body}{mark}</div>'


def _head(snapshot: Snapshot, triaged: Triage, waiting: int, now: float) -> str:
    clock, age = datetime.fromtimestamp(now, ZoneInfo(snapshot.time_zone)), snapshot.source.age(now)
    since = "" if age is None else f' data-age="{age:.0f}"'
    return (
        f'<div class="gs-triagehead"><h1>{triage_entry.parts(triage_text.headline(triaged, waiting))}</h1>'
        f'<span class="clock"><b data-clock="{now:.0f}" data-zone="{escape(snapshot.time_zone)}">{clock:%H:%M}</b> '
        f"{escape(clock.tzname() or '')} · <span{since}>{units.age(age)}</span></span></div>"
    )


def _body(snapshot: Snapshot, triaged: Triage, reading: Reading, answers: Sequence[Answers]) -> str:
    if not snapshot.services:
        lines = "<br>".join(escape(line) for line in source_text.no_service(snapshot.source))
        return f'<div class="gs-empty">{lines}</div>'
    context = Context(snapshot, reading.added)
    cards = "".join(_cards(triaged, context, answers))
    folded = f"{_alerts(snapshot, triaged)}{_minor(snapshot, triaged)}"
    below = f"{folded}{triage_handover.shifts(snapshot, triaged, reading.added)}"
    return f"{_problems(snapshot, triaged, reading)}{cards or _nothing(triaged)}{below}{RENAME}"


def _cards(triaged: Triage, context: Context, answers: Sequence[Answers]) -> Iterator[str]:
    is_crowded = len(triaged.entries) > CROWDED
    full, brief = (FULL_OF_MANY, BRIEF_OF_MANY) if is_crowded else (FULL_MOST, BRIEF_MOST)
    for place, entry in enumerate(triaged.entries):
        known = answers[place] if place < len(answers) else Answers()
        # Entries that can wait for days are brief even if nothing is more urgent.
        if place < full and entry.urgency is Urgency.NOW:
            yield triage_entry.full(entry, context, known)
        elif place < full + brief:
            yield triage_entry.brief(entry, context, known)
        else:
            yield triage_entry.row(entry, context)


def _problems(snapshot: Snapshot, triaged: Triage, reading: Reading) -> str:
    """What is unknown, above everything else."""
    lines = []
    if sentence := triage_text.unknown(triaged, snapshot):
        lines.append(f'<div class="gs-banner gs-grey"><b>◌</b> {escape(sentence)}</div>')
    if reading.problem:
        said = f"Acknowledgements and notes may be missing: {reading.problem}"
        lines.append(f'<div class="gs-banner gs-amber"><b>▲</b> {escape(units.sentence(said))}</div>')
    return "".join(lines)


def _nothing(triaged: Triage) -> str:
    if not triaged.is_empty:
        return ""
    services = "1 service is fine" if triaged.fine == 1 else f"All {triaged.fine} services are fine"
    last = escape(triage_text.last_incident(triaged, triaged.at))
    return f'<div class="gs-calm gs-green"><i aria-hidden="true">✓</i><p>{last}</p><p>{services}.</p></div>'


def _alerts(snapshot: Snapshot, triaged: Triage) -> str:
    """Firing alerts of other tools that are about no entry; open if one of them pages."""
    if not triaged.alerts:
        return ""
    head, pages = triage_text.alerts(triaged)
    rows = "".join(f"<li>{_alert(snapshot, current)}</li>" for current in triaged.alerts[:ALERTS_MOST])
    more = f"<li>and {len(triaged.alerts) - ALERTS_MOST} more</li>" if len(triaged.alerts) > ALERTS_MOST else ""
    return (
        f'<details class="gs-minor" data-key="alerts"{" open" if triaged.paging else ""}><summary><b>{escape(head)}</b>'
        f"<span>{escape(pages)}</span></summary><ul>{rows}{more}</ul></details>"
    )


def _alert(snapshot: Snapshot, current: CurrentAlert) -> str:
    said, service = escape(alert_text.sentence(current, snapshot.time_zone, snapshot.at)), current.alert.service
    if service is None:
        return said
    address = f"service?service={quote(service, safe='')}"
    return f'<a href="{address}">{escape(snapshot.service_title(service))}</a> {said}'


def _minor(snapshot: Snapshot, triaged: Triage) -> str:
    if not triaged.minor:
        return ""
    head, kinds = triage_text.minor(triaged)
    rows = "".join(
        f'<li><a href="service?service={quote(signal.service, safe="")}">'
        f"{escape(snapshot.service_title(signal.service))}</a> "
        f"{escape(triage_text.of_minor(signal, snapshot.time_zone, snapshot.at))}</li>"
        for signal in triaged.minor[:MINOR_MOST]
    )
    more = f"<li>and {len(triaged.minor) - MINOR_MOST} more</li>" if len(triaged.minor) > MINOR_MOST else ""
    return (
        f'<details class="gs-minor" data-key="minor"><summary><b>{escape(head)}</b>'
        f"<span>{escape(kinds)}</span></summary><ul>{rows}{more}</ul></details>"
    )
