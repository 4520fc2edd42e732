"""The look that Streamlit's theme cannot give: colour tokens, status chips, tiles, cards and tables."""

from hashlib import sha256
from html import escape
from pathlib import Path

import streamlit as st

from dashboard.charts import palette
from dashboard.engine.health import Health
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.ui import attention
from dashboard.ui.text import tab_text
from dashboard.ui.text.status_text import Status, status

# Both schemes in one sheet: the browser takes the colours of the one it shows.
TOKENS = palette.css_variables()
SHEETS = (
    "style.css",
    "spending.css",
    "wall.css",
    "triage.css",
    "incidents.css",
    "alerts.css",
    "capacity.css",
    "ways.css",
    "live_chart.css",
    "review.css",
    "review_print.css",
    "review_page.css",
    "what_if.css",
)
STYLE = f":root{{{TOKENS}}}" + "".join(
    (Path(__file__).parent / "styles" / name).read_text(encoding="utf-8") for name in SHEETS
)
# Beside states, or in their place, that are not of now.
PAST = '<span class="gs-chip gs-grey"><i>↶</i> past</span>'
# Where the server has it: with a digest, so that browsers may keep it for ever.
SHEET_PATH = f"/assets/style-{sha256(STYLE.encode()).hexdigest()[:12]}.css"


def apply() -> None:
    """Make room: the page that the server sends brings the style sheet itself."""
    # Embedded, there is no navigation to make room for.
    if st.context.is_embedded:
        st.html("<style>.stApp .stMainBlockContainer{padding-top:14px}</style>")


def alive(snapshot: Snapshot, now: float, *, tab: str | None = None, address: str = "", kind: str = "page") -> str:
    """A mark that each refresh makes anew; when none comes the style sheet greys the page and says that it is old.

    Args:
        snapshot: that is shown. `now`: epoch seconds; a new value makes a new mark.
        tab: what the tab of the browser is called; None: by the most urgent service.
        address: `page?parameters` that the page chose by itself, and that a link to it needs.
        kind: `own` where it marks a part of a page only, which names no tab.
    """
    place, _, parameters = address.partition("?")
    title = tab_text.of_all(snapshot) if tab is None else tab
    chosen = f' data-place="{escape(place)}" data-address="{escape(parameters)}"' if address else ""
    named = ""
    if kind == "page":
        count = f' data-count="{attention.waiting(snapshot)}"'
        named = f' data-tab="{escape(title)}" data-worst="{tab_text.icon(snapshot)}"{count}{chosen}'
    # Three refreshes and a pause of the network: a dead server looks calm, so the browser itself must tell.
    wait_s, source = 3 * snapshot.refresh + 10, snapshot.source
    # By then the samples shown are old, whether a refresh is due before that or not.
    if source.state is SourceState.OK and source.newest is not None:
        wait_s = min(wait_s, max(source.newest + source.patience - now, 0) + 1)
    # What the page says in colours is of then.
    then = " then" if source.data_end is not None else ""
    return f'<i class="gs-alive {kind}{then}" data-at="{now:.0f}"{named} style="--gs-patience:{wait_s:.0f}s"></i>'


def take_link(address: str, what: str) -> str:
    """A link to numbers as CSV, as HTML.

    Args:
        address: below `/api/v1/`, with parameters. `what`: which numbers, for who hears it alone.
    """
    # A name in it tells the scripts of the page that it leads to no page. Relative, it stays under the base path.
    link = escape(f"api/v1/{address}&format=csv")
    return f'<a class="gs-csv" href="{link}" download="{escape(what)}.csv" aria-label="CSV of {escape(what)}">CSV</a>'


def take_table(file: str) -> str:
    """A button that takes the table above it as CSV, as HTML: what stands on the page is all there is of it.

    Args:
        file: its name, without ending.
    """
    label = f"CSV of {escape(file)}"
    return (
        f'<div class="gs-taken"><button type="button" class="gs-csv" data-act="table" data-file="{escape(file)}" '
        f'aria-label="{label}">CSV</button></div>'
    )


def chip(state: Health | SourceState | Status, *, past: bool = False) -> str:
    """Mark and word of a state in its colour, as HTML; `past`: in grey, beside what is of another time."""
    shown = state if isinstance(state, Status) else status(state)
    return f'<span class="gs-chip gs-{"grey" if past else shown.colour}"><i>{shown.mark}</i> {shown.word}</span>'


def count(state: Health | Status, number: int) -> str:
    """How many services or objectives are in a state, as HTML; empty for none."""
    shown = state if isinstance(state, Status) else status(state)
    if not number:
        return ""
    return f'<span class="gs-count gs-{shown.colour}"><i>{shown.mark}</i><b>{number}</b> {shown.word}</span>'
