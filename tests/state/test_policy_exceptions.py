"""Exceptions of people: kept, ended once, forgotten when they are over for long, and nothing that makes no sense."""

import json
from dataclasses import replace
from typing import Any

import pytest

from dashboard.engine.gate.added_exceptions import exception_of
from dashboard.exceptions import StateError
from dashboard.gate.policy import PolicyException
from dashboard.state import added, policy_exceptions, retention, transfer
from dashboard.state.opening import open_store
from dashboard.state.policy_exceptions import LONGEST_S, Unfit
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.store import Store
from dashboard.state.tables import POLICY_EXCEPTIONS
from tests.state.samples import NOW

USUAL = PolicyException("Ada", "a try", NOW + 60, begins=NOW, services=("shop",), number="1")


def add(store: Store, number: str = "1", **other: Any) -> None:
    policy_exceptions.add(store, replace(USUAL, number=number, **other), NOW)


def test_one_is_kept_once_and_ended_once(store: Store) -> None:
    add(store)
    add(store, who="Eve")
    assert policy_exceptions.end(store, "1", person="Bob", now=NOW + 10)
    assert not policy_exceptions.end(store, "1", person="Eve", now=NOW + 20)
    assert not policy_exceptions.end(store, "2", person="Eve", now=NOW + 20)
    (row,) = added.rows(store, POLICY_EXCEPTIONS)
    assert (row["person"], row["ended_by"], row["ended_at"]) == ("Ada", "Bob", NOW + 10)
    exception = exception_of(row)
    assert exception is not None
    assert (exception.number, exception.begins, exception.until) == ("1", NOW, NOW + 10)
    # It is kept as long as it may hold, however long ago it was added.
    add(store, "2", until=NOW + LONGEST_S)
    retention.prune(store, NOW + 61 + store.spec.retention)
    assert [row["id"] for row in added.rows(store, POLICY_EXCEPTIONS)] == ["2"]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"who": " \u202e"}, "who lets releases go is empty"),
        ({"why": ""}, "why is empty"),
        ({"why": "x" * 301}, "why is longer than 300 characters"),
        ({"until": NOW}, "when it is over has passed already"),
        ({"begins": NOW + 60}, "it is over before it begins"),
        ({"until": float("nan")}, "when it is over is no moment"),
        ({"until": NOW + LONGEST_S + 1}, "it may last until 366 days from now at most"),
        ({"services": ()}, "name 1 to 50 patterns of services and of objectives, * for all"),
        ({"slos": ("",)}, "a pattern has 1 to 400 letters"),
    ],
)
def test_what_makes_no_sense_is_not_kept(other: dict[str, Any], said: str) -> None:
    with pytest.raises(Unfit) as refused:
        # Nothing is written before all of it was looked at.
        policy_exceptions.add(None, replace(USUAL, **other), NOW)  # type: ignore[arg-type]
    assert str(refused.value) == said
    assert isinstance(refused.value, StateError)


@pytest.mark.parametrize(
    "other",
    [{"until_at": float("inf")}, {"begin_at": -1.0}, {"services": "["}, {"slos": "[1]"}, {"ended_at": NOW - 1}],
)
def test_what_was_imported_and_says_nothing_holds_nothing(other: dict[str, Any]) -> None:
    store = open_store(StateSpec(MEMORY))
    add(store)
    head, line = transfer.lines(store)
    row = {**json.loads(line), **other, "id": "2"}
    assert transfer.read(store, [head, json.dumps(row)]) == (1, 0)
    stored = [exception_of(each) for each in added.rows(store, POLICY_EXCEPTIONS)]
    assert [None if each is None else each.number for each in stored] == ["1", None]
    store.close()
