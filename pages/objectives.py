"""Objectives: how much error budget each objective has left, how fast it burns, and until when it lasts."""

import streamlit as st

from dashboard.ui import live, panels_computed, panels_objective, panels_objectives, problems, soft_links


@st.fragment(run_every=live.snapshot().refresh, key="objectives")
def objectives() -> None:
    with problems.shown():
        snapshot, now = live.snapshot(), live.now()
        st.html(panels_objectives.head(snapshot, now))
        if not snapshot.slos:
            problems.empty(panels_objectives.empty(snapshot))
            return
        choice = panels_objectives.asked(snapshot)
        message = panels_objectives.problem(snapshot, choice)
        if message:
            problems.banner(message)
        rows = panels_objectives.rows(snapshot, choice)
        report = panels_objectives.chosen(snapshot, choice, rows.found)
        st.html(panels_objectives.table(snapshot, choice, rows, report))
        if report is not None:
            panels_objective.detail(snapshot, report, now)
            panels_objective.burns(snapshot, report)
            panels_computed.computed(snapshot, report)
        soft_links.followed(panels_objectives.SOFT, key="followed")


objectives()
