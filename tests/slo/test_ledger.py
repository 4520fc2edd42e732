"""The ledger asks for what is missing, once, and keeps what was counted by the same rules."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.slo.event_requests import FINE_SPAN, OVERLAP, Level
from dashboard.slo.exclusions import ExcludedTime, Exclusion
from dashboard.slo.ledger import Ledger
from dashboard.slo.windows import Rolling
from dashboard.timerange import DAY, HOUR
from tests.slo.feeding import MINUTE, NOW, Fed, always, availability, counts

WEEK = Rolling(7.0 * DAY)
SHOP = availability(0.99, window=WEEK)


def fed(*, bad: float = 1.0, minutes: int = 0) -> Fed:
    """A ledger that was filled so many minutes after the hour."""
    ledger = Fed([SHOP], counts(SHOP, bad, 100))
    ledger.tick(NOW + minutes * MINUTE)
    return ledger


def spans(ledger: Ledger, now: float) -> dict[Level, float]:
    """Seconds that are due at each level."""
    return {request.level: len(request.grid) * request.grid.step for request in ledger.due(now)}


def test_at_first_every_hour_of_the_window_is_due_and_the_last_hours_by_the_minute() -> None:
    ledger = Ledger()
    ledger.follow([SHOP], MINUTE)
    assert spans(ledger, NOW) == {Level.FINE: FINE_SPAN, Level.HOURS: WEEK.seconds + HOUR}


def test_nothing_is_due_before_a_minute_has_closed() -> None:
    assert fed().ledger.due(NOW + 59) == []


def test_the_newest_ten_minutes_are_asked_for_once_more_with_the_next_one() -> None:
    due = spans(fed().ledger, NOW + MINUTE)
    assert due[Level.FINE] == OVERLAP + MINUTE
    assert Level.HOURS not in due


def test_an_hour_is_asked_for_once_more_when_the_next_one_has_closed() -> None:
    assert spans(fed().ledger, NOW + HOUR)[Level.HOURS] == 2 * HOUR


def test_the_hour_that_the_start_of_the_window_cuts_is_held_by_the_minute() -> None:
    ledger = fed(minutes=17).ledger
    assert spans(ledger, NOW + 18 * MINUTE) == {Level.FINE: OVERLAP + MINUTE}, "the same hour is still cut"
    assert spans(ledger, NOW + HOUR + MINUTE)[Level.EDGE] == HOUR


def test_an_answer_in_part_is_asked_for_again() -> None:
    ledger = Fed([SHOP], counts(SHOP, 1, 100))
    ledger.partial = True
    ledger.tick(NOW)
    due = spans(ledger.ledger, NOW)
    assert due[Level.FINE] >= FINE_SPAN
    assert due[Level.HOURS] >= WEEK.seconds + HOUR


def test_an_objective_that_comes_later_is_asked_for_alone() -> None:
    first, later = fed(), availability(0.9, "cart", window=WEEK)
    first.ledger.follow([later, SHOP], MINUTE)
    requests = first.ledger.due(NOW)
    assert {request.slos for request in requests} == {(later,)}
    assert first.ledger.sums(HOUR).tolist() == [[0, 0, 0], [60, 6000, HOUR]]


def test_what_changes_how_events_are_counted_is_asked_for_anew_and_a_title_is_not() -> None:
    for slo, requests in ((replace(SHOP, title="Shop"), 0), (replace(SHOP, objective=0.9), 2)):
        ledger = fed().ledger
        ledger.follow([slo], MINUTE)
        assert len(ledger.due(NOW)) == requests


def test_another_length_of_fine_rows_keeps_the_hours() -> None:
    ledger = fed().ledger
    ledger.follow([SHOP], 300)
    assert {(request.level, request.grid.step) for request in ledger.due(NOW)} == {(Level.FINE, 300)}
    assert ledger.sums(WEEK.seconds)[0, 1] == pytest.approx(100 * 60 * 24 * 7)


def test_what_is_forgotten_is_judged_by_until_it_is_replaced() -> None:
    ledger = fed().ledger
    before = ledger.sums(WEEK.seconds)
    ledger.forget()
    assert spans(ledger, NOW) == {Level.FINE: FINE_SPAN, Level.HOURS: WEEK.seconds + HOUR}
    assert ledger.sums(WEEK.seconds).tolist() == before.tolist()


def test_hours_that_maintenance_cuts_through_are_asked_for_by_the_minute() -> None:
    away = Exclusion(NOW - 2 * DAY + 600, NOW - 2 * DAY + HOUR + 1200)
    ledger = Fed([SHOP], counts(SHOP, 0, always(100)), exclusions=(away,))
    ledger.tick(NOW)
    finer = [request for request in ledger.requests if request.level is Level.HOURS and request.grid.step == MINUTE]
    assert [request.grid.end for request in finer] == [NOW - 2 * DAY + HOUR, NOW - 2 * DAY + 2 * HOUR]
    assert ledger.ledger.excluded_s(NOW - WEEK.seconds, NOW).tolist() == [HOUR + 600]


def test_time_that_two_exclusions_share_is_taken_out_once() -> None:
    both = [Exclusion(0, 100), Exclusion(50, 200, services=frozenset({"shop"})), Exclusion(900, 1000)]
    other = Exclusion(300, 400, slos=frozenset({"cart-availability"}))
    excluded = ExcludedTime.of(SHOP, [*both, other])
    assert excluded.stretches.tolist() == [[0, 200], [900, 1000]]
    assert (excluded.seconds(150, 950), excluded.seconds(200, 900)) == (100, 0)
    starts = np.array([0.0, 100.0, 180.0, 880.0])
    assert excluded.rows(starts, starts + 60).tolist() == [True, True, False, True]


CART = availability(0.99, "cart", window=WEEK)


def of_two_steps() -> Fed:
    """One objective by the minute, one by five minutes."""
    return Fed([SHOP, CART], {**counts(SHOP, 1, 100), **counts(CART, 2, 10)}, base=(MINUTE, 300))


def test_each_objective_is_counted_by_the_step_of_its_service() -> None:
    fed = of_two_steps()
    fed.tick(NOW)
    fine = {(request.slos, request.grid.step) for request in fed.requests if request.level is Level.FINE}
    assert fine == {((SHOP,), MINUTE), ((CART,), 300)}
    assert fed.ledger.sums(HOUR).tolist() == [[60, 6000, HOUR], [120, 600, HOUR]]
    due = fed.ledger.due(NOW + MINUTE)
    assert [(request.slos, request.grid.step) for request in due if request.level is Level.FINE] == [((SHOP,), MINUTE)]


def test_a_window_that_cuts_a_long_row_counts_its_part() -> None:
    fed = of_two_steps()
    fed.tick(NOW)
    assert fed.ledger.sums(7 * MINUTE).tolist() == [[7, 700, 7 * MINUTE], [14, 70, 7 * MINUTE]]


def test_another_step_of_one_objective_keeps_the_rows_of_the_other() -> None:
    fed = of_two_steps()
    fed.tick(NOW)
    fed.ledger.follow([SHOP, CART], [MINUTE, 600])
    assert [(request.slos, request.grid.step) for request in fed.ledger.due(NOW)] == [((CART,), 600)]
