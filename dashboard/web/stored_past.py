"""What the state has about a past period: closed incidents, and what people added to any."""

from collections.abc import Mapping, Sequence
from functools import partial

from dashboard.engine.reviews.review_facts import Entries, ReadPast, StoredPast
from dashboard.incidents import people
from dashboard.incidents.incident import Incident
from dashboard.incidents.stored import read, with_corrections
from dashboard.state import added
from dashboard.state import incidents as state
from dashboard.state.store import Store
from dashboard.state.tables import ACKNOWLEDGEMENTS, ACTION_ITEMS, CORRECTIONS, NOTES
from dashboard.web.incidents.incident_keeper import corrections_of

TABLES = (ACKNOWLEDGEMENTS, NOTES, CORRECTIONS, ACTION_ITEMS)
Rows = Mapping[str, Sequence[people.Row]]


def stored_past(store: Store) -> ReadPast:
    """Returns a reader of the stored past of a store; it must not be called on the event loop."""
    return partial(_read, store)


def _read(store: Store, start: float, end: float) -> StoredPast:
    """What is stored between two times (epoch seconds).

    Raises:
        StateError: the store failed.
    """
    texts = (row.content for row in state.stored(store, start) if row.start < end)
    corrections = corrections_of(store)
    known = (incident for text in texts if (incident := read(text)) is not None and incident.end is not None)
    incidents = [with_corrections(incident, corrections) for incident in known]
    return StoredPast(
        _newest_first(incidents), {number: _entries(rows) for number, rows in _rows(store, start).items()}
    )


def _newest_first(incidents: Sequence[Incident]) -> tuple[Incident, ...]:
    return tuple(sorted(incidents, key=lambda incident: (-incident.start, incident.id)))


def _rows(store: Store, start: float) -> dict[str, dict[str, list[people.Row]]]:
    """Rows that were added since a time (epoch seconds), by incident and table."""
    by_subject: dict[str, dict[str, list[people.Row]]] = {}
    for table in TABLES:
        for row in added.rows(store, table, since=start):
            by_subject.setdefault(row["subject"], {}).setdefault(table.name, []).append(row)
    return by_subject


def _entries(rows: Rows) -> Entries:
    return Entries(
        people.acknowledgements(rows.get(ACKNOWLEDGEMENTS.name, ())),
        people.notes(rows.get(NOTES.name, ())),
        people.corrections(rows.get(CORRECTIONS.name, ())),
        people.action_items(rows.get(ACTION_ITEMS.name, ())),
    )
