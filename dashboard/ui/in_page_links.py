"""Links of a page to itself that change the address and nothing else: no page load, no lost scroll."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qsl

import streamlit as st

# A longer address is cut.
LONGEST = 2000
_component = st.components.v2.component(
    "gs_in_page_links", html="<span></span>", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def follow(names: Sequence[str], *, key: str) -> None:
    """Follow links marked `data-soft`; of the parameters of their address, only these are taken over."""

    # A link with `href` alone would load the page anew: the session, its zoom and its scroll would be lost.
    def go() -> None:
        # Whatever the browser sent: only known names are taken over.
        wanted = parameters(st.session_state[key].get("went"))
        for name in names:
            if name in wanted:
                st.query_params[name] = wanted[name]
            else:
                st.query_params.pop(name, None)

    _component(key=key, on_went_change=go, height="content")


def parameters(address: object) -> dict[str, str]:
    """The query of an address that a browser sent, whatever it sent."""
    text = address if isinstance(address, str) else ""
    return dict(parse_qsl(text[:LONGEST].partition("?")[2]))
