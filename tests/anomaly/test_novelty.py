"""What was never seen before: far from all remembered, reported once; odd input; bounded; no look into the future."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.anomaly.novelty import (
    ANEW,
    HIGHEST,
    LEAST,
    LENGTHS,
    MEMORY,
    QUIET,
    STRONGER,
    THRESHOLD,
    USUAL,
    Novelty,
    novelty,
)

NOISE = np.random.default_rng(7).normal(100, 5, 2000)


def scored(values: np.ndarray) -> np.ndarray:
    return novelty(1_760_000_000 + 60 * np.arange(len(values)), values)


def by_all_distances(values: np.ndarray) -> np.ndarray:
    """The score by its definition: every distance to every mean before, no order, no memory's end, nothing silenced."""
    views = []
    for length in LENGTHS:
        means = np.array([values[max(0, at - length + 1) : at + 1].mean() for at in range(len(values))])
        far = np.array([np.abs(means[:at] - means[at]).min(initial=np.inf) if at else 0.0 for at in range(len(values))])
        view = np.zeros(len(values))
        for at in range(LEAST, len(values)):
            known = far[: at // ANEW * ANEW]
            usual = np.quantile(known, USUAL)
            view[at] = max(0.0, far[at] - usual) / (known[known > usual] - usual).mean()
        views.append(view)
    return np.asarray(np.mean(views, axis=0))


def test_a_score_is_the_excess_over_usual_distances_averaged_over_three_lengths() -> None:
    values = np.cumsum(NOISE[:600] - 100)
    scores = scored(values)
    expected = by_all_distances(values)
    unsilenced = scores > 0
    assert unsilenced.sum() > 40
    np.testing.assert_allclose(scores[unsilenced], expected[unsilenced], rtol=1e-6)
    silenced = ~unsilenced & (expected > 1e-9)
    assert (expected[silenced] >= THRESHOLD).all(), "only what would be reported is silenced"


def test_a_value_far_from_all_before_is_told_in_the_moment_it_comes() -> None:
    values = NOISE.copy()
    values[1500] = 200
    assert scored(values)[1500] > 10 * THRESHOLD


def test_a_value_between_those_seen_is_new_too() -> None:
    values = np.where(np.arange(1000) % 2, 100.0, 200.0) + np.random.default_rng(1).normal(0, 1, 1000)
    values[900] = 150
    assert scored(values)[900] > 10 * THRESHOLD, "a threshold on the value would not see it"


def test_seen_values_in_a_row_never_seen_are_new() -> None:
    values = np.where(np.arange(1000) % 2, 100.0, 200.0) + np.random.default_rng(1).normal(0, 1, 1000)
    values[900:920] = 200 + np.random.default_rng(2).normal(0, 0.5, 20)
    assert scored(values[:900])[800:].max() < THRESHOLD
    assert scored(values)[900:920].max() > THRESHOLD, "each value is usual, their mean is not"


def test_what_came_before_is_not_new_when_it_comes_again() -> None:
    values = np.tile(NOISE[:400], 4)
    again = scored(values)[400 + max(LENGTHS) :]
    assert not again.any()


def test_what_was_forgotten_is_new_again() -> None:
    values = np.random.default_rng(3).normal(100, 5, 2 * MEMORY)
    values[500] = 300
    for age, known in ((MEMORY - 100, True), (MEMORY + 100, False)):
        again = values[: 500 + age + 1].copy()
        again[-40:] = values[461:501]
        scores = scored(again)
        assert scores[500] > THRESHOLD
        assert (scores[-1] == 0) if known else (scores[-1] > THRESHOLD)


def test_what_is_told_is_followed_by_silence() -> None:
    values = NOISE.copy()
    values[1000:] += 100 + 20 * np.arange(1000) ** 0.5
    reported = np.flatnonzero(scored(values) >= THRESHOLD)
    reported = reported[reported >= 1000]
    assert reported[0] == 1000
    assert len(reported) > 1
    assert np.diff(reported).min() > QUIET, "it rises without a leap"


def test_silence_lasts_so_many_points_and_no_longer() -> None:
    for later, reported in ((QUIET, False), (QUIET + 1, True)):
        values = np.zeros(400)
        values[200], values[200 + later] = 1, 50
        scores = scored(values)
        assert scores[200] == HIGHEST
        assert (scores[200 + later] >= THRESHOLD) == reported


def test_something_much_stronger_breaks_the_silence() -> None:
    values = NOISE.copy()
    values[1000], values[1010], values[1020] = 150, 195, 10_000
    scores = scored(values)
    assert scores[1000] >= THRESHOLD
    assert scores[1010] == 0
    assert scores[1020] > STRONGER * scores[1000]


def test_the_unit_and_its_zero_do_not_matter() -> None:
    values = NOISE[:800]
    np.testing.assert_allclose(scored(values * 1e-6), scored(values), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(scored(values * 1e6), scored(values), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(scored(1000 - values), scored(values), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.1, -3.7, 1e-300, 1e300, np.nan, np.inf, -np.inf])
def test_nothing_is_new_where_nothing_changes(value: float) -> None:
    assert not scored(np.full(300, value)).any()


def test_the_largest_numbers_have_finite_scores() -> None:
    largest = np.finfo(float).max
    values = np.concatenate([np.full(100, largest), np.full(100, -largest), NOISE[:200]])
    scores = scored(values)
    assert np.isfinite(scores).all()
    assert scores[100] == HIGHEST


def test_a_rhythm_repeated_but_for_rounding_is_not_new() -> None:
    at = np.arange(8 * 288)
    assert not scored(np.sin(2 * np.pi * at / 288))[2 * 288 :].any()


def test_the_first_change_of_a_constant_is_as_new_as_can_be_once() -> None:
    values = np.zeros(400)
    values[200:] = 1e-3
    scores = scored(values)
    assert scores[200] == HIGHEST
    assert (scores[201:] == 0).all()


def test_little_history_has_no_verdict() -> None:
    values = NOISE[:LEAST].copy()
    values[30] = 1e9
    assert not scored(values).any()
    assert scored(np.array([])).shape == (0,)
    assert scored(np.array([5.0])).tolist() == [0.0]


def test_what_was_not_measured_scores_nothing_and_leaves_no_trace() -> None:
    whole = np.insert(NOISE[:600], np.arange(0, 600, 7), np.resize([np.nan, np.inf, -np.inf], 86))
    missing = ~np.isfinite(whole)
    scores = scored(whole)
    assert not scores[missing].any()
    np.testing.assert_array_equal(scores[~missing], scored(NOISE[:600]))


def test_stamps_repeated_backwards_or_a_month_apart_are_points_as_they_come() -> None:
    regular = 60 * np.arange(400)
    for stamps in (np.zeros(400, dtype=int), regular[::-1], regular + np.where(regular > 9000, 30 * 86400, 0)):
        np.testing.assert_array_equal(novelty(stamps, NOISE[:400]), scored(NOISE[:400]))


def test_whole_numbers_are_values_too() -> None:
    whole = NOISE[:300].round()
    np.testing.assert_array_equal(scored(whole.astype(int)), scored(whole))


def test_one_point_at_a_time_is_the_same_as_all_at_once() -> None:
    engine = Novelty()
    assert [engine.update(value) for value in NOISE[:500]] == scored(NOISE[:500]).tolist()


def test_a_series_may_be_laid_aside_and_taken_up_again() -> None:
    engine = Novelty()
    first = [engine.update(value) for value in NOISE[:300]]
    engine = pickle.loads(pickle.dumps(engine))
    assert first + [engine.update(value) for value in NOISE[300:600]] == scored(NOISE[:600]).tolist()


def test_memory_is_bounded() -> None:
    engine, random = Novelty(), np.random.default_rng(5)
    sizes = []
    for _ in range(3):
        for value in random.normal(size=MEMORY).tolist():
            engine.update(value)
        sizes.append(len(pickle.dumps(engine)))
    assert sizes[0] < len(LENGTHS) * 3 * 8 * MEMORY + 10_000, "means twice and distances, eight bytes each"
    assert max(sizes) - min(sizes) < 100


VALUE = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.0, 100.0, 101.0, 1e6]))


@settings(max_examples=150, deadline=None)
@given(
    start=st.integers(0, 200),
    then=st.lists(VALUE, max_size=60),
    future=st.lists(VALUE, max_size=60),
)
def test_the_future_never_changes_a_score(start: int, then: list[float], future: list[float]) -> None:
    past = np.concatenate([NOISE[:start], then])
    scores = scored(past)
    assert np.isfinite(scores).all()
    assert ((scores >= 0) & (scores <= HIGHEST)).all()
    np.testing.assert_array_equal(scored(np.concatenate([past, future]))[: len(past)], scores)


@settings(max_examples=30, deadline=None)
@given(cut=st.integers(1, 1999))
def test_a_poisoned_future_never_changes_a_score(cut: int) -> None:
    poisoned = NOISE.copy()
    poisoned[cut:] = 1e9
    np.testing.assert_array_equal(scored(poisoned)[:cut], scored(NOISE)[:cut])
