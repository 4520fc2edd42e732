"""The traffic of the next day: never below zero, and unknown of a service that was not seen for a day."""

import numpy as np
import pytest

from dashboard.anomaly.traffic_forecast import TrafficForecast
from dashboard.timerange import DAY

POINTS = DAY // TrafficForecast.STEP + 1


def forecast(*rates: float) -> TrafficForecast:
    services = tuple(f"s{number}" for number in range(len(rates)))
    values = np.tile(np.array(rates), (POINTS, 1))
    return TrafficForecast(services, 0.0, values, values - 1.0, values + 1.0)


def test_the_requests_of_a_day_are_the_area_under_the_rate() -> None:
    assert forecast(2.0).requests("s0") == pytest.approx(2.0 * DAY)


def test_a_season_below_nothing_is_nothing() -> None:
    values = forecast(-0.5).of("s0")
    assert values is not None
    assert values.tolist() == [0.0] * POINTS


@pytest.mark.parametrize("service", ["s1", "nobody"])
def test_without_a_baseline_nothing_is_expected(service: str) -> None:
    assert forecast(2.0, np.nan).of(service) is None
    assert forecast(2.0, np.nan).requests(service) is None
    assert forecast(2.0, np.nan).between(service) is None


def test_its_interval_is_wider_above_than_below_and_ends_at_nothing() -> None:
    """Traffic moves by factors: half of it is as far away as twice of it."""
    usual, scale = np.full((POINTS, 1), np.log1p(300.0)), np.full((POINTS, 1), np.log(2) / 1.96)
    ahead = TrafficForecast.of_logarithms(("s0",), 0.0, usual, scale)
    values, interval = ahead.of("s0"), ahead.between("s0")
    assert values is not None
    assert interval is not None
    assert (values[0], interval[0][0], interval[1][0]) == pytest.approx((1.0, 149.5 / 300, 601.0 / 300))
    below = forecast(0.5).between("s0")
    assert below is not None
    assert below[0].tolist() == [0.0] * POINTS


def test_of_what_is_hardly_ever_requested_no_number_is_told() -> None:
    """A job that runs once an hour has no usual request, which does not mean that none will come."""
    hourly = forecast(0.0)
    assert hourly.of("s0") is not None
    assert hourly.requests("s0") is None
    assert forecast(1 / 600).requests("s0") == pytest.approx(DAY / 600)
