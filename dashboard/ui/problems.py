"""The only place that turns an error into a message, so that one failed query does not blank a page."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape

import streamlit as st

from dashboard.exceptions import DashboardError
from dashboard.ui import turns


@contextmanager
def shown() -> Iterator[None]:
    """Draw inside, taking turns with other viewers; a known error is replaced by its sentence."""
    try:
        with turns.turn():
            yield
    # Only our own errors have a text for users; all others are raised to the log, and redacted on the page.
    except DashboardError as error:
        banner(str(error))


def banner(text: str, *, colour: str = "amber", word: str = "▲", meant: Mapping[str, str] | None = None) -> None:
    """A sentence with a coloured edge.

    Args:
        text: not escaped.
        colour: red, amber, green or grey.
        word: printed in bold before it.
        meant: name → URL of what may be meant instead.
    """
    links = [f'<a href="{escape(url)}" target="_self">{escape(name)}</a>' for name, url in (meant or {}).items()]
    question = f" Did you mean {' or '.join(links)}?" if links else ""
    st.html(f'<div class="gs-banner gs-{colour}"><b>{word}</b> {escape(text)}{question}</div>')


def empty(text: str) -> None:
    """A message about something that does not exist, and what to do."""
    st.html(f'<div class="gs-empty">{escape(text)}</div>')
