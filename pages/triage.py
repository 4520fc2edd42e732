"""Triage: what needs me now, since when, how bad is it, and where do I look?"""

import streamlit as st

from dashboard.ui import data, pause, problems
from dashboard.ui.panels.triage import triage, triage_actions

triage_actions.actions()


@st.fragment(run_every=pause.pace(data.snapshot().refresh), key="triage")
def triage_page() -> None:
    with problems.shown():
        snapshot, now = data.snapshot(), data.now()
        pause.drawn(snapshot)
        st.html(triage.page(snapshot, now))


triage_page()
