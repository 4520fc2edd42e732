"""What people add to an incident: corrections of derived values, notes, and action items."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from urllib.parse import quote
from uuid import uuid4

import streamlit as st

from dashboard.engine.snapshot import Snapshot
from dashboard.incidents import correcting, statistics
from dashboard.incidents.correcting import CorrectionRefused
from dashboard.incidents.incident import Correctable
from dashboard.incidents.people import ActionItem
from dashboard.incidents.record import Record
from dashboard.state import added, running
from dashboard.state.store import Store
from dashboard.state.tables import ACTION_ITEMS, CORRECTIONS, NOTES
from dashboard.ui import address_bar, data, problems, turns
from dashboard.ui.panels.person_field import LONGEST_NAME, person_field
from dashboard.ui.text import units
from dashboard.ui.text.incidents import incident_text

# Suffix of the key under which the initial value of a field is kept.
FIRST = " at first"
LONGEST_TEXT = 2000
NEW = "new"


def corrections(snapshot: Snapshot, record: Record) -> None:
    """Draw the form for title, start, end and detection, and one for a note.

    Args:
        snapshot: the newest one. `record`: the incident.
    """
    with st.container(border=True, key="card_correct"):
        st.html(
            '<div class="gs-cardhead"><h2>Correct what was derived</h2><span class="m">what was derived stays beside '
            f"it; times in {snapshot.time_zone}; an empty field takes a correction back</span>{_close(record)}</div>"
        )
        with st.form("correct", border=False, enter_to_submit=False):
            texts = _fields(snapshot, record)
            person = person_field("correct_person")
            if st.form_submit_button("Save", type="primary"):
                _try(lambda: _correct(snapshot, record, texts, person))
        with st.form("note", border=False, enter_to_submit=False, clear_on_submit=True):
            note = st.text_area("Note", max_chars=LONGEST_TEXT, height=80)
            if st.form_submit_button("Add note") and note.strip():
                _try(lambda: _add_note(record, note.strip(), person))


def _fields(snapshot: Snapshot, record: Record) -> dict[Correctable, str]:
    """The fields of the form with their current values."""
    times, zone, number = record.moments, snapshot.time_zone, record.incident.id
    moments = {Correctable.START: times.start, Correctable.END: times.end, Correctable.DETECTION: times.detected}
    key = _begun(f"title_{number}", incident_text.shown_title(record, snapshot.at))
    texts = {Correctable.TITLE: st.text_input("Title", key=key, max_chars=correcting.LONGEST_TITLE)}
    for place, (field, moment) in zip(st.columns(3), moments.items(), strict=True):
        key = _begun(f"{field}_{number}", correcting.written(moment, zone))
        texts[field] = place.text_input(incident_text.FIELDS[field].capitalize(), key=key)
    return texts


def _begun(key: str, value: object) -> str:
    """The key of a field; it shows a value when it is first drawn, and what was typed into it from then on."""
    if key not in st.session_state:
        st.session_state[key] = st.session_state[f"{key}{FIRST}"] = value
    return key


def _correct(snapshot: Snapshot, record: Record, texts: Mapping[Correctable, str], person: str) -> None:
    """Store values that differ from the displayed ones."""
    zone, incident = snapshot.time_zone, record.incident
    derived = statistics.moments(replace(incident, corrections={}))
    moments = {field: correcting.read(texts[field], zone) for field in correcting.MOMENTS}
    by_field = {Correctable.START: derived.start, Correctable.END: derived.end, Correctable.DETECTION: derived.detected}
    counted = {field: by_field[field] if moment is None else moment for field, moment in moments.items()}
    start = counted[Correctable.START]
    assert start is not None, "every incident has a start"
    after = replace(derived, start=start, end=counted[Correctable.END], detected=counted[Correctable.DETECTION])
    correcting.check(derived, after, data.now())
    title = correcting.title(texts[Correctable.TITLE])
    wanted = {field: _text(moments[field], by_field[field], zone) for field in correcting.MOMENTS}
    # The derived title of an open incident may have changed since it was displayed.
    is_same = title == _line(st.session_state.get(f"title_{incident.id}{FIRST}", ""))
    is_derived = title == _line(incident_text.title(record, snapshot.at))
    stored = incident.corrections.get(Correctable.TITLE, "")
    wanted[Correctable.TITLE] = stored if is_same else "" if is_derived else title
    rows = [
        _row(record, person, field=str(field), content=text)
        for field, text in wanted.items()
        if text != incident.corrections.get(field, "")
    ]
    _write(lambda store: [added.add(store, CORRECTIONS, row) for row in rows])
    address_bar.replace({"edit": ""})
    st.rerun()


def _line(text: str) -> str:
    return " ".join(text.split())


def _text(moment: float | None, derived: float | None, zone: str) -> str:
    """A time as stored; empty if it equals the derived one at the displayed precision."""
    if moment is None or correcting.written(moment, zone) == correcting.written(derived, zone):
        return ""
    return f"{moment:.0f}"


def _add_note(record: Record, text: str, person: str) -> None:
    row = _row(record, person, content=text)
    _write(lambda store: added.add(store, NOTES, row))
    address_bar.replace({"edit": ""})
    st.rerun()


def item(record: Record, wanted: str) -> None:
    """Draw the form of an action item.

    Args:
        record: the incident. `wanted`: the id of one of its items, or `new`.
    """
    known = next((each for each in record.items if each.id == wanted), None)
    if known is None and wanted != NEW:
        problems.banner("This incident has no such action item: it may be older than what is kept.")
        return
    with st.container(border=True, key="card_item"), st.form("item", border=False, enter_to_submit=False):
        title = "Action item" if known else "New action item"
        st.html(f'<div class="gs-cardhead"><h2>{title}</h2><span class="m"></span>{_close(record)}</div>')
        changed = _item_fields(known or ActionItem(id=uuid4().hex, incident=record.incident.id, text=""))
        person = person_field("item_person")
        if st.form_submit_button("Save", type="primary"):
            _try(lambda: _save(record, changed, person, is_new=known is None))


def _item_fields(known: ActionItem) -> ActionItem:
    which = known.id if known.text else NEW
    text = st.text_input("What is to be done", key=_begun(f"what_{which}", known.text), max_chars=LONGEST_TEXT)
    owner, due, state = st.columns(3)
    name = owner.text_input("Owner", key=_begun(f"owner_{which}", known.owner), max_chars=LONGEST_NAME)
    day = due.date_input("Due", key=_begun(f"due_{which}", known.due), format="YYYY-MM-DD")
    now = "done" if known.is_done else "open"
    is_done = state.selectbox("State", ["open", "done"], key=_begun(f"state_{which}", now)) == "done"
    done_at = (known.done_at or data.now()) if is_done else None
    chosen = day if isinstance(day, date) else None
    return replace(known, text=" ".join(text.split()), owner=name.strip(), due=chosen, done_at=done_at)


def _save(record: Record, changed: ActionItem, person: str, *, is_new: bool) -> None:
    if not changed.text:
        raise CorrectionRefused("say what is to be done")
    values = {
        "content": changed.text,
        "owner": changed.owner,
        "due": changed.due.isoformat() if changed.due is not None else "",
        "done_at": changed.done_at,
        "changed_at": data.now(),
    }
    if is_new:
        row = {**_row(record, person), **values, "id": changed.id}
        _write(lambda store: added.add(store, ACTION_ITEMS, row))
    else:
        _write(lambda store: added.change(store, ACTION_ITEMS, changed.id, values))
    address_bar.replace({"item": ""})
    st.rerun()


def _close(record: Record) -> str:
    """A link to the page without its form, as HTML."""
    there = quote(record.incident.id, safe="")
    return f'<span class="v"><a href="incidents?incident={there}" target="_self">Close</a></span>'


def _row(record: Record, person: str, **values: object) -> dict[str, object]:
    subject = record.incident.id
    return {"id": uuid4().hex, "subject": subject, "person": person, "added_at": data.now(), **values}


def _try(task: Callable[[], None]) -> None:
    """Run a task of a form; invalid input is reported in the form."""
    try:
        task()
    except CorrectionRefused as refused:
        problems.banner(units.sentence(str(refused)))


def _write(task: Callable[[Store], object]) -> None:
    """Write to the store, while other pages are drawn."""
    with turns.away():
        running.added().write(task)
