"""What is made of data once for all viewers: the newest of each choice is kept, and nothing of the past with it."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """The newest value of each of so many choices; two threads may make one twice, which costs a little time."""

    def __init__(self, kept: int = 64) -> None:
        self._kept = kept
        self._held: OrderedDict[Hashable, tuple[Any, T]] = OrderedDict()
        self._lock = Lock()

    def of(self, choice: Hashable, data: Any, make: Callable[[], T]) -> T:
        """What was made for a choice of the same (equal) data, else what is made now."""
        held = self._held.get(choice)
        if held is not None and held[0] == data:
            return held[1]
        made = make()
        with self._lock:
            self._held[choice] = (data, made)
            self._held.move_to_end(choice)
            while len(self._held) > self._kept:
                self._held.popitem(last=False)
        return made

    def __len__(self) -> int:
        return len(self._held)
