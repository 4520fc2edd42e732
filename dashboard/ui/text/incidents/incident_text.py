"""An incident in words: its title, its cost, and its times."""

from dataclasses import dataclass
from typing import Final

from dashboard.incidents.impacts import KNOWN_MIN
from dashboard.incidents.incident import Correctable, Impact, Incident, Severity
from dashboard.incidents.record import Record
from dashboard.incidents.statistics import Summary
from dashboard.slo.report import State
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import change_text, moments, units
from dashboard.ui.text.change_text import length
from dashboard.ui.text.status_text import SLO_STATE, Status
from dashboard.ui.text.units import NBSP

SEVERITY: Final = {
    Severity.PAGE: Status("◆", "page", "red"),
    Severity.TICKET: Status("◇", "ticket", "amber"),
    Severity.ANOMALY: Status("▲", "anomaly", "amber"),
}
ONGOING, RESOLVED = Status("◆", "ongoing", "red"), Status("✓", "resolved", "green")
RECOVERING = SLO_STATE[State.RECOVERING]
ONGOING_THEN = Status("◆", "ongoing then", "red")
FIELDS: Final = {
    Correctable.TITLE: "title",
    Correctable.START: "start",
    Correctable.END: "end",
    Correctable.DETECTION: "detection",
}


@dataclass(frozen=True, slots=True)
class Words:
    """Words for the bad events of an objective.

    Attributes:
        were, have: after a share, for past and open incidents: "of requests failed".
        events: after a count: "failed requests".
        course: what the chart shows: "failures".
    """

    were: str
    have: str
    events: str
    course: str


FAILED: Final = Words("of requests failed", "of requests have failed", "failed requests", "failures")
SLOW: Final = Words("of requests were too slow", "of requests have been too slow", "slow requests", "slow requests")
BAD: Final = Words("of events were bad", "of events have been bad", "bad events", "bad events")


def words(impact: Impact) -> Words:
    """The words for the bad events of an objective."""
    return {"availability": FAILED, "latency": SLOW}.get(impact.kind, BAD)


def title(record: Record, now: float) -> str:
    """The incident in a sentence: checkout: 3.6 % of requests failed for 34 min after deploy v42.

    Args:
        record: the incident. `now`: epoch seconds, for an open one.
    """
    main, times, service = record.main, record.moments, record.title_of(record.main.service)
    lasted = length(until(record, now) - times.start)
    said = words(main)
    share = units.percent(main.ratio)
    happened = f"{share} {said.were} for {lasted}" if is_calm(record) else f"{share} {said.have} for {lasted}"
    if main.ratio is None:
        happened = f"{said.events} for {lasted}"
    others = len(record.incident.services) - 1
    beside = f", and {_services(others)} moved with it" if others else ""
    after = f" after {change_text.brief(record.cause)}" if record.cause is not None else ""
    return f"{service}: {happened}{after}{beside}"


def until(record: Record, now: float) -> float:
    """Epoch seconds up to which it has lasted: its end, the start of its quiet time, or now.

    Args:
        record: the incident. `now`: epoch seconds.
    """
    end, quiet = record.moments.end, record.incident.quiet_since
    return end if end is not None else quiet if quiet is not None else now


def is_calm(record: Record) -> bool:
    """Whether it is over, or will be unless more fails."""
    return record.moments.end is not None or record.incident.quiet_since is not None


def shown_title(record: Record, now: float) -> str:
    """The title given by a person, else the derived one.

    Args:
        record: the incident. `now`: epoch seconds, for an open one.
    """
    correction = record.correction(Correctable.TITLE)
    return title(record, now) if correction is None else correction.text


def cost(impact: Impact) -> float:
    """Bad events beyond those expected anyway."""
    return max(impact.bad - impact.usual_bad, 0.0)


def rounded(value: float | None) -> str:
    """A count rounded for a headline: to three digits from ten thousand on."""
    if value is None or abs(value) < 10_000:
        return units.count(value)
    step = 10 ** (len(f"{abs(value):.0f}") - 3)
    return units.count(round(value / step) * step)


def when(record: Record, zone: str, now: float) -> str:
    """Start and end with day and zone: Thu 19 Nov, 14:07 – 14:41 UTC.

    Args:
        record: the incident. `zone`: the time zone of the page. `now`: epoch seconds.
    """
    times = record.moments
    if times.end is None:
        return f"since {moments.exact(times.start, zone, now)} {moments.zone_name(times.start, zone)}"
    return moments.between(times.start, times.end, zone)


def window(seconds: float) -> str:
    """The length of an SLO's window as an adjective: 30-day."""
    return f"{seconds / DAY:.3g}-day" if seconds >= DAY else f"{seconds / HOUR:.3g}-hour"


def windows(seconds: float) -> str:
    """The length of an SLO's window: 30 days."""
    return f"{seconds / DAY:.3g}{NBSP}days" if seconds > DAY else f"{seconds / HOUR:.3g}{NBSP}h"


def left_unknown(impact: Impact) -> str:
    """Why the remaining budget is unknown, without a capital and a full stop."""
    return (
        f"how much was left is not known: that takes data of {units.share(KNOWN_MIN)} of the {windows(impact.window_s)}"
    )


def judged_since(moment: int, zone: str, now: float) -> str:
    """Since when incidents have been derived.

    Args:
        moment: epoch seconds. `zone`: IANA name of the displayed time zone. `now`: epoch seconds.
    """
    since = moments.near(moment, zone, now)
    baseline = "the data before that are their baseline"
    return f"Incidents are derived from {since} on; {baseline}. Older ones are those that were kept."


def state(incident: Incident, *, has_ended: bool = False) -> Status:
    """Whether it is open, quiet, or was open when the data ended (`has_ended`), so that its end is unknown."""
    if not incident.is_open:
        return RESOLVED
    return ONGOING_THEN if has_ended else ONGOING if incident.quiet_since is None else RECOVERING


def spread(summary: Summary, missing: str) -> str:
    """Count, range and unknowns of a duration: n = 7, 2 min – 1 h 5 m; 2 never acknowledged.

    Args:
        summary: of a duration. `missing`: words for incidents without it, such as "never detected".
    """
    rest = f"{summary.undefined} {missing}" if summary.undefined else ""
    if not summary.number:
        return rest or "no incidents"
    extent = f", {units.between(length(summary.low), length(summary.high))}" if summary.number > 1 else ""
    return f"n = {summary.number}{extent}{f'; {rest}' if rest else ''}"


def _services(number: int) -> str:
    return f"{number} other service{'s' if number > 1 else ''}"
