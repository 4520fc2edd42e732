"""The one place that turns an error into a message, so that one failed query does not blank a page."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape

import streamlit as st

from dashboard.exceptions import DashboardError
from dashboard.ui import turns


@contextmanager
def shown() -> Iterator[None]:
    """Draw inside, in turn with other viewers; an error of ours is one sentence in the place of what failed."""
    try:
        with turns.turn():
            yield
    # Only ours have a text fit for users; any other goes on to the log, redacted on the page.
    except DashboardError as error:
        banner(str(error))


def banner(text: str, *, colour: str = "amber", word: str = "▲", meant: Mapping[str, str] | None = None) -> None:
    """One sentence with a coloured edge.

    Args:
        text: not escaped yet.
        colour: red, amber, green or grey.
        word: in bold before it.
        meant: name → address of what may be meant instead.
    """
    links = [f'<a href="{escape(url)}" target="_self">{escape(name)}</a>' for name, url in (meant or {}).items()]
    question = f" Did you mean {' or '.join(links)}?" if links else ""
    st.html(f'<div class="gs-banner gs-{colour}"><b>{word}</b> {escape(text)}{question}</div>')


def empty(text: str) -> None:
    """What is not there, and what to do about it."""
    st.html(f'<div class="gs-empty">{escape(text)}</div>')
