"""What stands in the background and outlives the process: saved as arrays and texts, restored at the next start."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

# Arrays by name, and more about them as text.
Memory = tuple[dict[str, np.ndarray], dict[str, str]]


class Remembering(Protocol):
    """It has read much of the past, and would have to read it again."""

    def saved(self) -> Memory | None:
        """What it holds now, nothing of which changes any more; None if there is nothing, or not now."""

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, str]) -> None:
        """Continue with what was saved, before anything was read.

        Args:
            arrays, facts: as `saved` gave them.

        Raises:
            KeyError, ValueError, TypeError: it was something else; then all is as it was.
        """


def text_array(text: str) -> np.ndarray:
    """A long text as an array of its bytes."""
    return np.frombuffer(text.encode(), dtype=np.uint8)


def array_text(array: np.ndarray) -> str:
    """The text of `text_array`."""
    return array.tobytes().decode()
