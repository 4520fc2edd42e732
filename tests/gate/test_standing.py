"""Which state an objective is in, by which rule, and what that lets go."""

from dataclasses import replace

import pytest

from dashboard.gate.policy import BudgetPolicy, Limits, Override, PolicyState
from dashboard.gate.standing import Doubt, Reason, Rule, Verdict
from dashboard.slo.report import SloReport, State
from dashboard.timerange import DAY
from tests.gate.states import NOW, ada, burning_for, fed, spent_evenly, stood
from tests.slo.feeding import always


def left(remaining: float) -> SloReport:
    """A quiet report with so much of its budget left."""
    return replace(QUIET, remaining=remaining)


QUIET, _ = fed(spent_evenly(0.1))
BURNS, _ = fed(burning_for(90, 0.03))
SLOW, _ = fed(always(600 * 0.001 * 4))


@pytest.mark.parametrize(
    ("remaining", "state", "rule", "feature", "fix"),
    [
        (1.0, PolicyState.SHIP, Rule.ENOUGH_LEFT, Verdict.GO, Verdict.GO),
        (0.5001, PolicyState.SHIP, Rule.ENOUGH_LEFT, Verdict.GO, Verdict.GO),
        (0.5, PolicyState.CAREFUL, Rule.MUCH_SPENT, Verdict.GO, Verdict.GO),
        (0.2501, PolicyState.CAREFUL, Rule.MUCH_SPENT, Verdict.GO, Verdict.GO),
        # What floats leave of a quarter decides nothing.
        (1 - 0.7499999999999999, PolicyState.FREEZE_FEATURES, Rule.LITTLE_LEFT, Verdict.HOLD, Verdict.GO),
        (0.0001, PolicyState.FREEZE_FEATURES, Rule.LITTLE_LEFT, Verdict.HOLD, Verdict.GO),
        (0.0, PolicyState.FREEZE_ALL, Rule.EXHAUSTED, Verdict.HOLD, Verdict.GO),
        (-3.0, PolicyState.FREEZE_ALL, Rule.EXHAUSTED, Verdict.HOLD, Verdict.GO),
    ],
)
def test_a_quiet_objective_is_judged_by_what_is_left(
    remaining: float, state: PolicyState, rule: Rule, feature: Verdict, fix: Verdict
) -> None:
    standing = stood(left(remaining))
    assert (standing.state, standing.rule, standing.is_burning) == (state, rule, False)
    assert (standing.verdict(Reason.FEATURE), standing.verdict(Reason.FIX)) == (feature, fix)


@pytest.mark.parametrize("remaining", [0.9, 0.4, 0.1, -1.0, None])
def test_what_burns_now_holds_everything_however_much_is_left(remaining: float | None) -> None:
    assert BURNS.paging
    standing = stood(replace(BURNS, remaining=remaining))
    assert (standing.state, standing.rule, standing.is_burning) == (PolicyState.FREEZE_ALL, Rule.BURNING, True)
    assert standing.verdict(Reason.FEATURE) is standing.verdict(Reason.FIX) is Verdict.HOLD


def test_a_ticket_makes_careful_and_freezes_where_the_policy_says_so() -> None:
    report = replace(SLOW, remaining=0.8, state=State.CRITICAL)
    assert {alert.rule.row.severity for alert in report.alerts if alert.firing} == {"ticket"}
    assert (stood(report).state, stood(report).rule) == (PolicyState.CAREFUL, Rule.SLOW_BURN)
    strict = BudgetPolicy(Limits(burning=("page", "ticket")))
    assert stood(report, strict).rule is Rule.BURNING
    # One that nobody counts as burning changes nothing of a budget that is judged more severely by what is left.
    assert stood(replace(report, remaining=0.1)).rule is Rule.LITTLE_LEFT


GAP = replace(QUIET.alerts[0].short, coverage=0.4)
DOUBTS = {
    "a gap in the newest minutes": (
        replace(QUIET, alerts=(replace(QUIET.alerts[0], short=GAP), *QUIET.alerts[1:])),
        Doubt.BLIND,
    ),
    "nothing was measured lately": (replace(QUIET, stale=True), Doubt.SILENT),
    "the data have ended": (replace(QUIET, has_ended=True), Doubt.ENDED),
    "the newest rows came in part": (replace(QUIET, is_partial_now=True), Doubt.IN_PART),
    "no events": (replace(QUIET, remaining=None, state=State.NO_DATA), Doubt.NO_EVENTS),
    "too little of the window": (replace(QUIET, remaining=-2.0, measured_s=3600.0), Doubt.LITTLE_MEASURED),
    "too little of the last hour": (replace(QUIET, state=State.NO_DATA), Doubt.LITTLE_MEASURED),
    "old, and it burned": (replace(BURNS, stale=True), Doubt.SILENT),
    "ended, and used up": (replace(left(-1.0), state=State.EXHAUSTED, has_ended=True), Doubt.ENDED),
}


