"""So many pages are drawn at once; the others wait for their turn.

Python runs one thread at a time: thirty pages that draw at once leave the server's loop, which answers /healthz and
every viewer, a thirtieth of the processor: /healthz took up to 1.2 s. Of pages that wait for their turn it takes 0.3 s,
and they are refreshed no later.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 3
_free = threading.BoundedSemaphore(AT_ONCE)
_own = threading.local()


@contextmanager
def turn() -> Iterator[None]:
    """Draw inside, once it is this thread's turn."""
    if getattr(_own, "has_turn", False):
        yield
        return
    with _free:
        _own.has_turn = True
        try:
            yield
        finally:
            _own.has_turn = False


@contextmanager
def away() -> Iterator[None]:
    """Wait inside for something else: meanwhile it is another's turn."""
    if not getattr(_own, "has_turn", False):
        yield
        return
    _own.has_turn = False
    _free.release()
    try:
        yield
    finally:
        _free.acquire()
        _own.has_turn = True
