"""Incidents: what went wrong, what did it cost, how long did it take to notice and to recover, what is left to do?"""

import streamlit as st

from dashboard.ui import data, pause, problems, waiting
from dashboard.ui.panels.incidents import incident_page

first = data.snapshot()


@st.fragment(run_every=pause.pace(waiting.pace(first.refresh)), key="incidents")
def incidents_page() -> None:
    with problems.shown():
        snapshot, now = data.snapshot(), data.now()
        pause.drawn(snapshot)
        incident_page.head(snapshot, now)
        waiting.keep_pace(incident_page.body(snapshot))


@st.fragment(run_every=pause.pace(first.refresh), key="incident_head")
def incident_head() -> None:
    with problems.shown():
        snapshot = data.snapshot()
        pause.drawn(snapshot)
        incident_page.head(snapshot, data.now())


@st.fragment(key="incident_forms")
def incident_forms() -> None:
    # Not refreshed, so that it does not interfere with typing.
    with problems.shown():
        incident_page.forms(data.snapshot())


@st.fragment(run_every=pause.pace(waiting.pace(first.refresh)), key="incident_body")
def incident_body() -> None:
    with problems.shown():
        waiting.keep_pace(incident_page.body(data.snapshot()))


if incident_page.is_edited():
    incident_head()
    incident_forms()
    incident_body()
else:
    incidents_page()
