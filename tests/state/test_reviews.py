"""What people say of periods is kept, and what was signed off comes back as it was signed."""

import pytest

from dashboard.exceptions import StateError
from dashboard.state import reviews, transfer
from dashboard.state.retention import prune
from dashboard.state.reviews import StoredSignOff
from dashboard.state.shared import REVIEWS, SharedAdded
from dashboard.state.store import Store
from dashboard.state.tables import REVIEW_COPIES, REVIEW_NOTES, SIGN_OFFS

SIGNED = StoredSignOff(period="2026-10", scope="", person="Mona", at=100.0, remarks="Agreed.\nIn stages.")


def test_the_newest_note_of_a_service_counts_and_an_empty_one_takes_it_back(store: Store) -> None:
    for at, service, text in (
        (1.0, "", "one deploy"),
        (2.0, "search", "memory"),
        (3.0, "", "two\ndeploys"),
        (4.0, "search", " "),
    ):
        reviews.write_note(store, "2026-10", service, text, person="Mona", at=at)
    reviews.write_note(store, "2026-11", "", "another month", person="", at=5.0)
    shared = SharedAdded(store, tables=REVIEWS)
    try:
        assert reviews.notes(shared.read().rows(REVIEW_NOTES, "2026-10")) == {"": "two\ndeploys"}
    finally:
        shared.stop()


def test_a_review_is_signed_once_and_kept_as_it_was(store: Store) -> None:
    copies = {"html": "<main>ü \U0001f600</main>" * 5000, "json": '{"a": null}'}
    assert reviews.sign(store, SIGNED, copies)
    again = StoredSignOff(period="2026-10", scope="", person="Paul", at=200.0)
    assert not reviews.sign(store, again, {"html": "other"})
    assert reviews.sign(store, StoredSignOff(period="2026-10", scope="team=shop", person="Paul", at=200.0), {})
    assert reviews.copies(store, SIGNED.id) == copies
    assert reviews.copies(store, "nothing") is None
    shared = SharedAdded(store, tables=REVIEWS)
    try:
        assert next(map(reviews.sign_off, shared.read().rows(SIGN_OFFS))) == SIGNED
    finally:
        shared.stop()


@pytest.mark.parametrize("content", ["", "no base64!", "AAAA", "eJwDAAAAAAE="])
def test_a_copy_that_cannot_be_read_is_none(store: Store, content: str) -> None:
    with store.writing() as connection:
        connection.execute(REVIEW_COPIES.insert().values(id="x", content=content))
    assert reviews.copies(store, "x") is None


def test_nothing_of_a_review_is_forgotten_with_what_is_over(store: Store) -> None:
    reviews.write_note(store, "2026-10", "", "one deploy", person="Mona", at=1.0)
    reviews.sign(store, SIGNED, {"html": "kept"})
    assert prune(store, 4e9) == 0
    assert reviews.copies(store, SIGNED.id) == {"html": "kept"}


def test_a_copy_of_the_state_holds_what_was_signed(store: Store) -> None:
    reviews.sign(store, SIGNED, {"html": "kept"})
    written = list(transfer.lines(store))
    with store.writing() as connection:
        for table in (SIGN_OFFS, REVIEW_COPIES):
            connection.execute(table.delete())
    assert transfer.read(store, written) == (2, 0)
    assert reviews.copies(store, SIGNED.id) == {"html": "kept"}


def test_no_text_is_longer_than_is_said(store: Store) -> None:
    with pytest.raises(StateError, match=r"the note may have 20,000 characters, and has 20,001"):
        reviews.write_note(store, "2026-10", "", "x" * 20_001, person="", at=1.0)
