"""What a viewer chooses on the wall, kept in the address; and how far the pages of a kiosk have turned."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.engine.snapshot import Snapshot
from dashboard.ui.panels.wall import wall_choice, wall_plan
from dashboard.ui.panels.wall.wall_choice import WallChoice

# Seconds for which a page of the kiosk is shown, or as long as a refresh takes where that is longer.
TURN_EVERY = 15.0
# In the session: how often pages have turned, and when they did last; whether a browser shows the wall in full screen.
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
    """What the address chooses."""
    return wall_choice.chosen({name: st.query_params.get_all(name) for name in wall_choice.NAMES}, snapshot.services)


def controls(snapshot: Snapshot, choice: WallChoice) -> bool:
    """Draw the controls; whether the wall has the whole screen, where they are out of sight."""
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
    """Put into the address what was chosen, whatever a browser sent: of known names, text only."""
    sent = _sent("chosen")
    for name, value in parameters(sent).items():
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)


def parameters(sent: object) -> dict[str, list[str]]:
    """Parameters of the address that a browser sent; an empty list takes one away."""
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
    """Keep a service on the screen, or no more."""
    name = _sent("star")
    if isinstance(name, str):
        st.query_params["fav"] = starred(st.query_params.get_all("fav"), name)


def starred(favourites: Sequence[str], name: str) -> list[str]:
    """The favourites with a service added, or taken away if it is among them."""
    if name in favourites:
        return [favourite for favourite in favourites if favourite != name]
    return [*favourites, name][-wall_choice.MOST :]


def turn(now: float, refresh: float) -> int:
    """How often pages have turned in this session: one after the other, however seldom the page is refreshed.

    Args:
        now: epoch seconds. `refresh`: seconds between two refreshes.
    """
    before = st.session_state.get(TURNED, (0, now))
    st.session_state[TURNED] = turned = next_turn(before, now, refresh)
    return turned[0]


def next_turn(before: tuple[int, float], now: float, refresh: float) -> tuple[int, float]:
    """How often pages have turned, and since when it is so.

    Args:
        before: the same at the refresh before. `now`: epoch seconds. `refresh`: seconds between two refreshes.
    """
    count, since = before
    # By the clock alone a page would be left out whenever a refresh comes a moment too late. Half of one early counts,
    # or a timer that comes a moment too soon would show a page for one more.
    if now - since < TURN_EVERY - refresh / 2:
        return before
    return count + 1, now
