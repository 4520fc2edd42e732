"""The style beyond Streamlit's theme: colour tokens, status chips, tiles, cards and tables."""

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

# Both colour schemes in one sheet: the browser uses the one it shows.
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
# Beside or instead of states that are not current.
PAST = '<span class="gs-chip gs-grey"><i>↶</i> past</span>'
# Its path on the server, with a digest, so that browsers may cache it indefinitely.
SHEET_PATH = f"/assets/style-{sha256(STYLE.encode()).hexdigest()[:12]}.css"


def apply() -> None:
    """Reserve room for the navigation; the style sheet itself comes with the server's HTML."""
    # Embedded pages have no navigation.
    if st.context.is_embedded:
        st.html("<style>.stApp .stMainBlockContainer{padding-top:14px}</style>")


def alive(snapshot: Snapshot, now: float, *, tab: str | None = None, address: str = "", kind: str = "page") -> str:
    """A mark that changes at each refresh; if it stops changing, the style sheet greys the page and says it is old.

    Args:
        snapshot: the displayed one. `now`: epoch seconds; a new value makes a new mark.
        tab: title of the browser tab; None: derived from the most urgent service.
        address: `page?parameters` that the page chose by itself, for copied links.
        kind: `own` if it only marks a part of a page, which does not set the tab's title.
    """
    place, _, parameters = address.partition("?")
    title = tab_text.of_all(snapshot) if tab is None else tab
    chosen = f' data-place="{escape(place)}" data-address="{escape(parameters)}"' if address else ""
    named = ""
    if kind == "page":
        count = f' data-count="{attention.waiting(snapshot)}"'
        named = f' data-tab="{escape(title)}" data-worst="{tab_text.icon(snapshot)}"{count}{chosen}'
    # Three refreshes plus network delays: if the server is dead, the browser itself must notice.
    wait_s, source = 3 * snapshot.refresh + 10, snapshot.source
    # By then the displayed samples are old, whether or not a refresh was due.
    if source.state is SourceState.OK and source.newest is not None:
        wait_s = min(wait_s, max(source.newest + source.stale_after_s - now, 0) + 1)
    # Then the colours of the page are outdated.
    then = " then" if source.data_end is not None else ""
    return f'<i class="gs-alive {kind}{then}" data-at="{now:.0f}"{named} style="--gs-patience:{wait_s:.0f}s"></i>'


def take_link(address: str, what: str) -> str:
    """A link to numbers as CSV, as HTML.

    Args:
        address: below `/api/v1/`, with parameters. `what`: which numbers, for screen readers.
    """
    # The name in it tells the scripts that it does not lead to a page. Being relative, it stays under the base path.
    link = escape(f"api/v1/{address}&format=csv")
    return f'<a class="gs-csv" href="{link}" download="{escape(what)}.csv" aria-label="CSV of {escape(what)}">CSV</a>'


def take_table(file: str) -> str:
    """A button that downloads the table above it as CSV, as HTML; for tables that are complete on the page.

    Args:
        file: its name, without extension.
    """
    label = f"CSV of {escape(file)}"
    return (
        f'<div class="gs-taken"><button type="button" class="gs-csv" data-act="table" data-file="{escape(file)}" '
        f'aria-label="{label}">CSV</button></div>'
    )


def chip(state: Health | SourceState | Status, *, past: bool = False) -> str:
    """Symbol and word of a state in its colour, as HTML; `past`: in grey, for data of an earlier time."""
    shown = state if isinstance(state, Status) else status(state)
    return f'<span class="gs-chip gs-{"grey" if past else shown.colour}"><i>{shown.mark}</i> {shown.word}</span>'


def count(state: Health | Status, number: int) -> str:
    """The number of services or objectives in a state, as HTML; empty for zero."""
    shown = state if isinstance(state, Status) else status(state)
    if not number:
        return ""
    return f'<span class="gs-count gs-{shown.colour}"><i>{shown.mark}</i><b>{number}</b> {shown.word}</span>'
