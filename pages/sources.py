"""Sources: what is connected, how old are its data, what went wrong, and what does each query cost?"""

import streamlit as st

from dashboard.ui import data, pause, problems
from dashboard.ui.panels import sources

st.html('<div class="gs-title"><h1>Sources</h1></div>')


@st.fragment(run_every=pause.pace(data.snapshot().refresh), key="sources")
def sources_page() -> None:
    with problems.shown():
        snapshot = data.snapshot()
        st.html(sources.summary(snapshot, data.now()))
        for title, table in (
            ("Problems", sources.problems(snapshot)),
            ("Services", sources.services(snapshot)),
            ("Queries in the last refresh", sources.queries(snapshot)),
        ):
            st.html(f'<h2 class="gs-part">{title}</h2>{table}')
        # A source without files has no such table.
        if files := sources.files(snapshot):
            st.html(files)
        if notifications := sources.notifications(data.dispatcher()):
            st.html(notifications)


sources_page()
