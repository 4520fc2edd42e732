"""The newest answer for each of so many entries: shown until the next one is there, to whoever looks."""

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class NewestAnswers(Generic[T]):
    """Answers by the id of what they are for, bounded in number.

    Args:
        kept: so many; those that nobody renewed for longest go first.
    """

    def __init__(self, kept: int = 64) -> None:
        self._kept = kept
        self._answers: OrderedDict[str, T] = OrderedDict()
        self._lock = Lock()

    def keep(self, number: str, answer: T) -> None:
        """Put an answer in the place of the one before; `number`: the id of what it is for."""
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
        """Forget all of them."""
        with self._lock:
            self._answers.clear()
