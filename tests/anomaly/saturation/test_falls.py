"""What fell back before it was full is announced only once it has passed what it ever came to."""

import numpy as np
import pytest

from dashboard.anomaly.saturation.falls import NO_FALLS, Falls, falls_of
from dashboard.anomaly.saturation_monitor import SaturationMonitor
from dashboard.timerange import DAY, HOUR
from tests.anomaly.saturation.sawteeth import PER_DAY, STEP, known, sawtooth

KEY = ("shop", "memory")


def forecast_of(values: np.ndarray, older: Falls = NO_FALLS) -> tuple[float | None, float | None]:
    """Seconds from now until a live forecast announces that it is full, and until it is unless it falls back."""
    monitor = SaturationMonitor([KEY], memory_s=float(DAY))
    monitor.older_falls = {KEY: older}
    ends = STEP * np.arange(1, len(values) + 1, dtype=float)
    monitor.add(ends[:-1], values[:-1, None], spacing=STEP)
    monitor.update(ends[-1], values[-1:], np.full((60, 1), values[-1]), spacing=STEP)
    forecast = monitor.forecasts[KEY]
    return tuple(None if at is None else at - ends[-1] for at in (forecast.full_at, forecast.limit_at))


@pytest.mark.parametrize("period_h", [2, 6, 12, 36, 72, 120])
def test_a_sawtooth_of_jittered_peaks_is_never_announced_as_sure(period_h: int) -> None:
    rng = np.random.default_rng(period_h)
    for _ in range(3):
        values = sawtooth(rng, 30, period_h)
        for now in rng.integers(20 * PER_DAY, 30 * PER_DAY, 6).tolist():
            level = float(np.median(values[now - 3 : now]))
            assert known(values, now).hold(level, now * STEP), f"{level:.0%} at row {now}"


def test_a_leak_that_restarts_is_forecast_only_unless_it_does() -> None:
    rng = np.random.default_rng(2)
    values = np.tile(0.3 + 0.65 * np.arange(20 * 12) / (20 * 12), 4)[: 3 * PER_DAY - 5 * 12]
    values += rng.normal(0, 0.003, len(values))
    announced, unless = forecast_of(values)
    assert announced is None
    assert unless is not None
    assert unless == pytest.approx((1 - values[-1]) / (0.65 / 20) * HOUR, rel=0.2)


def test_a_first_leak_is_announced() -> None:
    values = np.concatenate([np.full(2 * PER_DAY, 0.4), 0.4 + 0.025 * np.arange(12 * 12) / 12])
    values += np.random.default_rng(3).normal(0, 0.003, len(values))
    announced, unless = forecast_of(values)
    assert announced == unless
    assert announced == pytest.approx((1 - 0.7) / 0.025 * HOUR, rel=0.2)


def test_after_one_fall_it_is_announced_and_the_fall_is_known() -> None:
    values = np.concatenate([0.3 + 0.4 * np.arange(PER_DAY) / PER_DAY, 0.3 + 0.4 * np.arange(PER_DAY) / PER_DAY])
    assert known(values).count == 1
    announced, _ = forecast_of(values)
    assert announced is not None


def test_a_sawtooth_that_stops_falling_back_is_announced_once_it_passes() -> None:
    """Ten falls at 70 to 74 %, and then none: held at 72 %, announced from 79 % on, a fifth of the limit before it."""
    peaks = np.random.default_rng(4).uniform(0.7, 0.74, 10)
    length = 12 * 12
    falling = np.concatenate([0.3 + (peak - 0.3) * np.arange(length) / length for peak in peaks])
    last = 0.3 + 0.04 * np.arange(18 * 12) / 12
    values = np.concatenate([falling, last])
    at = {level: len(falling) + int((last <= level).sum()) for level in (0.6, 0.72, 0.79, 0.95)}
    held = {level: known(values, now).hold(level, now * STEP) for level, now in at.items()}
    assert held == {0.6: True, 0.72: True, 0.79: False, 0.95: False}
    announced, _ = forecast_of(values[: at[0.79]], known(values, at[0.79]))
    assert announced == pytest.approx(0.21 / 0.04 * HOUR, rel=0.2)


def test_a_weekly_clean_up_is_known_though_live_pages_hold_three_days() -> None:
    week = 7 * PER_DAY
    values = np.tile(0.4 + 0.5 * np.arange(week) / week, 5)[: 4 * week + 5 * PER_DAY]
    values += np.random.default_rng(5).normal(0, 0.003, len(values))
    falls = known(values)
    assert falls.count == 4
    announced, unless = forecast_of(values[-3 * PER_DAY :])
    assert announced == unless
    assert unless is not None
    (live,) = falls_of(values[None, -3 * PER_DAY :], len(values) * STEP, STEP)
    assert live.count == 0
    assert live.beside(falls).hold(float(values[-1]), len(values) * STEP)


def test_a_clean_up_that_does_not_come_is_announced_although_it_has_not_passed_the_level() -> None:
    week = 7 * PER_DAY
    slower = 0.4 + 0.3 * np.arange(10 * PER_DAY) / week
    falls = known(np.concatenate([np.tile(0.4 + 0.5 * np.arange(week) / week, 3), slower]))
    begin = 3 * week * STEP
    assert falls.hold(float(slower[7 * PER_DAY]), begin + 7 * DAY)
    assert not falls.hold(float(slower[9 * PER_DAY]), begin + 9 * DAY)


def test_the_end_of_a_nightly_batch_is_a_fall() -> None:
    hour = np.arange(10 * PER_DAY) / 12 % 24
    values = np.where((hour >= 2) & (hour < 3.5), 0.2 + 0.4 * (hour - 2), 0.2)
    falls = known(values)
    assert falls.count == 10
    assert falls.hold(0.7, len(values) * STEP)


def test_what_was_full_once_is_announced_whatever_came_then() -> None:
    falls = Falls(0.0, (10.0 * HOUR, 20.0 * HOUR, 30.0 * HOUR), (0.9, 0.995, 0.9))
    assert not falls.hold(0.5, 35.0 * HOUR)


def test_days_that_come_and_go_are_no_falls_and_neither_are_gaps() -> None:
    hours = np.arange(30 * 24)
    rng = np.random.default_rng(6)
    daily = 0.5 + 0.2 * np.cos(hours * 2 * np.pi / 24) + rng.normal(0, 0.005, len(hours))
    gaps = daily.copy()
    gaps[100:130] = np.nan
    nothing = np.full(len(hours), np.nan)
    every = falls_of(np.array([daily, gaps, 0.3 + 0.0005 * hours, nothing]), 30 * DAY, HOUR)
    assert [falls.count for falls in every] == [0, 0, 0, 0]
    assert every[3] == NO_FALLS
    assert not NO_FALLS.hold(0.99, 0.0)
    assert falls_of(np.full((1, 2), 0.5), 0.0, HOUR)[0].count == 0


def test_a_fall_that_two_records_have_is_one() -> None:
    fine = Falls(100.0 * HOUR, (120.0 * HOUR,), (0.9,))
    coarse = Falls(0.0, (50.0 * HOUR, 121.0 * HOUR), (0.8, 0.91))
    assert fine.beside(coarse) == Falls(0.0, (50.0 * HOUR, 120.0 * HOUR), (0.8, 0.9))
