"""Data that are still being fetched: the page says so, and reruns more often until they have arrived."""

import math

import streamlit as st

from dashboard.ui import problems

# Session key: how often the page reruns while it waits; absent if it waits for nothing.
KEY = "waiting_pace"


def pace(refresh: float) -> float:
    """Seconds between two runs of the page: those of a refresh, or fewer while it waits for data."""
    return min(refresh, float(st.session_state.get(KEY, refresh)))


def announce(retry_s: float | None, refresh: float) -> None:
    """Say that a range is still being fetched, and when the page asks again; nothing if `retry_s` is None.

    Args:
        retry_s: seconds after which the source should be asked again. `refresh`: between two refreshes.
    """
    if retry_s is None:
        return
    seconds = math.ceil(min(pace(refresh), retry_s))
    sentence = f"the source is still being asked for this range. This page tries again by itself in {seconds} s."
    problems.banner(sentence, colour="grey", word="Busy:")


def keep_pace(retry_s: float | None) -> None:
    """Rerun the page more often while data are missing, and at the usual pace once they have arrived.

    Args:
        retry_s: seconds until the next request; None: nothing is missing.
    """
    # Changing the timer needs a run of the whole page, so it is not changed at each new estimate.
    if (retry_s is None) == (KEY not in st.session_state):
        return
    if retry_s is None:
        del st.session_state[KEY]
    else:
        st.session_state[KEY] = math.ceil(retry_s)
    st.rerun()
