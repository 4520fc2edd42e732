"""Until when an answer is waited for: set by whoever asks, kept by every request that follows from it."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ends: ContextVar[float] = ContextVar("ends", default=math.inf)
_is_wanted: ContextVar[Callable[[], bool] | None] = ContextVar("is_wanted", default=None)


@contextmanager
def deadline(seconds: float, is_wanted: Callable[[], bool] | None = None) -> Iterator[None]:
    """What is asked inside is waited for no longer than this in all; a deadline around it that is shorter holds.

    Args:
        seconds: from now on.
        is_wanted: once it returns False no request is sent any more: whoever asked has left.
    """
    ends = _ends.set(min(_ends.get(), time.monotonic() + seconds))
    wanted = _is_wanted.set(is_wanted or _is_wanted.get())
    try:
        yield
    finally:
        _is_wanted.reset(wanted)
        _ends.reset(ends)


def seconds_left() -> float:
    """Seconds until the deadline, negative after it and once nobody wants the answer; infinite where there is none."""
    is_wanted = _is_wanted.get()
    if is_wanted is not None and not is_wanted():
        return -math.inf
    return _ends.get() - time.monotonic()
