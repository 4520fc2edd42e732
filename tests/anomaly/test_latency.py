"""Latency: the tail is as heavy as published residuals are, and band and test agree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.anomaly.latency import CORE, FREEDOM, student_test

LEVEL = 1e-4


def residual(z: np.ndarray) -> np.ndarray:
    """p at this many scales above the expected logarithm."""
    return student_test(0.1 * np.exp(0.2 * z), 0.1, 0.2, 1000, LEVEL).p


def test_the_tail_lies_between_the_published_shares_of_quiet_points() -> None:
    # |z| ≥ 3.89 in 1.5e-3 and 1.7e-3, |z| ≥ 6 in 3.3e-4 and 4.0e-4, of two kinds of baselines.
    both = 2 * residual(np.array([3.89, 6]))
    assert 1.5e-3 <= both[0] <= 1.7e-3
    assert 3.3e-4 <= both[1] <= 4.0e-4


def test_it_is_more_careful_than_a_normal_tail_where_flags_are_made() -> None:
    # Upper tails of the normal distribution: 1e-3 at 3.0902, 1e-4 at 3.7190, 1e-6 at 4.7534.
    assert (residual(np.array([3.0902, 3.7190, 4.7534])) > [1e-3, 1e-4, 1e-6]).all()


@pytest.mark.parametrize("level", [1e-2, 1e-3])
def test_false_alarms_on_such_residuals_are_at_the_level(level: float) -> None:
    draws = 1_000_000
    z = CORE * np.random.default_rng(2).standard_t(FREEDOM, size=draws)
    flagged = np.mean(residual(z) < level)
    assert flagged == pytest.approx(level, abs=4 * np.sqrt(level / draws))


@settings(deadline=None, max_examples=200)
@given(st.floats(1e-4, 1e3), st.floats(1e-3, 2), st.floats(-3, 12), st.sampled_from([1e-2, 1e-4, 1e-8]))
def test_a_latency_lies_outside_the_band_exactly_where_it_is_flagged(
    expected: float, scale: float, z: float, level: float
) -> None:
    high = student_test(np.array([expected]), expected, scale, 1000, level).limit[0]
    # A latency is no count: at the edge itself the last digit decides.
    value = np.array([expected * np.exp(z * scale), high * (1 - 1e-9), high * (1 + 1e-9)])
    tail = student_test(value, expected, scale, 1000, level)
    apart = np.abs(value / high - 1) > 1e-10
    assert ((value > tail.limit) == (tail.p < level))[apart].all()


def test_slower_is_less_probable_and_faster_no_anomaly() -> None:
    value = np.array([0.001, 0.05, 0.1, 0.12, 0.2, 1, 100])
    tail = student_test(value, 0.1, 0.1, 1000, LEVEL)
    assert (np.diff(tail.p) < 0).all()
    assert tail.p[2] == 0.5


def test_a_quantile_needs_twenty_requests_above_it() -> None:
    requests = np.array([0, 399, 400, 1999, 2000])
    assert student_test(np.full(5, 0.1), 0.1, 0.1, requests, LEVEL).enough.tolist() == [False, False, True, True, True]
    p99 = student_test(np.full(5, 0.1), 0.1, 0.1, requests, LEVEL, quantile=0.99)
    assert p99.enough.tolist() == [False, False, False, False, True]


def test_what_cannot_be_compared_says_nothing() -> None:
    nan = np.nan
    value, expected = np.array([nan, 0, -1, 0.1, 0.1, 0.1, 0.1]), np.array([0.1, 0.1, 0.1, nan, 0, 0.1, 0.1])
    scale, requests = np.array([0.1, 0.1, 0.1, 0.1, 0.1, 0, nan]), np.array([500, 500, 500, 500, 500, 500, nan])
    tail = student_test(value, expected, scale, requests, LEVEL)
    assert np.isnan(tail.p).all()
    assert np.isnan(tail.limit[3:]).all()
    assert not tail.enough[-1]


def test_a_huge_scale_does_not_overflow() -> None:
    assert np.isfinite(student_test(np.array([1e300]), 1e-9, 1e6, 500, LEVEL).p).all()
