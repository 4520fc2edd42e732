"""Sources: what is connected, how old its data are, and what each question to it costs."""

import streamlit as st

from dashboard.ui import data, problems
from dashboard.ui.panels import sources

st.html('<div class="gs-title"><h1>Sources</h1></div>')


@st.fragment(run_every=data.snapshot().refresh, key="sources")
def sources_page() -> None:
    with problems.shown():
        snapshot = data.snapshot()
        st.html(sources.summary(snapshot, data.now()))
        st.html(f"<h3>Problems</h3>{sources.problems(snapshot) or 'None seen.'}")
        st.html(f"<h3>Services</h3>{sources.services(snapshot) or 'None found yet.'}")
        st.html(f"<h3>Questions of the last tick</h3>{sources.queries(snapshot) or 'None asked yet.'}")


sources_page()
