"""The two views of the page of incidents: all of a period, or a single one."""

import streamlit as st

from dashboard.engine.incidents import incident_spending
from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.record import Record
from dashboard.state.shared import Added
from dashboard.ui import incident_records, problems
from dashboard.ui.panels.incidents import (
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
from dashboard.ui.panels.incidents.incident_filter import IncidentFilter
from dashboard.ui.panels.service import spending
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import address
from dashboard.ui.text.incidents import incident_text

UNKNOWN = (
    "No incident has the id {wanted}: it may be older than what is kept, or of another dashboard. "
    "All that are known are listed below."
)
_lists = SharedCache[list[Record]]()
_bodies = SharedCache[tuple[tuple[str, ...], tuple[str, ...]]](256)


def chosen(snapshot: Snapshot) -> Record | None:
    """The incident in the address with everything known about it; None if there is no known one."""
    incident = incident_records.find(snapshot, st.query_params.get("incident", ""))
    return None if incident is None else incident_records.record(snapshot, incident_records.added(), incident)


def is_edited() -> bool:
    """Whether the address asks for a form of an incident."""
    return bool(st.query_params.get("incident") and (st.query_params.get("edit") or st.query_params.get("item")))


def head(snapshot: Snapshot, now: float) -> None:
    """Draw what is above the forms: the head of a single incident, or the whole list.

    Args:
        snapshot: the newest one. `now`: epoch seconds.
    """
    record = chosen(snapshot)
    if record is None:
        overview(snapshot, now)
        return
    st.html(incident_head.head(snapshot, record, now))
    if (problem := incident_records.added().problem) is not None:
        problems.banner(problem)


def forms(snapshot: Snapshot) -> None:
    """Draw the forms requested by the address."""
    record = chosen(snapshot)
    if record is not None and st.query_params.get("edit"):
        incident_edit.corrections(snapshot, record)
    if record is not None and (wanted := st.query_params.get("item", "")):
        incident_edit.item(record, wanted)


def body(snapshot: Snapshot) -> float | None:
    """Draw the story of a single incident; nothing if the address names no known one.

    Returns:
        Seconds until the page is to be drawn again for values that are still being computed; None if it is complete.
    """
    record = chosen(snapshot)
    if record is None:
        return None
    data = record, snapshot.time_zone, snapshot.at if record.incident.is_open else None
    above, below = _bodies.of(record.incident.id, data, lambda: _body(snapshot, record))
    for part in above:
        st.html(part)
    retry_s = _spending(snapshot, record)
    for part in below:
        st.html(part)
    return retry_s


def overview(snapshot: Snapshot, now: float) -> None:
    """Draw all incidents of a period, and open action items.

    Args:
        snapshot: the newest one. `now`: epoch seconds.
    """
    added, known = incident_records.added(), incident_records.incidents(snapshot)
    title = st.container(key="incidents_head")
    choice = incident_filter.chosen_filter(snapshot, known)
    # Shared by viewers with the same filter.
    records = _lists.of((choice.service, choice.period), (snapshot, added), lambda: _listed(snapshot, added, choice))
    title.html(incident_list.head(snapshot, now, records))
    if number := st.query_params.get("incident", ""):
        problems.banner(UNKNOWN.format(wanted=address.shortened(number)))
    for problem in filter(None, (choice.problem, added.problem)):
        problems.banner(problem)
    if records:
        st.html(incident_list.summary(records))
        st.html(incident_list.table(snapshot, (choice.service, choice.period), records))
    else:
        problems.empty(incident_list.absent(snapshot))
    if since := incident_list.judged(snapshot, choice.seconds):
        st.html(since)
    titles = _titles(snapshot, added)
    if items := incident_parts.open_items(snapshot, incident_records.action_items(added), titles):
        st.html(items)
    if quality := alert_quality.quality(snapshot):
        st.html(quality)


def _listed(snapshot: Snapshot, added: Added, choice: IncidentFilter) -> list[Record]:
    """Incidents that match a filter, with everything known about them."""
    wanted = incident_records.incidents(snapshot, choice.seconds)
    matching = (incident for incident in wanted if choice.matches(incident, snapshot.at))
    return incident_records.records(snapshot, added, matching)


def _titles(snapshot: Snapshot, added: Added) -> dict[str, str]:
    """Titles of the incidents with an open action item, by their ids."""
    numbers = {item.incident for item in incident_records.action_items(added) if not item.is_done}
    named = (incident_records.find(snapshot, number) for number in sorted(numbers))
    every = incident_records.records(snapshot, added, (incident for incident in named if incident is not None))
    return {record.incident.id: incident_text.shown_title(record, snapshot.at) for record in every}


def _spending(snapshot: Snapshot, record: Record) -> float | None:
    """Draw what spent the budget: as stored, else from the source; returns seconds until the next attempt."""
    asked, stored, zone = incident_spending.wanted(record.incident, snapshot.at), record.spending, snapshot.time_zone
    if asked is None:
        return None
    may_be_known = incident_spending.may_be_known(snapshot, asked)
    if stored is not None and (incident_spending.is_of(stored, asked) or not may_be_known):
        with st.container(border=True, key="card_spending"):
            spending.stored_in_full(incident_spending.as_window(stored), zone=zone)
        return None
    if not may_be_known:
        return None
    slides = record.moments.end is None
    with st.container(border=True, key="card_spending"):
        return spending.in_full(asked.service, asked.spans, (asked.bad,), zone=zone, slides=slides)


def _body(snapshot: Snapshot, record: Record) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The parts above and below what spent the budget, as HTML."""
    zone = snapshot.time_zone
    story = incident_timeline.rail(record, zone) + incident_chart.charts(record, zone, snapshot.at)
    pair = incident_suspects.considered(record.suspects, record.titles, zone) + incident_parts.together(record, zone)
    above = (
        incident_head.cards(snapshot, record),
        f'<div class="gs-incstory">{story}</div>',
        incident_head.impacts(snapshot, record),
    )
    below = f'<div class="gs-incpair">{pair}</div>', incident_parts.items(snapshot, record)
    return tuple(part for part in above if part), below
