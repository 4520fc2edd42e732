"""The live charts of a page: one component around `Plotly.react`, which keeps nodes, zoom and scroll as data move.

`st.plotly_chart` remounts whenever its data change, and every element of its own costs a message and a widget: all
cards of a page travel in one. The payload is one for all viewers: colours are tokens that the browser looks up in the
page's style sheet, and the time axis is extended there for direct labels.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import plotly
import streamlit as st

from dashboard.bundle import CHART_SCRIPTS_PATH
from dashboard.charts.figure import Figure
from dashboard.charts.packing import packed

# With its version, so that browsers may keep it for ever.
PLOTLY_PATH = f"/assets/plotly-{plotly.__version__}.min.js"

JS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")

# Registered once: each page and refresh uses the same component. Its styles are part of the pages' style sheet: what is
# a component's own is sent with every message.
_component = st.components.v2.component(
    "gs_live_charts",
    html='<div class="gs-charts"></div>',
    js=JS,
    isolate_styles=False,
)


@dataclass(frozen=True, slots=True)
class Card:
    """One chart with its head.

    Attributes:
        key: a chart keeps its zoom for as long as a card of its key is on the page.
        head: HTML, already escaped.
        figure: None where there is nothing to draw.
        absent: says why there is nothing to draw.
        wide: as wide as the page, not half of it.
        name: what the chart shows, in words for who does not see it.
    """

    key: str
    head: str
    figure: Figure | None
    absent: str = ""
    wide: bool = False
    name: str = ""


def payload(cards: Sequence[Card], *, offset: int = 0, csv: str = "") -> bytes:
    """What is sent to every viewer: the cards, where the scripts are, and the time zone of the page.

    Args:
        cards: in the order of the page.
        offset: minutes that the page's clock is ahead of UTC.
        csv: the path under which the numbers of a chart are, to which its key is added after a final `=`.
    """
    # Routes of our own are registered under the base path: Streamlit moves none of them.
    prefix = str(st.get_option("server.baseUrlPath") or "").strip("/")
    prefix = f"/{prefix}" if prefix else ""
    sent = [
        {
            "key": card.key,
            "head": card.head,
            "figure": card.figure and packed(card.figure),
            "absent": card.absent,
            "wide": card.wide,
            "name": card.name,
        }
        for card in cards
    ]
    # plotly.js reads no NaN: gaps are inside of typed arrays, and one elsewhere is a mistake.
    scripts = {"src": prefix + PLOTLY_PATH, "scripts": f"{prefix}{CHART_SCRIPTS_PATH}/page.js"}
    scripts |= {"csv": prefix + csv} if csv else {}
    return json.dumps({**scripts, "offset": offset, "cards": sent}, allow_nan=False, separators=(",", ":")).encode()


def charts(data: bytes, *, key: str) -> None:
    """Draw a payload."""
    _component(data=data, key=key, height="content")
