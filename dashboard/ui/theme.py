"""The look that Streamlit's theme cannot give: colour tokens, status chips, tiles, cards and tables."""

from pathlib import Path

import streamlit as st

from dashboard.charts import palette
from dashboard.engine.health import Health
from dashboard.slo.report import State

# State → its shape, its word and its colour: never the colour alone.
MARKS = {
    Health.BREACHING: ("✕", "breaching", "red"),
    Health.UNKNOWN: ("◌", "no data", "grey"),
    Health.AT_RISK: ("▲", "at risk", "amber"),
    Health.HEALTHY: ("✓", "healthy", "green"),
    State.EXHAUSTED: ("✕", "exhausted", "red"),
    State.NO_DATA: ("◌", "no data", "grey"),
    State.CRITICAL: ("◆", "critical", "red"),
    State.INCREASING: ("▲", "increasing", "amber"),
    State.RECOVERING: ("▽", "recovering", "amber"),
    State.ACCEPTABLE: ("✓", "acceptable", "green"),
}

TOKENS = palette.css_variables()
STYLE = f":root{{{TOKENS}}}" + Path(__file__).with_name("style.css").read_text(encoding="utf-8")


def apply() -> None:
    """Put the colour tokens and the style sheet on the page."""
    # Embedded, there is no navigation to make room for.
    kiosk = ".stApp .stMainBlockContainer{padding-top:14px}" if st.context.is_embedded else ""
    st.html(f"<style>{STYLE}{kiosk}</style>")


def alive(refresh: float, now: float) -> str:
    """A mark that each refresh makes anew; when none comes the style sheet greys the page and says that it is old."""
    return f'<i class="gs-alive" data-at="{now:.0f}" style="--gs-patience:{3 * refresh + 10:.0f}s"></i>'


def chip(state: Health | State) -> str:
    """Shape and word of a state in its colour, as HTML."""
    shape, word, colour = MARKS[state]
    return f'<span class="gs-chip gs-{colour}"><i>{shape}</i> {word}</span>'
