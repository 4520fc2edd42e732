"""What is sent to a receiver, and how sending fails."""

from dataclasses import dataclass
from typing import Protocol

from dashboard.notifications.spec import ReceiverSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One notification as it is sent.

    Attributes:
        number: the same at every attempt: whoever gets it twice can tell.
        body: JSON for programs. `title`, `text`: for people, plain. `is_over`: it tells of an end.
        keys: ids of the incident, by any of which it may have been told; none of a test.
    """

    number: str
    body: str
    title: str
    text: str
    severity: str = ""
    is_over: bool = False
    keys: tuple[str, ...] = ()


class NotSent(Exception):
    """A receiver did not take a letter.

    Args:
        problem: one line without secrets. `wait`: seconds after which it may be tried again, where it says so.
        is_final: another attempt would fail alike. `is_brief`: a blip, which may be over in seconds.
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
        """Who it is, and of what it is told."""
        ...

    def send(self, letter: Letter) -> None:
        """Send a letter; waits for the answer.

        Raises:
            NotSent: it did not arrive, or nobody knows.
        """
        ...

    def problem(self) -> str | None:
        """Why it can never be sent to, one sentence; None if nothing speaks against it. Sends nothing."""
        ...
