"""Lanes of requests: each has its own threads, so that heavy users do not delay the others."""

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
    """Send all requests inside through this lane."""
    token = _lane.set(lane)
    try:
        yield
    finally:
        _lane.reset(token)


def current_lane() -> Lane:
    """The current lane; by default that of refreshes."""
    return _lane.get()
