"""State of background tasks that outlives the process: saved as arrays and texts, restored at the next start."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

# Arrays by name, and further facts as text.
Memory = tuple[dict[str, np.ndarray], dict[str, str]]


class Remembering(Protocol):
    """A task that has read much of the past, and would otherwise have to read it again."""

    def saved(self) -> Memory | None:
        """A copy of its current state; None if there is nothing to save, or it cannot be saved now."""

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, str]) -> None:
        """Restore saved state, before anything was read.

        Args:
            arrays, facts: as returned by `saved`.

        Raises:
            KeyError, ValueError, TypeError: the data are invalid; then nothing is changed.
        """


def text_array(text: str) -> np.ndarray:
    """A long text as an array of its bytes."""
    return np.frombuffer(text.encode(), dtype=np.uint8)


def array_text(array: np.ndarray) -> str:
    """The text encoded by `text_array`."""
    return array.tobytes().decode()
