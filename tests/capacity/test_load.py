"""The load at which a resource is full: by simulated queues, and nothing said where nothing can be."""

import numpy as np
import pytest

from dashboard.capacity.hours import HOURS
from dashboard.capacity.load import Relation, load_of
from dashboard.capacity.scalability import Curve
from tests.capacity.queues import busy_servers, daily_traffic, scalable


@pytest.mark.parametrize("spread", [1.8, 2.6, 5.0])
def test_the_load_at_full_of_busy_servers_is_within_fifteen_per_cent(spread: float) -> None:
    rng = np.random.default_rng(5)
    for _ in range(12):
        use, traffic, full = busy_servers(rng, spread)
        load = load_of(use, traffic, is_growing=False)
        assert load.relation is Relation.FOLLOWS
        assert load.full == pytest.approx(full, rel=0.15)


def test_the_load_at_full_by_the_scalability_law_is_within_fifteen_per_cent_or_not_told() -> None:
    rng = np.random.default_rng(5)
    ratios = []
    for _ in range(24):
        use, traffic, full = scalable(rng, 0.02)
        load = load_of(use, traffic, is_growing=False)
        assert load.relation in (Relation.FOLLOWS, Relation.NO_SPREAD)
        if load.full is not None:
            ratios.append(load.full / full)
    assert len(ratios) >= 12
    assert np.abs(np.array(ratios) - 1).max() <= 0.15


def test_below_three_to_one_a_line_is_fitted_and_no_curve() -> None:
    rng = np.random.default_rng(2)
    narrow = load_of(*busy_servers(rng, 2.0)[:2], is_growing=False)
    wide = load_of(*scalable(rng, 0.02)[:2], is_growing=False)
    assert narrow.curve is None
    assert narrow.spread is not None
    assert narrow.spread < 3
    assert wide.curve is not None


@pytest.mark.parametrize(
    ("use", "is_growing", "relation"),
    [
        (np.full(HOURS, 0.5), False, Relation.NONE),
        (np.linspace(0.3, 0.8, HOURS), True, Relation.TIME),
    ],
    ids=["flat", "grows"],
)
def test_what_does_not_follow_traffic_says_so(use: np.ndarray, is_growing: bool, relation: Relation) -> None:
    rng = np.random.default_rng(3)
    noisy = use + rng.normal(0, 0.01, HOURS)
    load = load_of(noisy, daily_traffic(rng, 20, 100), is_growing=is_growing)
    assert load.relation is relation
    assert load.full is None


def test_steady_traffic_tells_nothing_of_load_and_no_traffic_neither() -> None:
    rng = np.random.default_rng(4)
    steady = 100 * (1 + 0.02 * rng.normal(size=HOURS))
    assert load_of(steady / 200, steady, is_growing=False).relation is Relation.NO_SPREAD
    assert load_of(steady / 200, np.full(HOURS, np.nan), is_growing=False).relation is Relation.NO_TRAFFIC
    assert load_of(steady / 200, np.zeros(HOURS), is_growing=False).relation is Relation.NO_TRAFFIC


def test_the_curve_is_the_law_of_its_units() -> None:
    """γN / (1 + α(N−1) + βN(N−1)) of 40 threads, https://cran.r-project.org/package=usl."""
    threads, alpha, beta, gamma = 40.0, 0.02, 0.0004, 10.0
    curve = Curve(
        0.0, (1 - alpha) / (gamma * threads), (alpha - beta) / gamma, beta * threads / gamma
    )  # fmt: skip
    assert curve.law(threads) == pytest.approx((alpha, beta))
    for number in (1.0, 8.0, 32.0):
        throughput = gamma * number / (1 + alpha * (number - 1) + beta * number * (number - 1))
        assert curve.traffic_at(number / threads) == pytest.approx(throughput)
        assert curve.use_at(np.array([throughput]))[0] == pytest.approx(number / threads)


def test_beyond_its_peak_throughput_there_is_no_use_for_more_traffic() -> None:
    curve = Curve(0.0, 0.001, 0.0, 0.004)
    assert curve.traffic_at(1.0) == curve.traffic_at(0.5)
    assert curve.use_at(np.array([curve.traffic_at(0.5) * 1.01]))[0] > 1
