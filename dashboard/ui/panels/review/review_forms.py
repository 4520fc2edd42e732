"""What people add to a period: notes on it and on its services, and sign-offs of its review."""

from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dashboard.engine.snapshot import Snapshot
from dashboard.review.review import Review
from dashboard.state import reviews, running
from dashboard.state.reviews import LONGEST, StoredSignOff, sign_off_id
from dashboard.state.store import Store
from dashboard.ui import address_bar, data, problems, turns
from dashboard.ui.panels.person_field import person_field
from dashboard.ui.panels.review import review_filter, review_page
from dashboard.ui.panels.review.review_filter import ReviewFilter
from dashboard.ui.review import review_people, review_writers
from dashboard.ui.review.review_people import Said
from dashboard.ui.text.review import review_periods, review_words

ALL = "All services"


def forms(snapshot: Snapshot, now: float) -> None:
    """Draw the form requested by the address, else the links to both forms.

    Args:
        snapshot: the newest one. `now`: epoch seconds.
    """
    choice = review_filter.chosen_filter(snapshot, now)
    said = review_people.said(choice.period.name)
    signed = said.signed.get(sign_off_id(choice.period.name, choice.scope))
    # A signed-off review is frozen with its notes.
    if signed is not None or not snapshot.slos or choice.period.start > now:
        return
    match st.query_params.get("edit", ""):
        case "notes":
            _notes(snapshot, choice, said)
        case "sign":
            _sign(choice, now)
        case _:
            ways = _way(choice, "notes", "Write a note") + _way(choice, "sign", "Sign off")
            st.html(f'<div class="gs-reviewways">{ways}</div>')


def _way(choice: ReviewFilter, edit: str, words: str) -> str:
    link = escape(f"review?{urlencode({**choice.parameters, 'edit': edit})}")
    # The form opens at the end of a long page, mostly below the visible part.
    card = f".st-key-card_review_{edit}"
    shows = f"{card} [data-testid=stFormSubmitButton], {card} .gs-banner"
    return f'<a href="{link}" target="_self" data-soft="{edit}" data-shows="{shows}" data-comes>{words}</a>'


def _head(choice: ReviewFilter, title: str, note: str) -> str:
    """Title, note, and the link back, as HTML."""
    back = escape(f"review?{urlencode(choice.parameters)}")
    close = f'<span class="v"><a href="{back}" target="_self">Close</a></span>'
    return f'<div class="gs-cardhead"><h2>{title}</h2><span class="m">{escape(note)}</span>{close}</div>'


def _notes(snapshot: Snapshot, choice: ReviewFilter, said: Said) -> None:
    """A form for the note on all services, or on one of them."""
    with st.container(border=True, key="card_review_notes"):
        st.html(_head(choice, "Notes", f"on {review_periods.title(choice.period)}; an empty one is taken back"))
        services = sorted({report.slo.service for report in snapshot.slos}, key=snapshot.service_title)
        options = [choice.service] if choice.service else ["", *services]
        service = st.selectbox(
            "About", options, key="review_note_service",
            format_func=lambda name: snapshot.service_title(name) if name else ALL,
        )  # fmt: skip
        # A separate field for each service, so that switching services does not lose what was typed.
        key = _begun(f"review_note_{choice.period.name}_{service}", said.notes.get(service, ""))
        with st.form("review_note", border=False, enter_to_submit=False):
            text = st.text_area("Note", key=key, max_chars=LONGEST, height=140)
            person = person_field("review_note_person")
            if st.form_submit_button("Save", type="primary"):
                _write(
                    lambda store: reviews.write_note(
                        store, choice.period.name, service, text, person=person, at=data.now()
                    )
                )
                _done()


def _sign(choice: ReviewFilter, now: float) -> None:
    """A form to sign off the review."""
    with st.container(border=True, key="card_review_sign"):
        of = review_periods.title(choice.period)
        note = f"freezes the review of {of} as it is shown: numbers and notes stay as they are"
        st.html(_head(choice, "Sign off", note))
        window = review_page.reviewed(choice, now)
        review = window.review if window.is_whole else None
        if problem := _not_yet(choice, review, now):
            problems.banner(problem)
            return
        with st.form("review_sign", border=False, enter_to_submit=False):
            person = person_field("review_sign_person")
            remarks = st.text_area("Remarks", key="review_remarks", max_chars=LONGEST, height=80)
            if st.form_submit_button("Sign off", type="primary"):
                if not person:
                    problems.banner("Say who signs it.")
                    return
                assert review is not None, "without a review nothing can be signed"
                _freeze(choice, review, person, remarks.strip())


def _not_yet(choice: ReviewFilter, review: Review | None, now: float) -> str:
    """Why the review cannot be signed off now, one sentence; empty if it can."""
    if now < choice.period.end:
        day = review_words.day(choice.period.end, choice.period.zone)
        return f"The period is not over: its review can be signed off from {day} on."
    if review is None or not review.objectives:
        return "The review is still being worked out: open this form again in a moment."
    return ""


def _freeze(choice: ReviewFilter, review: Review, person: str, remarks: str) -> None:
    """Store the displayed review, in all its formats.

    Args:
        choice: from the address. `review`: as displayed. `person`: who signs. `remarks`: by this person.
    """
    period, scope = choice.period.name, choice.scope
    signed = StoredSignOff(period=period, scope=scope, person=person, at=data.now(), remarks=remarks)
    copies = review_writers.every_form(review_people.signed_by(review, signed))
    if not _write(lambda store: reviews.sign(store, signed, copies)):
        problems.banner("Somebody has signed it off meanwhile: what they signed is shown above.")
        return
    _done()


def _done() -> None:
    address_bar.replace({"edit": ""})
    st.rerun()


def _begun(key: str, value: str) -> str:
    """The key of a field; it shows a value when it is first drawn, and what was typed into it from then on."""
    if key not in st.session_state:
        st.session_state[key] = value
    return key


def _write(task: Callable[[Store], Any]) -> Any:
    """Access the store, while other pages are drawn."""
    with turns.away():
        return running.reviews().write(task)
