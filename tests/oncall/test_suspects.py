"""Of a trouble the changes, traffic, resources and dependencies around it are graded, each with what speaks for it."""

from typing import Any

import pytest

from dashboard.changes.change import Change, Kind, Outcome
from dashboard.changes.known import KnownChange
from dashboard.oncall.explanation import Counts, Explanation, Selection, Verdict
from dashboard.oncall.suspect import (
    DependencySeen,
    Finding,
    Grade,
    ResourceSeen,
    Suspect,
    SuspectKind,
    TrafficSeen,
    Trouble,
)
from dashboard.oncall.suspects import SUSPECTS_MAX, suspects

MINUTE = 60.0
START = 1_790_000_000.0 // 300 * 300
COUNTS = Counts(40.0, 100_000.0, 3600.0, 100_000.0)


def trouble(minutes: float | None = 40, usual: float = 0.0004, now: float = 0.04) -> Trouble:
    """Of a service with 1,000 requests in five minutes; None: it goes on, for an hour by now."""
    times = [START + 300 * step for step in range(-11, 25)]
    last = 60 if minutes is None else minutes
    ratios = [now if START < at <= START + last * MINUTE else usual for at in times]
    return Trouble(
        service="shop",
        start=START,
        end=None if minutes is None else START + minutes * MINUTE,
        now=START + last * MINUTE,
        times=times,
        bad=[1000 * ratio for ratio in ratios],
        valid=[1000.0] * len(times),
        budget=10_000.0,
    )


def change(minute: float, kind: Kind = Kind.DEPLOY, version: str = "42", **fields: Any) -> KnownChange:
    """A change so many minutes from the start of the trouble."""
    end = fields.pop("end", None)
    services = fields.pop("services", ("shop",))
    own = Change(
        sender="argocd",
        key=f"{minute} {kind} {version}",
        kind=kind,
        start=START + minute * MINUTE,
        at=START,
        end=None if end is None else START + end * MINUTE,
        version=version,
        text=fields.pop("text", f"{kind} {version}"),
        **fields,
    )
    return KnownChange(own, services, ("argocd",), (own.id,))


def explained(*selections: dict[str, str], verdict: Verdict = Verdict.CAUSES) -> Explanation:
    chosen = tuple(Selection(labels, COUNTS, 0.9, 0.94, 0.1, 0.0005) for labels in selections)
    return Explanation(verdict, COUNTS, 3500.0, chosen, labels={"route": 5, "version": 2, "pod": 6}, tried=40)


def findings(suspect: Suspect) -> tuple[list[Finding], list[Finding]]:
    return [each.finding for each in suspect.pro], [each.finding for each in suspect.contra]


def graded(*arguments: Any, **rivals: Any) -> list[tuple[Grade, str]]:
    """Grade and version, resource or service of all suspects."""
    return [
        (suspect.grade, suspect.change.change.version if suspect.change else suspect.name or str(suspect.kind))
        for suspect in suspects(*arguments, **rivals)
    ]


def test_a_deploy_that_the_selection_names_and_whose_rollback_ends_it_is_most_likely() -> None:
    deploy, back = change(-2), change(38, Kind.ROLLBACK, "41")
    (suspect,) = suspects(trouble(), [deploy, back], explained({"version": "v42", "route": "/pay"}))
    assert suspect.grade is Grade.MOST_LIKELY
    assert suspect.change is deploy
    pro, contra = findings(suspect)
    assert set(pro[:2]) == {Finding.SELECTED, Finding.ENDED_WITH_ROLLBACK}
    assert {Finding.BEGAN_AFTER, Finding.WORSE, Finding.SHARE_OF_BUDGET} <= set(pro)
    assert contra == []
    values = {each.finding: each for each in suspect.pro}
    assert values[Finding.SELECTED].labels == {"version": "v42", "route": "/pay"}
    assert values[Finding.SELECTED].share == 0.94
    assert values[Finding.ENDED_WITH_ROLLBACK].seconds == 2 * MINUTE
    assert values[Finding.ENDED_WITH_ROLLBACK].name == "41"
    assert values[Finding.BEGAN_AFTER].seconds == 2 * MINUTE
    assert values[Finding.WORSE].before == pytest.approx(0.0004)
    # Eight steps of 40 bad ones, and one of the hour before that lies after the deploy.
    assert suspect.additional_bad == pytest.approx(8 * 40 - 8 * 0.4)
    assert suspect.budget_share == pytest.approx(0.03168)


def test_a_canary_that_was_given_up_ended_with_its_rollback() -> None:
    deploy = change(-2, end=38, outcome=Outcome.CANCELLED)
    (suspect,) = suspects(trouble(), [deploy, change(38, Kind.ROLLBACK, "41", end=38)])
    assert suspect.grade is Grade.MOST_LIKELY
    assert findings(suspect)[0][0] is Finding.ENDED_WITH_ROLLBACK


