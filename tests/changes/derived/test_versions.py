"""Which versions were there when says what was deployed, what was taken back, and what was neither."""

from collections.abc import Mapping

import numpy as np
import pytest

from dashboard.changes.change import Kind, Outcome
from dashboard.changes.derived.derive import derived_changes, turns
from dashboard.changes.derived.presence import STEP_S, Origin, Presence, Subject
from dashboard.changes.derived.versions import VersionChange, version_changes

DEPLOY, ROLLBACK = Kind.DEPLOY, Kind.ROLLBACK
STARTED, SUCCEEDED, CANCELLED = Outcome.STARTED, Outcome.SUCCEEDED, Outcome.CANCELLED
# The number of a step, as they are today.
FIRST = 6_000_000


def presence(rows: Mapping[str, str], amount: float = 100.0) -> Presence:
    """What is there, a character a step: `#` all of it, a digit so many tenths, a blank nothing."""
    held = Presence()
    held.add(FIRST, {version: amount * np.array([_level(mark) for mark in row]) for version, row in rows.items()})
    return held


def _level(mark: str) -> float:
    return 1.0 if mark == "#" else float(mark.strip() or 0) / 10


def changes(rows: Mapping[str, str], origin: Origin = Origin.TARGET, amount: float = 100.0) -> list[VersionChange]:
    derived = version_changes(origin, presence(rows, amount).stretches)
    return [
        VersionChange(
            each.kind,
            each.first - FIRST,
            None if each.last is None else each.last - FIRST,
            each.version,
            each.before,
            each.outcome,
        )
        for each in derived
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ({"41": "##########"}, []),
        ({"41": "#####     ", "42": "     #####"}, [VersionChange(DEPLOY, 5, 5, "42", ("41",), SUCCEEDED)]),
        ({"41": "#######   ", "42": "    ######"}, [VersionChange(DEPLOY, 4, 7, "42", ("41",), SUCCEEDED)]),
        # A canary that is under way has begun, and has no end.
        ({"41": "##########", "42": "    222222"}, [VersionChange(DEPLOY, 4, None, "42", ("41",), STARTED)]),
        # One that is given up is a deploy, and a way back.
        (
            {"41": "############", "42": "    2222    "},
            [
                VersionChange(DEPLOY, 4, 8, "42", ("41",), CANCELLED),
                VersionChange(ROLLBACK, 8, 8, "41", ("42",), SUCCEEDED),
            ],
        ),
        # A way back, and the same again: what was taken back goes forward.
        (
            {"41": "####    ####    ", "42": "    ####    ####"},
            [
                VersionChange(DEPLOY, 4, 4, "42", ("41",), SUCCEEDED),
                VersionChange(ROLLBACK, 8, 8, "41", ("42",), SUCCEEDED),
                VersionChange(DEPLOY, 12, 12, "42", ("41",), SUCCEEDED),
            ],
        ),
        # Two versions later the first one comes back.
        (
            {"41": "###       ###", "42": "   ####      ", "43": "       ###   "},
            [
                VersionChange(DEPLOY, 3, 3, "42", ("41",), SUCCEEDED),
                VersionChange(DEPLOY, 7, 7, "43", ("42",), SUCCEEDED),
                VersionChange(ROLLBACK, 10, 10, "41", ("43",), SUCCEEDED),
            ],
        ),
        # A scrape failed; all scrapes failed; at night nothing ran; instances were started again: none of it a deploy.
        ({"41": "##########", "42": "#### #####"}, []),
        ({"41": "####   ###"}, []),
        ({"41": "####      ", "42": "      ####"}, [VersionChange(DEPLOY, 6, 6, "42", ("41",), SUCCEEDED)]),
        ({"41": "9135219463"}, []),
        # Two that are always there, as for two kinds of customers.
        ({"41": "5555555555", "42": "5555555555"}, []),
        # Of two that are there one is replaced, and the next replaces a canary.
        (
            {"a1": "5555555555", "b1": "5555      ", "b2": "    555555"},
            [VersionChange(DEPLOY, 4, None, "b2", ("a1", "b1"), STARTED)],
        ),
        (
            {"41": "########  ", "42": "   33     ", "43": "     #####"},
            [
                VersionChange(DEPLOY, 3, None, "42", ("41",), STARTED),
                VersionChange(DEPLOY, 5, 8, "43", ("41", "42"), SUCCEEDED),
            ],
        ),
    ],
)  # fmt: skip
def test_a_version_that_comes_where_others_were_is_a_deploy(
    rows: dict[str, str], expected: list[VersionChange]
) -> None:
    assert changes(rows) == expected
    # The same in parts, in any order, and read twice.
    held, width = Presence(), max(map(len, rows.values()))
    whole = presence(rows)
    counts = {version: 100.0 * np.array([_level(mark) for mark in row]) for version, row in rows.items()}
    for begin in (*range(width - 3, -1, -3), 0):
        part = slice(begin, begin + 3)
        held.add(FIRST + begin, {version: values[part] for version, values in counts.items()})
    assert [(each.first, each.last, set(each.amounts)) for each in held.stretches] == [
        (each.first, each.last, set(each.amounts)) for each in whole.stretches
    ]


