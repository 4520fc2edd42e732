"""Wall: are we fine, and if not, which service? For a screen four metres away, weeks on end."""

import streamlit as st

from dashboard.ui import data, pause, problems
from dashboard.ui.panels.wall import wall, wall_controls

first = data.snapshot()
choice = wall_controls.chosen(first)
kiosk = wall_controls.controls(first, choice)


@st.fragment(run_every=pause.pace(first.refresh), key="wall")
def wall_page() -> None:
    with problems.shown():
        snapshot, now = data.snapshot(), data.now()
        data.follow_services(first, snapshot)
        turn = wall_controls.turn(now, snapshot.refresh)
        st.html(wall.wall(snapshot, now, kiosk=kiosk, choice=choice, turn=turn))


wall_page()
