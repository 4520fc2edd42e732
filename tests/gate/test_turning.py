"""When an answer turns: what was foreseen is what happens."""

from dataclasses import replace

import pytest

from dashboard.gate.decision import decide
from dashboard.gate.policy import BudgetPolicy
from dashboard.gate.standing import Reason, Rule, Standing, Verdict
from dashboard.gate.turning import Turn, TurnCause, turn
from dashboard.slo.windows import Calendar, Unit
from dashboard.timerange import DAY, HOUR
from tests.gate.states import BUDGET, NOW, RATE, ada, burning_for, fed, spent_evenly, stood
from tests.slo.feeding import Fed, availability, counts, during


def nothing(_: Standing) -> Turn | None:
    return None


def test_features_go_when_enough_old_failures_have_left_the_window() -> None:
    # All failures lie in one day, 20 days ago: they leave the window in 10 days.
    bad = during(NOW - 20 * DAY, NOW - 19 * DAY, RATE * BUDGET * 30 * 1.2)
    report, view = fed(bad)
    standing = stood(report)
    assert standing.rule is Rule.EXHAUSTED
    foreseen = turn(standing, Reason.FEATURE, view)
    assert foreseen is not None
    assert (foreseen.cause, foreseen.rate, foreseen.limit) == (TurnCause.RECOVERS, 0.0, 0.25)
    # 1.2 was spent; when three eighths of that day are gone, a quarter is left.
    assert foreseen.at == pytest.approx(NOW + 10 * DAY + 0.375 * DAY, abs=2 * HOUR)
    # It is what happens.
    before, after = (stood(fed(bad, now=foreseen.at + by)[0], now=foreseen.at + by) for by in (-3 * HOUR, 3 * HOUR))
    assert before.verdict(Reason.FEATURE) is Verdict.HOLD
    assert after.verdict(Reason.FEATURE) is Verdict.GO
    # Fixes go already, and nothing but a burn could hold them up.
    assert turn(standing, Reason.FIX, view) is None


def test_a_burn_is_over_when_its_short_window_has_passed_and_then_the_budget_counts() -> None:
    report, view = fed(burning_for(20, 0.1))
    shorts = [alert.rule.row.short_s for alert in report.alerts if alert.firing]
    assert shorts
    burning = stood(replace(report, remaining=0.9))
    assert turn(burning, Reason.FIX, view) == Turn(report.at + max(shorts), TurnCause.BURN_ENDS)
    assert turn(burning, Reason.FEATURE, view) == Turn(report.at + max(shorts), TurnCause.BURN_ENDS)
    # Its failures of now alone overspend the budget: they leave in 30 days.
    heavy, view = fed(burning_for(90, 0.7))
    foreseen = turn(stood(heavy), Reason.FEATURE, view)
    assert foreseen is not None
    assert foreseen.cause is TurnCause.RECOVERS
    assert NOW + 29.9 * DAY < foreseen.at < NOW + 30.1 * DAY


def test_features_are_held_up_when_the_rate_of_the_forecast_has_spent_enough() -> None:
    # Two thirds of the allowed rate for ten days, after twenty without a failure.
    bad = during(NOW - 10 * DAY, NOW + 40 * DAY, RATE * BUDGET * 2)
    report, view = fed(bad)
    standing = stood(report)
    assert standing.verdict(Reason.FEATURE) is Verdict.GO
    foreseen = turn(standing, Reason.FEATURE, view)
    assert foreseen is not None
    assert foreseen.cause is TurnCause.SPENT
    before, after = (stood(fed(bad, now=foreseen.at + by)[0], now=foreseen.at + by) for by in (-3 * HOUR, 3 * HOUR))
    assert before.verdict(Reason.FEATURE) is Verdict.GO
    assert after.verdict(Reason.FEATURE) is Verdict.HOLD


MONTH = Calendar(Unit.MONTH, zone="UTC")


