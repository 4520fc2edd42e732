"""The URL holds everything a viewer chose: widgets show its values and write into it.

Each change of the URL through Streamlit adds an entry to the browser's history, so that Back and Forward lead through
earlier choices. A widget that Streamlit itself binds to a parameter adds none.
"""

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.ui.text import address


def replace(values: Mapping[str, str], *, without: Sequence[str] = ()) -> None:
    """Change several parameters at once, as one entry of the browser's history.

    Args:
        values: name → new value; an empty value removes the parameter.
        without: further parameters to remove.
    """
    # Keep all values of parameters that may occur several times.
    before = {name: st.query_params.get_all(name) for name in st.query_params}
    changed = {name: [text] if text else [] for name, text in values.items()}
    kept = {name: texts for name, texts in {**before, **changed}.items() if texts and name not in without}
    if kept != before:
        st.query_params.from_dict(kept)


def choice(name: str, options: Sequence[str], usual: str) -> tuple[str, str | None]:
    """Put the option from the URL into the widget with that key; also returns a sentence if it is not an option.

    Args:
        name: of the parameter and of the widget's key. `options`: all options. `usual`: the default.
    """
    wanted = st.query_params.get(name, usual)
    if wanted in options:
        hold(name, wanted)
        return wanted, None
    hold(name, usual)
    return usual, f"{address.said(name, wanted)}: it may be {', '.join(options)}"


def hold(key: str, value: str) -> bool:
    """Set the value of a widget; returns whether it is sent with this run."""
    # In a refresh only differences are sent. Going back twice quickly aborts the run in between, which may have changed
    # what the browser shows but not what the session holds.
    is_sent = not _is_refresh() or st.session_state.get(key) != value
    if is_sent:
        st.session_state[key] = value
    return is_sent


def _is_refresh() -> bool:
    """Whether a fragment is running instead of the whole page."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)


def write(name: str, usual: str = "", without: Sequence[str] = ()) -> None:
    """Write the value of a widget into the URL; clicking the current choice changes nothing.

    Args:
        name: of the parameter and of the widget's key. `usual`: a default that is omitted from the URL.
        without: parameters that are removed with the change.
    """
    value = st.session_state[name]
    if value is not None:
        replace({name: "" if value == usual else value}, without=without)
