"""What people add is kept by its id, told to one replica alone, and forgotten when it is over."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dashboard.exceptions import StateError
from dashboard.state import added, retention, transfer
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.store import Store
from dashboard.state.tables import (
    ACKNOWLEDGEMENTS,
    ACTION_ITEMS,
    ADDED,
    CHANGES,
    NOTES,
    NOTIFICATIONS,
    POLICY_EXCEPTIONS,
)
from tests.state.samples import NOW

DAY = 86_400.0


def row(number: str = "one", **columns: Any) -> dict[str, Any]:
    return {"id": number, "subject": "incident 5", "person": "mona", "added_at": NOW, **columns}


def item(number: str, **columns: Any) -> dict[str, Any]:
    defaults = {"content": "Alert on the queue", "owner": "kim", "due": "2025-11-01", "changed_at": NOW}
    return row(number, **{**defaults, **columns})


def test_rows_are_read_by_subject_and_time(store: Store) -> None:
    for number in range(3):
        assert added.add(store, NOTES, row(f"{number}", content=f"note {number}", added_at=NOW + number))
    assert added.add(store, NOTES, row("other", subject="incident 6", content="’; DROP TABLE gs_notes; --"))
    assert [note["content"] for note in added.rows(store, NOTES, "incident 5", NOW + 1)] == ["note 1", "note 2"]
    assert len(added.rows(store, NOTES)) == 4


def test_a_row_that_is_there_stays_and_is_changed_on_purpose(store: Store) -> None:
    assert added.add(store, ACTION_ITEMS, item("one"))
    assert not added.add(store, ACTION_ITEMS, item("one", content="something else"))
    assert added.change(store, ACTION_ITEMS, "one", {"done_at": NOW + 5, "owner": "lee"})
    assert not added.change(store, ACTION_ITEMS, "two", {"owner": "lee"})
    [only] = added.rows(store, ACTION_ITEMS)
    assert (only["content"], only["owner"], only["done_at"]) == ("Alert on the queue", "lee", NOW + 5)


def test_of_replicas_one_alone_may_notify(spec: StateSpec) -> None:
    first = open_store(spec)
    stores = [first, *(first if spec.where == MEMORY else open_store(spec) for _ in range(3))]
    with ThreadPoolExecutor(4) as pool:
        for event in ("open", "escalation", "close"):
            notice = row(f"incident 5 {event} slack", event=event, receiver="slack", person="")
            are_new = list(pool.map(lambda store, notice=notice: added.add(store, NOTIFICATIONS, notice), stores))
            assert sorted(are_new) == [False, False, False, True]
    for store in stores:
        store.close()


def test_what_is_over_is_forgotten_and_what_is_to_be_done_stays(store: Store) -> None:
    old = NOW - 401 * DAY
    added.add(store, NOTES, row("old", content="x", added_at=old))
    added.add(store, NOTES, row("new", content="x"))
    added.add(store, ACTION_ITEMS, item("open", added_at=old))
    added.add(store, ACTION_ITEMS, item("done", added_at=old, done_at=old))
    added.add(store, ACTION_ITEMS, item("done lately", added_at=old, done_at=NOW))
    assert retention.prune(store, NOW) == 2
    assert [note["id"] for note in added.rows(store, NOTES)] == ["new"]
    assert [done["id"] for done in added.rows(store, ACTION_ITEMS)] == ["done lately", "open"]


def test_what_was_told_is_known_for_longer_than_incidents_are_shown() -> None:
    store = open_store(StateSpec(MEMORY, retention=DAY))
    for days in (2, 39, 41):
        added.add(store, NOTIFICATIONS, row(f"{days}", event="open", receiver="slack", added_at=NOW - days * DAY))
        added.add(store, NOTES, row(f"{days}", content="x", added_at=NOW - days * DAY))
    assert retention.prune(store, NOW) == 4
    assert [notice["id"] for notice in added.rows(store, NOTIFICATIONS)] == ["39", "2"]
    store.close()


def test_all_of_it_is_exported_and_imported(store: Store) -> None:
    other = open_store(StateSpec(MEMORY))
    more = {
        "content": "x",
        "field": "start",
        "owner": "kim",
        "due": "",
        "changed_at": NOW,
        "start_at": NOW,
        "end_at": NOW,
    }
    more |= {"event": "open", "receiver": "slack"}
    more |= {"slos": "[]", "begin_at": NOW, "until_at": NOW, "even_burning": 0, "ended_by": ""}
    for table in ADDED:
        columns = {name: value for name, value in more.items() if name in table.c}
        columns |= {"services": "[]"} if table is POLICY_EXCEPTIONS else {}
        assert added.add(other, table, row(**columns))
    written = list(transfer.lines(other))
    other.close()
    assert transfer.read(store, written) == (len(ADDED), 0)
    assert list(transfer.lines(store)) == written


@pytest.mark.parametrize("content", ["x" * 1_000_001, "a\0b"], ids=["long", "NUL"])
def test_what_is_no_text_to_keep_is_refused(store: Store, content: str) -> None:
    with pytest.raises(StateError, match="content is longer than 1,000,000 characters, or is no text"):
        added.add(store, NOTES, row(content=content))
    with pytest.raises(StateError, match="content"):
        added.change(store, NOTES, "one", {"content": content})


def test_changes_have_functions_of_their_own(store: Store) -> None:
    with pytest.raises(ValueError, match="gs_changes has functions of its own"):
        added.add(store, CHANGES, {})
    assert added.add(store, ACKNOWLEDGEMENTS, row())
