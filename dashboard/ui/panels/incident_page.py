"""The two pictures of the page of incidents: all of a period, or one of them."""

import streamlit as st

from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.record import Record
from dashboard.ui import incident_records, problems
from dashboard.ui.panels import (
    alert_quality,
    incident_chart,
    incident_edit,
    incident_filter,
    incident_head,
    incident_list,
    incident_parts,
    incident_suspects,
    incident_timeline,
)
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import address, incident_text

UNKNOWN = (
    "No incident has the id {wanted}: it may be older than what is kept, or of another dashboard. "
    "All that are known are listed below."
)
_bodies = SharedCache[tuple[str, ...]](256)


def chosen(snapshot: Snapshot) -> Record | None:
    """The incident that the address names, with all that is known of it; None where it names none that is known."""
    incident = incident_records.find(snapshot, st.query_params.get("incident", ""))
    return None if incident is None else incident_records.record(snapshot, incident_records.added(), incident)


def overview(snapshot: Snapshot, now: float) -> None:
    """Draw all incidents of a period, and what is still to be done after any.

    Args:
        snapshot: the newest one. `now`: epoch seconds.
    """
    told, known = incident_records.added(), incident_records.incidents(snapshot)
    title = st.container(key="incidents_head")
    choice = incident_filter.chosen_filter(snapshot, known)
    matching = [incident for incident in known if choice.matches(incident, snapshot.at)]
    records = incident_records.records(snapshot, told, matching)
    title.html(incident_list.head(snapshot, now, records))
    if wanted := st.query_params.get("incident", ""):
        problems.banner(UNKNOWN.format(wanted=address.shortened(wanted)))
    for problem in filter(None, (choice.problem, told.problem)):
        problems.banner(problem)
    if records:
        st.html(incident_list.summary(records))
        st.html(incident_list.table(snapshot, (choice.service, choice.period), records))
    else:
        problems.empty(incident_list.absent(snapshot))
    every = incident_records.records(snapshot, told, known)
    titles = {record.incident.id: incident_text.shown_title(record, snapshot.at) for record in every}
    if items := incident_parts.open_items(snapshot, incident_records.action_items(told), titles):
        st.html(items)
    if quality := alert_quality.quality(snapshot):
        st.html(quality)


def detail(snapshot: Snapshot, record: Record, now: float) -> None:
    """Draw one incident.

    Args:
        snapshot: the newest one. `record`: the incident. `now`: epoch seconds.
    """
    st.html(incident_head.head(snapshot, record, now))
    if (problem := incident_records.added().problem) is not None:
        problems.banner(problem)
    moment = snapshot.at if record.incident.is_open else None
    data = record, snapshot.time_zone, moment
    for part in _bodies.of(record.incident.id, data, lambda: _body(snapshot, record)):
        if part:
            st.html(part)


def _body(snapshot: Snapshot, record: Record) -> tuple[str, ...]:
    zone = snapshot.time_zone
    story = incident_timeline.rail(record, zone) + incident_chart.charts(record, zone, snapshot.at)
    pair = incident_suspects.considered(record.suspects, record.titles, zone) + incident_parts.together(record, zone)
    return (
        incident_head.cards(snapshot, record),
        f'<div class="gs-incstory">{story}</div>',
        incident_head.impacts(snapshot, record),
        f'<div class="gs-incpair">{pair}</div>',
        incident_parts.items(snapshot, record),
    )


def edited(snapshot: Snapshot, record: Record) -> None:
    """Draw the form that the address asks for; nothing where it asks for none.

    Args:
        snapshot: the newest one. `record`: the incident.
    """
    if st.query_params.get("edit"):
        incident_edit.corrections(snapshot, record)
    if wanted := st.query_params.get("item", ""):
        incident_edit.item(record, wanted)
