"""A steady shop that the gate is asked about."""

from collections.abc import Iterator

import pytest

from dashboard.engine.poller import Poller
from tests.steady import Clock, Steady


@pytest.fixture
def source() -> Steady:
    return Steady(Clock(), ("shop", "cart"))


@pytest.fixture
def poller(source: Steady) -> Iterator[Poller]:
    """It, after a refresh."""
    ticked = Poller(source, clock=source.clock)
    ticked.tick()
    yield ticked
    ticked.stop()
