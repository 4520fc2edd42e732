"""The one script of all pages (`ways.js`), loaded once a tab, and the bar of what can be done on every page."""

from collections.abc import Sequence

import streamlit as st

from dashboard import bundle
from dashboard.ui import data, pause, problems, zones
from dashboard.ui.panels.toolbar import toolbar
from dashboard.ui.panels.wall import wall_choice
from dashboard.ui.text import address

# What pages read of the address.
PARAMETERS = (
    *wall_choice.NAMES, "service", "span", "compare", "by", "from", "to", "change", "label", "control", "experiment",
    "slo", "all", "page", "period", "incident", "edit", "item", "team", "resource", "more", "on",
    "for", zones.PARAMETER, "embed", "embed_options",
)  # fmt: skip
# Streamlit sends a component's script with every message: this one only fetches the real one, which browsers keep.
LOADER = """export default async ({data, setTriggerValue}) => {
  const ways = await (window.gsWays ??= import(location.origin + data.script));
  ways.update(data, setTriggerValue);
};
"""
_component = st.components.v2.component("gs_ways", html="<span></span>", js=LOADER)


def open_ways(pages: Sequence[str]) -> None:
    """Load the script, and draw the bar and what a paused page says.

    Args:
        pages: their paths below the base path; that of the first page is empty.
    """
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    root = f"/{base}/" if base else "/"
    script = root + bundle.WAYS_PATH.removeprefix("/")
    sent = {"base": root, "pages": list(pages), "script": script}
    _component(key="ways", data=sent, on_pause_change=pause.toggle, height="content")
    snapshot = data.snapshot()
    pause.drawn(snapshot)
    # Embedded, as a kiosk shows it, there is no room for it; the keys work.
    if not st.context.is_embedded:
        wanted = st.query_params.get(zones.PARAMETER, "")
        st.html(toolbar(zones.configured(), st.context.timezone or "", wanted, paused=pause.is_on()))
    pause.bar()
    for sentence in (*address.misspelt(st.query_params, PARAMETERS), *filter(None, [zones.problem()])):
        problems.banner(f"{sentence[0].upper()}{sentence[1:]}{'' if sentence.endswith('?') else '.'}")
