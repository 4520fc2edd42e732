"""The script that Streamlit runs for every viewer: the pages and their common style."""

import streamlit as st

from dashboard.bundle import PACKAGE, PAGES
from dashboard.ui import screen, theme, turns, ways

ABOUT = "Golden signals: latency, traffic, errors and saturation of every service, with their error budgets."

# Import everything here, not only in fragments: fifty tabs that open at once start with this.
with turns.turn():
    st.set_page_config(
        page_title="Golden signals",
        page_icon=str(PACKAGE / "ui" / "icon.svg"),
        layout="wide",
        # With a menu item of ours, Streamlit shows its menu, which includes the choice of light, dark or system.
        menu_items={"About": ABOUT},
    )
    pages = [
        # Absolute paths: Streamlit resolves relative ones against the folder of this script.
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
        # Streamlit's `embed=true` hides its toolbar, but not a navigation at the top.
        position="hidden" if st.context.is_embedded else "top",
    )
    if not st.context.is_embedded:
        st.logo(PACKAGE / "ui" / "icon.svg", size="small")
    # Before the page, whose first element would otherwise be drawn without style for a moment.
    theme.apply()
    screen.keep()
    ways.open_ways([each.url_path for each in pages])
    page.run()
