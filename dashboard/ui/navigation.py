"""The script that Streamlit runs for every viewer: the pages, and the look they share."""

import streamlit as st

from dashboard.bundle import PACKAGE, PAGES
from dashboard.ui import screen, theme, turns, ways

ABOUT = "Golden signals: latency, traffic, errors and saturation of every service, with their error budgets."

# All of it, not the fragments alone: fifty tabs that open at once begin here.
with turns.turn():
    st.set_page_config(
        page_title="Golden signals",
        page_icon=str(PACKAGE / "ui" / "icon.svg"),
        layout="wide",
        # With an item of ours Streamlit shows its menu, and with it the choice of light, dark or as the system.
        menu_items={"About": ABOUT},
    )
    pages = [
        # Absolute paths: Streamlit takes relative ones from the folder of this script.
        st.Page(PAGES / "wall.py", title="Wall", default=True),
        st.Page(PAGES / "triage.py", title="Triage"),
        st.Page(PAGES / "service.py", title="Service"),
        st.Page(PAGES / "objectives.py", title="Objectives"),
        st.Page(PAGES / "incidents.py", title="Incidents"),
        st.Page(PAGES / "capacity.py", title="Capacity"),
        st.Page(PAGES / "review.py", title="Review"),
        st.Page(PAGES / "sources.py", title="Sources"),
    ]
    page = st.navigation(
        pages,
        # Streamlit's `embed=true` takes away its toolbar, but not a navigation at the top.
        position="hidden" if st.context.is_embedded else "top",
    )
    if not st.context.is_embedded:
        st.logo(PACKAGE / "ui" / "icon.svg", size="small")
    # Before the page: its first element would be drawn without a style for a moment.
    theme.apply()
    screen.keep()
    ways.open_ways([each.url_path for each in pages])
    page.run()
