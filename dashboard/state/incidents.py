"""Stored incidents, because their source forgets them, and corrections by people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from dashboard.exceptions import StateError
from dashboard.state.store import Store
from dashboard.state.tables import CORRECTIONS, INCIDENTS
from dashboard.state.writing import insert_new

# An outage of everything concerns thousands of objectives.
LONGEST = 10_000_000


@dataclass(frozen=True, slots=True)
class KeptIncident:
    """A row: its id, when it began and was last known to go on (epoch seconds), and what was derived, as JSON."""

    id: str
    start: float
    end: float
    content: str


def keep(store: Store, incident: KeptIncident, now: float) -> None:
    """Keep an incident, instead of what was kept of it before.

    Args:
        store: is written to. `incident`: as it is known now. `now`: epoch seconds.

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


def kept(store: Store, since: float = 0.0, number: str | None = None) -> list[KeptIncident]:
    """Incidents that are kept, newest first.

    Args:
        store: is read. `since`: epoch seconds; they ended then or later. `number`: the id of one.

    Raises:
        StateError: the store failed.
    """
    query = select(INCIDENTS).order_by(INCIDENTS.c.start_at.desc(), INCIDENTS.c.id).where(INCIDENTS.c.end_at >= since)
    if number is not None:
        query = query.where(INCIDENTS.c.id == number)
    with store.reading() as connection:
        rows = connection.execute(query).all()
    return [KeptIncident(row.id, row.start_at, row.end_at, row.content) for row in rows]


def sign(store: Store) -> tuple[Any, ...]:
    """What differs when an incident or a correction was added, changed or forgotten: all else need not be read again.

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
    """What counts now: by the id of an incident its corrected fields; those that were withdrawn are not in it.

    Raises:
        StateError: the store failed.
    """
    with store.reading() as connection:
        rows = connection.execute(select(CORRECTIONS).order_by(CORRECTIONS.c.added_at, CORRECTIONS.c.id)).mappings()
        return in_force(rows)


def in_force(rows: Iterable[Mapping[Any, Any]]) -> dict[str, dict[str, str]]:
    """What counts of corrections, oldest first, by the id of an incident and the field."""
    counting: dict[str, dict[str, str]] = {}
    for row in rows:
        counting.setdefault(row["subject"], {})[row["field"]] = row["content"]
    return {
        incident: {field: content for field, content in fields.items() if content}
        for incident, fields in counting.items()
    }
