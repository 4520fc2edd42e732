"""The ledger asks for what is missing, once, and keeps what was counted by the same rules."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.slo.caveats import Caveat, CaveatKind
from dashboard.slo.event_requests import FINE_SPAN, OVERLAP, Level
from dashboard.slo.event_rows import Gaps
from dashboard.slo.exclusions import ExcludedTime, Exclusion
from dashboard.slo.ledger import Ledger
from dashboard.slo.report import State
from dashboard.slo.windows import Rolling
from dashboard.timerange import DAY, HOUR
from tests.slo.feeding import MINUTE, NOW, Fed, always, availability, counts, during

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


@pytest.mark.parametrize("ago", [MINUTE, 2 * HOUR, DAY, WEEK.seconds - 16 * MINUTE])
def test_events_that_join_later_count_once_the_source_tells_of_them(ago: float) -> None:
    ledger = fed(minutes=17)
    now, since = NOW + 17 * MINUTE, NOW + 17 * MINUTE - ago
    joined = during(since, since + MINUTE, 50, 0)
    ledger.series = counts(SHOP, lambda at: 1 + joined(at), lambda at: 100 + joined(at))
    before = ledger.tick(now)[0]
    ledger.ledger.reopen(since)
    # The newest rows are asked for again by themselves, with the next one.
    (after,) = ledger.tick(now + MINUTE)
    assert before.bad == pytest.approx(WEEK.seconds / MINUTE)
    assert after.bad - before.bad == pytest.approx(50)


def test_only_the_hours_since_events_have_joined_are_asked_for_once_more() -> None:
    ledger = fed(minutes=17).ledger
    ledger.reopen(NOW - DAY + 1)
    assert spans(ledger, NOW + 17 * MINUTE) == {Level.FINE: FINE_SPAN, Level.HOURS: DAY + HOUR}
    ledger = fed(minutes=17).ledger
    ledger.reopen(NOW + 10 * MINUTE)
    assert spans(ledger, NOW + 17 * MINUTE) == {}


def in_part(bad: float = 1.0) -> Fed:
    """A ledger whose first answers were in part."""
    ledger = Fed([SHOP], counts(SHOP, bad, 100))
    ledger.partial = True
    ledger.tick(NOW)
    ledger.requests.clear()
    return ledger


def seconds_asked(ledger: Fed, level: Level) -> float:
    return sum(len(request.grid) * request.grid.step for request in ledger.requests if request.level is level)


def test_what_came_in_part_counts_and_is_marked() -> None:
    (report,) = in_part(bad=2.0).tick(NOW)
    assert report.sli == pytest.approx(0.98)
    assert report.state is State.EXHAUSTED, "an outage that was seen is one"
    assert (report.coverage, report.partial_coverage) == (0, pytest.approx(1))
    assert Caveat(CaveatKind.MEASURED_IN_PART, pytest.approx(WEEK.seconds)) in report.caveats


def test_nothing_is_good_by_the_half_of_an_answer() -> None:
    ledger = in_part(bad=0.0)
    assert ledger.tick(NOW)[0].state is State.NO_DATA
    ledger.partial = False
    ledger.tick(NOW + MINUTE)
    assert ledger.tick(NOW + 2 * MINUTE)[0].state is State.ACCEPTABLE


def test_while_the_source_answers_in_part_old_rows_are_asked_for_rarely() -> None:
    ledger = in_part()
    for minute in range(1, 121):
        ledger.tick(NOW + minute * MINUTE)
    # After 5 minutes and then after 10, 20 and 40 more; the two hours that closed come twice each.
    assert 4 * WEEK.seconds < seconds_asked(ledger, Level.HOURS) < 4 * (WEEK.seconds + 3 * HOUR) + 4 * HOUR
    assert seconds_asked(ledger, Level.FINE) < 4 * (FINE_SPAN + OVERLAP) + 120 * (OVERLAP + MINUTE)


def test_once_the_newest_rows_come_in_full_all_others_are_asked_for_and_nothing_is_in_part_any_more() -> None:
    ledger = in_part()
    ledger.series = counts(SHOP, 2, 200)
    ledger.tick(NOW + MINUTE)
    ledger.partial = False
    ledger.tick(NOW + 2 * MINUTE)
    ledger.requests.clear()
    (report,) = ledger.tick(NOW + 3 * MINUTE)
    assert seconds_asked(ledger, Level.HOURS) >= WEEK.seconds
    assert report.valid == pytest.approx(200 * 60 * 24 * 7, rel=0.01)
    assert (report.coverage, report.partial_coverage, report.caveats) == (1, 0, ())
    assert not ledger.ledger.has_open_rows
    ledger.requests.clear()
    ledger.tick(NOW + 4 * MINUTE)
    assert {request.level for request in ledger.requests} == {Level.FINE}


def test_a_source_that_is_whole_by_turns_is_asked_for_everything_less_and_less_often() -> None:
    ledger, asked_at = in_part(), []
    for minute in range(1, 12 * 60):
        ledger.partial = minute % 2 == 0
        ledger.requests.clear()
        ledger.tick(NOW + minute * MINUTE)
        asked_at += [minute] if seconds_asked(ledger, Level.HOURS) > DAY else []
    assert asked_at[0] == 2
    assert len(asked_at) < 24


def test_an_answer_in_part_takes_nothing_away_from_rows_that_were_answered_in_full() -> None:
    ledger = fed(bad=2.0)
    before = ledger.ledger.sums(WEEK.seconds)
    ledger.partial, ledger.series = True, counts(SHOP, 0, 50)
    for minute in range(1, 130):
        (report,) = ledger.tick(NOW + minute * MINUTE)
    after = ledger.ledger.sums(WEEK.seconds)
    assert after[0, 0] == pytest.approx(before[0, 0] - 129 * 2), "of the new minutes no failure was seen"
    assert after[0, 1] == pytest.approx(before[0, 1] - 129 * 50)
    assert report.partial_coverage * WEEK.seconds == pytest.approx(129 * MINUTE, abs=1)


def test_who_is_whole_in_an_answer_that_lacks_others_is_judged_by_it() -> None:
    """Of the minutes that were answered in full before it has all, so that nothing of this service is missing."""
    ledger = fed(bad=0.0)
    ledger.partial = True
    for minute in range(1, 30):
        (report,) = ledger.tick(NOW + minute * MINUTE)
        assert (report.state, report.partial_coverage) == (State.ACCEPTABLE, 0)
    assert ledger.ledger.has_open_rows
    # One of a hundred instances is gone from now on, with all that it counted before.
    ledger.series = counts(SHOP, 0, 99)
    (report,) = ledger.tick(NOW + 30 * MINUTE)
    assert (report.state, report.is_partial_now) == (State.NO_DATA, True)


def test_of_a_service_without_traffic_nobody_can_say_that_nothing_is_missing() -> None:
    ledger = Fed([SHOP], counts(SHOP, 0, 0))
    ledger.tick(NOW)
    ledger.partial = True
    assert ledger.tick(NOW + MINUTE)[0].is_partial_now


def test_of_two_answers_in_part_each_count_is_at_least_what_either_saw() -> None:
    ledger = in_part(bad=0.0)
    ledger.series = counts(SHOP, 50, 60)
    (report,) = ledger.tick(NOW + 10 * MINUTE)
    minutes = WEEK.seconds / MINUTE
    assert (report.bad, report.valid) == (pytest.approx(50 * minutes, rel=0.01), pytest.approx(100 * minutes, rel=0.01))


def test_a_warning_that_names_no_missing_data_is_asked_for_again_and_marks_nothing() -> None:
    ledger = Fed([SHOP], counts(SHOP, 0, 100))
    ledger.warned = True
    (report,) = ledger.tick(NOW)
    assert (report.state, report.coverage, report.caveats) == (State.ACCEPTABLE, 1, ())
    assert ledger.ledger.has_open_rows
    ledger.requests.clear()
    ledger.tick(NOW + 6 * MINUTE)
    assert seconds_asked(ledger, Level.HOURS) >= WEEK.seconds


def test_what_is_refused_is_left_alone_for_longer_and_longer() -> None:
    ledger = Ledger()
    ledger.follow([SHOP], MINUTE)
    asked_at = []
    for minute in range(24 * 60):
        for request in ledger.due(NOW + minute * MINUTE):
            if request.level is Level.HOURS:
                asked_at.append(minute)
                ledger.refuse(request)
    assert asked_at[:4] == [0, 10, 30, 70]
    assert max(np.diff(asked_at)) == 240
    assert len(asked_at) <= 11


def test_one_objective_in_part_leaves_the_others_as_they_are() -> None:
    cart = availability(0.9, "cart", window=WEEK)
    ledger = Ledger()
    ledger.follow([SHOP, cart], MINUTE)
    feeding = Fed([SHOP, cart], {**counts(SHOP, 1, 100), **counts(cart, 1, 100)})
    first = np.array([True, False])
    for request in ledger.due(NOW):
        assert request.slos == (SHOP, cart)
        ledger.add(request, feeding.values(request), Gaps(first, first))
    starts = np.full(2, NOW - WEEK.seconds)
    assert ledger.partial_s(starts).tolist() == [WEEK.seconds, 0]
    assert ledger.is_partial_now().tolist() == [True, False]
    ledger.follow([cart, SHOP], MINUTE)
    assert ledger.partial_s(starts).tolist() == [0, WEEK.seconds]
    assert {request.slos for request in ledger.due(NOW + 6 * MINUTE) if request.level is Level.HOURS} == {(SHOP,)}


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
