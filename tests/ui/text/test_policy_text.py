"""The sentences of the error-budget policy."""

from dataclasses import replace

import pytest

from dashboard.gate.policy import BudgetPolicy, Limits, PolicyState
from dashboard.gate.standing import Doubt, Reason, Standing, Verdict
from dashboard.gate.turning import Turn, TurnCause
from dashboard.slo.report import State
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import policy_text
from dashboard.ui.text.units import plain
from tests.gate.states import NOW, ada, burning_for, fed, spent_evenly, stood
from tests.slo.feeding import always

QUIET, _ = fed(spent_evenly(0.1))
BURNS, _ = fed(burning_for(90, 0.03))
SLOW, _ = fed(always(600 * 0.001 * 4))


def left(remaining: float, policy: BudgetPolicy | None = None) -> Standing:
    return stood(replace(QUIET, remaining=remaining), policy)


SENTENCES = {
    "enough": (left(0.8), "80 % of its error budget is left"),
    "a half": (left(0.4), "40 % of its error budget is left, not more than 50 %"),
    "a quarter": (left(0.12), "12 % of its error budget is left, not more than 25 %"),
    "nothing": (left(-0.3), "its error budget is used up, but does not burn now"),
    "a configured end": (
        left(0.04, BudgetPolicy(Limits(freeze_all=0.05))),
        "4.0 % of its error budget is left, not more than 5.0 %, but it does not burn now",
    ),
    "burning": (
        stood(BURNS),
        "its error budget burns now: the page alert over 1 h and the page alert over 6 h fire",
    ),
    "slowly": (
        stood(replace(SLOW, remaining=0.8, state=State.CRITICAL)),
        "80 % of its error budget is left, but it burns slowly: the ticket alert over 1 day and the ticket alert over "
        "3 days fire",
    ),
    "excepted": (
        left(0.1, BudgetPolicy(exceptions=(ada(NOW + DAY, even_burning=True),))),
        "10 % of its error budget is left, not more than 25 %; Ada lets releases go until 16 Oct 12:00 UTC, even while "
        "the budget burns: the objective is renegotiated",
    ),
    **{
        f"unknown: {doubt}": (stood(QUIET, doubt=doubt), f"nothing is known of it now: {policy_text.DOUBTS[doubt]}")
        for doubt in Doubt
    },
}


@pytest.mark.parametrize(("standing", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_why_an_objective_stands_as_it_does(standing: Standing, sentence: str) -> None:
    assert plain(policy_text.why(standing, "UTC")) == sentence


TURNS = {
    TurnCause.BURN_ENDS: (
        Turn(NOW + 300, TurnCause.BURN_ENDS),
        "at 15 Oct 12:05 UTC at the earliest, if nothing more fails",
    ),
    TurnCause.RECOVERS: (
        Turn(NOW + 3 * DAY, TurnCause.RECOVERS, 0.4, 0.25),
        "about 18 Oct 12:00 UTC, when more than 25 % of the budget is left again, if the burn rate of 0.4× continues",
    ),
    TurnCause.NEW_PERIOD: (Turn(NOW + DAY, TurnCause.NEW_PERIOD), "at 16 Oct 12:00 UTC, when a new period begins"),
    TurnCause.SPENT: (
        Turn(NOW + HOUR, TurnCause.SPENT, 2.0, 0.25),
        "about 15 Oct 13:00 UTC, when only 25 % of the budget is left, if the burn rate of 2.0× continues",
    ),
    TurnCause.EXCEPTION_BEGINS: (
        Turn(NOW + HOUR, TurnCause.EXCEPTION_BEGINS),
        "at 15 Oct 13:00 UTC, when an exception begins",
    ),
    TurnCause.EXCEPTION_ENDS: (
        Turn(NOW + HOUR, TurnCause.EXCEPTION_ENDS),
        "at 15 Oct 13:00 UTC, when the exception is over",
    ),
}


@pytest.mark.parametrize(("turn", "sentence"), TURNS.values(), ids=TURNS)
def test_when_an_answer_turns(turn: Turn, sentence: str) -> None:
    assert plain(policy_text.turns(turn, "UTC", NOW)) == sentence


def test_what_cannot_be_foreseen_is_not_said() -> None:
    assert set(TURNS) == set(TurnCause)
    assert policy_text.turns(None, "UTC", NOW) == ""
    quiet = Turn(NOW + DAY, TurnCause.RECOVERS, 0.0, 0.25)
    assert policy_text.turns(quiet, "UTC", NOW).endswith("if nothing more fails")


def test_what_is_to_come_says_from_when() -> None:
    text = policy_text.exception(ada(NOW + DAY, begins=NOW + HOUR), "UTC", NOW)
    assert plain(text) == (
        "Ada lets releases go from 15 Oct 13:00 UTC until 16 Oct 12:00 UTC: the objective is renegotiated"
    )


def test_every_state_has_a_mark_and_a_meaning_and_the_configuration_may_say_another() -> None:
    limits = Limits(meaning={PolicyState.SHIP: "go on"})
    assert policy_text.meaning(PolicyState.SHIP, limits) == "go on"
    assert policy_text.meaning(PolicyState.CAREFUL, limits) == policy_text.MEANINGS[PolicyState.CAREFUL]
    assert policy_text.meaning(None, limits) == policy_text.UNKNOWN_MEANING
    assert set(policy_text.STATES) == {*PolicyState, None}
    assert len({shown.mark for shown in policy_text.STATES.values()}) == len(policy_text.STATES)
    assert set(policy_text.VERDICTS) == set(Verdict)
    assert policy_text.headline(Verdict.GO, Reason.FIX, "it is well") == "Go for a fix: it is well."
