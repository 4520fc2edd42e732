"""Review: which objectives were met in a period, what spent the budgets, is it getting better, and who signed it?"""

import streamlit as st

from dashboard.ui import data, pause, problems, waiting
from dashboard.ui.panels.review import review_filter, review_forms, review_page

first = data.snapshot()


@st.fragment(run_every=pause.pace(waiting.pace(first.refresh)), key="review")
def review_of_a_period() -> None:
    with problems.shown():
        snapshot, now = data.snapshot(), data.now()
        pause.drawn(snapshot)
        title = st.container(key="review_head")
        choice = review_filter.chosen_filter(snapshot, now)
        review_filter.filters(snapshot, now, choice)
        window = review_page.reviewed(choice, now)
        title.html(review_page.head(snapshot, now, choice.period, window.review))
        waiting.keep_pace(review_page.body(snapshot, now, choice, window))


@st.fragment(key="review_forms")
def what_people_say() -> None:
    # Not refreshed, so that it does not interfere with typing.
    with problems.shown():
        review_forms.forms(data.snapshot(), data.now())


review_of_a_period()
what_people_say()
