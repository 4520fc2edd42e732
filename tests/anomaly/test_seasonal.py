"""The usual value by the time of day: learned, followed, forecast; odd input; and no look into the future."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.anomaly.seasonal import FADE, FORGOTTEN, THRESHOLD, TODAY, Seasonal, seasonal
from dashboard.timerange import DAY, HOUR

STEP = 300
SLOTS = DAY // STEP
START = 1_760_000_000 // DAY * DAY


def rhythm(at: np.ndarray) -> np.ndarray:
    return 100 + 40 * np.sin(2 * np.pi * at / DAY)


def learned(days: int, *, noise: float = 1.0, series: int = 1) -> Seasonal:
    season, random = Seasonal(series, step=STEP), np.random.default_rng(1)
    for at in START + np.arange(days * SLOTS) * STEP:
        season.update(float(at), rhythm(np.full(series, at)) + random.normal(0, noise, series))
    return season


def walk(values: np.ndarray, *, step: int = STEP) -> np.ndarray:
    return seasonal(START + np.arange(len(values)) * step, values)


def test_a_rhythm_is_expected_after_some_days() -> None:
    season = learned(6)
    for at in START + 6 * DAY + np.arange(SLOTS) * STEP:
        usual, scale = season.expected(float(at))
        season.update(float(at), rhythm(np.array([at])))
        assert usual[0] == pytest.approx(rhythm(np.array(at)), abs=2.5)
        assert 0.5 < scale[0] < 2.5


def test_the_next_day_is_forecast_by_its_rhythm() -> None:
    season = learned(10)
    moments = START + 10 * DAY + np.arange(24) * HOUR
    usual, scale = season.forecast(moments)
    assert usual.shape == scale.shape == (24, 1)
    assert np.abs(usual[:, 0] - rhythm(moments)).max() < 8, "a tenth of the way from trough to peak"


def test_a_day_must_be_seen() -> None:
    season = learned(1)
    assert season.complete.all()
    season = Seasonal(2, step=STEP)
    for place in range(SLOTS - 1):
        season.update(START + place * STEP, np.array([1.0, np.nan]))
    assert season.complete.tolist() == [False, False]
    season.update(START + DAY, np.array([1.0, np.nan]))
    assert season.complete.tolist() == [True, False]


def test_what_is_far_off_is_learned_no_faster_than_what_is_near() -> None:
    season = learned(3)
    usual, scale = season.expected(START + 3 * DAY)
    season.update(START + 3 * DAY, np.array([1e9]))
    after, wider = season.expected(START + 3 * DAY)
    assert after[0] - usual[0] < 2 * scale[0]
    assert wider[0] < 1.2 * scale[0]


def test_a_new_level_is_adopted_within_two_hours() -> None:
    values = np.concatenate([rhythm(np.arange(4 * SLOTS) * STEP), 60 + rhythm(np.arange(SLOTS) * STEP)])
    values += np.random.default_rng(2).normal(0, 2, len(values))
    scores = walk(values)
    assert scores[4 * SLOTS] > THRESHOLD
    assert scores[4 * SLOTS + 2 * HOUR // STEP :].max() < THRESHOLD


def test_after_a_long_gap_the_level_is_learned_anew() -> None:
    season = learned(3)
    later = START + 3 * DAY + FORGOTTEN + STEP
    assert np.isnan(season.expected(later)[0]).all()
    season.update(later, np.array([5000.0]))
    assert season.expected(later)[0][0] == pytest.approx(5000)


def test_what_is_not_measured_changes_nothing() -> None:
    season = learned(2)
    before = season.expected(START + 2 * DAY)
    for value in (np.nan, np.inf, -np.inf):
        season.update(START + 2 * DAY, np.array([value]))
    after = season.expected(START + 2 * DAY)
    np.testing.assert_array_equal(before, after)


def test_series_that_come_and_go_take_what_is_known_with_them() -> None:
    season = learned(2, series=2)
    kept = season.reindexed([1, -1])
    at = START + 2 * DAY
    assert kept.expected(at)[0][0] == season.expected(at)[0][1]
    assert np.isnan(kept.expected(at)[0][1])
    assert kept.complete.tolist() == [True, False]


def test_many_series_are_what_each_is_alone() -> None:
    random = np.random.default_rng(3)
    values = random.normal(10, 1, (400, 3))
    together, alone = Seasonal(3, step=STEP), Seasonal(1, step=STEP)
    for place, row in enumerate(values):
        together.update(START + place * STEP, row)
        alone.update(START + place * STEP, row[1:2])
    at = START + 400 * STEP
    assert together.expected(at)[0][1] == pytest.approx(alone.expected(at)[0][0], rel=1e-12)


# --- scores ---------------------------------------------------------------------------------------------------------


def test_a_spike_stands_out_of_a_rhythm_and_a_peak_hour_does_not() -> None:
    values = rhythm(np.arange(5 * SLOTS) * STEP) + np.random.default_rng(4).normal(0, 1, 5 * SLOTS)
    values[4 * SLOTS + 30] += 60
    scores = walk(values)
    assert scores[2 * SLOTS :].argmax() == 2 * SLOTS + 30
    assert np.delete(scores[2 * SLOTS :], np.arange(2 * SLOTS + 30, 2 * SLOTS + 34)).max() < THRESHOLD


@pytest.mark.parametrize(
    "values",
    [
        np.full(500, 7.0),
        np.zeros(500),
        np.full(500, np.nan),
        np.array([3.0]),
        np.array([]),
        np.full(500, 1e300),
        np.where(np.arange(500) % 50, 1.0, np.inf),
        np.where(np.arange(500) % 50, 1.0, -np.inf),
        np.full(500, -1e-300),
    ],
    ids=["constant", "zeros", "nothing", "one point", "no point", "huge", "infinite", "negative infinite", "tiny"],
)
def test_odd_series_have_finite_scores(values: np.ndarray) -> None:
    scores = walk(values)
    assert scores.shape == values.shape
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()
    assert scores.max(initial=0) < THRESHOLD


def test_a_month_without_values_is_no_anomaly() -> None:
    stamps = START + np.concatenate([np.arange(3 * SLOTS), np.arange(3 * SLOTS) + 33 * SLOTS]) * STEP
    values = (
        rhythm(stamps)
        + np.random.default_rng(5).normal(0, 1, len(stamps))
        + np.where(stamps > START + 30 * DAY, 500, 0)
    )
    scores = seasonal(stamps, values)
    assert scores[3 * SLOTS] == 0
    assert scores[3 * SLOTS :].max() < THRESHOLD


def test_stamps_may_repeat_and_be_uneven() -> None:
    random = np.random.default_rng(6)
    stamps = START + np.sort(random.integers(0, 3 * DAY, 800))
    scores = seasonal(stamps, random.normal(0, 1, 800))
    assert np.isfinite(scores).all()


def test_a_moment_is_forecast_as_it_will_be_expected() -> None:
    season = learned(3, series=2)
    moments = START + 3 * DAY + np.array([0, STEP, 5 * HOUR])
    usual, scale = season.forecast(moments)
    for place, at in enumerate(moments.tolist()):
        expected, one_step = season.expected(at)
        np.testing.assert_allclose(usual[place], expected)
        # The next row is as sure as it is when it comes, what lies further ahead is less so.
        assert (scale[place] == one_step).all() == (place == 0)
        assert (scale[place] <= 1.2 * one_step).all()
    assert season.forecast(moments[:0])[0].shape == (0, 2)


def test_of_a_hundred_later_values_about_95_lie_within_1_96_scales() -> None:
    """What differs today is followed: the further ahead, the more of that is still to come."""
    random, series, ahead = np.random.default_rng(11), 60, 5 * HOUR // STEP
    steps = 3 * SLOTS + ahead
    today = np.zeros((steps, series))
    errors = random.normal(0, 0.1, (steps, series))
    for place in range(1, steps):
        today[place] = FADE * today[place - 1] + TODAY * errors[place - 1]
    values = 5 + today + errors
    season = Seasonal(series, step=STEP)
    for place in range(3 * SLOTS):
        season.update(START + place * STEP, values[place])
    moments = START + (3 * SLOTS + np.arange(ahead)) * STEP
    usual, scale = season.forecast(moments)
    inside = np.abs(values[3 * SLOTS :] - usual) < 1.96 * scale
    assert 0.92 < inside.mean() < 0.97
    assert inside[ahead // 2 :].mean() > 0.92


def test_what_was_zero_for_days_and_then_is_not_is_usual_within_an_hour() -> None:
    for after in (np.random.default_rng(7).normal(5, 1, SLOTS), np.full(SLOTS, 5.0)):
        scores = walk(np.concatenate([np.zeros(3 * SLOTS), after]))
        assert scores[3 * SLOTS] > THRESHOLD
        assert scores[3 * SLOTS + HOUR // STEP :].max() < THRESHOLD


def test_rare_values_among_zeros_become_usual_within_a_day() -> None:
    values = np.where(np.random.default_rng(8).random(5 * SLOTS) < 0.1, 5.0, 0.0)
    assert walk(values)[SLOTS:].max() < THRESHOLD


def test_what_differs_today_is_followed_and_fades() -> None:
    season, level = Seasonal(1, step=STEP), 100.0
    for place in range(4 * SLOTS):
        season.update(START + place * STEP, np.array([level + place % 2]))
    at = START + 4 * DAY
    expected, scale = season.expected(at)
    calm, moved = season.reindexed([0]), season.reindexed([0])
    calm.update(at, expected)
    moved.update(at, expected + scale)
    moments = at + np.array([STEP, STEP + 2 * HOUR])
    first, later = moved.forecast(moments)[0] - calm.forecast(moments)[0]
    assert first == pytest.approx(TODAY * scale, rel=0.05)
    assert later / first == pytest.approx(FADE**24, rel=0.05)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=2, max_size=80),
    st.integers(1, 79),
    st.floats(-1e9, 1e9),
    st.sampled_from([60, 300, 3600, 43200]),
)
def test_the_future_changes_no_score(values: list[float], cut: int, poison: float, step: int) -> None:
    full = np.array(values)
    cut = min(cut, len(full) - 1)
    scores = walk(full, step=step)
    np.testing.assert_array_equal(walk(full[:cut], step=step), scores[:cut])
    other = full.copy()
    other[cut:] = poison
    np.testing.assert_array_equal(walk(other, step=step)[:cut], scores[:cut])
