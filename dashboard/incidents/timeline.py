"""The timeline of an incident: burns, changes, alerts, anomalies, actions and notes in order of time."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from dashboard.anomaly.anomalies import Anomaly, Layer
from dashboard.changes.known import KnownChange
from dashboard.incidents.context import FiredAlert
from dashboard.incidents.incident import Impact
from dashboard.incidents.people import Acknowledgement, Note
from dashboard.incidents.record import Record

# Maximum number of events of a kind, so that an incident of fifty services stays readable.
MOST = 12


class EventKind(StrEnum):
    """Kinds of events; events at the same time are in this order."""

    CHANGE = "change"
    BURN = "burn"
    ANOMALY = "anomaly"
    ALERT = "alert"
    DETECTION = "detection"
    ACKNOWLEDGEMENT = "acknowledgement"
    NOTE = "note"
    RECOVERY = "recovery"


Subject = KnownChange | Impact | Anomaly | FiredAlert | Acknowledgement | Note


@dataclass(frozen=True, slots=True)
class Event:
    """An event at a time (epoch seconds); `subject` is what it refers to, None for the incident as a whole."""

    at: float
    kind: EventKind
    subject: Subject | None = None


def timeline(record: Record) -> list[Event]:
    """All events of an incident in order; of each kind the first ones, up to the maximum."""
    order = list(EventKind)
    every = [*_derived(record), *_said(record)]
    return sorted(every, key=lambda event: (event.at, order.index(event.kind)))


def left_out(record: Record) -> int:
    """Number of changes, anomalies, alerts and impacts beyond the maximum."""
    incident = record.incident
    kinds = (record.changes, record.alerts, incident.impacts, _tested(record))
    return sum(max(len(kind) - MOST, 0) for kind in kinds)


def _derived(record: Record) -> Iterator[Event]:
    moments, first = record.moments, record.incident.impacts[0]
    yield Event(moments.start, EventKind.BURN, first)
    for impact in record.incident.impacts[1:MOST]:
        yield Event(max(impact.start, moments.start), EventKind.BURN, impact)
    for change in record.changes[:MOST]:
        yield Event(change.change.start, EventKind.CHANGE, change)
    for anomaly in _tested(record)[:MOST]:
        yield Event(anomaly.since, EventKind.ANOMALY, anomaly)
    for alert in record.alerts[:MOST]:
        yield Event(alert.start, EventKind.ALERT, alert)
    if moments.detected is not None:
        yield Event(moments.detected, EventKind.DETECTION)
    if moments.end is not None:
        yield Event(moments.end, EventKind.RECOVERY)


def _said(record: Record) -> Iterator[Event]:
    for acknowledgement in record.acknowledgements:
        yield Event(acknowledgement.at, EventKind.ACKNOWLEDGEMENT, acknowledgement)
    for note in record.notes:
        yield Event(note.at, EventKind.NOTE, note)


def _tested(record: Record) -> list[Anomaly]:
    """Tested anomalies, earliest first; hints are too weak for a timeline."""
    return sorted(
        (anomaly for anomaly in record.incident.anomalies if anomaly.layer is Layer.TEST),
        key=lambda anomaly: (anomaly.since, anomaly.service, anomaly.signal),
    )
