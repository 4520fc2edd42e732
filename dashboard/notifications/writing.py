"""A notification in the form in which the store keeps it until it is sent."""

import hashlib
import json

from dashboard.notifications.delivery import Letter
from dashboard.state.deliveries import Notice


def written(letter: Letter) -> str:
    """The letter as JSON, without its number, which follows from the notification."""
    parts = {
        "body": letter.body,
        "title": letter.title,
        "text": letter.text,
        "is_over": letter.is_over,
        "keys": letter.keys,
    }
    return json.dumps(parts, ensure_ascii=False)


def letter_of(notice: Notice) -> Letter:
    """The letter of a notification."""
    parts = json.loads(notice.content)
    return Letter(
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
