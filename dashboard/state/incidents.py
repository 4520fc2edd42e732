"""Stored incidents, because their source forgets them, and corrections by people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from dashboard.exceptions import StateError
from dashboard.state.store import Store
from dashboard.state.tables import CORRECTIONS, INCIDENTS
from dashboard.state.writing import insert_new

# Maximum length: an outage of everything affects thousands of objectives.
LONGEST = 10_000_000


@dataclass(frozen=True, slots=True)
class StoredIncident:
    """A row: id, start and last known time (epoch seconds), and the derived incident as JSON."""

    id: str
    start: float
    end: float
    content: str


def keep(store: Store, incident: StoredIncident, now: float) -> None:
    """Store an incident, replacing its previous version.

    Args:
        store: is written to. `incident`: its newest version. `now`: epoch seconds.

    Raises:
        StateError: its text is too long, or the store failed.
    """
    if len(incident.content) > LONGEST:
        raise StateError(f"incident {incident.id} is longer than {LONGEST:,} characters")
    values = {"start_at": incident.start, "end_at": incident.end, "content": incident.content, "added_at": now}
    with store.writing() as connection:
        changed = connection.execute(update(INCIDENTS).where(INCIDENTS.c.id == incident.id).values(values))
        if not changed.rowcount:
            row = {"id": incident.id, "subject": incident.id, "person": "", **values}
            insert_new(connection, INCIDENTS, row)


def stored(store: Store, since: float = 0.0, number: str | None = None) -> list[StoredIncident]:
    """Stored incidents, newest first.

    Args:
        store: is read. `since`: epoch seconds; only those that ended since then. `number`: the id of a single one.

    Raises:
        StateError: the store failed.
    """
    query = select(INCIDENTS).order_by(INCIDENTS.c.start_at.desc(), INCIDENTS.c.id).where(INCIDENTS.c.end_at >= since)
    if number is not None:
        query = query.where(INCIDENTS.c.id == number)
    with store.reading() as connection:
        rows = connection.execute(query).all()
    return [StoredIncident(row.id, row.start_at, row.end_at, row.content) for row in rows]


def sign(store: Store) -> tuple[Any, ...]:
    """A value that changes whenever an incident or a correction is added, changed or deleted, to avoid rereading.

    Raises:
        StateError: the store failed.
    """
    with store.reading() as connection:
        parts = [
            connection.execute(select(func.count(), func.max(table.c.added_at), func.sum(table.c.added_at))).one()
            for table in (INCIDENTS, CORRECTIONS)
        ]
    return tuple(tuple(part) for part in parts)


def corrections(store: Store) -> dict[str, dict[str, str]]:
    """The corrections in force: fields by the id of an incident, without withdrawn ones.

    Raises:
        StateError: the store failed.
    """
    with store.reading() as connection:
        rows = connection.execute(select(CORRECTIONS).order_by(CORRECTIONS.c.added_at, CORRECTIONS.c.id)).mappings()
        return in_force(rows)


def in_force(rows: Iterable[Mapping[Any, Any]]) -> dict[str, dict[str, str]]:
    """The corrections in force, by the id of an incident and the field, given all of them oldest first."""
    counting: dict[str, dict[str, str]] = {}
    for row in rows:
        counting.setdefault(row["subject"], {})[row["field"]] = row["content"]
    return {
        incident: {field: content for field, content in fields.items() if content}
        for incident, fields in counting.items()
    }
