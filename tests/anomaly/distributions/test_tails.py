"""Tails against exact sums of fractions and printed tables."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dashboard.anomaly.distributions.counts import BetaBinomial, Binomial, Counts, NegativeBinomial
from dashboard.anomaly.distributions.tails import lower_tail, upper_tail
from tests.anomaly.distributions.drawn import counted, row

many = settings(deadline=None, max_examples=100)


def exact_binomial(n: int, p: float) -> list[Fraction]:
    share = Fraction(p)
    return [math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]


def exact_beta_binomial(n: int, a: float, b: float) -> list[Fraction]:
    bad, good = Fraction(a), Fraction(b)
    pmf = [Fraction(1)]
    for i in range(n):
        pmf[0] *= (good + i) / (bad + good + i)
    for k in range(n):
        pmf.append(pmf[-1] * (n - k) * (k + bad) / ((k + 1) * (n - 1 - k + good)))
    return pmf


def summed(counts: Counts, k: int, step: int, terms: int = 100_000) -> float:
    """The tail by adding its terms one by one, from a first one that is exact to 1e-12."""
    j = k + step * np.arange(terms + 1, dtype=float)
    j = j[(j >= 0) & (j <= counts.largest()[0])]
    above, below = counts.ratio(j if step > 0 else j - 1)[:: 1 if step > 0 else -1]
    following = np.cumprod(above[:-1] / below[:-1])
    return float(np.exp(counts.log_pmf(np.array([float(k)]))[0]) * math.fsum([1.0, *following]))


@pytest.mark.parametrize(("n", "p"), [(1, 0.5), (5, 0.005), (20, 0.3), (100, 0.01), (150, 0.97), (300, 0.375)])
def test_binomial_tails_are_the_exact_sums(n: int, p: float) -> None:
    pmf = exact_binomial(n, p)
    for k in range(0, n + 1, max(1, n // 25)):
        up, down = float(sum(pmf[k:])), float(sum(pmf[: k + 1]))
        if up > 1e-300:
            assert upper_tail(Binomial(*row(n, p)), np.array([k]))[0] == pytest.approx(up, rel=3e-10)
        if down > 1e-300:
            assert lower_tail(Binomial(*row(n, p)), np.array([k]))[0] == pytest.approx(down, rel=3e-10)


@pytest.mark.parametrize(
    ("n", "a", "b"), [(5, 0.5, 20.5), (100, 10.5, 1990.5), (300, 0.5, 200.5), (300, 30.5, 70.5), (250, 3.5, 1e6 + 0.5)]
)
def test_beta_binomial_tails_are_the_exact_sums(n: int, a: float, b: float) -> None:
    pmf = exact_beta_binomial(n, a, b)
    for k in range(0, n + 1, max(1, n // 25)):
        counts = BetaBinomial(*row(n, a, b))
        assert upper_tail(counts, np.array([k]))[0] == pytest.approx(float(sum(pmf[k:])), rel=3e-9, abs=1e-300)
        assert lower_tail(counts, np.array([k]))[0] == pytest.approx(float(sum(pmf[: k + 1])), rel=3e-9, abs=1e-300)


def test_tails_of_a_tenth_of_a_billion_requests_are_the_sums_of_their_terms() -> None:
    wide = [
        (Binomial(*row(1e8, 0.001)), 101_200, 1),
        (BetaBinomial(*row(1e6, 5000.5, 995_000.5)), 5500, 1),
        (NegativeBinomial(*row(1e5, 3)), 98_000, -1),
        (NegativeBinomial(*row(1e6, 1)), 1_004_000, 1),
    ]
    for counts, k, step in wide:
        tail = upper_tail if step > 0 else lower_tail
        assert tail(counts, np.array([float(k)]))[0] == pytest.approx(summed(counts, k, step), rel=1e-9)


def test_poisson_tails_are_the_exact_sums() -> None:
    for mean, k in [(1, 0), (5, 3), (20, 20), (100, 60), (1000, 850), (50, 0)]:
        total = sum(Fraction(mean) ** j / math.factorial(j) for j in range(k + 1))
        wanted = math.exp(math.log(total.numerator) - math.log(total.denominator) - mean)
        tail = lower_tail(NegativeBinomial(*row(mean, 1)), np.array([k]))[0]
        assert tail == pytest.approx(wanted, rel=1e-9)


def test_negative_binomial_has_the_variance_it_is_told() -> None:
    for mean, dispersion in [(3.0, 1.0), (3.0, 2.0), (40.0, 5.0)]:
        k = np.arange(2000.0)
        pmf = np.exp(NegativeBinomial(np.full(2000, mean), np.full(2000, dispersion)).log_pmf(k))
        assert pmf.sum() == pytest.approx(1, abs=1e-12)
        assert (k * pmf).sum() == pytest.approx(mean, rel=1e-11)
        assert ((k - mean) ** 2 * pmf).sum() == pytest.approx(mean * dispersion, rel=1e-11)


@st.composite
def around(draw: st.DrawFn) -> tuple[Counts, np.ndarray]:
    """A distribution and a count within a dozen standard deviations of its mean."""
    counts = draw(counted())
    mean, variance, _ = (moment[0] for moment in counts.moments())
    k = np.rint(mean + draw(st.floats(-12, 12)) * np.sqrt(variance))
    return counts, np.clip(np.array([k]), 0, counts.largest())


@many
@given(around())
def test_tails_and_the_point_between_them_are_one(drawn: tuple[Counts, np.ndarray]) -> None:
    counts, k = drawn
    point = np.exp(counts.log_pmf(k))
    assert upper_tail(counts, k) + lower_tail(counts, k) - point == pytest.approx(1, abs=1e-7)


@many
@given(around())
@example((BetaBinomial(*row(1e7, 0.8125, 11.1875)), np.zeros(1)))
def test_a_further_count_is_never_more_probable(drawn: tuple[Counts, np.ndarray]) -> None:
    counts, k = drawn
    assert upper_tail(counts, k + 1)[0] <= upper_tail(counts, k)[0] * (1 + 1e-9)
    assert lower_tail(counts, k - 1)[0] <= lower_tail(counts, k)[0] * (1 + 1e-9)


def test_odd_parameters_give_nothing_and_no_warning() -> None:
    nan, inf = np.nan, np.inf
    n, p = np.array([0, 5, 5, 5, nan, inf, -1.0]), np.array([0.5, 0, 1, nan, 0.5, 0.5, 0.5])
    assert np.isnan(upper_tail(Binomial(n, p), np.ones(7))).tolist() == [False, True, True, True, True, True, True]
    assert upper_tail(Binomial(n, p), np.array([0.0, 1, 1, 1, 1, 1, 1]))[0] == 1
    assert upper_tail(Binomial(*row(5, 0.5)), np.array([nan])).tolist() == pytest.approx([nan], nan_ok=True)
    assert upper_tail(Binomial(*row(5, 0.5)), np.array([6.0]))[0] == 0
    assert lower_tail(Binomial(*row(5, 0.5)), np.array([-1.0]))[0] == 0
    assert upper_tail(NegativeBinomial(*row(5, 1)), np.array([1e6]))[0] == 0
