"""What a review suggests: each kind where its facts are there, and nothing where they are few or say something else."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from dashboard.alerts.burning import Burning
from dashboard.capacity.capacity import CapacityReport, ResourceCapacity
from dashboard.capacity.outlook import Outlook
from dashboard.changes.change import Kind
from dashboard.engine.default_slos import availability
from dashboard.gate.policy import PolicyState
from dashboard.gate.standing import Rule
from dashboard.incidents.record import Record
from dashboard.review.decisions import Decision, Suggested, decisions
from dashboard.review.period import Period
from dashboard.review.review import Cause, ObjectiveReview, Review, Verdict
from dashboard.slo.policy import Policy, Row
from dashboard.ui.text import units
from dashboard.ui.text.review import review_decisions
from tests.review import samples
from tests.review.samples import DAY, OCTOBER, at, quality, resource, review, reviewed

DEPLOY = ((Cause.CHANGE, 0.96, "deploy"), (Cause.BACKGROUND, 0.44, ""))
BACKGROUND = Cause.BACKGROUND


def only(objective: ObjectiveReview, **fields: Any) -> Review:
    """A review of one objective, without alerts and resources."""
    return review(**{"objectives": (objective,), "alerts": None, **fields})


def broken(parts: Sequence[tuple[Cause, float, str]] = DEPLOY, valid: float = 1e9, **fields: Any) -> ObjectiveReview:
    """An objective of checkout that used 140 % of its budget and was met before."""
    return reviewed(availability("checkout"), valid, parts, [0.3] * 5, **fields)


def changed(record: Record, **fields: Any) -> dict[str, Any]:
    """Fields of a review whose incident is blamed on another change."""
    (suspect,) = record.suspects
    assert suspect.change is not None
    known = replace(suspect.change, **{"change": replace(suspect.change.change, **fields.pop("change", {})), **fields})
    other = replace(record, suspects=(replace(suspect, change=known),))
    return {"incidents": (other.incident,), "records": {other.incident.id: other}}


def kinds(shown: Review) -> list[Suggested]:
    return [decision.kind for decision in decisions(shown)]


def said(shown: Review, decision: Decision) -> str:
    words = (review_decisions.title, review_decisions.lead, review_decisions.reason)
    title, lead, reason = (units.plain(each(shown, decision)) for each in words)
    return f"{title}: {lead}. {reason}"


# --- release in stages -----------------------------------------------------------------------------------------------


def test_a_change_that_took_most_of_a_missed_budget_is_to_be_released_in_stages() -> None:
    (decision,) = decisions(only(broken()))
    assert (decision.kind, decision.service) == (Suggested.STAGES, "checkout")
    assert (decision.share, decision.staged) == (0.96, 0.96 * 0.05)
    # Of 140 % all but the usual failures of the incident and a twentieth of the others is left.
    assert decision.is_met_staged is True


@pytest.mark.parametrize(
    ("parts", "is_met"),
    [
        ([(Cause.CHANGE, 1.3, "deploy"), (BACKGROUND, 0.93, "")], False),
        ([(Cause.CHANGE, 1.3, "deploy"), (BACKGROUND, 0.9, "")], True),
    ],
)
def test_whether_it_would_have_been_met_counts_what_is_usual(
    parts: list[tuple[Cause, float, str]], is_met: bool
) -> None:
    (decision,) = decisions(only(broken(parts)))
    # 1.1 % of the failures of the incident are usual, and a twentieth of the others would have come.
    left = sum(share for _, share, _ in parts) - 1.3 * 0.95 * (1 - 1020 / 91_800)
    assert (left <= 1) is is_met
    assert decision.is_met_staged is is_met
    assert ("would have been met" in said(only(broken(parts)), decision)) is is_met


@pytest.mark.parametrize(
    "shown",
    [
        only(broken([(Cause.CHANGE, 0.6, "deploy"), (BACKGROUND, 0.2, "")])),
        only(broken([(Cause.CHANGE, 0.6, "deploy"), (BACKGROUND, 0.6, "")])),
        only(broken([(Cause.INCIDENT, 1.2, "provider")])),
        only(broken(valid=10_000.0)),
        only(broken(), records={}, incidents=()),
        only(broken(), **changed(samples.RECORDS[0], change={"kind": Kind.SCALING})),
    ],
    ids=["met", "half of it", "no change", "14 events", "not known any more", "scaling"],
)
def test_without_one_change_behind_a_miss_nothing_is_to_be_released_otherwise(shown: Review) -> None:
    assert kinds(shown) == []


def test_of_one_change_it_is_said_once_and_of_who_made_it() -> None:
    less = [(Cause.CHANGE, 0.9, "deploy"), (BACKGROUND, 0.2, "")]
    other = reviewed(availability("payments"), 1e9, less, [0.3] * 5)
    shown = review(objectives=(broken(), other), alerts=None, **changed(samples.RECORDS[0], services=("database",)))
    (decision,) = decisions(shown)
    assert said(shown, decision).startswith("database: release in stages. Stopped at 5 % of the traffic, the deploy")
    assert "at most 4.8 % of the budget of checkout, not 96 %" in said(shown, decision)


# --- capacity --------------------------------------------------------------------------------------------------------


def filling(*resources: ResourceCapacity, **fields: Any) -> Review:
    return review(**{"objectives": (), "capacity": CapacityReport(at=at("31 23:00"), resources=resources), **fields})


@pytest.mark.parametrize(
    ("outlook", "text"),
    [
        (Outlook(31 * DAY, 24 * DAY, 43 * DAY), "add memory before 24 Nov. At its present trend it is full in 31 days"),
        (Outlook(4 * DAY, 3 * DAY, None), "add memory before 3 Nov. At its present trend it is full in 4 days (from 3"),
        (Outlook(6 * 3600.0, 5 * 3600.0, 7 * 3600.0), "add memory now. At its present trend it is full in"),
        (Outlook(0.0), "add memory now. It is full now."),
        (Outlook(31 * DAY, 24 * DAY, None), ""),
        (Outlook(40 * DAY, 31 * DAY, 50 * DAY), ""),
        (Outlook(), ""),
    ],
    ids=["by its early end", "without a late end", "today", "full", "wide", "after the next month", "flat"],
)
def test_what_fills_up_within_the_next_period_is_to_be_added_to(outlook: Outlook, text: str) -> None:
    shown = filling(resource("search", "memory", 0.8, outlook))
    every = [said(shown, decision) for decision in decisions(shown)]
    assert len(every) == bool(text)
    assert all(each.startswith(f"search: {text}") for each in every)


def test_a_forecast_of_few_days_or_of_what_is_not_measured_any_more_suggests_nothing() -> None:
    full = resource("search", "memory", 0.8, Outlook(10 * DAY, 9 * DAY, 11 * DAY))
    assert kinds(filling(full)) == [Suggested.CAPACITY]
    for doubtful in (replace(full, days=6.0), replace(full, now=float("nan"))):
        assert kinds(filling(doubtful)) == []
    assert kinds(filling(full, capacity=None)) == []
    # The week after a week ends sooner.
    assert kinds(filling(full, period=Period.parse("2026-W44", "UTC"))) == []


# --- the objective itself --------------------------------------------------------------------------------------------


SEARCH = availability("search")


def often(before: Sequence[float | None], spent: float = 1.2, **fields: Any) -> Review:
    usual = {"valid": 1e8, **fields}
    return only(reviewed(availability("search"), usual.pop("valid"), [(BACKGROUND, spent, "")], before, **usual))


def test_what_is_missed_in_most_periods_is_to_be_loosened_or_worked_on() -> None:
    shown = often([None, 0.5, 1.3, 0.9, 1.1])
    (decision,) = decisions(shown)
    assert (decision.kind, decision.periods, decision.missed) == (Suggested.LOOSEN, 5, 3)
    assert said(shown, decision) == (
        "search: loosen the objective, or invest in meeting it. "
        "99.9 % without error was missed in 3 of 5 months that are known."
    )


@pytest.mark.parametrize(
    "shown",
    [
        often([0.5, 0.5, 1.3, 0.9, 1.1]),
        often([None, None, None, None, 1.1]),
        often([1.1] * 5, spent=0.9),
        often([1.1] * 5, valid=1e4),
        often([1.1] * 5, held=samples.objectives()[0].held),
        often([1.1] * 5, verdict=Verdict.NO_DATA),
    ],
    ids=["half of them", "two periods", "met now", "12 events", "changed meanwhile", "no data"],
)
def test_what_is_not_missed_usually_stays(shown: Review) -> None:
    assert kinds(shown) == []


def test_what_was_never_challenged_is_to_be_raised() -> None:
    shown = often([None, None, 0.01, 0.04, 0.0], 0.02)
    (decision,) = decisions(shown)
    assert (decision.kind, decision.periods, decision.share, decision.suggested) == (Suggested.TIGHTEN, 4, 0.04, 0.9995)
    assert said(shown, decision) == (
        "search: raise the objective from 99.9 % to 99.95 %, or spend less on it. "
        "In 4 months that are known search never used more than 4.0 % of its budget."
    )
    nothing = often([0.0] * 5, 0.0)
    assert said(nothing, decisions(nothing)[0]).endswith(
        "In 6 months that are known search never used any of its budget."
    )


@pytest.mark.parametrize(
    "shown",
    [
        often([0.01] * 5, 0.05),
        often([None, None, None, None, 0.01], 0.01),
        often([0.0] * 5, 0.0, valid=19_000.0),
        often([0.01] * 5, 0.01, measured=samples.measured(0.89)),
        often([0.01] * 5, 0.01, held=samples.objectives()[0].held),
        often([0.01] * 5, 0.01, window_remaining=-0.1),
        often([0.01] * 5, 0.01, policy=samples.standing(SEARCH, PolicyState.FREEZE_ALL, Rule.BURNING, 0.9)),
        replace(often([0.01] * 5, 0.01), at=OCTOBER.end - 60),
        only(reviewed(availability("search", 0.99995), 1e9, [(BACKGROUND, 0.01, "")], [0.01] * 5)),
    ],
    ids=[
        "a twentieth",
        "two periods",
        "19 allowed",
        "coverage",
        "changed meanwhile",
        "window used up",
        "freeze",
        "goes on",
        "nothing above it",
    ],
)
def test_what_may_be_challenged_or_is_hardly_known_stays(shown: Review) -> None:
    assert kinds(shown) == []


# --- alerts ----------------------------------------------------------------------------------------------------------


def unpaged(
    *stretches: tuple[str, str, float],
    slo: str = "checkout-availability",
    share: float = 0.5,
    policy: Policy | None = None,
    **fields: Any,
) -> Review:
    """A review of checkout, which met its objective, with stretches of which nobody was paged: begin, end, bad.

    Args:
        stretches: begin, end and bad events. `slo`: whose. `share`: of the budget of a window that each took.
        policy: which burn deserves which attention. `fields`: of the review.
    """
    burnings = tuple(Burning("checkout", slo, at(begin), at(end), bad, share) for begin, end, bad in stretches)
    own = replace(availability("checkout"), policy=policy)
    objective = reviewed(own, 1e6, [(BACKGROUND, 0.6, "")], [0.6] * 5)
    return only(objective, **{"alerts": replace(quality(), unpaged=burnings), **fields})


def test_spending_of_which_nobody_was_paged_needs_an_alert() -> None:
    shown = unpaged(("3 10:00", "3 11:00", 300.0), ("9 10:00", "9 11:00", 40.0))
    (decision,) = decisions(shown)
    assert (decision.kind, decision.share, decision.stretches) == (Suggested.ALERT, pytest.approx(0.34), 2)
    assert said(shown, decision) == (
        "checkout: add an alert that pages somebody. "
        "34 % of the budget of checkout was spent while nobody was paged, in 2 stretches."
    )


@pytest.mark.parametrize(
    "shown",
    [
        unpaged(("3 10:00", "3 11:00", 99.0)),
        unpaged(("3 10:00", "3 11:00", 601.0)),
        unpaged(("3 10:00", "3 11:00", 300.0), slo="checkout-latency"),
        unpaged(("3 10:00", "3 11:00", 300.0), period=Period.parse("2026-10-04..2026-10-31", "UTC")),
        unpaged(("3 10:00", "3 11:00", 300.0), alerts=None),
        unpaged(("3 10:00", "3 11:00", 300.0), share=0.019),
        unpaged(("3 10:00", "5 10:00", 300.0), share=0.3),
        unpaged(("3 10:00", "3 11:00", 300.0), policy=Policy("tickets", (Row("ticket", 0.1, 86_400, 7200),))),
    ],
    ids=[
        "a little",
        "more than all",
        "another objective",
        "before it",
        "no alerts are known",
        "too short",
        "too slow",
        "a ticket",
    ],
)
def test_little_spending_or_that_of_others_needs_none(shown: Review) -> None:
    assert kinds(shown) == []


# --- all of them -----------------------------------------------------------------------------------------------------


def test_at_most_five_are_suggested_and_the_most_urgent_stand_first() -> None:
    raised = [
        reviewed(availability(f"quiet{share}"), 1e8, [(BACKGROUND, 0.01, "")], [0.01] * 5, traffic_share=share)
        for share in (0.1, 0.3)
    ]
    missed = reviewed(availability("search"), 1e8, [(BACKGROUND, 1.2, "")], [1.1] * 5)
    later = resource("search", "disk", 0.8, Outlook(20 * DAY, 18 * DAY, 25 * DAY))
    soon = resource("orders", "memory", 0.8, Outlook(6 * DAY, 5 * DAY, 9 * DAY))
    shown = review(
        objectives=(broken(), missed, *raised), capacity=CapacityReport(at=at("31 23:00"), resources=(soon, later))
    )
    assert [(decision.kind, decision.service) for decision in decisions(shown)] == [
        (Suggested.CAPACITY, "orders"),
        (Suggested.STAGES, "checkout"),
        (Suggested.CAPACITY, "search"),
        (Suggested.LOOSEN, "search"),
        (Suggested.TIGHTEN, "quiet0.3"),
    ]


def test_where_nothing_follows_nothing_is_suggested() -> None:
    assert decisions(review(objectives=(), incidents=(), alerts=None)) == ()
    assert kinds(often([0.5] * 5, 0.6)) == []
