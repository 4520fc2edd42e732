"""What is explained: which events are bad, and the two spans of time that are compared."""

from dataclasses import dataclass
from enum import StrEnum


class BadEvents(StrEnum):
    """Which events are bad, by the signal that tells them."""

    FAILED = "errors"
    SLOW = "latency"


@dataclass(frozen=True, slots=True)
class Spans:
    """A span and the one it is compared with, which is as long.

    Attributes:
        end: epoch seconds at which the explained span ends. `seconds`: its length.
        shift: this many seconds earlier lies the span that it is compared with.
    """

    end: int
    seconds: int
    shift: int

    @property
    def ends(self) -> tuple[int, int]:
        """Epoch seconds at which the span before and the explained one end."""
        return self.end - self.shift, self.end
