"""The input of an explanation: the kind of bad events, and the two time spans to compare."""

from dataclasses import dataclass
from enum import StrEnum


class BadEvents(StrEnum):
    """Kinds of bad events, by the signal that shows them."""

    FAILED = "errors"
    SLOW = "latency"


@dataclass(frozen=True, slots=True)
class Spans:
    """The span to explain, and an equally long one to compare with.

    Attributes:
        end: epoch seconds of the end of the explained span. `seconds`: its length.
        shift: by how many seconds the span to compare with is earlier.
    """

    end: int
    seconds: int
    shift: int

    @property
    def ends(self) -> tuple[int, int]:
        """Epoch seconds of the ends of the earlier span and of the explained one."""
        return self.end - self.shift, self.end
