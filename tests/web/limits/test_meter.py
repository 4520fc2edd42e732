"""Seconds that are used come back with time, though not while they are used."""

import pytest

from dashboard.web.limits.meter import Meter


def test_seconds_come_back_with_time() -> None:
    meter = Meter(1.0, 0.1, 0.0)
    assert meter.used(0.9, 0.0, 0.0)
    assert not meter.used(0.2, 0.0, 0.0)
    assert meter.spent == pytest.approx(1.1)
    assert not meter.used(0.0, 0.5, 0.5)
    assert meter.used(0.0, 2.0, 2.0)
    assert not meter.used(1.1, 1000.0, 1000.0), "never more than at the beginning"


def test_nothing_comes_back_while_it_is_used() -> None:
    """On a busy machine a tenth of a second of the processor may take a second of the clock."""
    meter = Meter(0.15, 0.2, 0.0)
    assert meter.used(0.1, 0.0, 1.0)
    assert not meter.used(0.1, 1.0, 2.0)
