"""Pure: which notifications are due for an incident, given earlier ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.incidents.incident import Incident, Severity
from dashboard.notifications.spec import EventKind, ReceiverSpec

# Most urgent last.
URGENCY = (Severity.ANOMALY, Severity.TICKET, Severity.PAGE)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A notification from `at` (epoch seconds): sent, waiting, or only recorded."""

    kind: EventKind
    severity: Severity
    services: int
    at: float


@dataclass(frozen=True, slots=True)
class Event:
    """An event to notify one receiver of.

    Attributes:
        before: the severity notified so far; None if none was.
        turn: how often the incident opened, from 1 on: a closed one may reopen.
    """

    kind: EventKind
    incident: Incident
    receiver: ReceiverSpec
    before: Severity | None = None
    turn: int = 1

    @property
    def id(self) -> str:
        """The identity of the event, the same in every process and at any time."""
        what = str(self.kind)
        if self.kind is EventKind.ESCALATION:
            what += f"-{self.incident.severity}"
        elif self.kind is EventKind.CHANGE:
            what += f"-{len(self.incident.services)}"
        again = "" if self.turn == 1 else f" {self.turn}"
        return f"{self.incident.id} {what}{again} {self.receiver.name}"

    @property
    def is_wanted(self) -> bool:
        """Whether the receiver wants this event; other events are only recorded, so that the state is known."""
        return self.kind in self.receiver.events


def events(
    incidents: Iterable[Incident],
    receivers: Sequence[ReceiverSpec],
    announced: Mapping[tuple[str, str], Sequence[Announcement]],
) -> list[Event]:
    """The events to notify of now, at most one per incident and receiver: the next follows at the next look.

    Incidents that are already over when first seen, or at the first start, are not notified.

    Args:
        incidents: open ones and those that ended recently. `receivers`: to notify.
        announced: (incident, receiver) → earlier notifications, oldest first.
    """
    next_ones = (_next(incident, receiver, announced) for incident in incidents for receiver in receivers)
    return [event for event in next_ones if event is not None]


def _next(
    incident: Incident, receiver: ReceiverSpec, announced: Mapping[tuple[str, str], Sequence[Announcement]]
) -> Event | None:  # fmt: skip
    own = announced.get((incident.id, receiver.name), ())
    closes = [row.at for row in own if row.kind is EventKind.CLOSE]
    turn, over = len(closes) + 1, max(closes, default=float("-inf"))
    # Merged incidents were notified under their own ids: they are not news, and end with the whole.
    parts = (announced.get((alias, receiver.name), ()) for alias in incident.aliases)
    current = [row for rows in (own, *parts) for row in _current(rows, over)]
    if not current:
        is_news = incident.is_open and incident.severity in receiver.severities and _concerns(receiver, incident)
        return Event(EventKind.OPEN, incident, receiver, turn=turn) if is_news else None
    before = max((row.severity for row in current), key=URGENCY.index)
    kind = _kind(incident, receiver, before, max(row.services for row in current))
    return None if kind is None else Event(kind, incident, receiver, before, turn)


def _current(rows: Sequence[Announcement], over: float) -> list[Announcement]:
    """Notifications under one id since it was over, and since the whole was (epoch seconds)."""
    begin = max((row.at for row in rows if row.kind is EventKind.CLOSE), default=over)
    return [row for row in rows if row.kind is not EventKind.CLOSE and row.at > max(begin, over)]


def _kind(incident: Incident, receiver: ReceiverSpec, before: Severity, services: int) -> EventKind | None:
    """What happened to an incident that was notified as open.

    Args:
        incident: as it is now. `receiver`: notified. `before`, `services`: severity and number notified so far.
    """
    if not incident.is_open:
        return EventKind.CLOSE
    if URGENCY.index(incident.severity) > URGENCY.index(before) and incident.severity in receiver.severities:
        return EventKind.ESCALATION
    return EventKind.CHANGE if len(incident.services) > services else None


def _concerns(receiver: ReceiverSpec, incident: Incident) -> bool:
    return any(receiver.concerns(service) for service in incident.services)