@pytest.mark.parametrize(
    ("changes", "explanation", "expected"),
    [
        # The selection names the version of one of two.
        (
            [change(-2), change(-4, Kind.FLAG, "", text="flag pay-retry on")],
            explained({"version": "42"}),
            [(Grade.MOST_LIKELY, "42"), (Grade.POSSIBLE, "")],
        ),
        # Both fail alike: it is not the version.
        ([change(-2)], explained(verdict=Verdict.NO_SINGLE_CAUSE), [(Grade.UNLIKELY, "42")]),
        # The old version fails.
        ([change(-2)], explained({"version": "41"}), [(Grade.UNLIKELY, "42")]),
        ([change(-170)], explained({"version": "41"}), [(Grade.RULED_OUT, "42")]),
        # It was taken back, and goes on.
        (
            [change(-50), change(-10, Kind.ROLLBACK, "41", end=-8)],
            None,
            [(Grade.MOST_LIKELY, "41"), (Grade.UNLIKELY, "42")],
        ),
        # It had begun; within its first step nobody can tell which came first.
        ([change(8)], None, [(Grade.RULED_OUT, "42")]),
        ([change(6)], None, [(Grade.MOST_LIKELY, "42")]),
        # The way out, and what scales with it, are no suspects.
        ([change(20, Kind.ROLLBACK, "41"), change(10, Kind.SCALING, "")], None, []),
        # A flag whose text names the route, against a deploy of the same minute.
        (
            [change(-5), change(-3, Kind.FLAG, "", text="Enabled the new /checkout/pay")],
            explained({"route": "/checkout/pay"}),
            [(Grade.MOST_LIKELY, ""), (Grade.UNLIKELY, "42")],
        ),
        # A rollout that takes an hour breaks something at any time of it.
        ([change(-55, end=30)], None, [(Grade.MOST_LIKELY, "42")]),
        # Of two alike none is the most likely.
        ([change(-2), change(-3, version="7")], None, [(Grade.POSSIBLE, "42"), (Grade.POSSIBLE, "7")]),
        ([change(-400)], None, []),
    ],
)  # fmt: skip
def test_changes_are_graded_by_what_speaks_for_and_against_them(
    changes: list[KnownChange], explanation: Explanation | None, expected: list[tuple[Grade, str]]
) -> None:
    grades = graded(trouble(), changes, explanation)
    assert sorted(grades) == sorted(expected)
    assert [grade for grade, _ in grades] == [grade for grade, _ in expected]


def test_an_experiment_that_ends_as_the_trouble_does_caused_it_and_one_that_ended_before_did_not() -> None:
    chaos = change(-1, Kind.EXPERIMENT, "", end=39)
    (suspect,) = suspects(trouble(), [chaos])
    assert suspect.grade is Grade.MOST_LIKELY
    assert Finding.ENDED_WITH_CHANGE in findings(suspect)[0]
    (suspect,) = suspects(trouble(None), [change(-30, Kind.EXPERIMENT, "", end=-10)])
    assert Finding.OUTLASTED in findings(suspect)[1]
    assert suspect.grade is not Grade.MOST_LIKELY


def test_rivals_of_the_same_minutes_are_named() -> None:
    first, second = suspects(trouble(), [change(-2), change(-5, Kind.CONFIGURATION, "", text="new limits")])
    assert [each.name for each in first.contra] == ["new limits"]
    assert [each.name for each in second.contra] == ["42"]


def test_traffic_resources_and_dependencies_are_rivals() -> None:
    deploy = [change(-2)]
    beyond = {"traffic": TrafficSeen(2600.0, 1180.0, 1310.0, rose_at=START - 60)}
    assert graded(trouble(), deploy, **beyond) == [(Grade.POSSIBLE, "42"), (Grade.POSSIBLE, "traffic")]
    assert graded(trouble(), [], **beyond) == [(Grade.MOST_LIKELY, "traffic")]
    assert graded(trouble(), deploy, traffic=TrafficSeen(1250.0, 1180.0, 1310.0)) == [
        (Grade.MOST_LIKELY, "42"),
        (Grade.RULED_OUT, "traffic"),
    ]
    # What began after the failures is what they do.
    retries = TrafficSeen(2600.0, 1180.0, 1310.0, rose_at=START + 600)
    assert graded(trouble(), [], traffic=retries) == [(Grade.EFFECT, "traffic")]
    assert graded(trouble(), [], traffic=TrafficSeen(500.0, before=480.0)) == [(Grade.RULED_OUT, "traffic")]
    assert graded(trouble(), [], traffic=TrafficSeen(500.0)) == []
    full = (ResourceSeen("pool", 0.71, 1.0, START - 120), ResourceSeen("cpu", 0.3, 0.6, START + 900))
    assert graded(trouble(), [], resources=full) == [(Grade.MOST_LIKELY, "pool"), (Grade.EFFECT, "cpu")]
    assert graded(trouble(), [], resources=[ResourceSeen("memory", 0.4, 0.42)]) == []
    called = [DependencySeen("cards", START - 120, 0.97), DependencySeen("mail", START + 600, 0.01)]
    assert graded(trouble(), deploy, dependencies=[*called, DependencySeen("auth", None)]) == [
        (Grade.MOST_LIKELY, "cards"),
        (Grade.POSSIBLE, "42"),
        (Grade.RULED_OUT, "mail"),
    ]


def test_a_change_of_what_is_called_is_a_suspect_of_another_service() -> None:
    (suspect,) = suspects(trouble(), [change(-2, services=("cards",))])
    assert suspect.kind is SuspectKind.CHANGE
    assert [(each.finding, each.name) for each in suspect.contra] == [(Finding.OTHER_SERVICE, "cards")]


def test_without_counts_and_with_too_many_changes_it_holds() -> None:
    bare = Trouble(service="shop", start=START, end=None, now=START + 600)
    many = [change(-number, version=str(number)) for number in range(1, 300)]
    graded_suspects = suspects(bare, many)
    assert len(graded_suspects) == SUSPECTS_MAX
    assert all(suspect.additional_bad is None for suspect in graded_suspects)
    assert suspects(bare, []) == ()


def test_a_ratio_that_did_not_rise_speaks_against_a_change() -> None:
    (suspect,) = suspects(trouble(now=0.0004), [change(-2)])
    assert Finding.NOT_WORSE in findings(suspect)[1]
    assert suspect.additional_bad is None
