"""What was told and what is derived of one deploy is one change of two sources."""

from typing import Any

import pytest

from dashboard.changes.change import Change, Kind, Outcome
from dashboard.changes.joining import joined
from dashboard.changes.known import of_service
from dashboard.changes.naming import alike, may_be_alike

NOW = 1_790_000_000.0
NAMES = {"checkout": "eu/checkout", "shop/checkout-api": "eu/checkout", "basket": "basket"}


def announced(minute: float, version: str = "42", **fields: Any) -> Change:
    every = {"sender": "argocd", "key": f"{minute}", "kind": Kind.DEPLOY, "text": "", "service": "checkout", **fields}
    return Change(start=NOW + 60 * minute, at=NOW, version=version, **every)


def derived(minute: float, version: str = "42", **fields: Any) -> Change:
    return announced(minute, version, **{"sender": "prometheus", "service": "eu/checkout", **fields})


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("42", "v42", True),
        ("V1.2.3", "1.2.3", True),
        ("main@sha1:8c1f0d2e55aa", "8c1f0d2", True),
        ("1.4.0-g8c1f0d2", "8c1f0d2e55", True),
        ("sha-8c1f0d2", "8c1f0d2e55", True),
        ("42", "43", False),
        ("2026112901", "20261129", False),
        ("", "42", False),
        ("version", "ersion", False),
    ],
)
def test_versions_are_alike_in_whatever_form(first: str, second: str, expected: bool) -> None:
    assert alike(first, second) is expected
    assert alike(second, first) is expected


def test_a_commit_beside_a_number_may_be_the_same_and_two_numbers_may_not() -> None:
    assert may_be_alike("main@sha1:8c1f0d2e", "42")
    assert may_be_alike("", "42")
    assert not may_be_alike("41", "42")
    assert not may_be_alike("8c1f0d2e", "77aa91b0")


def test_a_deploy_that_was_told_and_seen_is_one_change_with_both_sources() -> None:
    end = NOW + 1800
    pipeline = announced(-4, "v42", links=("https://ci.example.org/42",), details={"panelId": "3"})
    seen = derived(0, end=end, outcome=Outcome.SUCCEEDED, details={"origin": "requests"})
    (known,) = joined([pipeline], [seen], NAMES)
    assert known.sources == ("argocd", "prometheus")
    assert known.ids == (pipeline.id, seen.id)
    assert known.services == ("eu/checkout",)
    assert known.change.id == pipeline.id
    assert known.change.start == NOW - 240
    assert known.change.end == end
    assert known.change.outcome is Outcome.SUCCEEDED
    assert known.change.version == "v42"
    assert known.change.details == {"panelId": "3", "origin": "requests"}


@pytest.mark.parametrize(
    ("pipeline", "expected"),
    [
        # Reported when it was complete; of a version that nobody names; by a commit; by another name of the service.
        (announced(20, "42"), 1),
        (announced(10, ""), 1),
        (announced(-10, "main@sha1:8c1f0d2e"), 1),
        (announced(-5, service="shop/checkout-api"), 1),
        (announced(-100, "42"), 1),
        # Another version, another service, something else, or too far away.
        (announced(0, "43"), 2),
        (announced(0, service="basket"), 2),
        (announced(0, kind=Kind.FLAG), 2),
        (announced(-30, ""), 2),
        (announced(-130, "42"), 2),
    ],
)
def test_what_is_near_in_time_and_may_be_the_same_version_is_one(pipeline: Change, expected: int) -> None:
    assert len(joined([pipeline], [derived(0)], NAMES)) == expected


def test_each_of_two_deploys_has_its_own_and_a_rollback_is_recognised_across_sources() -> None:
    known = joined(
        [announced(-60, "41"), announced(0, "42"), announced(30, "41", service="shop/checkout-api")],
        [derived(-59, "41"), derived(1, "42"), derived(31, "41", kind=Kind.ROLLBACK), derived(90, "43")],
        NAMES,
    )
    assert [(each.change.version, len(each.sources), each.change.kind) for each in known] == [
        ("41", 2, Kind.DEPLOY),
        ("42", 2, Kind.DEPLOY),
        ("41", 2, Kind.ROLLBACK),
        ("43", 1, Kind.DEPLOY),
    ]
    assert of_service(known, "eu/checkout", NOW, NOW + 1860) == known[1:3]
    assert of_service(known, "basket", NOW - 1e6, NOW + 1e6) == ()


def test_a_deploy_of_which_two_senders_tell_is_one() -> None:
    built = announced(-10, "v42", sender="github", environment="prod", links=("https://ci.example.org/42",))
    rolled_out = announced(0, "42", end=NOW + 300, outcome=Outcome.SUCCEEDED, service="shop/checkout-api")
    (known,) = joined([rolled_out, built], [derived(2)], NAMES)
    assert known.sources == ("github", "argocd", "prometheus")
    assert known.ids[0] == known.change.id == built.id
    assert (known.change.start, known.change.end) == (NOW - 600, NOW + 300)
    assert known.change.outcome is Outcome.SUCCEEDED
    assert known.change.links == ("https://ci.example.org/42",)


@pytest.mark.parametrize(
    "others",
    [
        # By one sender twice; of another version; to another place; hours later; after something else.
        [announced(30, "42", sender="github")],
        [announced(30, "43")],
        [announced(30, "42", environment="test")],
        [announced(130, "42")],
        [announced(10, "43", sender="jenkins"), announced(30, "42")],
        [announced(30, "42", service="basket")],
        [announced(30, "")],
    ],
)
def test_what_two_senders_tell_of_two_deploys_is_two(others: list[Change]) -> None:
    first = announced(0, "42", sender="github", environment="prod")
    assert len(joined([first, *others], [], NAMES)) == 1 + len(others)


def test_scaling_is_never_taken_for_a_deploy() -> None:
    known = joined([announced(0, "")], [derived(0, "", kind=Kind.SCALING)], NAMES)
    assert [each.change.kind for each in known] == [Kind.DEPLOY, Kind.SCALING]
