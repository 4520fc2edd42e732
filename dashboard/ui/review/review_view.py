"""A review on a page: the same HTML as in its file, drawings included, which Streamlit's own HTML leaves out."""

import gzip
from pathlib import Path

import streamlit as st

JS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
# Its styles are part of the pages' style sheet.
_component = st.components.v2.component("gs_review", html='<div class="rv"></div>', js=JS, isolate_styles=False)


def packed(html: str) -> bytes:
    """HTML as it is sent; it is ours, with every word of others escaped."""
    return gzip.compress(html.encode(), mtime=0)


def view(message: bytes, *, key: str) -> None:
    """Draw what was packed."""
    _component(data=message, key=key, height="content")
