"""A review on a page: the same HTML as in its file, including drawings, which Streamlit's own HTML element removes."""

import gzip
from pathlib import Path

import streamlit as st

JS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
# Its styles are part of the pages' style sheet.
_component = st.components.v2.component("gs_review", html='<div class="rv"></div>', js=JS, isolate_styles=False)


def packed(html: str) -> bytes:
    """HTML in the form in which it is sent; it is trusted, as all foreign text in it is escaped."""
    return gzip.compress(html.encode(), mtime=0)


def view(message: bytes, *, key: str) -> None:
    """Draw packed HTML."""
    _component(data=message, key=key, height="content")
