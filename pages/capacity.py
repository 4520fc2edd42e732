"""Capacity: what runs out first, when and at which load, and what is allocated but hardly used?"""

import streamlit as st

from dashboard.ui import data, pause, problems
from dashboard.ui.panels.capacity import capacity


@st.fragment(run_every=pause.pace(data.snapshot().refresh), key="capacity")
def capacity_page() -> None:
    with problems.shown():
        snapshot, now = data.snapshot(), data.now()
        pause.drawn(snapshot)
        capacity.page(snapshot, now)


capacity_page()
