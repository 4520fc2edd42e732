"""Traffic: false alarms are added up over all counts that are flagged; see tests of errors for what is attainable."""

from math import exp, lgamma, log, log1p

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.anomaly.traffic import drop_test, silence, spike_test

LEVEL = 1e-4
EXPECTED = [5.0, 30, 100, 1000, 10_000]
DISPERSION = [1.0, 1.5, 3, 5]
many = settings(deadline=None, max_examples=100)


def negative_binomial(mean: float, dispersion: float, until: int) -> np.ndarray:
    if dispersion == 1:
        return np.array([exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(until)])
    size = mean / (dispersion - 1)
    fixed = -size * log(dispersion) - lgamma(size)
    rate = log1p(-1 / dispersion)
    return np.array([exp(lgamma(k + size) - lgamma(k + 1) + k * rate + fixed) for k in range(until)])


def counts(mean: float, dispersion: float) -> np.ndarray:
    return np.arange(int(mean + 12 * np.sqrt(mean * dispersion) + 25 * dispersion + 40))


@pytest.mark.parametrize("mean", EXPECTED)
@pytest.mark.parametrize("dispersion", DISPERSION)
@pytest.mark.parametrize("level", [1e-2, 1e-4])
def test_false_alarms_reach_what_is_attainable_below_the_level(mean: float, dispersion: float, level: float) -> None:
    k = counts(mean, dispersion)
    pmf = negative_binomial(mean, dispersion, len(k))
    few, many_ = (test(k, mean, dispersion, level) for test in (drop_test, spike_test))
    below, above = np.flatnonzero(few.p < level), np.flatnonzero(many_.p < level)
    assert pmf[below].sum() <= level < pmf[: len(below) + 1].sum()
    assert pmf[above].sum() <= level < pmf[above[0] - 1 :].sum()
    assert (k[below] < few.limit[below]).all()
    assert (k[above] > many_.limit[above]).all()
    if mean >= 100:
        assert min(pmf[below].sum(), pmf[above].sum()) >= level / 2


@pytest.mark.parametrize(("mean", "dispersion"), [(8.0, 1.0), (100, 3), (2000, 5)])
def test_simulated_false_alarms_agree_with_the_sum(mean: float, dispersion: float) -> None:
    rng, draws, level = np.random.default_rng(5), 300_000, 1e-2
    rate = mean if dispersion == 1 else rng.gamma(mean / (dispersion - 1), dispersion - 1, size=draws)
    drawn = rng.poisson(rate, size=draws)
    k = np.arange(max(len(counts(mean, dispersion)), drawn.max() + 1))
    pmf = negative_binomial(mean, dispersion, len(k))
    for test in (drop_test, spike_test):
        flagged = test(k, mean, dispersion, level).p < level
        wanted = pmf[flagged].sum()
        assert flagged[drawn].mean() == pytest.approx(wanted, abs=4 * np.sqrt(level / draws))


def test_poisson_is_wrong_once_counts_scatter_more() -> None:
    # Published: 1.2e-2 instead of 7.8e-5 false alarms of a drop at φ = 3, λ = 100.
    k = counts(100, 3)
    flagged = drop_test(k, 100, 1, LEVEL).p < LEVEL
    assert negative_binomial(100, 3, len(k))[flagged].sum() == pytest.approx(1.2e-2, rel=0.15)
    assert negative_binomial(100, 1, len(k))[flagged].sum() == pytest.approx(7.8e-5, rel=0.15)


@pytest.mark.parametrize(("mean", "dispersion", "power"), [(100, 1.0, 0.98), (100, 3, 0.38), (1000, 3, 1.0)])
def test_a_drop_to_half_is_seen_as_often_as_published(mean: float, dispersion: float, power: float) -> None:
    k = counts(mean, dispersion)
    flagged = drop_test(k, mean, dispersion, LEVEL).p < LEVEL
    assert negative_binomial(mean / 2, dispersion, len(k))[flagged].sum() == pytest.approx(power, abs=0.02)


def test_silence_has_its_closed_form_and_needs_nine_requests_and_a_bit() -> None:
    assert silence(np.array([10.0, 10]), np.array([1.0, 3])) == pytest.approx([exp(-10), 3**-5])
    mean = np.array([9.2, 9.22])
    assert drop_test(np.zeros(2), mean, 1, LEVEL).enough.tolist() == [False, True]
    assert drop_test(np.zeros(2), mean, 1, LEVEL).p == pytest.approx(np.exp(-mean), rel=1e-9)
    assert drop_test(np.zeros(2), np.array([16.7, 16.8]), 3, LEVEL).enough.tolist() == [False, True]
    assert spike_test(np.array([50.0]), 5, 1, LEVEL).enough.tolist() == [False]


@many
@given(st.floats(0.01, 1e9), st.floats(0.5, 20), st.floats(-8, 8), st.sampled_from([1e-2, 1e-4, 1e-8]))
def test_a_count_lies_outside_the_band_exactly_where_it_is_flagged(
    mean: float, dispersion: float, away: float, level: float
) -> None:
    low = drop_test(np.array([mean]), mean, dispersion, level).limit[0]
    high = spike_test(np.array([mean]), mean, dispersion, level).limit[0]
    around = mean + away * np.sqrt(mean * max(dispersion, 1))
    k = np.maximum([around, np.rint(around), low, low - 0.5, low + 0.5, high, high + 0.5, high + 0.6], 0)
    few, much = drop_test(k, mean, dispersion, level), spike_test(k, mean, dispersion, level)
    assert ((k < few.limit) == (few.p < level)).all()
    assert ((k > much.limit) == (much.p < level)).all()


def test_less_scatter_than_poisson_is_taken_for_poisson() -> None:
    for test in (drop_test, spike_test):
        less, poisson = (test(np.array([70.0, 130]), 100, dispersion, LEVEL) for dispersion in (0.2, 1.0))
        assert less.p.tolist() == poisson.p.tolist()


def test_almost_poisson_is_almost_poisson() -> None:
    for mean in (3.0, 1e4, 1e9):
        k = np.array([mean - 4 * np.sqrt(mean)]).clip(0)
        assert drop_test(k, mean, 1 + 1e-9, LEVEL).p == pytest.approx(drop_test(k, mean, 1, LEVEL).p, rel=1e-6)


def test_what_is_missing_or_not_expected_says_nothing() -> None:
    count, mean = np.array([np.nan, 3, 3, 3, 0, 3]), np.array([10, 0, np.nan, -1, 0, np.inf])
    for test in (drop_test, spike_test):
        tail = test(count, mean, 1, LEVEL)
        assert np.isnan(tail.p).all()
        assert not tail.enough[[1, 2, 3, 4]].any()
    assert np.isnan(drop_test(np.array([3.0]), 10, np.nan, LEVEL).p).all()


def test_rows_of_services_keep_their_shape() -> None:
    tail = drop_test(np.full((3, 4), 50.0), np.full(4, 100.0), np.ones((3, 1)), LEVEL)
    assert tail.p.shape == tail.limit.shape == tail.enough.shape == (3, 4)
