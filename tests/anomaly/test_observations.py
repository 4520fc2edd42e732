"""Windows of samples: counts, a quantile from buckets, what was not measured, and where columns are missing."""

import numpy as np
import pytest

from dashboard import frames
from dashboard.anomaly.observations import COVERED, WINDOWS, Observations, SignalColumns
from dashboard.timerange import Grid

START = 1_700_000_100 // 300 * 300
GRID = Grid(START - 3600 + 15, START, 15)
ROWS = len(GRID)


def constant(value: float) -> np.ndarray:
    return np.full(ROWS, value)


def seen(values: dict[tuple[str, str, str], np.ndarray], *, ends: tuple[int, ...] = (START,)) -> Observations:
    names = sorted({service for service, _, _ in values})
    frame = frames.samples(values, GRID)
    return SignalColumns(frame.columns, names).observe(frame, 15, np.array(ends, dtype=float))


def test_rates_become_counts_of_five_fifteen_and_sixty_minutes() -> None:
    observed = seen({("shop", "requests", ""): constant(2.0), ("shop", "errors", "server"): constant(0.5)})
    np.testing.assert_allclose(observed.requests[:, 0, 0], [2.0 * window for window in WINDOWS])
    np.testing.assert_allclose(observed.failed[:, 0, 0], [0.5 * window for window in WINDOWS])


def test_a_window_is_of_the_rows_up_to_its_end() -> None:
    rates = np.where(np.arange(ROWS) < ROWS - 20, 1.0, 3.0)
    observed = seen({("shop", "requests", ""): rates}, ends=(START - 300, START - 150, START))
    np.testing.assert_allclose(observed.requests[0, :, 0], [300, 600, 900])


def test_a_quantile_is_of_the_summed_buckets_and_not_a_mean_of_quantiles() -> None:
    fast, slow = np.where(np.arange(ROWS) < ROWS - 2, 10.0, 0.0), np.where(np.arange(ROWS) < ROWS - 2, 10.0, 10.0)
    observed = seen(
        {("shop", "latency", "0.1"): fast, ("shop", "latency", "1"): slow, ("shop", "latency", "inf"): slow}
    )
    # Nine of ten requests of the five minutes were answered within 0.1 s: the 95th is half-way to 1 s.
    assert observed.latency[0, 0] == pytest.approx(0.1 + 0.9 * 0.5)
    assert observed.latency_requests[0, 0] == pytest.approx(3000)


def test_services_with_other_buckets_or_without_any_have_their_own_latency() -> None:
    observed = seen(
        {
            ("a", "latency", "0.1"): constant(1.0),
            ("a", "latency", "inf"): constant(1.0),
            ("b", "latency", "0.2"): constant(1.0),
            ("b", "latency", "inf"): constant(1.0),
            ("c", "quantile", "0.95"): constant(0.7),
            ("d", "mean", ""): constant(0.3),
            ("e", "requests", ""): constant(1.0),
        }
    )
    np.testing.assert_allclose(observed.latency[0], [0.095, 0.19, 0.7, 0.3, np.nan])


def test_a_window_that_was_hardly_measured_says_nothing() -> None:
    missing = round(20 * (1 - COVERED))
    rates = constant(1.0)
    rates[ROWS - missing :] = np.nan
    assert seen({("shop", "requests", ""): rates}).requests[0, 0, 0] == pytest.approx(300)
    rates[ROWS - missing - 1 :] = np.nan
    observed = seen({("shop", "requests", ""): rates})
    assert np.isnan(observed.requests[0, 0, 0])
    assert observed.requests[1, 0, 0] == pytest.approx(900)


def test_a_window_that_begins_before_the_samples_or_ends_after_them_says_nothing() -> None:
    observed = seen({("shop", "requests", ""): constant(1.0)}, ends=(START - 3000, START + 300))
    assert np.isnan(observed.requests[:, 1, 0]).all()
    assert observed.requests[0, 0, 0] == pytest.approx(300)
    assert np.isnan(observed.requests[2, 0, 0])


def test_resources_are_averaged() -> None:
    observed = seen(
        {("shop", "saturation", "memory"): np.linspace(0, 1, ROWS), ("shop", "requests", ""): constant(1.0)}
    )
    assert observed.resources == (("shop", "memory"),)
    assert observed.saturation[0, 0] == pytest.approx(np.linspace(0, 1, ROWS)[-20:].mean())


def test_without_any_column_everything_is_unknown() -> None:
    frame = frames.samples({}, GRID)
    observed = SignalColumns(frame.columns, ["shop"]).observe(frame, 15, np.array([float(START)]))
    assert np.isnan(observed.requests).all()
    assert np.isnan(observed.latency).all()
    assert observed.saturation.shape == (1, 0)


def test_rows_of_five_minutes_give_the_same_counts() -> None:
    grid = Grid(START - 3600 + 300, START, 300)
    frame = frames.samples({("shop", "requests", ""): np.arange(1.0, 13.0)}, grid)
    observed = SignalColumns(frame.columns, ["shop"]).observe(frame, 300, np.array([float(START)]))
    np.testing.assert_allclose(observed.requests[:, 0, 0], [300 * 12, 300 * (10 + 11 + 12), 300 * 78])


def test_a_full_resource_is_full_and_not_more() -> None:
    """Running sums leave digits behind, which would be a share above 1."""
    level = np.where(np.arange(ROWS) < ROWS - 100, np.random.default_rng(7).random(ROWS), 1.0)
    ends = tuple(range(START - 600, START + 1, 15))
    assert seen({("shop", "saturation", "pool"): level}, ends=ends).saturation.max() == 1.0
