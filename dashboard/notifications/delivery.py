"""What is sent to a receiver, and how sending fails."""

from dataclasses import dataclass
from typing import Protocol

from dashboard.notifications.spec import ReceiverSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A notification in the form in which it is sent.

    Attributes:
        number: the same at every attempt, so that receivers can recognise duplicates.
        body: JSON for programs. `title`, `text`: for people, plain. `is_over`: it reports an end.
        keys: ids of the incident, under any of which it may have been sent; empty for a test.
    """

    number: str
    body: str
    title: str
    text: str
    severity: str = ""
    is_over: bool = False
    keys: tuple[str, ...] = ()


class NotSent(Exception):
    """A receiver did not take a notification.

    Args:
        problem: one line without secrets. `wait`: seconds until the next attempt, if the receiver says so.
        is_final: another attempt would fail, too. `is_brief`: the fault may be over within seconds.
    """

    def __init__(
        self, problem: str, *, wait: float | None = None, is_final: bool = False, is_brief: bool = False
    ) -> None:
        super().__init__(problem)
        self.problem, self.wait, self.is_final, self.is_brief = problem, wait, is_final, is_brief


class Receiver(Protocol):
    """Sends to one receiver."""

    @property
    def spec(self) -> ReceiverSpec:
        """Its specification."""
        ...

    def send(self, notification: Notification) -> None:
        """Send a notification, and wait for the answer.

        Raises:
            NotSent: it did not arrive, or that is unknown.
        """
        ...

    def problem(self) -> str | None:
        """Why sending can never work, one sentence; None if nothing is known to be wrong. Sends nothing."""
        ...
