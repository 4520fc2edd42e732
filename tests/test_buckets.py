"""Latency buckets: quantiles lie in a bucket, and a limit is counted at a bound that exists."""

import numpy as np
import pytest

from dashboard import buckets, frames
from dashboard.timerange import Grid

BOUNDS = np.array([0.1, 0.25, 0.5, np.inf])


@pytest.mark.parametrize(
    ("counts", "q", "value", "low", "high"),
    [
        ([0, 50, 100, 100], 0.5, 0.25, 0.1, 0.25),
        ([0, 0, 100, 100], 0.5, 0.375, 0.25, 0.5),
        ([10, 10, 10, 100], 0.95, 0.5, 0.5, np.inf),
        ([100, 100, 100, 100], 0.5, 0.05, 0.0, 0.1),
        ([0, 0, 0, 0], 0.5, np.nan, np.nan, np.nan),
        ([np.nan] * 4, 0.5, np.nan, np.nan, np.nan),
    ],
)
def test_a_quantile_is_interpolated_inside_its_bucket(
    counts: list[float], q: float, value: float, low: float, high: float
) -> None:
    quantile = buckets.bucket_quantile(BOUNDS, np.array(counts, dtype=float)[:, None], q)
    np.testing.assert_allclose([part[0] for part in quantile], [value, low, high])


@pytest.mark.parametrize(("bounds", "bound"), [((0.1, 0.3, 1), 0.3), ((0.1, 1.2), 1.2), ((), None)])
def test_the_threshold_is_the_nearest_bound(bounds: tuple[float, ...], bound: float | None) -> None:
    assert buckets.nearest_bound(bounds, 0.5) == bound


@pytest.mark.parametrize(("limit", "bound"), [(0.25, 0.25), (300 * 0.001, 0.3), (1, 1.0)])
def test_a_limit_that_is_a_bound_is_counted_at_it(limit: float, bound: float) -> None:
    assert buckets.counting_bound((2.5, 0.3, 0.25, 1.0, np.inf), limit) == bound
    assert buckets.same_bound(bound, limit)


@pytest.mark.parametrize(
    ("limit", "bound", "note"),
    [
        (0.4, 0.3, "400 ms lies between the buckets 300 ms and 1 s: counted at 300 ms, the stricter one"),
        (0.9999, 0.3, "999.9 ms lies between the buckets 300 ms and 1 s: counted at 300 ms, the stricter one"),
        (20, 2.5, "20 s lies above the largest bucket, 2.5 s: counted at 2.5 s, the stricter one"),
        (0.01, None, "10 ms lies below the smallest bucket, 250 ms: it cannot be counted"),
    ],
)
def test_any_other_limit_is_counted_at_the_next_stricter_bound(limit: float, bound: float | None, note: str) -> None:
    bounds = (2.5, 0.3, 0.25, 1.0, np.inf)
    assert buckets.counting_bound(bounds, limit) == bound
    assert bound is None or not buckets.same_bound(bound, limit)
    assert buckets.counting_note(bounds, limit) == note


def test_without_buckets_there_is_no_bound() -> None:
    assert buckets.counting_bound((), 0.3) is None
    assert buckets.counting_note((), 0.3) == "there are no latency buckets"


def test_cumulative_counts_ascend_by_bound_not_by_text() -> None:
    values = {
        ("shop", "latency", detail): np.array([count]) for detail, count in (("10", 3.0), ("inf", 4.0), ("2", 1.0))
    }
    samples = frames.of_service(frames.samples(values, Grid(0, 0, 15)), "shop")
    assert buckets.details(samples) == ["2", "10", "inf"]
    bounds, cumulative = buckets.cumulative_counts(samples)
    assert bounds.tolist() == [2.0, 10.0, np.inf]
    assert cumulative.tolist() == [[1.0], [3.0], [4.0]]


def test_rates_that_are_out_of_order_by_rounding_do_not_bend_the_quantile() -> None:
    """Of several instances a higher bucket may hold a hair less than a lower one."""
    ordered = buckets.bucket_quantile(BOUNDS, np.array([[0.0], [60.0], [60.0], [100.0]]), 0.6)
    rounded = buckets.bucket_quantile(BOUNDS, np.array([[0.0], [60.0], [60.0 - 1e-9], [100.0]]), 0.6)
    np.testing.assert_allclose(rounded, ordered)


def test_each_moment_has_its_own_quantile() -> None:
    counts = np.array([[0, 100, 0], [50, 100, 0], [100, 100, 0], [100, 100, 0]], dtype=float)
    value, low, high = buckets.bucket_quantile(BOUNDS, counts, 0.5)
    np.testing.assert_allclose(value, [0.25, 0.05, np.nan])
    np.testing.assert_allclose(low, [0.1, 0.0, np.nan])
    np.testing.assert_allclose(high, [0.25, 0.1, np.nan])


@pytest.mark.parametrize(
    ("bound", "text"), [(0.1, "0.1"), (1.0, "1"), (2.5, "2.5"), (float("inf"), "inf"), (300 * 0.001, "0.3")]
)
def test_a_bound_has_one_text_however_it_came_about(bound: float, text: str) -> None:
    assert buckets.bound_text(bound) == text


@pytest.mark.parametrize(("bounds", "nearest"), [((0.2, 1.0), 1.0), ((0.24, 1.0), 1.0), ((0.26, 1.0), 0.26)])
def test_nearness_is_by_factors_and_not_by_differences(bounds: tuple[float, ...], nearest: float) -> None:
    """1 s is twice 0.5 s: a bound below 0.25 s, less than half of it, is further away, though by less."""
    assert buckets.nearest_bound(bounds, 0.5) == nearest


@pytest.mark.parametrize(("off", "same"), [(0.0, True), (5e-10, True), (2e-9, False)])
def test_a_limit_that_differs_in_the_last_digit_is_the_bound_that_it_means(off: float, same: bool) -> None:
    assert buckets.same_bound(0.3, 0.1 * 3)
    assert buckets.same_bound(0.3, 0.3 * (1 + off)) is same
    assert buckets.counting_bound([0.1, 0.3], 0.3 * (1 - off)) == (0.3 if same else 0.1)
