"""Until when an answer is waited for: set by whoever asks, kept by every request that follows from it."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ends: ContextVar[float] = ContextVar("ends", default=math.inf)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """What is asked inside is waited for no longer than this in all; a deadline around it that is shorter holds."""
    token = _ends.set(min(_ends.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _ends.reset(token)


def seconds_left() -> float:
    """Seconds until the deadline, negative after it; infinite where there is none."""
    return _ends.get() - time.monotonic()
