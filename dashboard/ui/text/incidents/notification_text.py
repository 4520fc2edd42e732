"""A notification of an incident: a title and a few plain sentences with their numbers."""

from collections.abc import Callable, Iterable
from typing import Final

from dashboard.incidents.incident import Correctable, Impact, Incident, Severity
from dashboard.notifications.spec import EventKind
from dashboard.notifications.status import ReceiverStatus
from dashboard.ui.text import change_text, moments, units
from dashboard.ui.text.incidents import incident_text

SEVERITY: Final = {Severity.PAGE: "page", Severity.TICKET: "ticket", Severity.ANOMALY: "anomaly"}
TEST_TITLE: Final = "Test: golden-signals"
TEST_TEXT: Final = "A test message: notifications of incidents will arrive here. Nothing is wrong."
# Maximum number of objectives and services to name.
NAMED = 3
# Maximum length of a title, as it is a mail subject, or a line on a lock screen.
TITLE_SIGNS = 200

Names = Callable[[str], str]


def title(kind: EventKind, incident: Incident, names: Names) -> str:
    """The event and its services: Page: checkout; Resolved: checkout and payments.

    Args:
        kind: of event. `incident`: as it is now. `names`: the name of a service on pages, by its id.
    """
    what = incident.corrections.get(Correctable.TITLE) or _listed([names(service) for service in incident.services])
    severity = SEVERITY[incident.severity]
    match kind:
        case EventKind.OPEN:
            head = severity.capitalize()
        case EventKind.ESCALATION:
            head = f"Now a {severity}"
        case EventKind.CHANGE:
            head = "More services affected"
        case EventKind.CLOSE:
            head = "Resolved"
    return _one_line(f"{head}: {what}")[:TITLE_SIGNS]


def sentence(incident: Incident, zone: str, now: float) -> str:
    """How bad the incident is or was, and since when or how long.

    Args:
        incident: as it is now. `zone`: IANA name of the zone of moments. `now`: epoch seconds.
    """
    # The most expensive objective: the first to move may have cost little.
    worst = max(incident.impacts, key=lambda impact: impact.budget_share or 0.0)
    begin = f"{moments.exact(incident.start, zone, now)} {moments.zone_name(incident.start, zone)}"
    said, share = incident_text.words(worst), units.percent(worst.ratio)
    lasted = None if incident.end is None else change_text.length(incident.end - incident.start)
    when = f"Since {begin}" if lasted is None else f"For {lasted} from {begin}"
    bad = f"{share} {said.have if lasted is None else said.were}" if worst.ratio is not None else said.events
    counts = f"{units.count(worst.bad)} of {units.count(worst.valid)}"
    allowed = f"{units.percent(1 - worst.objective)} is allowed"
    also = _also(impact for impact in incident.impacts if impact is not worst)
    return _one_line(units.plain(f"{when} {bad}: {counts}, where {allowed}.{_budget(worst)}{also}"))


def body(sentences: str, link: str) -> str:
    """The text of a message: its sentences, and the link."""
    return f"{sentences}\n{link}" if link else sentences


def counts(status: ReceiverStatus) -> str:
    """The numbers of notifications of a receiver: 5 arrived, 3 wait, 1 given up."""
    parts = ((status.arrived, "arrived"), (status.waiting, "wait"), (status.given_up, "given up"))
    return ", ".join(f"{units.count(number)} {word}" for number, word in parts if number) or "none yet"


def problem(status: ReceiverStatus) -> str:
    """What is wrong with a receiver, in one sentence; empty if nothing is."""
    why = status.problem or "nobody could send it"
    if status.given_up:
        word = "notification was" if status.given_up == 1 else "notifications were"
        return f"{units.count(status.given_up)} {word} given up: {why}."
    return f"It is tried again: {why}." if status.waiting and status.problem else ""


def _one_line(text: str) -> str:
    """Text in which names, which come from labels, cannot break the line or start a mail header."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _budget(impact: Impact) -> str:
    if impact.budget_share is None:
        return ""
    window = incident_text.window(impact.window_s)
    return f" It took {units.percent(impact.budget_share)} of the {window} budget of {impact.slo}."


def _also(impacts: Iterable[Impact]) -> str:
    names = list(dict.fromkeys(impact.slo for impact in impacts))
    return f" Also affected: {_listed(names)}." if names else ""


def _listed(names: list[str]) -> str:
    more = len(names) - NAMED
    if more > 0:
        return f"{', '.join(names[:NAMED])} and {more} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
