"""Incidents with what people and senders added, built from snapshot and state once for all viewers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dashboard.engine.incidents.incident_context import changes_of, context_of
from dashboard.engine.snapshot import Snapshot
from dashboard.exceptions import StateError
from dashboard.incidents import people, stored
from dashboard.incidents.context import Context
from dashboard.incidents.incident import Incident
from dashboard.incidents.people import ActionItem
from dashboard.incidents.record import Record
from dashboard.state import running
from dashboard.state.shared import Added
from dashboard.state.tables import ACKNOWLEDGEMENTS, ACTION_ITEMS, CORRECTIONS, INCIDENTS, NOTES
from dashboard.timerange import DAY
from dashboard.ui.shared_cache import SharedCache

# Incidents within this many seconds are all in the snapshot.
HELD_S = 30.0 * DAY
_records = SharedCache[Record](512)
_by_subject = SharedCache[Mapping[str, Mapping[str, list[people.Row]]]](2)
_long_ago = SharedCache[list[Incident]](2)
_contexts = SharedCache[Context](512)


def added() -> Added:
    """What people added, from memory; empty, with the reason, if no state store is open."""
    try:
        return running.added().read()
    except StateError as error:
        return Added(problem=f"What people added cannot be shown: {error}")


def incidents(snapshot: Snapshot, seconds: float = 0.0) -> Sequence[Incident]:
    """Known incidents, newest first.

    Args:
        snapshot: has those of the last 30 days. `seconds`: how far back to include stored ones.
    """
    if seconds <= HELD_S:
        return snapshot.incidents
    known = {number for incident in snapshot.incidents for number in (incident.id, *incident.aliases)}
    return [*snapshot.incidents, *(incident for incident in _stored() if incident.id not in known)]


def _stored() -> Sequence[Incident]:
    """Closed incidents from the state store, newest first."""
    try:
        rows = running.long_ago().read()
    except StateError:
        return ()
    return _long_ago.of("", rows, lambda: _read(rows))


def _read(rows: Added) -> list[Incident]:
    texts = (row["content"] for row in rows.rows(INCIDENTS))
    every = [incident for text in texts if (incident := stored.read(text)) is not None and incident.end is not None]
    return sorted(every, key=lambda incident: (-incident.start, incident.id))


def find(snapshot: Snapshot, number: str) -> Incident | None:
    """The incident with this id or alias; None if it is unknown."""
    if not number:
        return None
    # Search older incidents only if none of the newer ones has the id.
    places = (lambda: snapshot.incidents, _stored)
    every = (incident for place in places for incident in place())
    return next((incident for incident in every if number in (incident.id, *incident.aliases)), None)


def records(snapshot: Snapshot, added: Added, chosen: Iterable[Incident]) -> list[Record]:
    """Incidents with everything known about them, in the given order.

    Args:
        snapshot: the newest one. `added`: what people added. `chosen`: the incidents.
    """
    return [record(snapshot, added, incident) for incident in chosen]


def record(snapshot: Snapshot, added: Added, incident: Incident) -> Record:
    """One incident with everything known about it, built once for all viewers.

    Args:
        snapshot: the newest one. `added`: what people added. `incident`: a known incident.
    """
    rows = _rows_of(added, incident)
    context = _contexts.of(incident.id, _around(snapshot, incident), lambda: context_of(snapshot, incident))
    data = incident, context, rows
    return _records.of(incident.id, data, lambda: _record(snapshot, incident, context, rows))


def action_items(added: Added) -> tuple[ActionItem, ...]:
    """The action items of all incidents, as they were added."""
    return people.action_items(added.rows(ACTION_ITEMS))


def _record(snapshot: Snapshot, incident: Incident, context: Context, rows: Mapping[str, list[people.Row]]) -> Record:
    corrections = people.corrections(rows.get(CORRECTIONS.name, ()))
    # The newest value of each field counts; those in the snapshot may be a refresh old.
    newest = {correction.field: correction.text for correction in corrections}
    return Record(
        incident=replace(incident, corrections={**incident.corrections, **newest}),
        changes=context.changes,
        suspects=context.suspects,
        alerts=context.alerts,
        acknowledgements=people.acknowledgements(rows.get(ACKNOWLEDGEMENTS.name, ())),
        notes=people.notes(rows.get(NOTES.name, ())),
        corrections=corrections,
        items=people.action_items(rows.get(ACTION_ITEMS.name, ())),
        titles={service: snapshot.service_title(service) for service in incident.services},
        spending=context.spending,
    )


def _around(snapshot: Snapshot, incident: Incident) -> tuple[object, ...]:
    """What the context of an incident depends on; for a stored one, only later additions can change it."""
    changes = changes_of(snapshot, incident)
    if incident.context is not None:
        return incident, changes
    return incident, changes, snapshot.alerts.intervals, snapshot.at if incident.is_open else None


def _rows_of(added: Added, incident: Incident) -> Mapping[str, list[people.Row]]:
    """Rows of an incident by table, including rows under its aliases."""
    by_subject = _by_subject.of("", added, lambda: _sorted(added))
    tables = [by_subject[number] for number in (incident.id, *incident.aliases) if number in by_subject]
    if len(tables) < 2:
        return tables[0] if tables else {}
    names = {name for rows in tables for name in rows}
    merged = {name: [row for rows in tables for row in rows.get(name, ())] for name in names}
    return {name: sorted(rows, key=lambda row: (row["added_at"], row["id"])) for name, rows in merged.items()}


def _sorted(added: Added) -> dict[str, dict[str, list[people.Row]]]:
    rows: dict[str, dict[str, list[people.Row]]] = {}
    for table in (ACKNOWLEDGEMENTS, NOTES, CORRECTIONS, ACTION_ITEMS):
        for row in added.rows(table):
            rows.setdefault(row["subject"], {}).setdefault(table.name, []).append(row)
    return rows
