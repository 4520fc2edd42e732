"""Incidents: what went wrong, what did it cost, how long until it was noticed and over, and what is to be done?"""

import streamlit as st

from dashboard.ui import data, pause, problems, waiting
from dashboard.ui.panels import incident_page

first = data.snapshot()


@st.fragment(key="incident_edit")
def edited() -> None:
    # Not refreshed: what somebody writes must not be drawn anew under their hands.
    with problems.shown():
        snapshot = data.snapshot()
        record = incident_page.chosen(snapshot)
        if record is not None:
            incident_page.edited(snapshot, record)


@st.fragment(run_every=pause.pace(waiting.pace(first.refresh)), key="incidents")
def incidents_page() -> None:
    with problems.shown():
        snapshot, now = data.snapshot(), data.now()
        pause.drawn(snapshot)
        record = incident_page.chosen(snapshot)
        if record is None:
            incident_page.overview(snapshot, now)
        else:
            waiting.keep_pace(incident_page.detail(snapshot, record, now))


edited()
incidents_page()
