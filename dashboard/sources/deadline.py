"""A deadline for answers: set by the caller, and observed by every request made on its behalf."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ends: ContextVar[float] = ContextVar("ends", default=math.inf)
_is_wanted: ContextVar[Callable[[], bool] | None] = ContextVar("is_wanted", default=None)


@contextmanager
def deadline(seconds: float, is_wanted: Callable[[], bool] | None = None) -> Iterator[None]:
    """Limit how long requests inside wait in total; a shorter deadline around it still applies.

    Args:
        seconds: from now on.
        is_wanted: once it returns False no more requests are sent, because the caller has gone.
    """
    ends = _ends.set(min(_ends.get(), time.monotonic() + seconds))
    wanted = _is_wanted.set(is_wanted or _is_wanted.get())
    try:
        yield
    finally:
        _is_wanted.reset(wanted)
        _ends.reset(ends)


def seconds_left() -> float:
    """Seconds until the deadline; negative after it or if nobody wants the answer; infinite without one."""
    is_wanted = _is_wanted.get()
    if is_wanted is not None and not is_wanted():
        return -math.inf
    return _ends.get() - time.monotonic()
