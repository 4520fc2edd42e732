"""Hours of the past: what was counted in each, nothing where nothing is known, and which objective held."""

import numpy as np
import pytest

from dashboard.engine.past.past_hours import PastHours
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.slo.event_rows import BAD, SECONDS, VALID
from dashboard.slo.objective import Slo
from dashboard.timerange import DAY, HOUR
from tests.steady import START, Clock, Steady

HOUR_END = START // HOUR * HOUR


@pytest.fixture
def source() -> Steady:
    return Steady(Clock())


@pytest.fixture
def poller(source: Steady) -> Poller:
    return Poller(source, Settings(refresh=15), clock=source.clock)


def availability(poller: Poller) -> Slo:
    return next(report.slo for report in poller.snapshot.slos if report.slo.service == "shop")


def test_hours_are_those_of_the_ledger_and_cover_what_is_asked_for(poller: Poller) -> None:
    poller.tick()
    hours = poller.past_hours.hours(availability(poller), HOUR_END - DAY + 60, HOUR_END - 60)
    assert hours.rows.ends.tolist() == list(range(HOUR_END - DAY + HOUR, HOUR_END + 1, HOUR))
    assert hours.rows.values.shape == (24, 1, 3)
    assert hours.rows.values[:, 0, VALID] == pytest.approx(36_000)
    assert hours.rows.values[:, 0, BAD] == pytest.approx(3.6)
    assert set(hours.objectives.tolist()) == {0.999}
    assert hours.budgets == pytest.approx(0.001, abs=0)
    assert np.isnan(hours.limits).all()


def test_the_hour_under_way_holds_what_came_of_it(poller: Poller) -> None:
    poller.tick()
    hours = poller.past_hours.hours(availability(poller), HOUR_END - HOUR, START)
    assert hours.rows.values[:, 0, SECONDS].tolist() == [3600, 1800]
    assert hours.rows.values[:, 0, VALID] == pytest.approx([36_000, 18_000])


def test_what_is_not_known_holds_nothing_and_the_begin_is_told(poller: Poller, source: Steady) -> None:
    source.begins = HOUR_END - 3 * HOUR
    poller.tick()
    slo = availability(poller)
    hours = poller.past_hours.hours(slo, HOUR_END - 400 * DAY, HOUR_END)
    assert hours.rows.values[:-3].any() == 0
    assert hours.rows.values[-3:, 0, SECONDS].tolist() == [3600, 3600, 3600]
    assert hours.begin == HOUR_END - 3 * HOUR
    # Asked of a day that lies before, the begin is still that of all that is known.
    before = poller.past_hours.hours(slo, HOUR_END - 9 * DAY, HOUR_END - 8 * DAY)
    assert (before.rows.values.any(), before.begin) == (False, hours.begin)


def test_nothing_is_known_before_the_first_refresh(poller: Poller, source: Steady) -> None:
    other = Poller(source, Settings(), clock=source.clock)
    poller.tick()
    hours = other.past_hours.hours(availability(poller), HOUR_END - DAY, HOUR_END)
    assert (hours.rows.values.any(), hours.begin) == (False, None)


def test_hours_in_part_are_marked(poller: Poller, source: Steady) -> None:
    source.partial = True
    poller.tick()
    hours = poller.past_hours.hours(availability(poller), HOUR_END - 2 * HOUR, HOUR_END)
    assert hours.rows.partial is not None
    assert hours.rows.partial.tolist() == [[True], [True]]


def test_latency_hours_have_all_bounds(poller: Poller, source: Steady) -> None:
    poller.tick()
    source.begins = HOUR_END - 2 * HOUR
    hours = poller.past_hours.latency_hours("shop", HOUR_END - 3 * HOUR, HOUR_END)
    assert hours.ends.tolist() == [HOUR_END - 2 * HOUR, HOUR_END - HOUR, HOUR_END]
    assert hours.bounds.tolist() == [0.5, np.inf]
    assert np.isnan(hours.counts[0]).all()
    assert hours.counts[1:] == pytest.approx(np.array([[35_964, 36_000]] * 2))
    assert hours.begin == HOUR_END - 2 * HOUR


def test_latency_hours_of_a_service_nobody_knows_are_empty(source: Steady) -> None:
    hours = PastHours(source, lambda: pytest.fail("no snapshot is needed")).latency_hours("none", 0, HOUR)
    assert (hours.bounds.shape, hours.counts.shape, hours.begin) == ((0,), (1, 0), None)
