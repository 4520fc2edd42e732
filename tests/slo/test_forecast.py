"""The burn rate that a forecast continues: whose it is, its interval, and what the budget's end has of it."""

import pytest

from dashboard.slo.budget import wilson
from dashboard.slo.forecast import FAILURES_MIN, Rate, continued_rate
from dashboard.slo.objective import Method
from dashboard.slo.report import Reading
from dashboard.timerange import DAY, HOUR
from tests.slo.feeding import MINUTE, NOW, alert_of, always, availability, during, judged


def test_the_rate_is_that_of_the_shortest_long_window_with_failures_enough() -> None:
    """Four in the last hour are too few; with three of the hours before they are enough in six hours."""
    for earlier, window_s in ((0, 0.0), (3, 6 * HOUR)):
        bad = during(NOW - 4 * MINUTE, NOW, 1, during(NOW - 4 * HOUR, NOW - 4 * HOUR + earlier * MINUTE, 1))
        rate = continued_rate(judged(availability(0.9), bad, 100))
        assert (rate.window_s if rate is not None else 0.0) == window_s
    assert FAILURES_MIN == 5


def test_the_alert_that_is_critical_comes_first() -> None:
    """It burns in six hours and not in the last one, which has failures enough for a rate of its own."""
    bad = during(NOW - HOUR, NOW, 8, during(NOW - 6 * HOUR, NOW - HOUR, 30))
    report = judged(availability(0.99), bad, 100)
    assert [alert_of(report, window).reading for window in (HOUR, 6 * HOUR)] == [Reading.ACCEPTABLE, Reading.CRITICAL]
    rate = continued_rate(report)
    assert rate is not None
    assert (rate.rate, rate.window_s) == (pytest.approx((5 * 30 + 8) / 6), 6 * HOUR)


def test_its_interval_is_wilson_s_in_units_of_the_budget() -> None:
    report = judged(availability(0.99), always(1), 100)
    assert report.exhaustion is not None
    low, high = wilson(60, 6000)
    assert report.exhaustion.rate == pytest.approx(1)
    assert report.exhaustion.rate_interval == (pytest.approx(low / 0.01), pytest.approx(high / 0.01))


def test_ratios_of_slices_are_no_trials_and_have_no_interval() -> None:
    """Five times the allowed rate: critical over a day, where it takes three."""
    slo = availability(0.99, method=Method.RATIO_TIMESLICES, slice_s=300)
    rate = continued_rate(judged(slo, always(5), 100))
    assert rate == Rate(pytest.approx(5), (pytest.approx(5), pytest.approx(5)), DAY)
    assert rate is not None
    assert len(set(rate.all)) == 1


def test_where_nothing_failed_the_rate_is_zero_for_sure() -> None:
    assert continued_rate(judged(availability(0.99), 0, 100)) == Rate(0.0, (0.0, 0.0), 3 * DAY)


def test_a_window_that_is_too_young_has_no_rate() -> None:
    lately = during(NOW - 10 * DAY, NOW, 100, float("nan"))
    assert continued_rate(judged(availability(0.99), always(1), lately)) is None
