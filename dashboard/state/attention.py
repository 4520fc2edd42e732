"""Acknowledgements and notes in the store: short texts; names are as given until there is a login."""

import unicodedata
from typing import Any

from dashboard.exceptions import StateError
from dashboard.state import added
from dashboard.state.store import Store
from dashboard.state.tables import ACKNOWLEDGEMENTS, NOTES

NAME_LETTERS, NOTE_LETTERS, SUBJECT_LETTERS = 80, 2_000, 400
# Notes may have several lines; invisible characters and those that change the text direction are removed.
_ALLOWED_CONTROLS = "\n\t"
_LEFT_OUT = ("Cc", "Cf", "Co", "Cs")


def acknowledge(store: Store, number: str, *, subject: str, person: str, now: float) -> bool:
    """Store an acknowledgement of a subject; False if it was already stored.

    Args:
        store: is written to. `number`: the id of the row, created by the caller.
        subject: the id of an entry. `person`: the name as given. `now`: epoch seconds.

    Raises:
        StateError: there is no name, or the store failed.
    """
    return added.add(store, ACKNOWLEDGEMENTS, _row(number, subject, person, now))


def withdraw(store: Store, number: str, now: float) -> bool:
    """Withdraw an acknowledgement; False if there is none with that id. `now` is in epoch seconds.

    Raises:
        StateError: the store failed.
    """
    return added.change(store, ACKNOWLEDGEMENTS, number, {"withdrawn_at": now})


def note(store: Store, number: str, *, subject: str, person: str, text: str, now: float) -> bool:
    """Store a note; False if it was already stored.

    Args:
        store: is written to. `number`: the id of the row, created by the caller.
        subject: the id of an entry. `person`: the name as given. `text`: of the note. `now`: epoch seconds.

    Raises:
        StateError: there is no name or no text, one is too long, or the store failed.
    """
    written = cleaned(text, NOTE_LETTERS, "the note")
    return added.add(store, NOTES, {**_row(number, subject, person, now), "content": written})


def _row(number: str, subject: str, person: str, now: float) -> dict[str, Any]:
    if not subject or len(subject) > SUBJECT_LETTERS:
        raise StateError("nothing is named that this could be kept of")
    return {
        "id": number,
        "subject": subject,
        "person": " ".join(cleaned(person, NAME_LETTERS, "the name").split()),
        "added_at": now,
    }


def cleaned(text: str, most: int, what: str) -> str:
    """A person's text without invisible characters and those that change the text direction.

    Args:
        text: as written. `most`: maximum length. `what`: its name, for messages.

    Raises:
        StateError: it is empty, or too long.
    """
    stored = "".join(
        letter for letter in text if letter in _ALLOWED_CONTROLS or unicodedata.category(letter) not in _LEFT_OUT
    ).strip()
    if not stored:
        raise StateError(f"{what} is empty")
    if len(stored) > most:
        raise StateError(f"{what} is longer than {most:,} characters")
    return stored
