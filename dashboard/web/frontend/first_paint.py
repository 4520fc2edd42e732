"""Draws the wall or triage into the page itself: on a slow phone it is visible seconds before Streamlit's scripts.

It is in a shadow root, separate from the page, so that the page's scripts find nothing twice, and is removed once the
page has drawn the same.
"""

from threading import Lock
from urllib.parse import parse_qs

from dashboard.engine.poller import Poller
from dashboard.ui.panels.triage import triage
from dashboard.ui.panels.wall import wall, wall_choice

# A parameter of the address: otherwise the time zone is known only to the browser.
ZONE = "tz"
MOST_PARAMETERS = 100
TRIAGE = "triage"
_drawing = Lock()
_STYLE = (
    ":host{position:fixed;inset:0;overflow:auto;z-index:1;background:var(--gs-page)}"
    "*{box-sizing:border-box}a{color:inherit;text-decoration:none}"
    ".stApp{font:400 14px/1.6 'Source Sans',sans-serif;color:var(--gs-text)}"
    ".place{height:44px}button{font:inherit}@media(max-width:640px){.place{height:86px}}"
)


def first_paint(poller: Poller, query: str, *, sheet: str, page: str = "") -> str:
    """The wall or triage as HTML; empty if the viewer would see something else, or another one is being drawn.

    Args:
        poller: is read. `query`: of the address, without its question mark. `page`: its name; empty for the wall.
        sheet: path of the pages' style sheet, relative to the page.
    """
    try:
        parameters = parse_qs(query, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return ""
    snapshot = poller.read()
    if ZONE in parameters or not snapshot.services:
        return ""
    kiosk = parameters.get("embed") == ["true"]
    # Many requests at once get pages without it: refreshes of viewers have priority.
    if not _drawing.acquire(blocking=False):
        return ""
    try:
        now = poller.clock()
        if page == TRIAGE:
            # Do not wait until it is known what spends a budget.
            drawn = triage.page(snapshot, now, asks=False)
        else:
            choice = wall_choice.chosen(parameters, snapshot.services)
            drawn = wall.wall(snapshot, now, kiosk=kiosk, choice=choice)
    finally:
        _drawing.release()
    # Reserve the room of the wall's controls, which come with the page.
    place = "" if kiosk or page == TRIAGE else '<div class="place"></div>'
    return (
        f'<div id="gs-first"><template shadowrootmode="closed"><link rel="stylesheet" href="{sheet}">'
        f'<style>{_STYLE}</style><div class="stApp"><div class="stMainBlockContainer">{place}{drawn}</div></div>'
        "</template></div>"
    )
