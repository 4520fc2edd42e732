"""Objectives: how much error budget does each have left, how fast does it burn, and when is it used up?"""

import streamlit as st

from dashboard.ui import data, pause, problems, waiting, zoom
from dashboard.ui.panels import exception_forms
from dashboard.ui.panels.objectives import computation, objective_detail, objective_filter, objective_list, what_if

zoom.follow(chosen=objective_filter.misread() is None, key="zoom")


@st.fragment(run_every=pause.pace(waiting.pace(data.snapshot().refresh)), key="objectives")
def objectives_page() -> None:
    with problems.shown():
        snapshot, now = data.snapshot(), data.now()
        pause.drawn(snapshot)
        if not snapshot.slos:
            st.html(objective_list.head(snapshot, now))
            problems.empty(objective_list.absent(snapshot))
            return
        head = st.container(key="objectives_head")
        choice = objective_filter.chosen_filter(snapshot)
        if message := objective_filter.problem(snapshot, choice) or objective_filter.misread():
            problems.banner(message)
        rows = objective_filter.rows(snapshot, choice)
        report = objective_filter.chosen_objective(snapshot, choice, rows.matching)
        head.html(objective_list.head(snapshot, now, report))
        st.html(objective_list.table(snapshot, choice, rows, report))
        if report is not None:
            objective_detail.detail(snapshot, report, now)
            with st.container(key="objective_reasons"):
                left, right = st.columns([8, 5], gap="small")
            with left:
                objective_detail.burn_rates(snapshot, report)
            with right:
                computation.computed(snapshot, report)
            waiting.keep_pace(what_if.right_objective(snapshot, report))


@st.fragment(key="objectives_exceptions")
def what_people_add() -> None:
    # Not refreshed, so that it does not interfere with typing.
    with problems.shown():
        exception_forms.forms(data.snapshot(), data.now())


what_people_add()
objectives_page()
