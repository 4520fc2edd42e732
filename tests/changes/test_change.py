"""What is known of a change after several messages does not depend on the order in which they came."""

from functools import reduce
from itertools import permutations

import pytest

from dashboard.changes.change import Kind, Outcome, continues, merged
from tests.state.samples import NOW, change


def test_messages_in_any_order_tell_the_same() -> None:
    messages = [
        change(outcome=Outcome.STARTED, start=NOW - 90, at=NOW - 90, kind=Kind.OTHER, tags=("a",)),
        change(outcome=Outcome.STARTED, start=NOW - 60, at=NOW - 60, version="42"),
        change(outcome=Outcome.SUCCEEDED, start=NOW - 80, at=NOW - 30, end=NOW - 30, service="checkout"),
        change(outcome=Outcome.FAILED, start=NOW - 80, at=NOW - 10, end=NOW - 10, tags=("b",)),
    ]
    for order in permutations(messages):
        known = reduce(merged, order)
        assert (known.start, known.end, known.at) == (NOW - 90, NOW - 10, NOW - 10)
        assert (known.outcome, known.kind) == (Outcome.FAILED, Kind.DEPLOY)
        assert (known.version, known.service, sorted(known.tags)) == ("42", "checkout", ["a", "b"])


def test_a_replay_changes_nothing() -> None:
    known = change(also=(), end=NOW, tags=("a", "b"), links=("https://a.example",), details={"panelId": "2"})
    assert merged(known, known) == known


def test_an_id_is_the_same_for_ever_and_exact_in_javascript() -> None:
    assert change("one").id == 2_509_147_373_476_914
    assert all(0 < change(f"{number}").id < 2**53 for number in range(1000))
    assert len({change(f"{number}").id for number in range(1000)}) == 1000
    assert change("one").id != change("one", sender="flux").id


@pytest.mark.parametrize(
    ("newest", "message", "goes_on"),
    [
        (Outcome.UNKNOWN, Outcome.UNKNOWN, True),
        (Outcome.STARTED, Outcome.STARTED, True),
        (Outcome.SUCCEEDED, Outcome.SUCCEEDED, True),
        (Outcome.SUCCEEDED, Outcome.STARTED, False),
        (Outcome.FAILED, Outcome.STARTED, False),
    ],
)
def test_a_begin_after_an_end_is_another_change(newest: Outcome, message: Outcome, goes_on: bool) -> None:
    known = change(outcome=newest, version="42")
    assert continues(known, change(outcome=message, version="42", at=NOW)) is goes_on
    assert continues(known, change(outcome=message, version="42", at=NOW - 70)) is True
    assert continues(known, change(outcome=message, version="43", at=NOW)) is False
