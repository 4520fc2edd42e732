"""What is too old is forgotten, and where there is too much, the oldest of whoever has most."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dashboard.state import changes, retention
from dashboard.state.changes import Wanted
from dashboard.state.opening import open_store
from dashboard.state.spec import StateSpec
from dashboard.state.store import Store
from tests.state.samples import NOW, change

DAY = 86_400.0


@pytest.fixture
def small(spec: StateSpec) -> Iterator[Store]:
    """A store that keeps ten days and 100,000 bytes."""
    opened = open_store(replace(spec, retention=10 * DAY, max_size=100_000))
    yield opened
    opened.close()


def keys(store: Store) -> set[str]:
    return {stored.change.key for stored in changes.find(store, Wanted(limit=10_000))}


def test_what_ended_before_the_retention_is_forgotten(small: Store) -> None:
    old = NOW - 11 * DAY
    changes.add(
        small,
        [change("old", start=old), change("lasts", start=old, end=NOW - DAY), change("new", start=NOW - 9 * DAY)],
        "ci",
        NOW,
    )
    assert retention.prune(small, NOW) == 1
    assert keys(small) == {"lasts", "new"}
    assert retention.prune(small, NOW) == 0


def test_a_flood_of_one_sender_pushes_out_its_own_oldest_and_nobody_elses(small: Store) -> None:
    changes.add(small, [change(f"quiet {number}", start=NOW - 9 * DAY) for number in range(20)], "quiet", NOW)
    flood = [change(f"flood {number}", start=NOW - 600 + number, text="x" * 1000) for number in range(300)]
    changes.add(small, flood, "flood", NOW)
    before = retention.size(small)
    assert before > 300_000
    forgotten = retention.prune(small, NOW)
    assert 80_000 < retention.size(small) <= 90_000
    left = keys(small)
    assert {f"quiet {number}" for number in range(20)} <= left
    of_flood = sorted(int(key.split()[1]) for key in left if key.startswith("flood"))
    assert of_flood == list(range(forgotten, 300))


def test_two_that_send_much_keep_as_much_as_one_another(small: Store) -> None:
    for token, count in (("much", 100), ("more", 300)):
        flood = [change(f"{token} {number}", start=NOW - 600 + number, text="x" * 1000) for number in range(count)]
        changes.add(small, flood, token, NOW)
    retention.prune(small, NOW)
    left = [key.split()[0] for key in keys(small)]
    assert left.count("much") == left.count("more") > 30


def test_what_fits_stays(small: Store) -> None:
    changes.add(small, [change(f"{number}") for number in range(100)], "ci", NOW)
    assert retention.prune(small, NOW) == 0
    assert len(keys(small)) == 100
