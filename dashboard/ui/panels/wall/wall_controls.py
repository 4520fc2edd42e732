"""The choices on the wall, kept in the address; and how far the pages of a kiosk have turned."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.engine.snapshot import Snapshot
from dashboard.ui.panels.wall import wall_choice, wall_plan
from dashboard.ui.panels.wall.wall_choice import WallChoice

# Seconds for which a page of the kiosk is shown, unless a refresh takes longer.
TURN_EVERY = 15.0
# In the session: how often pages have turned, and when they last did; whether the wall is in full screen.
TURNED, FULL = "wall_turned", "wall_full"
KEY = "wall_controls"

_folder = Path(__file__).parent
_component = st.components.v2.component(
    "gs_wall_controls",
    html='<div class="gs-controls"></div>',
    js=(_folder / "wall_controls.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def chosen(snapshot: Snapshot) -> WallChoice:
    """The choice from the address."""
    return wall_choice.chosen({name: st.query_params.get_all(name) for name in wall_choice.NAMES}, snapshot.services)


def controls(snapshot: Snapshot, choice: WallChoice) -> bool:
    """Draw the controls; returns whether the wall is in full screen, where they are hidden."""
    kiosk = bool(st.context.is_embedded) or bool(st.session_state.get(FULL))
    services = wall_choice.matching(snapshot.services, choice)
    compact = wall_plan.is_compact(len(services), choice)
    teams, tiers = wall_choice.teams_of(snapshot.services), wall_choice.tiers_of(snapshot.services)
    values = {
        "kiosk": kiosk, "embedded": bool(st.context.is_embedded), "teams": teams if len(teams) > 1 else [],
        "tiers": tiers if len(tiers) > 1 else [], "find": choice.find, "team": list(choice.teams),
        "tier": list(choice.tiers), "compact": compact, "group": "team" if choice.by_team else "",
    }  # fmt: skip
    _component(key=KEY, data=values, on_chosen_change=_choose, on_full_change=_fill, on_star_change=_star)
    return kiosk


def _sent(name: str) -> Any:
    return st.session_state[KEY].get(name)


def _choose() -> None:
    """Put the choice sent by a browser (untrusted) into the address: known names with text only."""
    sent = _sent("chosen")
    for name, value in parameters(sent).items():
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)


def parameters(sent: object) -> dict[str, list[str]]:
    """Parameters for the address, as sent by a browser; an empty list removes one."""
    if not isinstance(sent, Mapping):
        return {}
    return {
        name: [str(value)[: wall_choice.LONGEST] for value in values[: wall_choice.MOST] if value]
        for name, values in sent.items()
        if name in wall_choice.NAMES and isinstance(values, list)
    }


def _fill() -> None:
    st.session_state[FULL] = _sent("full") is True


def _star() -> None:
    """Pin or unpin a service."""
    name = _sent("star")
    if isinstance(name, str):
        st.query_params["fav"] = starred(st.query_params.get_all("fav"), name)


def starred(favourites: Sequence[str], name: str) -> list[str]:
    """The favourites with a service added, or removed if it is among them."""
    if name in favourites:
        return [favourite for favourite in favourites if favourite != name]
    return [*favourites, name][-wall_choice.MOST :]


def turn(now: float, refresh: float) -> int:
    """How often pages have turned in this session: none is skipped, even if refreshes are rare.

    Args:
        now: epoch seconds. `refresh`: seconds between two refreshes.
    """
    before = st.session_state.get(TURNED, (0, now))
    st.session_state[TURNED] = turned = next_turn(before, now, refresh)
    return turned[0]


def next_turn(before: tuple[int, float], now: float, refresh: float) -> tuple[int, float]:
    """The number of turns, and since when it applies.

    Args:
        before: the same at the previous refresh. `now`: epoch seconds. `refresh`: seconds between two refreshes.
    """
    count, since = before
    # By the clock alone a late refresh would skip a page. Half a refresh early is accepted,
    # or a timer that fires a moment too soon would show a page for another refresh.
    if now - since < TURN_EVERY - refresh / 2:
        return before
    return count + 1, now
