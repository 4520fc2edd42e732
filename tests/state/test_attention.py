"""What people write of entries is kept as text, short, and once."""

from collections.abc import Iterator

import pytest

from dashboard.exceptions import StateError
from dashboard.state import added, attention
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.store import Store
from dashboard.state.tables import ACKNOWLEDGEMENTS, NOTES
from tests.state.samples import NOW


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store(StateSpec(MEMORY))
    yield opened
    opened.close()


def test_an_acknowledgement_is_kept_once_and_can_be_taken_back(store: Store) -> None:
    assert attention.acknowledge(store, "a1", subject="checkout:burn", person="  Mona\n L. ", now=NOW)
    assert not attention.acknowledge(store, "a1", subject="checkout:burn", person="Kim", now=NOW + 1)
    (row,) = added.rows(store, ACKNOWLEDGEMENTS)
    assert (row["person"], row["added_at"], row["withdrawn_at"]) == ("Mona L.", NOW, None)
    assert attention.withdraw(store, "a1", NOW + 60)
    assert not attention.withdraw(store, "b2", NOW + 60)
    assert added.rows(store, ACKNOWLEDGEMENTS)[0]["withdrawn_at"] == NOW + 60


def test_a_note_is_text_without_what_hides_in_it(store: Store) -> None:
    hostile = "<script>alert(1)</script>\u202e\x00\x1b[31m line one\nline two\t✓ é"
    assert attention.note(store, "n1", subject="s", person="Mona", text=hostile, now=NOW)
    assert added.rows(store, NOTES)[0]["content"] == "<script>alert(1)</script>[31m line one\nline two\t✓ é"


@pytest.mark.parametrize(("fields", "what"), [
    ({"text": " \u200b "}, "the note is empty"),
    ({"text": "x" * 2001}, "the note is longer than 2,000 characters"),
    ({"person": ""}, "the name is empty"),
    ({"person": "x" * 81}, "the name is longer than 80 characters"),
    ({"subject": ""}, "nothing is named"),
    ({"subject": "x" * 401}, "nothing is named"),
])  # fmt: skip
def test_what_cannot_be_kept_is_said_and_not_kept(store: Store, fields: dict[str, str], what: str) -> None:
    with pytest.raises(StateError, match=what):
        attention.note(store, "n1", **{"subject": "s", "person": "Mona", "text": "t", **fields}, now=NOW)
    assert added.rows(store, NOTES) == []