@pytest.mark.parametrize(("report", "doubt"), DOUBTS.values(), ids=DOUBTS)
def test_without_data_nothing_is_known_and_no_exception_lets_go(report: SloReport, doubt: Doubt) -> None:
    standing = stood(report, BudgetPolicy(exceptions=(ada(NOW + DAY, even_burning=True),)))
    assert (standing.doubt, standing.state, standing.rule, standing.is_burning) == (doubt, None, Rule.NO_DATA, None)
    assert standing.exception is None
    assert standing.verdict(Reason.FEATURE) is standing.verdict(Reason.FIX) is Verdict.UNKNOWN


def test_what_burns_is_known_from_a_part_of_the_answer() -> None:
    assert stood(replace(BURNS, is_partial_now=True)).rule is Rule.BURNING


def test_a_gap_hides_nothing_that_is_known_to_burn_nor_what_wakes_nobody() -> None:
    first, second, *rest = BURNS.alerts
    gap = (replace(first, firing=False, short=GAP), second, *rest)
    assert stood(replace(BURNS, alerts=gap)).rule is Rule.BURNING
    hidden = tuple(replace(alert, firing=False, short=GAP) for alert in QUIET.alerts)
    assert stood(replace(QUIET, alerts=hidden), BudgetPolicy(Limits(burning=()))).rule is Rule.ENOUGH_LEFT


def test_a_source_that_tells_nothing_about_now_goes_before_what_it_told() -> None:
    assert stood(BURNS, doubt=Doubt.SOURCE).verdict(Reason.FIX) is Verdict.UNKNOWN


def test_an_exception_lets_go_until_the_second_at_which_it_is_over() -> None:
    policy = BudgetPolicy(exceptions=(ada(NOW + 60, begins=NOW),))
    moments = {NOW - 0.001: False, NOW: True, NOW + 59.999: True, NOW + 60: False}
    for now, lets_go in moments.items():
        standing = stood(left(-1.0), policy, now)
        assert standing.verdict(Reason.FEATURE) is (Verdict.GO if lets_go else Verdict.HOLD), now
        assert standing.rule is (Rule.EXCEPTION if lets_go else Rule.EXHAUSTED)
        # What it follows from stays told.
        assert (standing.state, standing.basis) == (PolicyState.FREEZE_ALL, Rule.EXHAUSTED)
    assert [len(stood(left(-1.0), policy, now).exceptions) for now in moments] == [1, 1, 1, 0]


def test_only_an_exception_for_that_lets_go_while_a_budget_burns() -> None:
    plain, bold = ada(NOW + DAY), ada(NOW + 60, even_burning=True)
    assert stood(BURNS, BudgetPolicy(exceptions=(plain,))).verdict(Reason.FIX) is Verdict.HOLD
    standing = stood(BURNS, BudgetPolicy(exceptions=(plain, bold)))
    assert (standing.exception, standing.verdict(Reason.FEATURE)) == (bold, Verdict.GO)


def test_an_exception_counts_for_the_objectives_it_names_and_where_one_is_needed() -> None:
    policy = BudgetPolicy(exceptions=(ada(NOW + DAY, services=("cart", "pay-*")),))
    assert stood(left(0.1), policy).verdict(Reason.FEATURE) is Verdict.HOLD
    named = BudgetPolicy(exceptions=(ada(NOW + DAY, slos=("shop-av*",)),))
    assert stood(left(0.1), named).rule is Rule.EXCEPTION
    assert stood(left(0.9), named).rule is Rule.ENOUGH_LEFT


def test_of_several_exceptions_the_longest_is_told() -> None:
    policy = BudgetPolicy(exceptions=(ada(NOW + 10), ada(NOW + 30), ada(NOW + 20)))
    exception = stood(left(0.1), policy).exception
    assert exception is not None
    assert exception.until == NOW + 30


def test_the_first_override_of_a_service_or_a_tier_holds() -> None:
    strict, mild = Limits(careful=0.9, freeze_features=0.8), Limits(0.1, 0.05)
    policy = BudgetPolicy(overrides=(Override(strict, tiers=(1,)), Override(mild, services=("sh?p",))))
    assert stood(left(0.7), policy).state is PolicyState.SHIP
    assert stood(left(0.08), policy).state is PolicyState.CAREFUL
    assert stood(left(0.7), policy, tier=1).state is PolicyState.FREEZE_FEATURES
    assert stood(left(0.7), policy, tier=2).state is PolicyState.SHIP
