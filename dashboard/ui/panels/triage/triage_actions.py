"""Actions on entries: acknowledge, withdraw, add a note; each is confirmed once stored, or reported as failed."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.exceptions import DashboardError, StateError
from dashboard.state import attention, running
from dashboard.state.store import Store
from dashboard.ui import data, turns

KEY = "triage_actions"
# In the session: the result of the last action.
ANSWER = "triage_answer"
# The id of a row is created by the browser, so that an action sent twice is stored once.
_NUMBER = re.compile(r"[0-9a-f]{16,64}")
_LONGEST = 4_000
_component = st.components.v2.component(
    "gs_triage_actions",
    html='<span class="gs-actions"></span>',
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def actions() -> None:
    """Put the script on the page, with the result of the last action."""
    _component(key=KEY, data={"answer": st.session_state.get(ANSWER)}, on_act_change=_act)


def _act() -> None:
    sent = st.session_state[KEY].get("act")
    if isinstance(sent, Mapping):
        st.session_state[ANSWER] = answered(sent, data.now())


def answered(sent: Mapping[str, Any], now: float) -> dict[str, str]:
    """Store an action sent by a browser (untrusted); returns the result, by the id that the browser gave it.

    Args:
        sent: by a browser. `now`: epoch seconds.
    """
    texts = {name: str(sent.get(name, ""))[:_LONGEST] for name in ("kind", "id", "entry", "row", "person", "text")}
    answer = {"id": texts["id"], "kind": texts["kind"], "entry": texts["entry"]}
    try:
        if not _NUMBER.fullmatch(texts["id"]):
            raise StateError("the browser sent no id")
        # Let pages of other viewers be drawn meanwhile.
        with turns.away():
            running.added().write(lambda store: _keep(store, texts, now))
    except DashboardError as error:
        return {**answer, "error": f"Not kept: {error}"}
    return answer


def _keep(store: Store, texts: Mapping[str, str], now: float) -> bool:
    number, subject, person = texts["id"], texts["entry"], texts["person"]
    match texts["kind"]:
        case "acknowledge":
            return attention.acknowledge(store, number, subject=subject, person=person, now=now)
        case "note":
            return attention.note(store, number, subject=subject, person=person, text=texts["text"], now=now)
        case "withdraw":
            return attention.withdraw(store, texts["row"], now)
    raise StateError("the browser sent an unknown action")
