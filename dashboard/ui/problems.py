"""The one place that turns an error into a message, so that one failed query does not blank a page."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import streamlit as st

from dashboard.exceptions import DashboardError


@contextmanager
def shown() -> Iterator[None]:
    """Show an error of ours as one sentence in the place of what failed."""
    try:
        yield
    # Only ours have a text fit for users; any other goes on to the log, redacted on the page.
    except DashboardError as error:
        banner(str(error))


def banner(text: str, *, colour: str = "amber", word: str = "▲") -> None:
    """One sentence with a coloured edge.

    Args:
        text: not escaped yet.
        colour: red, amber, green or grey.
        word: in bold before it.
    """
    st.html(f'<div class="gs-banner gs-{colour}"><b>{word}</b> {escape(text)}</div>')


def empty(text: str) -> None:
    """What is not there, and what to do about it."""
    st.html(f'<div class="gs-empty">{escape(text)}</div>')


def busy(retry_s: float, key: str) -> None:
    """That something is still being fetched; the page asks for it again by itself.

    Args:
        retry_s: seconds until then.
        key: of what is fetched, unique on the page.
    """
    wait_s = math.ceil(retry_s)
    sentence = f"the source is still being asked for this range. This page tries again by itself in {wait_s} s."
    banner(sentence, colour="grey", word="Busy:")
    shown_at = time.monotonic()

    @st.fragment(run_every=wait_s, key=f"busy_{key}")
    def again() -> None:
        # The first run belongs to the page that has just been drawn.
        if time.monotonic() - shown_at > wait_s / 2:
            st.rerun()

    again()