def test_a_calendar_period_turns_with_its_events_or_when_a_new_one_begins() -> None:
    # All of it was spent on the first day; of the events so far a growing budget is left.
    slo = availability(window=MONTH)
    start, end = MONTH.bounds(NOW)
    feeding = Fed([slo], counts(slo, during(start, start + DAY, RATE * BUDGET * 12), RATE))
    report = feeding.tick(NOW)[0]
    standing = stood(report)
    assert standing.verdict(Reason.FEATURE) is Verdict.HOLD
    foreseen = turn(standing, Reason.FEATURE, feeding.ledger.view)
    assert foreseen is not None
    # Twelve days' budget is three quarters of sixteen days'.
    assert (foreseen.cause, foreseen.at) == (TurnCause.RECOVERS, pytest.approx(start + 16 * DAY, abs=HOUR))
    far = Fed([slo], counts(slo, during(start, start + DAY, RATE * BUDGET * 40), RATE))
    never = turn(stood(far.tick(NOW)[0]), Reason.FEATURE, far.ledger.view)
    assert never == Turn(end, TurnCause.NEW_PERIOD)


def test_an_exception_ends_what_it_lets_go_and_begins_what_is_held_up() -> None:
    report, view = fed(spent_evenly(1.5))
    held = stood(report, BudgetPolicy(exceptions=(ada(NOW + 2 * HOUR, begins=NOW + HOUR),)))
    assert turn(held, Reason.FEATURE, view) == Turn(NOW + HOUR, TurnCause.EXCEPTION_BEGINS)
    spans = ((-1, 1), (1, 1.5), (1.2, 2), (3, 4))
    follows = tuple(ada(NOW + end * HOUR, begins=NOW + begin * HOUR) for begin, end in spans)
    released = stood(report, BudgetPolicy(exceptions=follows))
    assert released.verdict(Reason.FEATURE) is Verdict.GO
    # Three that follow one another are one; after a gap the last is none of them.
    assert turn(released, Reason.FEATURE, view) == Turn(NOW + 2 * HOUR, TurnCause.EXCEPTION_ENDS)
    assert turn(released, Reason.FIX, view) is None
    # One that is over long after the budget has recovered ends nothing.
    lasting = stood(report, BudgetPolicy(exceptions=(ada(NOW + 90 * DAY),)))
    assert turn(lasting, Reason.FEATURE, view) is None


def test_an_unknown_answer_turns_at_no_moment() -> None:
    report, view = fed(spent_evenly(0.1))
    assert turn(stood(replace(report, stale=True)), Reason.FEATURE, view) is None


def test_one_that_holds_decides_else_one_of_which_nothing_is_known() -> None:
    report, _ = fed(spent_evenly(0.1))
    goes, unknown = stood(report), stood(replace(report, stale=True))
    spent, burns = stood(replace(report, remaining=-0.5)), stood(fed(burning_for(90, 0.03))[0])

    def answer(*standings: Standing, reason: Reason = Reason.FEATURE) -> tuple[Verdict, Rule]:
        decision = decide(standings, reason, NOW, nothing)
        assert len(decision.standings) == len(standings)
        return decision.verdict, decision.rule

    assert answer() == (Verdict.UNKNOWN, Rule.NO_DATA)
    assert answer(goes) == (Verdict.GO, Rule.ENOUGH_LEFT)
    assert answer(goes, unknown) == (Verdict.UNKNOWN, Rule.NO_DATA)
    assert answer(goes, unknown, spent) == (Verdict.HOLD, Rule.EXHAUSTED)
    assert answer(spent, burns, unknown) == (Verdict.HOLD, Rule.BURNING)
    assert answer(spent, unknown, reason=Reason.FIX) == (Verdict.UNKNOWN, Rule.NO_DATA)
    assert answer(spent, goes, reason=Reason.FIX) == (Verdict.GO, Rule.EXHAUSTED)


def test_a_hold_turns_with_the_last_and_a_go_with_the_first_of_its_objectives() -> None:
    report, _ = fed(spent_evenly(0.1))
    first, second = stood(replace(report, remaining=-0.5)), stood(replace(report, remaining=0.1))
    moments = {id(first): NOW + 10, id(second): NOW + 20}

    def at(standing: Standing) -> Turn | None:
        return Turn(moments[id(standing)], TurnCause.RECOVERS)

    held = decide((first, second), Reason.FEATURE, NOW, at)
    gone = decide((first, second), Reason.FIX, NOW, at)
    assert held.turn is not None
    assert gone.turn is not None
    assert (held.turn.at, gone.turn.at) == (NOW + 20, NOW + 10)
    never = decide((first, second), Reason.FEATURE, NOW, lambda each: at(each) if each is first else None)
    assert never.turn is None
