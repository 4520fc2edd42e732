"""The zoom of a page's charts: a range in the URL, so that Back undoes it and a link shares it."""

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from dashboard.ui import address_bar

# Names of URL parameters.
PARAMETERS = ("from", "to")
# Epoch milliseconds of 1970 and 2200, between which a browser's times must lie.
EARLIEST, LATEST = 0.0, 7_258_118_400_000.0

_component = st.components.v2.component(
    "gs_zoom", html="<span></span>", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def follow(*, key: str, chosen: bool = False) -> None:
    """Write the zoomed range to the URL; called outside of fragments, so that the whole page follows.

    Args:
        key: of the component.
        chosen: the URL has a range, which is what is drawn.
    """

    def go() -> None:
        put_into_address(st.session_state[key].get("range"))

    _component(key=key, data={"chosen": chosen}, on_range_change=go, height="content")


def put_into_address(sent: object) -> None:
    """Adopt the range that a browser sent, in epoch milliseconds, or its removal."""
    moments = sent if isinstance(sent, list) else []
    if len(moments) == 2 and all(_is_moment(moment) for moment in moments):
        address_bar.replace({name: iso(moment / 1000) for name, moment in zip(PARAMETERS, moments, strict=True)})
    else:
        address_bar.replace({}, without=PARAMETERS)


def _is_moment(value: object) -> bool:
    return isinstance(value, int | float) and EARLIEST <= value <= LATEST


def iso(seconds: float) -> str:
    """A time for a URL, in UTC so that it means the same in every zone: 2026-11-22T18:00Z."""
    moment = datetime.fromtimestamp(round(seconds), UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ" if moment.second else "%Y-%m-%dT%H:%MZ")
