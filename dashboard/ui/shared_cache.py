"""Caches values for all viewers: only the newest value of each choice is kept."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Generic, TypeVar

from dashboard.ui import zones

T = TypeVar("T")


@dataclass(slots=True)
class _Slot(Generic[T]):
    """The data and the value built from them; None before the first one."""

    newest: tuple[Any, T] | None = None
    lock: Lock = field(default_factory=Lock)


class SharedCache(Generic[T]):
    """The newest value of each of a limited number of choices, built by one thread while the others wait for it.

    Without waiting, a server that falls behind would stay behind: all late threads would build the same value.
    """

    def __init__(self, kept: int = 64) -> None:
        self._kept = kept
        self._slots: OrderedDict[Hashable, _Slot[T]] = OrderedDict()
        self._lock = Lock()

    def of(self, choice: Hashable, data: Any, build: Callable[[], T]) -> T:
        """The value of a choice.

        Args:
            choice: what viewers chose; always includes their time zone.
            data: what the value is built from; while they are equal, the value is reused.
            build: builds the value.
        """
        return self.following(choice, data, lambda _: build())

    def following(self, choice: Hashable, data: Any, build: Callable[[T | None], T]) -> T:
        """The value of a choice, which may build on the previous one.

        Args:
            choice, data: as above.
            build: builds the value from the previous one; None if there is none.
        """
        slot = self._slot((choice, zones.chosen()))
        # Late threads wait here for the one that builds, and find its value.
        with slot.lock:
            if slot.newest is None or slot.newest[0] != data:
                before = slot.newest[1] if slot.newest is not None else None
                slot.newest = data, build(before)
            return slot.newest[1]

    def _slot(self, choice: Hashable) -> _Slot[T]:
        with self._lock:
            # Most recently used last, so that unused choices are evicted first.
            slot = self._slots.setdefault(choice, _Slot())
            self._slots.move_to_end(choice)
            while len(self._slots) > self._kept:
                self._slots.popitem(last=False)
            return slot

    def __len__(self) -> int:
        return len(self._slots)
