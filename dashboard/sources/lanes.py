"""For whom a source is asked: each lane has threads of its own, so that whoever asks much never delays the others."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum


class Lane(Enum):
    """Who waits for the answer."""

    REFRESH = "the live picture"
    VIEWERS = "what viewers look at beyond it"
    BACKGROUND = "services that are looked for, and the past that is learned"


_lane: ContextVar[Lane] = ContextVar("lane", default=Lane.REFRESH)


@contextmanager
def asked_for(lane: Lane) -> Iterator[None]:
    """What is asked inside goes through this lane."""
    token = _lane.set(lane)
    try:
        yield
    finally:
        _lane.reset(token)


def current_lane() -> Lane:
    """The lane of this moment; that of the live picture unless somebody said otherwise."""
    return _lane.get()
