"""The live charts of a page: one component around `Plotly.react`, which keeps nodes, zoom and scroll as data move.

`st.plotly_chart` remounts whenever its data change, and every element of its own costs a message and a widget: all
cards of a page travel in one message, which is one for all viewers: colours are tokens that the browser looks up in the
page's style sheet, and the time axis is extended there for direct labels. It says what has changed since a keyframe,
which a browser fetches where it has not got it: a tab that missed messages, or has just come, needs nothing else.
"""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import plotly
import streamlit as st

from dashboard import keyframes
from dashboard.bundle import CHART_SCRIPTS_PATH
from dashboard.charts.figure import Figure
from dashboard.charts.packing import packed
from dashboard.charts.patch import SAME, patch
from dashboard.keyframes import Keyframe

# With its version, so that browsers may keep it for ever.
PLOTLY_PATH = f"/assets/plotly-{plotly.__version__}.min.js"

JS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")

# In the session: the path of a keyframe that its browser could not fetch.
LACKED = "keyframe_lacked"

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


@dataclass(frozen=True, slots=True)
class Broadcast:
    """What every viewer of the same charts is sent at one refresh.

    Attributes:
        keyframe: what the message builds on. `content`: the same with all digits, with which what follows is compared.
        message: JSON in gzip: where keyframe and scripts are, and what of the cards has changed since the keyframe.
        least: bytes of the shortest message since the keyframe.
        grown: bytes by which all of them together were longer than that.
    """

    keyframe: Keyframe
    content: Sequence[Mapping[str, Any]]
    message: bytes
    least: int
    grown: int = 0

    @property
    def is_worthwhile(self) -> bool:
        """A new keyframe would cost viewers more than it saves them."""
        return self.grown <= len(self.keyframe.zipped)


def broadcast(cards: Sequence[Card], before: Broadcast | None = None, *, offset: int = 0, csv: str = "") -> Broadcast:
    """The cards as they are sent: as what has changed since the keyframe of what was sent before, or a new keyframe.

    Args:
        cards: in the order of the page.
        before: what was sent last of the same choice of viewers.
        offset: minutes that the page's clock is ahead of UTC.
        csv: the path under which the numbers of a chart are, to which its key is added after a final `=`.
    """
    # Routes of our own are registered under the base path: Streamlit moves none of them.
    prefix = str(st.get_option("server.baseUrlPath") or "").strip("/")
    prefix = f"/{prefix}" if prefix else ""
    head = {"src": prefix + PLOTLY_PATH, "scripts": f"{prefix}{CHART_SCRIPTS_PATH}/page.js", "offset": offset}
    head |= {"csv": prefix + csv} if csv else {}
    content = [{name: getattr(card, name) for name in Card.__slots__} for card in cards]
    if before is not None:
        message = _message(head, prefix, before.keyframe, patch(before.content, content))
        least = min(before.least, len(message))
        grown = before.grown + len(message) - least
        following = Broadcast(before.keyframe, before.content, message, least, grown)
        if following.is_worthwhile:
            return following
    keyframe = keyframes.keep(_json(packed(content)))
    return Broadcast(keyframe, content, _message(head, prefix, keyframe, SAME), len(keyframe.zipped))


def _message(head: Mapping[str, Any], prefix: str, keyframe: Keyframe, changed: Any) -> bytes:
    text = _json({**head, "keyframe": f"{prefix}{keyframes.PATH}/{keyframe.name}", "cards": changed})
    return gzip.compress(text, mtime=0)


def _json(value: Any) -> bytes:
    # plotly.js reads no NaN: gaps are inside of typed arrays, and one elsewhere is a mistake.
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()


def charts(sent: Broadcast, *, key: str) -> None:
    """Draw what is broadcast."""

    def note() -> None:
        st.session_state[LACKED] = st.session_state[key].get("lack")

    # A browser whose requests another replica answers than its messages can fetch nothing here, and says so.
    path = st.session_state.pop(LACKED, None)
    is_lacked = path is not None and str(path).endswith(sent.keyframe.name)
    data = with_keyframe(sent) if is_lacked else sent.message
    _component(data=data, key=key, on_lack_change=note, height="content")


def with_keyframe(sent: Broadcast) -> bytes:
    """The message with the keyframe in it, for who cannot fetch it."""
    message, inside = (json.loads(gzip.decompress(part)) for part in (sent.message, sent.keyframe.zipped))
    return gzip.compress(_json({**message, "inside": inside}), mtime=0)
