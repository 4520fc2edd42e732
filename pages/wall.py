"""Wall: are we fine, and if not, which service? For a screen four metres away, weeks on end."""

import streamlit as st

from dashboard.ui import data, problems
from dashboard.ui.panels import wall

# Embedded (`?embed=true`), as a kiosk shows it, there is no navigation.
kiosk = bool(st.context.is_embedded)


@st.fragment(run_every=data.snapshot().refresh, key="wall")
def wall_page() -> None:
    with problems.shown():
        st.html(wall.wall(data.snapshot(), data.now(), kiosk=kiosk))


wall_page()
