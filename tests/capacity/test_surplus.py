"""What could be given back: never below the peak, never where one instance less would not do."""

import numpy as np
import pytest

from dashboard.capacity.prices import GIB, Prices
from dashboard.capacity.surplus import rounded_up, surplus_of

UNITS = ("bytes", "cores", "connections", "")


def test_no_recommendation_is_below_the_peak() -> None:
    rng = np.random.default_rng(6)
    suggestions = 0
    for _ in range(3000):
        peak, limit = float(rng.uniform(0.0001, 0.4)), float(10 ** rng.uniform(-1, 13))
        instances = None if rng.uniform() < 0.3 else float(rng.integers(1, 9))
        known = rng.uniform() < 0.7
        spare = surplus_of(
            "memory", peak, days=30.0, ahead=float(rng.uniform(0, 0.4)), instances=instances,
            limit=limit if known else None, unit=str(rng.choice(UNITS)),
        )  # fmt: skip
        if spare is None:
            continue
        suggestions += 1
        down = instances / (instances - 1) if instances is not None and instances > 1 else 1.0
        assert spare.enough >= 1.5 * peak * (1 - 1e-12)
        assert spare.enough >= down * peak * (1 - 1e-12)
        assert spare.enough + spare.give_back == pytest.approx(1)
        if spare.amount is not None:
            assert peak * limit * 1.5 * (1 - 1e-12) <= spare.amount < limit
    assert suggestions > 500


def test_of_two_instances_the_one_that_stays_holds_what_both_did() -> None:
    spare = surplus_of("memory", 0.2, days=30.0, instances=2.0)
    assert spare is not None
    assert spare.enough == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("resource", "peak", "days"),
    [
        ("memory", 0.34, 30.0), ("memory", 0.1, 3.0), ("memory", float("nan"), 30.0), ("memory", 0.0, 30.0),
        ("disk alarm", 0.0, 30.0), ("memory pressure", 0.01, 30.0), ("file descriptors", 0.01, 30.0),
    ],
)  # fmt: skip
def test_nothing_is_given_back_that_is_used_hardly_known_or_not_held(resource: str, peak: float, days: float) -> None:
    assert surplus_of(resource, peak, days=days) is None


def test_what_grows_is_needed_ahead() -> None:
    assert surplus_of("disk", 0.2, days=30.0, ahead=0.7) is None


def test_prices_are_by_core_and_by_gib_of_memory_or_disk() -> None:
    prices = Prices("€", {"core": 20.0, "memory_gib": 3.2, "disk_gib": 0.1, "gpu": 600.0})
    assert prices.of("cpu", "cores", 4.0) == 80.0
    assert prices.of("memory", "bytes", 10 * GIB) == pytest.approx(32.0)
    assert prices.of("disk", "bytes", 10 * GIB) == pytest.approx(1.0)
    assert prices.of("gpu", "gpus", 2.0) == 1200.0
    assert prices.of("connection pool", "connections", 10) is None
    assert Prices().of("cpu", "cores", 4.0) is None


@pytest.mark.parametrize(
    ("amount", "unit", "rounded"),
    [(4.2 * GIB, "bytes", 5 * GIB), (3.01, "cores", 3.25), (5.1, "cores", 6.0), (51, "", 55.0), (3.2, "", 4.0)],
)
def test_amounts_are_such_as_people_ask_for(amount: float, unit: str, rounded: float) -> None:
    assert rounded_up(amount, unit) == rounded
