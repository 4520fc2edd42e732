"""A surge: five minutes that rise as nothing did in the hour before."""

import numpy as np
import pytest

from dashboard.anomaly.saturation.surges import surges


def minutes(rise: float, count: int = 60) -> np.ndarray:
    values = 0.4 + np.random.default_rng(1).normal(0, 0.005, count)
    values[-5:] += rise * np.arange(1, 6)
    return values[None]


def test_five_steep_minutes_are_a_surge() -> None:
    trends = surges(minutes(0.05))
    assert trends.slope * 60 == pytest.approx([0.05], rel=0.15)
    assert trends.low > 0


@pytest.mark.parametrize("rise", [0, 0.004, -0.05])
def test_less_is_none(rise: float) -> None:
    assert np.isnan(surges(minutes(rise)).slope).all()


def test_what_was_as_high_before_is_none() -> None:
    values = minutes(0.05)
    values[0, 20] = 0.9
    assert np.isnan(surges(values).slope).all()


def test_what_always_swings_is_none() -> None:
    values = 0.5 + 0.1 * np.sin(np.arange(60) * 2 * np.pi / 12)
    assert np.isnan(surges(values[None]).slope).all()


@pytest.mark.parametrize("count", [0, 1, 6, 20])
def test_without_an_hour_before_nothing_is_told(count: int) -> None:
    assert np.isnan(surges(np.linspace(0, 0.9, count)[None]).slope).all()
