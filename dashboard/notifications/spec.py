"""Receivers as configured: whom to notify of what."""

from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import ClassVar

from dashboard.incidents.incident import Severity


class EventKind(StrEnum):
    """What happened to an incident: it opened, became more urgent, concerns further services, or is over."""

    OPEN = "open"
    ESCALATION = "escalation"
    CHANGE = "change"
    CLOSE = "close"


# What wakes somebody up or makes a ticket; the rest costs budget, but nobody need act at once.
ALERTED = frozenset({Severity.PAGE, Severity.TICKET})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverSpec:
    """Somebody who is told.

    Attributes:
        name: by which notifications are known as sent: another name is another receiver.
        events: that are told. `severities`: of incidents that are told, once they have one of them.
        services: names or ids, or patterns with `*`; of an incident one must match. Empty: all.
    """

    kind: ClassVar[str] = ""

    name: str
    events: frozenset[EventKind] = frozenset(EventKind)
    severities: frozenset[Severity] = ALERTED
    services: tuple[str, ...] = ()

    def concerns(self, service: str) -> bool:
        """Whether incidents of a service are told: by its id, or by its name without the cluster."""
        names = {service, service.rpartition("/")[2]}
        return not self.services or any(fnmatchcase(name, pattern) for pattern in self.services for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSpec(ReceiverSpec):
    """A program that takes JSON over HTTP; `secret`: what it is signed with."""

    kind: ClassVar[str] = "webhook"

    url: str = field(repr=False)
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSpec(ReceiverSpec):
    """People, in a channel that Apprise reaches; its `url` holds what is secret of it."""

    kind: ClassVar[str] = "message"

    url: str = field(repr=False)
