"""The events of an incident's timeline in words: the event, then its size, its author and its delay."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from dashboard.anomaly.anomalies import Anomaly
from dashboard.changes.change import Outcome
from dashboard.changes.known import KnownChange
from dashboard.incidents.context import FiredAlert
from dashboard.incidents.course import shape
from dashboard.incidents.incident import Correctable, Impact, Severity
from dashboard.incidents.people import Acknowledgement, Note
from dashboard.incidents.record import Record
from dashboard.incidents.timeline import Event, EventKind, timeline
from dashboard.ui.text import alert_text, anomaly_text, change_text, moments, units
from dashboard.ui.text.change_text import length
from dashboard.ui.text.incidents import incident_text

# Maximum length in a timeline of a text written by somebody.
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Line:
    """An event for display: the time, its distance from the start, the event, and details."""

    event: Event
    clock: str
    offset: str
    title: str
    detail: str = ""


def lines(record: Record, zone: str, *, named: bool = True) -> list[Line]:
    """All events of a timeline in words.

    Args:
        record: the incident. `zone`: the time zone of the page.
        named: include names of people; otherwise authors are left out.
    """
    events = timeline(record)
    first = events[0].at
    return [_line(record, event, _Reader(zone, first, named)) for event in events]


@dataclass(frozen=True, slots=True)
class _Reader:
    """The reader: the time zone, the first time of the timeline, and whether people are named."""

    zone: str
    first: float
    named: bool

    def clock(self, seconds: float) -> str:
        """A time, with its day if it is not the first one's."""
        is_same_day = moments.day(self.first, self.zone, seconds) == moments.day(seconds, self.zone, seconds)
        if is_same_day:
            return moments.clock_time(seconds, self.zone)
        return moments.exact(seconds, self.zone, seconds)

    def by(self, person: str) -> str:
        """The author, as the end of a sentence; empty if people are not named."""
        return f" by {person or 'somebody'}" if self.named else ""


def _line(record: Record, event: Event, reader: _Reader) -> Line:
    title, detail = _words(record, event, reader)
    since = offset(event.at - record.moments.start)
    return Line(event, reader.clock(event.at), since, title, detail[:LONGEST])


def offset(seconds: float) -> str:
    """The distance from the start: +12 min, −2 min, 0 min."""
    whole = round(seconds / 60)
    if not whole:
        return f"0{units.NBSP}min"
    return f"{'+' if whole > 0 else '−'}{length(abs(whole) * 60)}"


def _words(record: Record, event: Event, reader: _Reader) -> tuple[str, str]:
    match event.subject:
        case KnownChange() as known:
            return change_text.title(known, record.titles), _change(known, reader)
        case Impact() as impact:
            return _burn(record, impact), "; ".join(_burning(record, impact, reader))
        case Anomaly() as anomaly:
            what = anomaly_text.what(anomaly)
            return f"{record.title_of(anomaly.service)}: {what}", anomaly_text.numbers(anomaly)
        case FiredAlert() as alert:
            about = (alert.rule.severity, record.title_of(alert.service))
            return f"Alert {alert_text.rule_name(alert.rule)} fired", ", ".join(part for part in about if part)
        case Acknowledgement() as acknowledgement:
            return f"Acknowledged{reader.by(acknowledgement.person)}", _acknowledged(record, acknowledgement)
        case Note() as note:
            return f"Note{reader.by(note.person)}", f"“{note.text}”"
        case None:
            return _whole(record, event, reader)
    assert_never(event.subject)


def _change(known: KnownChange, reader: _Reader) -> str:
    change = known.change
    outcome = "" if change.outcome in (Outcome.UNKNOWN, Outcome.SUCCEEDED) else change_text.outcome(known)
    until = f"until {reader.clock(change.end)}" if change.end and change.end - change.start >= 60 else ""
    return ", ".join(part for part in (change.text, outcome, until, change_text.known_by(known)) if part)


def _burn(record: Record, impact: Impact) -> str:
    first = record.incident.impacts[0]
    if impact is first:
        return "Budget burns"
    who = record.title_of(impact.service)
    return f"Budget of {who} burns, too" if impact.service != first.service else f"Budget of {impact.slo} burns, too"


def _burning(record: Record, impact: Impact, reader: _Reader) -> Iterator[str]:
    course, said = shape(impact), incident_text.words(impact)
    if course.worst is not None:
        before = "" if course.before is None else f"{units.percent(course.before)} → "
        yield f"{said.course} {before}{units.percent(course.worst)} at worst{_stepped(impact)}"
    correction = record.correction(Correctable.START)
    if impact is record.incident.impacts[0] and correction is not None:
        yield _corrected(record.incident.start, correction.person, reader)


def _stepped(impact: Impact) -> str:
    return "" if impact.counts is None else f", in steps of {length(impact.counts.step)}"


def _acknowledged(record: Record, acknowledgement: Acknowledgement) -> str:
    detected = record.moments.detected
    parts = []
    if detected is not None and acknowledgement.at >= detected:
        parts.append(f"{length(acknowledgement.at - detected)} after the first alert")
    if acknowledgement.withdrawn_at is not None:
        parts.append("taken back later")
    return ", ".join(parts)


def _whole(record: Record, event: Event, reader: _Reader) -> tuple[str, str]:
    """Events of the incident as a whole: its detection, and its end."""
    incident = record.incident
    if event.kind is EventKind.DETECTION:
        word = {Severity.PAGE: "a page", Severity.TICKET: "a ticket"}.get(incident.severity, "an alert")
        correction = record.correction(Correctable.DETECTION)
        more = "" if correction is None else f"; {_corrected(incident.detected_at, correction.person, reader)}"
        return f"Detected by {word}", f"{length(record.moments.to_detect)} after the first bad step{more}"
    course = shape(record.main)
    said = incident_text.words(record.main).course
    parts = [] if course.after is None else [f"{said} {units.percent(course.after)}"]
    if course.after is not None and course.before is not None:
        parts.append(f"{units.percent(course.before)} in the hour before")
    correction = record.correction(Correctable.END)
    if correction is not None:
        parts.append(_corrected(incident.end, correction.person, reader))
    return "Recovered", ", ".join(parts)


def _corrected(derived: float | None, person: str, reader: _Reader) -> str:
    was = "not derived" if derived is None else f"derived: {reader.clock(derived)}"
    return f"corrected{reader.by(person)} ({was})"
