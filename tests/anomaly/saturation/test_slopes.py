"""Median slopes and their intervals: exact on lines, deaf to outliers, wide where neighbours are correlated."""

import numpy as np
import pytest

from dashboard.anomaly.saturation.slopes import autocorrelation_factor, block_means, median, theil_sen

LINE = np.arange(20.0)


def test_the_slope_is_per_second() -> None:
    assert theil_sen(LINE[None] * 3, 60).middle == pytest.approx([0.05])


def test_a_third_of_outliers_and_gaps_do_not_move_it() -> None:
    values = LINE.copy()
    values[::4] = 100
    values[1::7] = np.nan
    assert theil_sen(values[None], 1).middle == pytest.approx([1], abs=0.2)


def test_the_interval_holds_the_slope_of_independent_noise_as_often_as_it_says() -> None:
    noise = np.random.default_rng(1).normal(0, 1, (2000, 24))
    low, high = theil_sen(0.3 * np.arange(24) + noise, 1).bounds(1.96)
    assert np.mean((low <= 0.3) & (high >= 0.3)) == pytest.approx(0.95, abs=0.03)


def test_sen_s_ranks() -> None:
    values = np.array([[0.0, 1.0, 2.1, 3.3, 4.6, 6.0]])
    slopes = theil_sen(values, 1)
    ordered = sorted((values[0, j] - values[0, i]) / (j - i) for i in range(6) for j in range(i + 1, 6))
    assert slopes.ordered[0] == pytest.approx(ordered)
    assert slopes.middle == pytest.approx([ordered[7]])


@pytest.mark.parametrize("count", [0, 1, 4])
def test_too_few_values_have_no_slope(count: int) -> None:
    slopes = theil_sen(LINE[None, :count], 1)
    assert np.isnan(slopes.middle).all()
    assert np.isnan(np.concatenate(slopes.bounds(1.96))).all()


def test_what_is_correlated_counts_for_less() -> None:
    noise = np.random.default_rng(2).normal(0, 1, (1, 60))
    assert autocorrelation_factor(noise)[0] < 2
    assert autocorrelation_factor(np.cumsum(noise - noise.mean(), axis=1))[0] > 4


def test_medians_and_means_leave_out_what_is_missing() -> None:
    values = np.array([[1.0, np.nan, 3.0, 8.0], [np.nan] * 4])
    assert median(values) == pytest.approx([3, np.nan], nan_ok=True)
    assert block_means(values, 2) == pytest.approx(np.array([[1, 5.5], [np.nan, np.nan]]), nan_ok=True)


def test_blocks_are_counted_from_the_end() -> None:
    assert block_means(np.arange(5.0)[None], 2) == pytest.approx(np.array([[1.5, 3.5]]))
