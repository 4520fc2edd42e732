"""So many pages are drawn at once; the others wait for their turn.

Python runs one thread at a time: thirty pages that draw at once leave the server's loop, which answers /healthz and
every viewer, a thirtieth of the processor: /healthz took up to 1.2 s. Of pages that wait for their turn it takes 0.3 s,
and they are refreshed no later.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 3


class Turns:
    """A semaphore whose turns go to whoever has waited for longest.

    One of `threading` gives a turn to whoever comes by when it gets free, and whoever was woken for it goes to the end
    of the line.

    Attributes:
        free: so many may be taken at once.
    """

    def __init__(self, most: int) -> None:
        self.free = most
        self._lock = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for a turn."""
        return len(self._waiting)

    def take(self) -> None:
        """Wait for a turn."""
        with self._lock:
            if self.free:
                self.free -= 1
                return
            own = threading.Lock()
            own.acquire()
            self._waiting.append(own)
        own.acquire()

    def give_back(self) -> None:
        """Hand the turn to the next who waits."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self.free += 1


_turns = Turns(AT_ONCE)
_own = threading.local()


@contextmanager
def turn() -> Iterator[None]:
    """Draw inside, once it is this thread's turn."""
    if getattr(_own, "has_turn", False):
        yield
        return
    _turns.take()
    _own.has_turn = True
    try:
        yield
    finally:
        _own.has_turn = False
        _turns.give_back()


@contextmanager
def away() -> Iterator[None]:
    """Wait inside for something else: meanwhile it is another's turn."""
    if not getattr(_own, "has_turn", False):
        yield
        return
    _own.has_turn = False
    _turns.give_back()
    try:
        yield
    finally:
        _turns.take()
        _own.has_turn = True
