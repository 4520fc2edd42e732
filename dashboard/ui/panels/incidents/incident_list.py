"""All incidents of a period, newest first, with cost and times to detection, acknowledgement and recovery."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from dashboard.engine.incidents.incident_hours import judged_since
from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.record import Record
from dashboard.incidents.statistics import Statistics, Summary, statistics
from dashboard.ui.panels.wall.wall import banner
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import moments, tab_text, units
from dashboard.ui.text.change_text import length
from dashboard.ui.text.incidents import incident_text
from dashboard.ui.text.incidents.incident_text import SEVERITY, rounded
from dashboard.ui.text.status_text import status
from dashboard.ui.theme import alive, chip

# Maximum number of listed incidents; the others are counted.
MOST = 100
EMPTY = (
    "No incident in this period. One is listed here by itself as soon as an error budget burns faster than usual: "
    "when it began, what it cost, how long it took to detect and to recover, and what had changed before."
)
NO_OBJECTIVE = (
    "No incident is known, as nothing has an objective yet: an incident is a time in which an error budget burns "
    "faster than usual."
)
_tables = SharedCache[str]()


def head(snapshot: Snapshot, now: float, records: Sequence[Record]) -> str:
    """Title, number of open incidents, data age, clock, and problems of the source, as HTML.

    Args:
        snapshot: the newest one. `now`: epoch seconds. `records`: that match the filter.
    """
    ongoing = sum(record.incident.is_open for record in records)
    source, word = snapshot.source, _goes_on(snapshot)
    counts = f'<span class="gs-count gs-red"><i>◆</i><b>{ongoing}</b> {word}</span>' if ongoing else ""
    return (
        f'<div class="gs-title"><h1>Incidents</h1>{counts}<span class="right">'
        f'<i class="gs-dot gs-{status(source.state).colour}"></i><b>{units.age(source.age(now))}</b> · '
        f"{escape(moments.clock(now, snapshot.time_zone))}</span></div>"
        f"{banner(snapshot, now)}{alive(snapshot, now, tab=tab_text.of_incidents(ongoing, snapshot))}"
    )


def _goes_on(snapshot: Snapshot) -> str:
    """The words for open incidents."""
    return (incident_text.ONGOING if snapshot.source.data_end is None else incident_text.ONGOING_THEN).word


def judged(snapshot: Snapshot, seconds: float) -> str:
    """Since when incidents have been derived, as HTML, if the period begins earlier; else empty.

    Args:
        snapshot: the newest one. `seconds`: the length of the period.
    """
    since = judged_since(snapshot.ledger.hours)
    if since is None or since <= snapshot.at - seconds:
        return ""
    said = incident_text.judged_since(since, snapshot.time_zone, snapshot.at)
    return f'<ul class="gs-notes"><li>{said}</li></ul>'


def absent(snapshot: Snapshot) -> str:
    """Why nothing is listed, and what the list would show."""
    return EMPTY if snapshot.slos else NO_OBJECTIVE


def summary(records: Sequence[Record]) -> str:
    """The total cost, and the median, range and number of each time, as HTML."""
    first = {record.incident.id: moment for record in records if (moment := record.moments.acknowledged) is not None}
    whole = statistics((record.incident for record in records), first)
    cards = [
        _card("Incidents", f"{whole.number}", f"{whole.ongoing} ongoing" if whole.ongoing else "all over"),
        _card("Additional bad events", rounded(whole.bad), _before(whole)),
        _time("Time to detect, median", whole.detect, "never detected"),
        _time("Time to acknowledge, median", whole.acknowledge, "never acknowledged"),
        _time("Time to recover, median", whole.recover, "still going on"),
    ]
    return f'<div class="gs-incfacts five">{"".join(cards)}</div>'


def _time(name: str, summary: Summary, missing: str) -> str:
    return _card(name, length(summary.middle), incident_text.spread(summary, missing))


def _before(whole: Statistics) -> str:
    if whole.bad_before_detection is None:
        return "none was detected by an alert"
    return f"{rounded(whole.bad_before_detection)} before the first alert"


def _card(name: str, value: str, below: str) -> str:
    """A number as HTML.

    Args:
        name: above it. `value`: the number. `below`: its meaning.
    """
    return f'<div class="gs-card"><span>{name}</span><b>{value}</b><span>{escape(below)}</span></div>'


def table(snapshot: Snapshot, choice: object, records: Sequence[Record]) -> str:
    """The list as HTML, built once for all viewers with the same filter; each row links to its incident.

    Args:
        snapshot: the newest one. `choice`: the filter. `records`: that match it, newest first.
    """
    data = tuple(records), snapshot.time_zone, snapshot.at // 60
    return _tables.of(choice, data, lambda: _table(snapshot, records))


def _table(snapshot: Snapshot, records: Sequence[Record]) -> str:
    heads = "Began|What happened|Severity|Lasted|Additional bad|Of the budget|Detected|Acknowledged|Action items"
    right = ("Lasted", "Additional bad", "Of the budget", "Detected", "Acknowledged", "Action items")
    cells = "".join(f'<span class="{"n" if name in right else ""}">{name}</span>' for name in heads.split("|"))
    lines = "".join(_row(snapshot, record) for record in records[:MOST])
    more = len(records) - MOST
    foot = (
        f'<div class="gs-foot">and {more:,} earlier ones: choose a service or a shorter period</div>'
        if more > 0
        else ""
    )
    return f'<div class="gs-incs"><div class="gs-incrow head">{cells}</div>{lines}</div>{foot}'


def _row(snapshot: Snapshot, record: Record) -> str:
    """The row of one incident, a link to its page.

    Args:
        snapshot: has the time and the zone. `record`: the incident.
    """
    incident, times, main = record.incident, record.moments, record.main
    shown = SEVERITY[incident.severity]
    lasted = length(incident_text.until(record, snapshot.at) - times.start)
    state = incident_text.state(incident, has_ended=snapshot.source.data_end is not None)
    ongoing = f'<em class="gs-{state.colour}-text">{state.word}, </em>' if times.end is None else ""
    done = sum(item.is_done for item in record.items)
    items = f"{done} of {len(record.items)} done" if record.items else units.MISSING
    # If the data ended, perhaps years ago, the year is always shown.
    began = moments.exact(times.start, snapshot.time_zone, snapshot.at if snapshot.source.data_end is None else 0.0)
    cells = (
        ("Lasted", f"{ongoing}{lasted}"),
        ("Additional bad", rounded(incident_text.cost(main))),
        ("Of the budget", units.percent(main.budget_share)),
        ("Detected", _after(times.to_detect, "not")),
        ("Acknowledged", _after(times.to_acknowledge, "not")),
        ("Action items", items),
    )
    numbers = "".join(
        f'<span class="n" data-name="{name}"{" data-none" if value == units.MISSING else ""}>{value}</span>'
        for name, value in cells
    )
    title = escape(incident_text.shown_title(record, snapshot.at))
    return (
        f'<a class="gs-incrow gs-{shown.colour}" href="{address(incident.id)}" target="_self" '
        f'data-soft="{escape(incident.id)}"><span class="began">{began}</span><span class="what">{title}</span>'
        f'<span class="sev">{chip(shown)}</span>{numbers}</a>'
    )


def _after(seconds: float | None, missing: str) -> str:
    return f'<em class="gs-third">{missing}</em>' if seconds is None else f"after {length(seconds)}"


def address(number: str) -> str:
    """The address of an incident's page, relative to the base path."""
    return f"incidents?incident={quote(number, safe='')}"
