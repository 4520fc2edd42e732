"""The script of all pages (`ways.js`), loaded once per tab, and the bar of actions on every page."""

from collections.abc import Sequence

import streamlit as st

from dashboard import bundle
from dashboard.ui import data, pause, problems, zones
from dashboard.ui.panels.toolbar import toolbar
from dashboard.ui.panels.wall import wall_choice
from dashboard.ui.text import address

# URL parameters of pages.
PARAMETERS = (
    *wall_choice.NAMES, "service", "span", "compare", "by", "from", "to", "change", "label", "control", "experiment",
    "slo", "all", "page", "period", "incident", "edit", "item", "team", "resource", "more", "on",
    "for", zones.PARAMETER, "embed", "embed_options",
)  # fmt: skip
# Streamlit sends a component's script with every message, so this one only loads the real one, which is cached.
LOADER = """export default async ({data, setTriggerValue}) => {
  const ways = await (window.gsWays ??= import(location.origin + data.script));
  ways.update(data, setTriggerValue);
};
"""
_component = st.components.v2.component("gs_ways", html="<span></span>", js=LOADER)


def open_ways(pages: Sequence[str]) -> None:
    """Load the script; draw the bar and the message of a paused page.

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
    # Embedded pages, as in kiosk mode, have no room for it; the keys still work.
    if not st.context.is_embedded:
        wanted = st.query_params.get(zones.PARAMETER, "")
        st.html(toolbar(zones.configured(), st.context.timezone or "", wanted, paused=pause.is_on()))
    pause.bar()
    for sentence in (*address.misspelt(st.query_params, PARAMETERS), *filter(None, [zones.problem()])):
        problems.banner(f"{sentence[0].upper()}{sentence[1:]}{'' if sentence.endswith('?') else '.'}")
