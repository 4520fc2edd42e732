"""Creates receivers from their specifications."""

import threading
from collections.abc import Callable, Iterable

from dashboard.notifications.delivery import Receiver
from dashboard.notifications.message import Message
from dashboard.notifications.spec import MessageSpec, ReceiverSpec, WebhookSpec
from dashboard.notifications.webhook import Webhook


def open_receivers(
    specs: Iterable[ReceiverSpec], clock: Callable[[], float], ended: threading.Event
) -> list[Receiver]:  # fmt: skip
    """Create the receivers; nothing is sent yet.

    Args:
        specs: of the receivers. `clock`: epoch seconds. `ended`: set when nobody waits for an answer any longer.
    """
    return [_opened(spec, clock, ended) for spec in specs]


def _opened(spec: ReceiverSpec, clock: Callable[[], float], ended: threading.Event) -> Receiver:
    match spec:
        case WebhookSpec():
            return Webhook(spec, clock, ended)
        case MessageSpec():
            return Message(spec)
        case _:
            raise ValueError(f"there is no receiver of the kind {spec.kind!r}")


def problems(specs: Iterable[ReceiverSpec]) -> list[str]:
    """Why receivers can never work, one line each with the name; nothing is sent."""
    receivers = open_receivers(specs, lambda: 0.0, threading.Event())
    named = ((receiver.spec.name, receiver.problem()) for receiver in receivers)
    return [f"{name}: {problem}" for name, problem in named if problem is not None]
