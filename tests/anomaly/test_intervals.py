"""From flags to intervals: two of three rows open one, ten calm minutes close it, a gap opens nothing."""

import numpy as np
import pytest

from dashboard.anomaly.intervals import CALM, COLD, GAP, Interval, IntervalTracker

LEVEL = 1e-4
OUT, IN, GONE = 1e-5, 0.5, np.nan


def band(row: int) -> np.ndarray:
    """A value that tells its row, and its band."""
    return np.array([[float(row), 1.0, 2.0]])


def feed(tracker: IntervalTracker, at: float, p: np.ndarray, flagged: np.ndarray, rows: np.ndarray) -> None:
    """One row of a minute."""
    tracker.update(np.array([at]), p[None], flagged[None], rows[None], spacing=60.0)


def fed(*p: float, flagged: bool | None = None) -> IntervalTracker:
    tracker = IntervalTracker(1, level=np.array([LEVEL]), memory_s=86400.0)
    for row, probability in enumerate(p):
        outside = probability < LEVEL if flagged is None else flagged
        feed(tracker, (row + 1) * 60.0, np.array([probability]), np.array([outside]), band(row))
    return tracker


def only(tracker: IntervalTracker) -> Interval:
    (interval,) = tracker
    return interval


def test_one_row_outside_the_band_is_no_anomaly() -> None:
    assert list(fed(IN, OUT, IN, IN)) == []


@pytest.mark.parametrize("rows", [(IN, OUT, OUT), (IN, OUT, IN, OUT)])
def test_two_of_three_rows_are(rows: tuple[float, ...]) -> None:
    interval = only(fed(*rows))
    assert (interval.since, interval.last, interval.until) == (60, 60 * len(rows), None)


def test_two_rows_that_lie_further_apart_are_not() -> None:
    assert list(fed(IN, OUT, IN, IN, OUT)) == []


def test_far_beyond_the_level_one_row_is_enough() -> None:
    assert only(fed(IN, LEVEL**2 / 2)).since == 60


def test_what_chance_explains_among_many_does_not_open_one() -> None:
    assert list(fed(OUT, OUT, OUT, flagged=False)) == []


def test_it_keeps_its_start_and_its_peak() -> None:
    interval = only(fed(IN, OUT, OUT, 1e-7, OUT))
    assert (interval.since, interval.last, interval.peak_at, interval.p_value) == (60, 300, 240, 1e-7)
    assert (interval.newest, interval.peak) == ((4, 1, 2), (3, 1, 2))


def test_it_closes_at_its_last_row_outside_after_ten_calm_minutes() -> None:
    calm = int(CALM / 60)
    assert only(fed(IN, OUT, OUT, *[IN] * (calm - 1))).until is None
    tracker = fed(IN, OUT, OUT, *[IN] * calm)
    assert only(tracker).until == 180
    assert tracker.open == {}


def test_a_row_that_is_outside_keeps_it_open_even_where_chance_would_explain_it() -> None:
    tracker = IntervalTracker(1, level=np.array([LEVEL]), memory_s=86400.0)
    for row, flagged in enumerate((True, True, *[False] * 30)):
        feed(tracker, row * 60.0, np.array([OUT]), np.array([flagged]), band(row))
    assert only(tracker).until is None


def test_a_series_that_is_not_measured_any_more_does_not_stay_open() -> None:
    assert only(fed(IN, OUT, OUT, *[GONE] * int(CALM / 60))).until == 180


def test_nothing_opens_right_after_a_gap() -> None:
    gap, cold = int(GAP / 60), int(COLD / 60)
    assert list(fed(IN, *[GONE] * gap, *[OUT] * cold)) == []
    interval = only(fed(IN, *[GONE] * gap, *[OUT] * (cold + 3)))
    assert interval.since == (1 + gap + cold + 1) * 60


def test_a_short_hole_is_no_gap() -> None:
    assert only(fed(IN, GONE, OUT, OUT)).since == 120


def test_the_first_row_ever_is_no_gap() -> None:
    assert only(fed(OUT, OUT)).since == 0


def test_what_ended_is_forgotten_in_time() -> None:
    tracker = fed(IN, OUT, OUT, *[IN] * 11)
    assert len(tracker.closed) == 1
    feed(tracker, 180 + 86400.0 + 1, np.array([IN]), np.array([False]), band(0))
    assert list(tracker) == []


def test_services_that_come_and_go_take_their_intervals_with_them() -> None:
    tracker = IntervalTracker(2, level=np.full(2, LEVEL), memory_s=86400.0)
    for row in range(2):
        p = np.array([IN, OUT])
        feed(tracker, row * 60.0, p, p < LEVEL, np.zeros((2, 3)))
    assert tracker.open.keys() == {1}
    kept = tracker.reindexed([1, -1], level=np.full(2, LEVEL))
    assert kept.open.keys() == {0}
    assert kept.open[0].since == -60
    assert list(tracker.reindexed([0], level=np.full(1, LEVEL))) == []


def test_many_rows_at_once_are_what_they_are_one_by_one() -> None:
    random, series, count = np.random.default_rng(3), 40, 300
    p = random.choice([IN, OUT, LEVEL**2 / 2, GONE], size=(count, series), p=[0.5, 0.2, 0.01, 0.29])
    # Whole gaps, and calm that lasts.
    p[100:115, ::3], p[150:180, 1::3] = GONE, IN
    rows, ends = random.normal(size=(count, series, 3)), 60.0 * np.arange(1, count + 1)
    flagged = (p < LEVEL) & (random.random(p.shape) < 0.9)
    alone, together = (IntervalTracker(series, level=np.full(series, LEVEL), memory_s=7200.0) for _ in range(2))
    for place, at in enumerate(ends.tolist()):
        feed(alone, at, p[place], flagged[place], rows[place])
    for part in (slice(0, 137), slice(137, 138), slice(138, count)):
        together.update(ends[part], p[part], flagged[part], rows[part], spacing=60.0)
    assert len(list(alone)) > series
    assert list(together) == list(alone)
    assert together.open.keys() == alone.open.keys()
