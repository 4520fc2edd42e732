"""Incidents and receivers to tell of them."""

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dashboard.incidents.incident import Impact, Incident, Severity
from dashboard.notifications.delivery import Notification, NotSent
from dashboard.notifications.events import Event
from dashboard.notifications.spec import ReceiverSpec, WebhookSpec

NOW = 1_764_385_920.0  # 2025-11-29T03:12:00Z
SECRET = base64.b64encode(bytes(range(32))).decode()


def impact(service: str = "checkout", **fields: Any) -> Impact:
    """920 of 25,500 requests failed in 34 minutes."""
    usual = {
        "slo": f"{service}-availability",
        "objective": 0.999,
        "window_s": 30 * 86_400.0,
        "severity": Severity.PAGE,
        "start": NOW - 2040,
        "end": None,
        "bad": 920.0,
        "valid": 25_500.0,
        "usual_bad": 10.0,
        "seconds": 2040.0,
        "budget_share": 0.071,
        "kind": "availability",
    }
    return Impact(service=service, **{**usual, **fields})


def incident(number: str = "a1", services: tuple[str, ...] = ("checkout",), **fields: Any) -> Incident:
    """One that goes on and pages."""
    impacts = tuple(impact(service) for service in services)
    usual = {"start": NOW - 2040, "end": None, "detected_at": NOW - 1800, "severity": Severity.PAGE}
    return Incident(id=number, impacts=impacts, **{**usual, **fields})


def ticket(number: str = "a1", **fields: Any) -> Incident:
    """One that makes a ticket."""
    return incident(number, severity=Severity.TICKET, **fields)


def closed(of: Incident) -> Incident:
    """The same when it is over."""
    return replace(of, end=NOW)


def webhook(url: str = "http://127.0.0.1:9/hook", name: str = "automation", **fields: Any) -> WebhookSpec:
    """A webhook that is told everything."""
    return WebhookSpec(name=name, url=url, secret=base64.b64decode(SECRET), **fields)


def notification(number: str = "msg_1", body: str = '{"type": "incident.open"}', **fields: Any) -> Notification:
    """A notification that tells of a page."""
    return Notification(number=number, body=body, **{"title": "Page: checkout", "text": "It burns.", **fields})


def plain_notification(event: Event) -> Notification:
    """A notification that says which event it is of."""
    return notification("", f'"{event.id}"', title=event.id, severity=str(event.incident.severity))


class Recorded:
    """A receiver that keeps what it is sent, and fails as it is told to.

    Attributes:
        notifications: what arrived. `failure`: raised in their place. `before`: called before each.
    """

    def __init__(self, spec: ReceiverSpec) -> None:
        self.spec = spec
        self.notifications: list[Notification] = []
        self.failure: NotSent | None = None
        self.before: Callable[[], object] = lambda: None

    @property
    def arrived(self) -> list[str]:
        """The events that arrived, without the name of the receiver."""
        return [notification.title.removesuffix(f" {self.spec.name}") for notification in self.notifications]

    def send(self, notification: Notification) -> None:
        self.before()
        if self.failure is not None:
            raise self.failure
        self.notifications.append(notification)

    def problem(self) -> str | None:
        return None
