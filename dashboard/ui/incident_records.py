"""Incidents with what people and senders told of them: made once for all viewers, of the snapshot and of the state."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dashboard.changes.known import KnownChange
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.suspects import incident_suspects
from dashboard.exceptions import StateError
from dashboard.incidents import people
from dashboard.incidents.incident import Incident
from dashboard.incidents.people import ActionItem
from dashboard.incidents.record import BEFORE_S, FiredAlert, Record
from dashboard.state import running
from dashboard.state.shared import Added
from dashboard.state.tables import ACKNOWLEDGEMENTS, ACTION_ITEMS, CORRECTIONS, NOTES
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import alert_text

_records = SharedCache[Record](512)
_by_subject = SharedCache[Mapping[str, Mapping[str, list[people.Row]]]](2)
_by_service = SharedCache[Mapping[str, list[KnownChange]]](2)


def added() -> Added:
    """What people added, as the process knows it; nothing, and why, where no state is open."""
    try:
        return running.added().read()
    except StateError as error:
        return Added(problem=f"What people added cannot be shown: {error}")


def incidents(snapshot: Snapshot) -> Sequence[Incident]:
    """All incidents that are known, the newest first."""
    return snapshot.incidents


def find(snapshot: Snapshot, number: str) -> Incident | None:
    """The incident of an id, or of one that it had before it was merged; None where nobody knows it."""
    every = incidents(snapshot)
    return next((incident for incident in every if number in (incident.id, *incident.aliases)), None)


def records(snapshot: Snapshot, told: Added, chosen: Iterable[Incident]) -> list[Record]:
    """Incidents with all that is known of them, in their order.

    Args:
        snapshot: the newest one. `told`: what people added. `chosen`: the incidents.
    """
    return [record(snapshot, told, incident) for incident in chosen]


def record(snapshot: Snapshot, told: Added, incident: Incident) -> Record:
    """One incident with all that is known of it, made once for all who look.

    Args:
        snapshot: the newest one. `told`: what people added. `incident`: one of those that are known.
    """
    rows = _rows(told).get(incident.id, {})
    changes = _changes(snapshot, incident)
    # Of one that goes on it is also known how long what was suspected lasts.
    alerts = _alerts(snapshot, incident)
    data = incident, changes, alerts, rows, snapshot.at if incident.is_open else None
    return _records.of(incident.id, data, lambda: replace(_record(snapshot, incident, changes, rows), alerts=alerts))


def action_items(told: Added) -> tuple[ActionItem, ...]:
    """The action items of all incidents, as they were added."""
    return people.action_items(told.rows(ACTION_ITEMS))


def _record(
    snapshot: Snapshot, incident: Incident, changes: tuple[KnownChange, ...], rows: Mapping[str, list[people.Row]]
) -> Record:
    corrections = people.corrections(rows.get(CORRECTIONS.name, ()))
    # The newest of each field counts; those that the snapshot knows may be a refresh old.
    newest = {told.field: told.text for told in corrections}
    return Record(
        incident=replace(incident, corrections={**incident.corrections, **newest}),
        changes=changes,
        suspects=incident_suspects(snapshot, incident),
        acknowledgements=people.acknowledgements(rows.get(ACKNOWLEDGEMENTS.name, ())),
        notes=people.notes(rows.get(NOTES.name, ())),
        corrections=corrections,
        items=people.action_items(rows.get(ACTION_ITEMS.name, ())),
        titles={service: snapshot.service_title(service) for service in incident.services},
    )


def _rows(told: Added) -> Mapping[str, Mapping[str, list[people.Row]]]:
    """Rows by their subject and their table."""
    return _by_subject.of("", told, lambda: _sorted(told))


def _sorted(told: Added) -> dict[str, dict[str, list[people.Row]]]:
    rows: dict[str, dict[str, list[people.Row]]] = {}
    for table in (ACKNOWLEDGEMENTS, NOTES, CORRECTIONS, ACTION_ITEMS):
        for row in told.rows(table):
            rows.setdefault(row["subject"], {}).setdefault(table.name, []).append(row)
    return rows


def _alerts(snapshot: Snapshot, incident: Incident) -> tuple[FiredAlert, ...]:
    """Alerts that fired for the services concerned, the first one of each rule and service, in their order."""
    end = snapshot.at if incident.end is None else incident.end
    first: dict[tuple[str, str], FiredAlert] = {}
    for fired in snapshot.alerts.within(incident.services, incident.start - BEFORE_S, end):
        name, service = alert_text.rule_name(fired.rule), fired.service or ""
        first.setdefault((name, service), FiredAlert(name, fired.rule.severity, service, fired.start, fired.end))
    return tuple(alert for alert in first.values() if incident.start - BEFORE_S <= alert.start <= end)


def _changes(snapshot: Snapshot, incident: Incident) -> tuple[KnownChange, ...]:
    """Changes of the services concerned, from an hour before the start to the end, in their order."""
    by_service = _by_service.of("", snapshot.changes, lambda: _of_services(snapshot.changes))
    end = snapshot.at if incident.end is None else incident.end
    near = {
        known.change.id: known
        for service in incident.services
        for known in by_service.get(service, ())
        if incident.start - BEFORE_S <= known.change.start <= end
    }
    return tuple(sorted(near.values(), key=lambda known: (known.change.start, known.change.id)))


def _of_services(changes: Iterable[KnownChange]) -> dict[str, list[KnownChange]]:
    by_service: dict[str, list[KnownChange]] = {}
    for known in changes:
        for service in known.services:
            by_service.setdefault(service, []).append(known)
    return by_service
