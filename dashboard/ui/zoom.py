"""What the charts of a page are zoomed to: a range in the address, so that Back undoes it and a link shares it."""

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from dashboard.ui import address_bar

# Of the address.
PARAMETERS = ("from", "to")
# Epoch milliseconds of 1970 and 2200, between which a browser's moments must lie.
EARLIEST, LATEST = 0.0, 7_258_118_400_000.0

_component = st.components.v2.component(
    "gs_zoom", html="<span></span>", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def follow(*, key: str, chosen: bool = False) -> None:
    """Put what is zoomed to into the address; called outside of fragments, so that all of the page follows.

    Args:
        key: of the component.
        chosen: the address has a range, and what is drawn is of it.
    """

    def go() -> None:
        put_into_address(st.session_state[key].get("range"))

    _component(key=key, data={"chosen": chosen}, on_range_change=go, height="content")


def put_into_address(sent: object) -> None:
    """Take over the range that a browser sent, in epoch milliseconds, or that it has none any more."""
    moments = sent if isinstance(sent, list) else []
    if len(moments) == 2 and all(_is_moment(moment) for moment in moments):
        address_bar.replace({name: iso(moment / 1000) for name, moment in zip(PARAMETERS, moments, strict=True)})
    else:
        address_bar.replace({}, without=PARAMETERS)


def _is_moment(value: object) -> bool:
    return isinstance(value, int | float) and EARLIEST <= value <= LATEST


def iso(seconds: float) -> str:
    """A moment for an address, in UTC so that it means the same to a colleague in another zone: 2026-11-22T18:00Z."""
    moment = datetime.fromtimestamp(round(seconds), UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ" if moment.second else "%Y-%m-%dT%H:%MZ")
