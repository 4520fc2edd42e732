"""Quantiles come from summed buckets, with the interval they lie in."""

import numpy as np
import pytest

from dashboard import frames
from dashboard.signals import errors, latency
from dashboard.signals.current import current
from dashboard.timerange import Grid

LE = np.array([0.1, 0.25, 0.5, np.inf])


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
    made = latency.bucket_quantile(LE, np.array(counts, dtype=float)[:, None], q)
    np.testing.assert_allclose([part[0] for part in made], [value, low, high])


def frame(requests: float, **details: float):  # type: ignore[no-untyped-def]
    values = {("shop", "requests", ""): np.array([requests])}
    for name, value in details.items():
        measure, _, detail = name.partition("__")
        values[("shop", measure, detail.replace("_", "."))] = np.array([value])
    return frames.of_service(frames.samples(values, Grid(0, 0, 15)), "shop")


def test_no_traffic_is_neither_perfect_nor_broken() -> None:
    made = current(frame(0.0, errors__server=0.0, latency__0_5=0.0, latency__inf=0.0), threshold=0.5)
    assert made.traffic == 0
    assert made.errors == {"server": None, "slow": None}
    assert made.latency == {"0.5": None, "0.95": None, "0.99": None}


def test_errors_are_split_by_whose_fault_they_are() -> None:
    made = errors.ratios(
        frame(10.0, errors__server=1.0, errors__client=2.0, latency__0_5=6.0, latency__inf=7.0), threshold=0.5
    )
    assert made.iloc[0].to_dict() == {"server": 0.1, "client": 0.2, "slow": 0.1}


def test_what_is_not_measured_is_not_shown() -> None:
    assert current(frame(10.0), threshold=None).errors == {}


@pytest.mark.parametrize(("bounds", "bound"), [((0.1, 0.3, 1), 0.3), ((0.1, 1.2), 1.2), ((), None)])
def test_the_threshold_is_the_nearest_bound(bounds: tuple[float, ...], bound: float | None) -> None:
    assert latency.nearest_bound(bounds, 0.5) == bound


@pytest.mark.parametrize(
    ("wanted", "bound", "says"),
    [
        (0.25, 0.25, None),
        (300 * 0.001, 0.3, None),
        (1, 1.0, None),
        (0.4, 0.3, "400 ms lies between the buckets 300 ms and 1 s: counted at 300 ms, the stricter one"),
        (0.9999, 0.3, "999.9 ms lies between the buckets 300 ms and 1 s: counted at 300 ms, the stricter one"),
        (20, 2.5, "20 s lies above the largest bucket, 2.5 s: counted at 2.5 s, the stricter one"),
        (0.01, None, "10 ms lies below the smallest bucket, 250 ms: it cannot be counted"),
    ],
)
def test_a_limit_is_counted_at_its_own_bound_or_at_the_next_stricter_one(
    wanted: float, bound: float | None, says: str | None
) -> None:
    assert latency.bound_for((2.5, 0.3, 0.25, 1.0, np.inf), wanted) == (bound, says)


def test_without_buckets_there_is_no_bound() -> None:
    assert latency.bound_for((), 0.3) == (None, "there are no latency buckets")
