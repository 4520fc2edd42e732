"""What people add to an incident or an entry: acknowledgements, notes, corrections and action items, as rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.incidents.incident import Correctable

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """An acknowledgement of an incident or a triage entry.

    Attributes:
        person: the name as given. `at`, `withdrawn_at`: epoch seconds; None while it holds.
        id, subject: of its row, and of what was acknowledged.
    """

    person: str
    at: float
    withdrawn_at: float | None = None
    id: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A note on an incident or a triage entry.

    Attributes:
        person: the name as given. `at`: epoch seconds. `id`, `subject`: of its row, and of what it is about.
    """

    person: str
    at: float
    text: str
    id: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """A corrected value: a text for the title, otherwise epoch seconds as text."""

    person: str
    at: float
    field: Correctable
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItem:
    """A task after an incident.

    Attributes:
        id, incident: its own, and that of its incident.
        due: the due date; None without one. `done_at`: epoch seconds; None while it is open.
        person: who added it. `added_at`: epoch seconds.
    """

    id: str
    incident: str
    text: str
    owner: str = ""
    due: date | None = None
    done_at: float | None = None
    person: str = ""
    added_at: float = 0.0

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.done_at is not None

    def is_late(self, today: date) -> bool:
        """Whether it should have been done before today."""
        return not self.is_done and self.due is not None and self.due < today


def acknowledgements(rows: Iterable[Row]) -> tuple[Acknowledgement, ...]:
    """Acknowledgements from rows, in order."""
    return tuple(
        Acknowledgement(row["person"], row["added_at"], row["withdrawn_at"], row["id"], row["subject"]) for row in rows
    )


def notes(rows: Iterable[Row]) -> tuple[Note, ...]:
    """Notes from rows, in order."""
    return tuple(Note(row["person"], row["added_at"], row["content"], row["id"], row["subject"]) for row in rows)


def corrections(rows: Iterable[Row]) -> tuple[Correction, ...]:
    """Corrections from rows, in order; fields of newer versions are skipped."""
    known = {str(field) for field in Correctable}
    return tuple(
        Correction(row["person"], row["added_at"], Correctable(row["field"]), row["content"])
        for row in rows
        if row["field"] in known
    )


def action_items(rows: Iterable[Row]) -> tuple[ActionItem, ...]:
    """Action items from rows, in order."""
    return tuple(
        ActionItem(
            id=row["id"],
            incident=row["subject"],
            text=row["content"],
            owner=row["owner"],
            due=_day(row["due"]),
            done_at=row["done_at"],
            person=row["person"],
            added_at=row["added_at"],
        )
        for row in rows
    )


def by_urgency(items: Iterable[ActionItem]) -> list[ActionItem]:
    """Open ones before done ones, each by due date; those without one come last."""
    return sorted(items, key=lambda item: (item.is_done, item.due or date.max, item.added_at, item.id))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
