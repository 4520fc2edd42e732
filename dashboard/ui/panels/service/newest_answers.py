"""The newest answer for each of a limited number of entries: shown to everybody until the next one is ready."""

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class NewestAnswers(Generic[T]):
    """Answers by entry id, limited in number.

    Args:
        kept: their number; the least recently renewed are dropped first.
    """

    def __init__(self, kept: int = 64) -> None:
        self._kept = kept
        self._answers: OrderedDict[str, T] = OrderedDict()
        self._lock = Lock()

    def keep(self, number: str, answer: T) -> None:
        """Replace an answer; `number`: id of the entry."""
        with self._lock:
            self._answers[number] = answer
            self._answers.move_to_end(number)
            while len(self._answers) > self._kept:
                self._answers.popitem(last=False)

    def of(self, number: str) -> T | None:
        """The newest answer for an id; None without one."""
        with self._lock:
            return self._answers.get(number)

    def clear(self) -> None:
        """Drop all of them."""
        with self._lock:
            self._answers.clear()
