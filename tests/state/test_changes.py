"""Changes are kept once, with all that was said of them, in every kind of store."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.changes.change import Kind, Outcome
from dashboard.changes.reading import EventRefused
from dashboard.state import changes
from dashboard.state.changes import Wanted
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.store import Store
from tests.state.samples import NOW, change


def test_a_change_is_read_back_as_it_was_kept(store: Store) -> None:
    deploy = change(
        end=NOW - 5.25,
        outcome=Outcome.SUCCEEDED,
        service="checkout",
        version="42",
        environment="prod",
        series="Kustomization/shop/checkout",
        text="Größe <b>'; DROP TABLE gs_changes; --",
        tags=("deploy", "été"),
        links=("https://ci.example.org/42",),
        details={"panelId": "2"},
    )
    ids = changes.add(store, [deploy], "ci", NOW)
    assert ids == (deploy.id,)
    stored = changes.find(store, Wanted())
    assert [(row.change, row.token, row.received_at, row.id) for row in stored] == [(deploy, "ci", NOW, deploy.id)]


def test_a_replay_is_one_change_and_what_is_new_about_it_is_kept(store: Store) -> None:
    started = change(outcome=Outcome.STARTED, tags=("deploy",))
    ended = change(at=NOW, end=NOW, outcome=Outcome.SUCCEEDED, version="42", tags=("deploy", "done"))
    for message in (ended, started, ended, started):
        assert changes.add(store, [message], "ci", NOW) == (started.id,)
    [stored] = changes.find(store, Wanted())
    assert (stored.change.start, stored.change.end, stored.change.outcome) == (NOW - 60, NOW, Outcome.SUCCEEDED)
    assert stored.change.version == "42"
    assert sorted(stored.change.tags) == ["deploy", "done"]


def test_a_message_without_a_time_is_known_by_the_key_it_had_before(store: Store) -> None:
    first = change("text@7", also=("text@6",))
    later = change("text@8", also=("text@7",), start=NOW, at=NOW)
    assert changes.add(store, [first], "ci", NOW) == changes.add(store, [later], "ci", NOW)
    assert changes.add(store, [change("text@10", also=("text@9",))], "ci", NOW) != (first.id,)
    assert len(changes.find(store, Wanted())) == 2


def test_one_version_of_a_series_is_one_change_until_it_is_another(store: Store) -> None:
    versions = ["a", "a", "b", "b", "a", "a"]
    for number, version in enumerate(versions):
        start = NOW - 600 + 60 * number
        message = change(
            f"message {number}", series="Kustomization/shop/checkout", version=version, start=start, at=start
        )
        changes.add(store, [message], "flux", NOW)
    stored = changes.find(store, Wanted())
    assert [(row.change.version, row.change.start) for row in stored] == [
        ("a", NOW - 360),
        ("b", NOW - 480),
        ("a", NOW - 600),
    ]


def test_changes_that_last_into_a_range_are_in_it_and_the_newest_come_first(store: Store) -> None:
    changes.add(
        store,
        [
            change("before", start=NOW - 500, end=NOW - 400),
            change("into", start=NOW - 400, end=NOW - 250),
            change("within", start=NOW - 200),
            change("at its end", start=NOW - 100),
            change("after", start=NOW - 50),
        ],
        "ci",
        NOW,
    )
    stored = changes.find(store, Wanted(start=NOW - 300, end=NOW - 100))
    assert [row.change.key for row in stored] == ["at its end", "within", "into"]
    assert [row.change.key for row in changes.find(store, Wanted(limit=2))] == ["after", "at its end"]


def test_messages_of_one_change_that_come_at_once_are_one(spec: StateSpec) -> None:
    first = open_store(spec)
    # Of memory there is one.
    stores = [first, *(first if spec.where == MEMORY else open_store(spec) for _ in range(3))]
    with ThreadPoolExecutor(4) as pool:
        for round_ in range(5):
            message = change(f"round {round_}")
            ids = list(pool.map(lambda store, message=message: changes.add(store, [message], "ci", NOW), stores))
            assert ids == [(message.id,)] * 4
    assert len(changes.find(stores[0], Wanted())) == 5
    for store in stores:
        store.close()


def test_a_change_is_corrected_by_its_id(store: Store) -> None:
    [number] = changes.add(store, [change()], "ci", NOW)
    corrected = changes.correct(store, number, {"end": NOW, "text": "done"})
    assert corrected is not None
    assert changes.find(store, Wanted(number=number)) == [corrected]
    assert (corrected.change.end, corrected.change.text, corrected.change.kind) == (NOW, "done", Kind.DEPLOY)
    with pytest.raises(EventRefused, match="ends before it begins"):
        changes.correct(store, number, {"end": NOW - 1000})
    assert changes.correct(store, 12345, {"end": NOW}) is None
