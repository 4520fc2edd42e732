"""What people add is read once for all who look, and shown as soon as it is written."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dashboard.exceptions import StateError
from dashboard.state import added, running
from dashboard.state.opening import open_store
from dashboard.state.shared import FRESH_S, SharedAdded
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.store import Store
from dashboard.state.tables import ACTION_ITEMS, NOTES
from tests.state.samples import NOW

NOTE = {"id": "one", "subject": "incident 5", "person": "mona", "added_at": NOW, "content": "It is the vault."}


class Clock:
    """A clock that tests move."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Counting(Store):
    """Counts what is read of it, and fails when it shall."""

    readings, is_broken = 0, False

    def reading(self) -> Any:
        self.readings += 1
        if self.is_broken:
            raise StateError("the disk is gone")
        return super().reading()


@pytest.fixture
def store() -> Iterator[Counting]:
    opened = open_store(StateSpec(MEMORY))
    opened.__class__ = Counting
    assert isinstance(opened, Counting)
    yield opened
    opened.close()


def settled(shared: SharedAdded) -> None:
    """Wait until what was begun is done."""
    shared._worker.submit(lambda: None).result()


def test_a_thousand_looks_read_the_store_once_until_it_is_old(store: Counting) -> None:
    clock = Clock()
    shared = SharedAdded(store, clock)
    with ThreadPoolExecutor(8) as pool:
        first = list(pool.map(lambda _: shared.read(), range(1000)))
    assert {id(seen) for seen in first} == {id(shared.read())}
    assert store.readings == 1
    clock.now = FRESH_S
    assert shared.read() is first[0]
    settled(shared)
    # Nothing was added: what pages made of it holds.
    assert store.readings == 2
    assert shared.read() is first[0]
    shared.stop()


def test_what_is_written_is_shown_at_once_and_what_others_write_a_moment_later(store: Counting) -> None:
    clock = Clock()
    shared = SharedAdded(store, clock)
    assert shared.read().rows(NOTES) == ()
    assert shared.write(lambda store: added.add(store, NOTES, NOTE))
    assert [row["content"] for row in shared.read().rows(NOTES, "incident 5")] == ["It is the vault."]
    assert shared.read().rows(NOTES, "incident 6") == ()
    item = {**NOTE, "owner": "kim", "due": "", "changed_at": NOW}
    added.add(store, ACTION_ITEMS, item)
    clock.now += FRESH_S
    shared.read()
    settled(shared)
    assert len(shared.read().rows(ACTION_ITEMS)) == 1
    added.change(store, ACTION_ITEMS, "one", {"done_at": NOW, "changed_at": NOW + 1})
    clock.now += FRESH_S
    shared.read()
    settled(shared)
    assert shared.read().rows(ACTION_ITEMS)[0]["done_at"] == NOW
    shared.stop()


def test_a_store_that_fails_leaves_what_was_read_and_says_so(store: Counting) -> None:
    clock = Clock()
    shared = SharedAdded(store, clock)
    shared.write(lambda store: added.add(store, NOTES, NOTE))
    store.is_broken = True
    clock.now += FRESH_S
    shared.read()
    settled(shared)
    assert len(shared.read().rows(NOTES)) == 1
    assert shared.read().problem == "What people added is not the newest: the disk is gone"
    store.is_broken = False
    clock.now += FRESH_S
    shared.read()
    settled(shared)
    assert shared.read().problem is None
    assert len(shared.read().rows(NOTES)) == 1
    with pytest.raises(StateError, match="content"):
        shared.write(lambda store: added.add(store, NOTES, {**NOTE, "content": "\0"}))
    shared.stop()


def test_the_process_has_one_for_its_store(store: Counting) -> None:
    with pytest.raises(StateError, match="no state is open"):
        running.added()
    running.use(store)
    assert running.added() is running.added()
    running.use(None)
    with pytest.raises(StateError, match="no state is open"):
        running.added()
