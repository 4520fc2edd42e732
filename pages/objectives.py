"""Objectives: how much error budget each objective has left, how fast it burns, and until when it lasts."""

import streamlit as st

from dashboard.ui import data, in_page_links, problems
from dashboard.ui.panels import computation, objective_detail, objective_list


@st.fragment(run_every=data.snapshot().refresh, key="objectives")
def objectives() -> None:
    with problems.shown():
        snapshot, now = data.snapshot(), data.now()
        st.html(objective_list.head(snapshot, now))
        if not snapshot.slos:
            problems.empty(objective_list.empty(snapshot))
            return
        choice = objective_list.asked(snapshot)
        message = objective_list.problem(snapshot, choice)
        if message:
            problems.banner(message)
        rows = objective_list.rows(snapshot, choice)
        report = objective_list.chosen(snapshot, choice, rows.found)
        st.html(objective_list.table(snapshot, choice, rows, report))
        if report is not None:
            objective_detail.detail(snapshot, report, now)
            objective_detail.burns(snapshot, report)
            computation.computed(snapshot, report)
        in_page_links.followed(objective_list.SOFT, key="followed")


objectives()
