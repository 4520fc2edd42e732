"""Wall: are we fine, and if not, which service? For a screen four metres away, weeks on end."""

import streamlit as st

from dashboard.ui import data, problems
from dashboard.ui.panels import wall

kiosk = st.context.is_embedded


@st.fragment(run_every=data.snapshot().refresh, key="wall")
def tiles() -> None:
    with problems.shown():
        st.html(wall.shared(data.snapshot(), data.now(), kiosk=bool(kiosk)))


tiles()
