"""Pure: what is to be told of an incident, by what was told of it already."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.incidents.incident import Incident, Severity
from dashboard.notifications.spec import EventKind, ReceiverSpec

# The most urgent last.
URGENCY = (Severity.ANOMALY, Severity.TICKET, Severity.PAGE)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A notification that was made, at `at` (epoch seconds): sent, waiting, or only kept in mind."""

    kind: EventKind
    severity: Severity
    services: int
    at: float


@dataclass(frozen=True, slots=True)
class Event:
    """Something to tell one receiver.

    Attributes:
        before: the severity that was told until now; None if nothing was.
        turn: how often the incident opened, from 1: one that is over may go on after all.
    """

    kind: EventKind
    incident: Incident
    receiver: ReceiverSpec
    before: Severity | None = None
    turn: int = 1

    @property
    def id(self) -> str:
        """What makes it one and the same, whoever tells it, and whenever."""
        what = str(self.kind)
        if self.kind is EventKind.ESCALATION:
            what += f"-{self.incident.severity}"
        elif self.kind is EventKind.CHANGE:
            what += f"-{len(self.incident.services)}"
        again = "" if self.turn == 1 else f" {self.turn}"
        return f"{self.incident.id} {what}{again} {self.receiver.name}"

    @property
    def is_wanted(self) -> bool:
        """Whether the receiver is told; what it does not want to hear is kept in mind, so that the rest is known."""
        return self.kind in self.receiver.events


def events(
    incidents: Iterable[Incident],
    receivers: Sequence[ReceiverSpec],
    announced: Mapping[tuple[str, str], Sequence[Announcement]],
) -> list[Event]:
    """What is to be told now, of each incident and receiver one event at most: the next follows at the next look.

    An incident that is seen for the first time when it is over is no news, nor is what was over before the first start.

    Args:
        incidents: open ones and those that ended recently. `receivers`: whom to tell.
        announced: (incident, receiver) → what was told, oldest first.
    """
    next_ones = (_next(incident, receiver, announced) for incident in incidents for receiver in receivers)
    return [event for event in next_ones if event is not None]


def _next(
    incident: Incident, receiver: ReceiverSpec, announced: Mapping[tuple[str, str], Sequence[Announcement]]
) -> Event | None:  # fmt: skip
    own = announced.get((incident.id, receiver.name), ())
    closes = [row.at for row in own if row.kind is EventKind.CLOSE]
    turn, over = len(closes) + 1, max(closes, default=float("-inf"))
    # What has become a part of it was told under the id that it had: it is no news, and ends with it.
    parts = (announced.get((alias, receiver.name), ()) for alias in incident.aliases)
    current = [row for rows in (own, *parts) for row in _current(rows, over)]
    if not current:
        is_news = incident.is_open and incident.severity in receiver.severities and _concerns(receiver, incident)
        return Event(EventKind.OPEN, incident, receiver, turn=turn) if is_news else None
    before = max((row.severity for row in current), key=URGENCY.index)
    kind = _kind(incident, receiver, before, max(row.services for row in current))
    return None if kind is None else Event(kind, incident, receiver, before, turn)


def _current(rows: Sequence[Announcement], over: float) -> list[Announcement]:
    """What was told under one id since it was over, and since the whole was (epoch seconds)."""
    begin = max((row.at for row in rows if row.kind is EventKind.CLOSE), default=over)
    return [row for row in rows if row.kind is not EventKind.CLOSE and row.at > max(begin, over)]


def _kind(incident: Incident, receiver: ReceiverSpec, before: Severity, services: int) -> EventKind | None:
    """What became of an incident that was told as open.

    Args:
        incident: as it is now. `receiver`: who was told. `before`, `services`: the severity and number told until now.
    """
    if not incident.is_open:
        return EventKind.CLOSE
    if URGENCY.index(incident.severity) > URGENCY.index(before) and incident.severity in receiver.severities:
        return EventKind.ESCALATION
    return EventKind.CHANGE if len(incident.services) > services else None


def _concerns(receiver: ReceiverSpec, incident: Incident) -> bool:
    return any(receiver.concerns(service) for service in incident.services)
