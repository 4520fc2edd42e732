"""The traffic of the next day: never below zero, and unknown of a service that was not seen for a day."""

import numpy as np
import pytest

from dashboard.anomaly.traffic_forecast import TrafficForecast
from dashboard.timerange import DAY

POINTS = DAY // TrafficForecast.STEP + 1


def forecast(*rates: float) -> TrafficForecast:
    services = tuple(f"s{number}" for number in range(len(rates)))
    return TrafficForecast(services, 0.0, np.tile(np.array(rates), (POINTS, 1)))


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


def test_of_what_is_hardly_ever_requested_no_number_is_told() -> None:
    """A job that runs once an hour has no usual request, which does not mean that none will come."""
    hourly = forecast(0.0)
    assert hourly.of("s0") is not None
    assert hourly.requests("s0") is None
    assert forecast(1 / 600).requests("s0") == pytest.approx(DAY / 600)
