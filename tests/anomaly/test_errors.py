"""Errors: how often the test is wrong when nothing has changed is added up exactly, and checked by simulation.

A count can only be rejected whole, so at few requests no exact test reaches its level: what it can reach at most is the
largest tail below it, and this is what these tests ask for. Never more than the level, and no larger region would do.
"""

from math import exp, lgamma, log, log1p

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.anomaly.errors import beta_binomial_test, binomial_test, shortest_window_test
from dashboard.anomaly.results import TailTest

LEVEL = 1e-4
many = settings(deadline=None, max_examples=100)


def ways(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def binomial(n: int, p: float) -> np.ndarray:
    return np.array([exp(ways(n, k) + k * log(p) + (n - k) * log1p(-p)) for k in range(n + 1)])


def beta_binomial(n: int, a: float, b: float) -> np.ndarray:
    whole = lgamma(a) + lgamma(b) - lgamma(a + b)
    beta = [lgamma(k + a) + lgamma(n - k + b) - lgamma(n + a + b) - whole for k in range(n + 1)]
    return np.array([exp(ways(n, k) + beta[k]) for k in range(n + 1)])


def realised(pmf: np.ndarray, tail: TailTest, level: float) -> tuple[float, float]:
    """Probability of the counts that are flagged, and that with the last one that is not."""
    flagged = tail.p < level
    assert np.all(np.diff(flagged.astype(int)) >= 0)
    first = int(np.argmax(flagged)) if flagged.any() else len(flagged)
    return float(pmf[first:].sum()), float(pmf[first - 1 :].sum())


@pytest.mark.parametrize("n", [5, 20, 100, 1000, 10_000])
@pytest.mark.parametrize("share", [0.0005, 0.005, 0.05])
@pytest.mark.parametrize("level", [1e-2, 1e-4])
def test_false_alarms_reach_what_is_attainable_below_the_level(n: int, share: float, level: float) -> None:
    alarms, more = realised(binomial(n, share), binomial_test(np.arange(n + 1), n, share, level), level)
    assert alarms <= level < more
    if n * share >= 50:
        assert alarms >= level / 2


@pytest.mark.parametrize("n", [5, 20, 100, 1000, 10_000])
@pytest.mark.parametrize(("baseline_bad", "baseline_valid"), [(0, 2000), (10, 2000), (500, 100_000), (30, 600)])
def test_false_alarms_against_a_counted_baseline_do_so_too(n: int, baseline_bad: int, baseline_valid: int) -> None:
    pmf = beta_binomial(n, baseline_bad + 0.5, baseline_valid - baseline_bad + 0.5)
    tail = beta_binomial_test(np.arange(n + 1), n, baseline_bad, baseline_valid, LEVEL)
    alarms, more = realised(pmf, tail, LEVEL)
    assert alarms <= LEVEL < more
    if n * baseline_bad / baseline_valid >= 50:
        assert alarms >= LEVEL / 2


@pytest.mark.parametrize(("n", "wanted"), [(5, 1.5e-6), (20, 4.0e-6), (100, 1.3e-5), (1000, 6.0e-5)])
def test_false_alarms_at_half_a_percent_are_those_of_the_published_simulation(n: int, wanted: float) -> None:
    # Simulated two million times: within four standard errors.
    alarms, _ = realised(binomial(n, 0.005), binomial_test(np.arange(n + 1), n, 0.005, LEVEL), LEVEL)
    assert abs(alarms - wanted) <= 4 * np.sqrt(wanted / 2e6) + 0.05e-5


@pytest.mark.parametrize(("n", "wanted"), [(5, 0.0), (20, 0.02), (100, 0.38), (1000, 1.0)])
def test_a_rise_to_five_percent_is_seen_as_often_as_published(n: int, wanted: float) -> None:
    alarms, _ = realised(binomial(n, 0.05), binomial_test(np.arange(n + 1), n, 0.005, LEVEL), LEVEL)
    assert alarms == pytest.approx(wanted, abs=0.006)


@pytest.mark.parametrize("level", [1e-2, 1e-3])
def test_simulated_false_alarms_agree_with_the_sum(level: float) -> None:
    rng, n, draws = np.random.default_rng(3), 300, 400_000
    bad = rng.binomial(n, rng.beta(10.5, 1990.5, size=draws))
    alarms, _ = realised(
        beta_binomial(n, 10.5, 1990.5), beta_binomial_test(np.arange(n + 1), n, 10, 2000, level), level
    )
    flags = (beta_binomial_test(np.arange(n + 1), n, 10, 2000, level).p < level)[bad]
    assert flags.mean() == pytest.approx(alarms, abs=4 * np.sqrt(alarms / draws))
    assert flags.mean() <= level


@many
@given(
    st.floats(1, 1e7),
    st.floats(0, 1),
    st.floats(0, 0.3),
    st.floats(10, 1e8),
    st.sampled_from([1e-2, 1e-4, 1e-6]),
    st.integers(-12, 12),
)
def test_a_count_lies_outside_the_band_exactly_where_it_is_flagged(
    valid: float, share: float, baseline: float, seen: float, level: float, quarters: int
) -> None:
    high = beta_binomial_test(np.array([0.0]), valid, baseline * seen, seen, level).limit[0]
    near = np.floor(high * valid) + 0.5 + quarters / 4
    bad = np.clip([np.rint(share * valid), near, np.rint(near)], 0, valid)
    tail = beta_binomial_test(bad, valid, baseline * seen, seen, level)
    assert ((bad / valid > tail.limit) == (tail.p < level)).all()


def test_more_was_seen_the_narrower_the_band() -> None:
    seen = np.array([200.0, 2000, 20_000, 2e8])
    high = beta_binomial_test(np.zeros(4), 1000, seen * 0.005, seen, LEVEL).limit
    assert (np.diff(high) < 0).all()
    assert high[-1] == binomial_test(np.array([0.0]), 1000, 0.005, LEVEL).limit[0]


def test_too_few_requests_are_told() -> None:
    # Four failures are flagged of 38 and of 40 requests: 10.5 points above the baseline of 0.5 %, and 9.5.
    valid = np.array([0, 5, 20, 38, 40, 1000])
    assert beta_binomial_test(np.zeros(6), valid, 10, 2000, LEVEL).enough.tolist() == [
        False,
        False,
        False,
        False,
        True,
        True,
    ]


def test_a_service_that_often_fails_needs_more_requests_for_the_same_rise() -> None:
    assert beta_binomial_test(np.zeros(3), np.array([100, 200, 500]), 600, 2000, LEVEL).enough.tolist() == [
        False,
        False,
        True,
    ]


def test_counts_that_are_not_whole_are_taken_to_the_nearest_halves_towards_the_inside() -> None:
    bad = np.array([6.4, 6.5, 6.6, 7, 7.5])
    same = beta_binomial_test(np.array([6, 6, 7, 7, 7]), 100, 10, 2000, LEVEL).p
    assert beta_binomial_test(bad, 99.8, 10, 2000, LEVEL).p.tolist() == same.tolist()


def test_nothing_asked_and_nothing_known_say_nothing() -> None:
    nan = np.nan
    bad = np.array([0, nan, 1, 1, 1, 5, -1])
    valid = np.array([0, 10, nan, 10, 10, 10, 10])
    baseline_bad = np.array([1, 1, 1, nan, 0, 10, 1])
    baseline_valid = np.array([100, 100, 100, 100, 0, 10, 100])
    tail = beta_binomial_test(bad, valid, baseline_bad, baseline_valid, LEVEL)
    assert np.isnan(tail.p).tolist() == [True, True, True, True, True, True, False]
    assert tail.p[-1] == 1
    assert not tail.enough.any()
    assert np.isnan(tail.limit[2:6]).all()


def test_a_billion_requests_are_no_trouble() -> None:
    tail = beta_binomial_test(np.array([1.01e6, 1e6]), 1e9, 1e9, 1e12, LEVEL)
    assert tail.p[0] < 1e-20 < 0.4 < tail.p[1]
    assert tail.limit == pytest.approx(0.001 + 3.72 * np.sqrt(0.001 / 1e9), rel=1e-5)


def test_the_shortest_window_with_requests_enough_is_tested() -> None:
    valid = np.array([[1000.0, 20, 2, 0], [3000, 200, 6, 0], [12_000, 900, 24, 0]])
    bad = np.array([[50.0, 20, 2, 0], [50, 20, 6, 0], [50, 20, 24, 0]])
    tail, window = shortest_window_test(bad, valid, np.full(4, 10.0), np.full(4, 2000.0), LEVEL)
    assert window.tolist() == [0, 1, 2, 2]
    assert tail.enough.tolist() == [True, True, False, False]
    for place, chosen in enumerate(window[:3]):
        alone = beta_binomial_test(bad[chosen, [place]], valid[chosen, [place]], 10, 2000, LEVEL)
        assert (tail.p[place], tail.limit[place]) == (alone.p[0], alone.limit[0])
    assert np.isnan(tail.p[3])


def test_which_window_is_tested_does_not_depend_on_failures() -> None:
    valid = np.array([[30.0] * 4, [90.0] * 4, [400.0] * 4])
    bad = np.array([[0.0, 3, 10, 30], [0, 3, 10, 90], [0, 3, 10, 400]])
    _, window = shortest_window_test(bad, valid, np.full(4, 10.0), np.full(4, 2000.0), LEVEL)
    assert len(set(window)) == 1
