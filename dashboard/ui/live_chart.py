"""The live chart: one component around `Plotly.react`, which keeps the node, the zoom and the scroll as data move.

`st.plotly_chart` remounts whenever its data change. The payload here is one for all viewers: colours are tokens that
the browser looks up, as the page's style sheet holds them for the viewer's scheme.
"""

import json
from pathlib import Path

import plotly
import streamlit as st

from dashboard.charts.figure import Figure

PLOTLY_PATH = f"/assets/plotly-{plotly.__version__}.min.js"

JS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")

_component = st.components.v2.component(
    "gs_live_chart",
    html='<div class="gs-under"></div><div class="live-chart"></div>',
    css=".live-chart{width:100%}\n.gs-under{height:16px;overflow:hidden;font-size:12px;line-height:16px;color:var(--gs-third)}\n",
    js=JS,
    isolate_styles=False,
)


def payload(figure: Figure, *, offset: int = 0) -> bytes:
    """What is sent to every viewer: the figure, where plotly.js is, and the minutes its clock is ahead of UTC."""
    prefix = str(st.get_option("server.baseUrlPath") or "").strip("/")
    src = f"/{prefix}{PLOTLY_PATH}" if prefix else PLOTLY_PATH
    return json.dumps({"src": src, "offset": offset, "figure": figure}, allow_nan=False).encode()


def chart(data: bytes, *, key: str, height: int) -> None:
    """Draw a payload; the same key is the same chart for as long as the page lives."""
    _component(data=data, key=key, height=height)
