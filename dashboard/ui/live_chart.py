"""The live charts of a page: one component around `Plotly.react`, which keeps nodes, zoom and scroll as data change.

`st.plotly_chart` remounts whenever its data change, and each element costs a message and a widget. So all cards of a
page are sent in one message, which is the same for all viewers: colours are tokens that the browser looks up in the
page's style sheet, and the browser extends the time axis for direct labels. The message contains changes since a
keyframe, which a browser fetches if needed: a tab that missed messages, or has just opened, needs nothing else.
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

# With the version in the path, so that browsers may cache it indefinitely.
PLOTLY_PATH = f"/assets/plotly-{plotly.__version__}.min.js"

JS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")

# Session key: the path of a keyframe that the browser could not fetch.
LACKED = "keyframe_lacked"

# Registered once, as every page uses the same component. Its styles are in the pages' style sheet, because a
# component's own styles are sent with every message.
_component = st.components.v2.component(
    "gs_live_charts",
    html='<div class="gs-charts"></div>',
    js=JS,
    isolate_styles=False,
)


@dataclass(frozen=True, slots=True)
class Card:
    """One chart with its heading.

    Attributes:
        key: a chart keeps its zoom as long as a card with its key is on the page.
        head: HTML, already escaped.
        figure: None if there is nothing to draw.
        absent: why there is nothing to draw.
        wide: spans the width of the page instead of half of it.
        name: what the chart shows, in words, for screen readers.
    """

    key: str
    head: str
    figure: Figure | None
    absent: str = ""
    wide: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """What every viewer of the same charts receives at one refresh.

    Attributes:
        keyframe: what the message refers to. `content`: the same with all digits, for comparison with later data.
        message: JSON in gzip: paths of keyframe and scripts, and the changes of the cards since the keyframe.
        least: bytes of the shortest message since the keyframe.
        grown: by how many bytes all messages since then exceeded it, in total.
    """

    keyframe: Keyframe
    content: Sequence[Mapping[str, Any]]
    message: bytes
    least: int
    grown: int = 0

    @property
    def is_worthwhile(self) -> bool:
        """Whether a new keyframe would cost viewers more than it saves."""
        return self.grown <= len(self.keyframe.zipped)


def broadcast(cards: Sequence[Card], before: Broadcast | None = None, *, offset: int = 0, csv: str = "") -> Broadcast:
    """The cards in the form in which they are sent: as changes since the last keyframe, or with a new one.

    Args:
        cards: in the order of the page.
        before: the last broadcast for the same choice of viewers.
        offset: minutes by which the page's clock is ahead of UTC.
        csv: path of the charts' data, to which a chart's key is appended after a final `=`.
    """
    # Our own routes are registered under the base path; Streamlit does not move them.
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
    # plotly.js cannot parse NaN: gaps are in typed arrays, and anywhere else NaN is a bug.
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()


def charts(sent: Broadcast, *, key: str) -> None:
    """Draw a broadcast."""

    def note() -> None:
        st.session_state[LACKED] = st.session_state[key].get("lack")

    # If requests and messages of a browser reach different replicas, it cannot fetch keyframes here, and says so.
    path = st.session_state.pop(LACKED, None)
    is_lacked = path is not None and str(path).endswith(sent.keyframe.name)
    data = with_keyframe(sent) if is_lacked else sent.message
    _component(data=data, key=key, on_lack_change=note, height="content")


def with_keyframe(sent: Broadcast) -> bytes:
    """The message including its keyframe, for browsers that cannot fetch it."""
    message, inside = (json.loads(gzip.decompress(part)) for part in (sent.message, sent.keyframe.zipped))
    return gzip.compress(_json({**message, "inside": inside}), mtime=0)
