"""A notification in the form in which the store keeps it until it is sent."""

import hashlib
import json

from dashboard.notifications.delivery import Notification
from dashboard.state.deliveries import Notice


def serialized(notification: Notification) -> str:
    """The notification as JSON, without its number, which follows from the stored notice."""
    parts = {
        "body": notification.body,
        "title": notification.title,
        "text": notification.text,
        "is_over": notification.is_over,
        "keys": notification.keys,
    }
    return json.dumps(parts, ensure_ascii=False)


def notification_of(notice: Notice) -> Notification:
    """The notification of a stored notice."""
    parts = json.loads(notice.content)
    return Notification(
        number=number_of(notice.id),
        body=parts["body"],
        title=parts["title"],
        text=parts["text"],
        severity=notice.severity,
        is_over=parts["is_over"],
        keys=tuple(parts["keys"]),
    )


def number_of(name: str) -> str:
    """An id for a header, derived from the notification's identity: the same at every attempt of every replica."""
    return f"msg_{hashlib.sha256(name.encode()).hexdigest()[:32]}"
