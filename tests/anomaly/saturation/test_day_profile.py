"""The profile of a day: known from three days on, whatever the level does, and unknown where days are unlike."""

import numpy as np
import pytest

from dashboard.anomaly.saturation.day_profile import day_profile

PER_DAY = 96
HOURS = 0.1 * np.sin(2 * np.pi * np.arange(PER_DAY) / PER_DAY)


@pytest.mark.parametrize("growth", [0, 0.1])
def test_the_hours_are_told_from_growth(growth: float) -> None:
    values = np.tile(HOURS, 4) + growth * np.arange(4 * PER_DAY) / PER_DAY
    profile, known = day_profile(values[None], PER_DAY)
    assert known.all()
    assert profile[0] == pytest.approx(HOURS, abs=0.01)


def test_two_days_tell_no_shape() -> None:
    profile, known = day_profile(np.tile(HOURS, 2)[None], PER_DAY)
    assert not known.any()
    assert not profile.any()


def test_a_flat_day_is_known_to_be_flat() -> None:
    profile, known = day_profile(np.random.default_rng(1).normal(0.5, 0.005, (1, 4 * PER_DAY)), PER_DAY)
    assert known.all()
    assert not profile.any()


def test_days_that_are_unlike_have_no_shape() -> None:
    values = np.concatenate([HOURS, np.roll(HOURS, PER_DAY // 2), HOURS])
    assert not day_profile(values[None], PER_DAY)[1].any()


def test_days_that_were_not_measured_tell_nothing() -> None:
    assert not day_profile(np.full((1, 4 * PER_DAY), np.nan), PER_DAY)[1].any()
