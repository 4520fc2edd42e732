"""Pausing the refresh of a page: since when it is paused, and what its viewer has missed."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import streamlit as st

from dashboard.engine.health import Health
from dashboard.engine.snapshot import Snapshot
from dashboard.slo.report import State
from dashboard.ui import data
from dashboard.ui.text import pause_text
from dashboard.ui.theme import alive

KEY = "paused"


@dataclass(frozen=True, slots=True)
class PausedView:
    """What a paused page shows, as far as needed to tell what was missed.

    Attributes:
        at: epoch seconds of its refresh. `refreshes`: number of refreshes of the source until then.
        healths: service → health. `states`: (service, objective) → state.
    """

    at: float
    refreshes: int
    healths: Mapping[str, Health]
    states: Mapping[tuple[str, str], State]


def paused_view(snapshot: Snapshot) -> PausedView:
    """What a snapshot shows."""
    healths = {report.name: report.health for report in snapshot.services}
    states = {(report.slo.service, report.slo.name): report.state for report in snapshot.slos}
    return PausedView(snapshot.at, snapshot.source.ticks + snapshot.source.failures, healths, states)


def toggle() -> None:
    """Pause or continue."""
    if st.session_state.pop(KEY, None) is None:
        st.session_state[KEY] = paused_view(data.snapshot())


def is_on() -> bool:
    """Whether this viewer's page is paused."""
    return KEY in st.session_state


def drawn(snapshot: Snapshot) -> None:
    """Record what a paused page shows now: changing a choice draws the newest data."""
    if is_on():
        st.session_state[KEY] = paused_view(snapshot)


def pace(refresh: float) -> float | None:
    """Seconds between two runs of a page; None while it is paused."""
    return None if is_on() else refresh


def bar() -> None:
    """Show since when the page is paused and what was missed, updated at each refresh; nothing if it is not paused."""
    if not is_on():
        return
    refresh = data.snapshot().refresh

    @st.fragment(run_every=refresh, key="paused_bar")
    def paused_bar() -> None:
        snapshot = data.snapshot()
        before = st.session_state.get(KEY)
        if before is not None:
            st.html(_bar(before, snapshot, data.now()))

    paused_bar()


def _bar(before: PausedView, snapshot: Snapshot, now: float) -> str:
    sentence = pause_text.sentence(before.at, _missed(before, paused_view(snapshot)), snapshot, now)
    # While paused, the page's own liveness mark does not change; this one detects that the server has gone.
    return (
        f'<div class="gs-banner gs-amber gs-pausebar"><b>Paused</b> <span>{escape(sentence)}</span>'
        f'<button type="button" data-act="pause">Resume</button>{alive(snapshot, now, kind="own")}</div>'
    )


def _missed(before: PausedView, after: PausedView) -> pause_text.Missed:
    changed = [name for name, health in after.healths.items() if before.healths.get(name, health) is not health]
    worse = [name for name in changed if _is_worse(before.healths[name], after.healths[name])]
    objectives = sum(before.states.get(key, state) is not state for key, state in after.states.items())
    return pause_text.Missed(after.refreshes - before.refreshes, tuple(worse), len(changed) - len(worse), objectives)


def _is_worse(before: Health, after: Health) -> bool:
    # The order of the enum is by urgency.
    order = list(Health)
    return order.index(after) < order.index(before)
