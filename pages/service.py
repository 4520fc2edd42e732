"""Service: how are the four signals of one service, since when, and where do its bad requests come from?"""

import streamlit as st

from dashboard.ui import data, problems, selection
from dashboard.ui.panels import breakdown, service, service_charts

first = data.snapshot()
if not first.services:
    st.space("medium")
    problems.empty("No service is known yet. The Sources page says what is connected and what went wrong.")
    st.stop()
names = [report.name for report in first.services]
chosen = selection.chosen(names, time_zone=first.time_zone, now=data.now())


@st.fragment(run_every=first.refresh, key="service")
def service_page() -> None:
    with problems.shown():
        snapshot, now = data.snapshot(), data.now()
        if chosen.service not in snapshot.by_name:
            problems.empty(f"{chosen.service} is gone from the source.")
            return
        part = service_charts.shown(snapshot, chosen, now)
        service.head(snapshot, part, now)
        for message in filter(None, (chosen.problem, part.message)):
            problems.banner(message)
        service.cards(part)
        breakdown.breakdown(part)
        service.computed(snapshot, part)


service_page()
