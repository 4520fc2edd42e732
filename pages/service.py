"""Service: how are the four signals of one service, since when, and where do its bad requests come from?"""

import streamlit as st

from dashboard.ui import data, pause, problems, selection, waiting, zoom
from dashboard.ui.panels.service import breakdown, comparison, service, service_view, spending, traces

first = data.snapshot()


@st.fragment(run_every=first.refresh, key="no_service")
def no_service() -> None:
    snapshot = data.snapshot()
    if snapshot.services:
        st.rerun()
    service.absent(snapshot, data.now())


if not first.services:
    no_service()
    st.stop()
titles = {report.name: report.title for report in first.services}
selected = selection.selected(
    titles,
    time_zone=first.time_zone,
    now=first.shown_at(data.now()),
    opening=selection.opening_span(first.source),
    ended=first.source.data_end is not None,
)

zoom.follow(key="zoom", chosen=selected.is_range)


@st.fragment(run_every=pause.pace(waiting.pace(first.refresh)), key="service")
def service_page() -> None:
    with problems.shown():
        snapshot, now = data.snapshot(), data.now()
        data.follow_services(first, snapshot)
        if selected.service not in snapshot.by_name:
            problems.empty(f"The source no longer knows {selected.service}. Choose another service above.")
            return
        view = service_view.service_view(snapshot, selected, now)
        service.head(snapshot, view, now)
        pause.drawn(snapshot)
        service.problems_of(snapshot, selected, view)
        waiting.announce(view.retry_s, snapshot.refresh)
        service.cards(view)
        if view.is_awaited:
            waiting.keep_pace(view.retry_s)
            return
        waits = [
            spending.spending(snapshot, view, is_range=selected.is_range),
            comparison.comparison(snapshot, view),
        ]
        waits.append(breakdown.breakdown(view, snapshot.refresh))
        waits.append(traces.traces(view))
        service.computed(snapshot, view)
        waiting.keep_pace(next((retry_s for retry_s in waits if retry_s is not None), None))


service_page()