def test_requests_that_are_too_few_to_be_missed_tell_of_no_deploy() -> None:
    rows = {"41": "9999999999", "42": "   1   1  "}
    assert changes(rows, Origin.REQUESTS, amount=10.0) == []
    derived = changes(rows, Origin.REQUESTS, amount=1000.0)
    assert [(change.kind, change.version) for change in derived] == [(DEPLOY, "42"), (ROLLBACK, "41")] * 2
    # Instances are counted, whatever they answer.
    assert len(changes(rows, Origin.IMAGE, amount=10.0)) == 4


def test_a_version_of_each_instance_is_none() -> None:
    steps = 300
    held = Presence()
    held.add(FIRST, {f"pod-{number}": np.eye(steps)[number] for number in range(steps)})
    assert version_changes(Origin.TARGET, held.stretches) == ()


def subjects(**rows: dict[str, str]) -> dict[Subject, Presence]:
    """By their origin, and the part after two underscores."""
    return {
        Subject("shop", Origin[name.partition("__")[0]], name.partition("__")[2]): presence(each)
        for name, each in rows.items()
    }


def test_what_tells_of_one_deploy_is_one_change_by_what_tells_most() -> None:
    known = subjects(
        REQUESTS={"42": "######    ", "43": "     #####"},
        IMAGE__shop={"v42": "#####     ", "v43": "   #######"},
        # A label that nobody sets says nothing, and what moved an hour later is another.
        BUILD__shop={"1.0@aaaaaaa": "####################", "1.0@bbbbbbb": "                  ##"},
    )
    derived = derived_changes("shop", known, "prometheus", {})
    assert [(change.version, change.details["origin"]) for change in derived] == [
        ("43", "requests"),
        ("bbbbbbb", "build_info"),
    ]
    assert derived[0].text == "Deployed shop 43, 42 before"
    assert derived[0].start == (FIRST + 4) * STEP_S
    assert derived[0].end == (FIRST + 5) * STEP_S


def test_ids_are_the_same_whenever_and_however_closely_it_is_looked_at() -> None:
    known = subjects(REQUESTS={"42": "######    ", "43": "     #####"})
    (first,) = derived_changes("shop", known, "prometheus", {})
    (turn,) = turns(known, FIRST)
    (closer,) = derived_changes("shop", known, "prometheus", {turn: first.start + 120.0})
    assert closer.id == first.id
    assert closer.start == first.start + 120.0
    later = subjects(REQUESTS={"42": "######         ", "43": "     ##########"})
    assert derived_changes("shop", later, "prometheus", {})[0].id == first.id
    assert list(turns(known, FIRST + 6)) == []


def test_steps_of_an_autoscaler_are_scaling_and_never_a_deploy() -> None:
    levels = [2 + number % 7 for number in range(50)]
    held, steps = Presence(), np.repeat(levels, 6)
    held.add(FIRST, {str(level): (steps == level).astype(float) for level in set(levels)})
    pods = presence({"v42": "".join(str(level) for level in steps)})
    known = {Subject("shop", Origin.REPLICAS, "eu/shop"): held, Subject("shop", Origin.IMAGE, "eu/shop/shop"): pods}
    derived = derived_changes("shop", known, "prometheus", {})
    assert {change.kind for change in derived} == {Kind.SCALING}
    assert len(derived) == 49
    assert derived[0].text == "Scaled shop from 2 to 3 replicas"
    assert len({change.id for change in derived}) == 49


def test_steps_of_scaling_within_minutes_are_one() -> None:
    known = {
        Subject("shop", Origin.REPLICAS, "eu/shop"): presence(
            {"2": "###        #######", "4": "   ##             ", "6": "     ######       "}
        )
    }
    derived = derived_changes("shop", known, "prometheus", {})
    assert [(change.details["before"], change.details["now"]) for change in derived] == [("2", "6"), ("6", "2")]
    assert derived[0].start == (FIRST + 2) * STEP_S
    assert derived[0].end == (FIRST + 5) * STEP_S
