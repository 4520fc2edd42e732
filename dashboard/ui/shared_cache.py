"""What is built of data once for all viewers: the newest of each choice is kept, and nothing of the past with it."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Generic, TypeVar

from dashboard.ui import zones

T = TypeVar("T")


@dataclass(slots=True)
class _Slot(Generic[T]):
    """The data and the value built of them; None before the first one."""

    newest: tuple[Any, T] | None = None
    lock: Lock = field(default_factory=Lock)


class SharedCache(Generic[T]):
    """The newest value of each of so many choices, built by one thread while the others wait for it.

    Without waiting, a server that is once behind would stay so: all who are late would build the same value again.
    """

    def __init__(self, kept: int = 64) -> None:
        self._kept = kept
        self._slots: OrderedDict[Hashable, _Slot[T]] = OrderedDict()
        self._lock = Lock()

    def of(self, choice: Hashable, data: Any, build: Callable[[], T]) -> T:
        """The value of a choice.

        Args:
            choice: what viewers chose; the time zone that they read moments in belongs to every choice.
            data: what the value is built of; equal data mean that the value holds.
            build: builds the value of these data.
        """
        return self.following(choice, data, lambda _: build())

    def following(self, choice: Hashable, data: Any, build: Callable[[T | None], T]) -> T:
        """The value of a choice, which may build on the one before.

        Args:
            choice, data: as above.
            build: builds the value of these data, and of the value before; None without one.
        """
        slot = self._slot((choice, zones.chosen()))
        # Late comers wait here for the one that builds, and find its value.
        with slot.lock:
            if slot.newest is None or slot.newest[0] != data:
                before = slot.newest[1] if slot.newest is not None else None
                slot.newest = data, build(before)
            return slot.newest[1]

    def _slot(self, choice: Hashable) -> _Slot[T]:
        with self._lock:
            # Most recently used last: what nobody asks for any more goes first.
            slot = self._slots.setdefault(choice, _Slot())
            self._slots.move_to_end(choice)
            while len(self._slots) > self._kept:
                self._slots.popitem(last=False)
            return slot

    def __len__(self) -> int:
        return len(self._slots)
