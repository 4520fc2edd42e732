"""The time zone of a viewer: the configured one, UTC or the browser's; kept in the URL."""

from dataclasses import replace
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.engine.running_poller import current
from dashboard.engine.snapshot import Snapshot
from dashboard.ui.text.address import said

PARAMETER, UTC, BROWSER = "tz", "utc", "browser"
# The snapshot in each zone: one object for all viewers of a zone, so that they share what is derived from it.
KEPT = 32
_by_zone: dict[str, tuple[Snapshot, Snapshot]] = {}


def chosen() -> str:
    """IANA name of the zone in the URL; empty for the configured one."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return ""
    wanted = st.query_params.get(PARAMETER, "")
    if wanted == BROWSER:
        return _known(st.context.timezone or "")
    return "UTC" if wanted == UTC else ""


def problem() -> str | None:
    """One sentence if the URL names an unknown zone; otherwise None."""
    wanted = st.query_params.get(PARAMETER, "")
    if wanted == BROWSER and not _known(st.context.timezone or ""):
        return "the address says tz='browser', but this browser reports no known time zone"
    if wanted in ("", UTC, BROWSER):
        return None
    sentence = said(PARAMETER, wanted)
    return f"{sentence}: it may be {UTC} or {BROWSER}; without it times are those of the configured zone"


def configured() -> str:
    """IANA name of the configured zone, whatever this viewer chose."""
    return current().snapshot.time_zone


def in_viewer_zone(snapshot: Snapshot) -> Snapshot:
    """The snapshot with times in the zone of this viewer: the same object for all viewers of one zone."""
    zone = chosen()
    if zone in ("", snapshot.time_zone):
        return snapshot
    kept = _by_zone.get(zone)
    if kept is None or kept[0] is not snapshot:
        # Limit the memory used by a viewer who asks for many zones.
        if kept is None and len(_by_zone) >= KEPT:
            _by_zone.pop(next(iter(_by_zone)), None)
        kept = _by_zone[zone] = snapshot, replace(snapshot, time_zone=zone)
    return kept[1]


@lru_cache(maxsize=256)
def _known(zone: str) -> str:
    """The zone, if this machine knows it: a browser may send any text."""
    try:
        return ZoneInfo(zone).key
    except (ValueError, OSError, RecursionError, ZoneInfoNotFoundError):
        return ""
