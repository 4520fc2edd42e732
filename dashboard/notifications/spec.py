"""Receivers as configured: whom to notify of what."""

from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import ClassVar

from dashboard.incidents.incident import Severity


class EventKind(StrEnum):
    """Events of an incident: it opened, became more urgent, affects further services, or is over."""

    OPEN = "open"
    ESCALATION = "escalation"
    CHANGE = "change"
    CLOSE = "close"


# Severities that page or make a ticket; others cost budget without need for immediate action.
ALERTED = frozenset({Severity.PAGE, Severity.TICKET})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverSpec:
    """A receiver.

    Attributes:
        name: identifies sent notifications: with another name it is another receiver.
        events: to notify of. `severities`: of incidents to notify of, once they reach one of them.
        services: names or ids, or patterns with `*`; one service of an incident must match. Empty: all.
    """

    kind: ClassVar[str] = ""

    name: str
    events: frozenset[EventKind] = frozenset(EventKind)
    severities: frozenset[Severity] = ALERTED
    services: tuple[str, ...] = ()

    def concerns(self, service: str) -> bool:
        """Whether to notify of incidents of a service: by its id, or by its name without the cluster."""
        names = {service, service.rpartition("/")[2]}
        return not self.services or any(fnmatchcase(name, pattern) for pattern in self.services for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSpec(ReceiverSpec):
    """A program that accepts JSON over HTTP; `secret`: for the signature."""

    kind: ClassVar[str] = "webhook"

    url: str = field(repr=False)
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSpec(ReceiverSpec):
    """People, in a channel supported by Apprise; its `url` contains secrets."""

    kind: ClassVar[str] = "message"

    url: str = field(repr=False)
