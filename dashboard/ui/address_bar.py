"""The address as the one place of what a viewer chose: widgets show what it holds, and write into it what is chosen.

Streamlit makes an entry of the browser's history of each change of the address, so that Back and Forward lead through
what was chosen. A widget that is bound to a parameter by Streamlit itself makes none.
"""

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.ui.text import address


def replace(values: Mapping[str, str], *, without: Sequence[str] = ()) -> None:
    """Change some parameters at once: one entry of the browser's history.

    Args:
        values: name → new value; an empty one leaves the address.
        without: names that leave it, too.
    """
    # Of those that may stand there several times each value stays.
    before = {name: st.query_params.get_all(name) for name in st.query_params}
    changed = {name: [text] if text else [] for name, text in values.items()}
    kept = {name: texts for name, texts in {**before, **changed}.items() if texts and name not in without}
    if kept != before:
        st.query_params.from_dict(kept)


def choice(name: str, options: Sequence[str], usual: str) -> tuple[str, str | None]:
    """What the address holds of these options, put into the widget of that key; a sentence where it holds none of them.

    Args:
        name: of the parameter and of the key. `options`: those there are. `usual`: where none was chosen.
    """
    wanted = st.query_params.get(name, usual)
    if wanted in options:
        hold(name, wanted)
        return wanted, None
    hold(name, usual)
    return usual, f"{address.said(name, wanted)}: it may be {', '.join(options)}"


def hold(key: str, value: str) -> bool:
    """Let a widget show a value; whether it is sent with this run."""
    # At a refresh only what differs is sent. Whoever goes back twice in a moment breaks off the run in between, which
    # may have changed what the browser shows but not what the session holds.
    is_sent = not _is_refresh() or st.session_state.get(key) != value
    if is_sent:
        st.session_state[key] = value
    return is_sent


def _is_refresh() -> bool:
    """A part of the page runs, and not the whole of it."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)


def write(name: str, usual: str = "", without: Sequence[str] = ()) -> None:
    """Put what the widget of a key holds into the address; a click on the chosen one changes nothing.

    Args:
        name: of the parameter and of the key. `usual`: a value that the address need not hold.
        without: names that leave the address with the change.
    """
    value = st.session_state[name]
    if value is not None:
        replace({name: "" if value == usual else value}, without=without)
