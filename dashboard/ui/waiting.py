"""Ranges that are still being fetched: the page says so, and runs more often until they have come."""

import math

import streamlit as st

from dashboard.ui import problems

# In the session: how often its page runs while it waits; nothing while it waits for nothing.
KEY = "waiting_pace"


def pace(refresh: float) -> float:
    """Seconds between two runs of the page: as many as between two refreshes, or less while it waits for a range."""
    return min(refresh, float(st.session_state.get(KEY, refresh)))


def announce(retry_s: float | None, refresh: float) -> None:
    """Say that a range is still being fetched, and when the page asks again; nothing where that is None.

    Args:
        retry_s: seconds after which the source should be asked again. `refresh`: between two refreshes.
    """
    if retry_s is None:
        return
    seconds = math.ceil(min(pace(refresh), retry_s))
    sentence = f"the source is still being asked for this range. This page tries again by itself in {seconds} s."
    problems.banner(sentence, colour="grey", word="Busy:")


def keep_pace(retry_s: float | None) -> None:
    """Run the page more often from now on while there is nothing to show of a range, and as ever once it has come.

    Args:
        retry_s: seconds after which to ask again; None: nothing is waited for.
    """
    # Another timer takes a run of the whole page. Not at each new estimate: a page that moves on by itself is enough.
    if (retry_s is None) == (KEY not in st.session_state):
        return
    if retry_s is None:
        del st.session_state[KEY]
    else:
        st.session_state[KEY] = math.ceil(retry_s)
    st.rerun()
