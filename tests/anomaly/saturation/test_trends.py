"""Trends: a long stretch while growth is steady, a short one when it has changed, none when it repeats yesterday's."""

import numpy as np
import pytest

from dashboard.anomaly.saturation.trends import rising_trends
from dashboard.timerange import DAY, HOUR

ROWS = np.arange(288.0)
UNKNOWN, KNOWN = np.array([False]), np.array([True])


def noisy(values: np.ndarray) -> np.ndarray:
    return (values + np.random.default_rng(1).normal(0, 0.004, len(values)))[None]


def test_steady_growth_is_told_from_the_whole_day() -> None:
    trends = rising_trends(noisy(0.2 + 0.4 * ROWS / 288), 300, day_known=UNKNOWN)
    assert trends.stretch == [DAY]
    assert trends.slope * DAY == pytest.approx([0.4], rel=0.05)
    assert trends.low < trends.slope < trends.high


def test_growth_that_has_just_begun_is_told_from_its_own_hours() -> None:
    trends = rising_trends(noisy(0.3 + np.clip(ROWS - 240, 0, None) / 144), 300, day_known=UNKNOWN)
    assert trends.stretch <= [4 * HOUR]
    assert trends.slope * HOUR == pytest.approx([12 / 144], rel=0.15)


def test_growth_that_has_ended_is_no_line() -> None:
    trends = rising_trends(noisy(0.3 + np.minimum(ROWS, 200) / 400), 300, day_known=KNOWN)
    assert np.isnan(trends.slope).all()


def test_a_morning_that_rises_as_yesterday_s_is_no_line() -> None:
    day = 0.5 - 0.2 * np.cos(2 * np.pi * (ROWS + 200) / 288)
    assert np.isnan(rising_trends(noisy(day), 300, day_known=UNKNOWN).slope).all()


def test_a_level_is_that_of_the_end_of_the_last_row() -> None:
    trends = rising_trends((0.2 + 0.4 * (ROWS + 0.5) / 288)[None], 300, day_known=UNKNOWN)
    assert trends.level == pytest.approx([0.6])
