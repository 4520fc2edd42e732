"""Which incidents the page lists: the parameters of the address, and the widgets that change them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.incident import Incident
from dashboard.timerange import DAY
from dashboard.ui import address_bar
from dashboard.ui.text import address

# Name in the address → days.
PERIODS: Final = {"7d": 7, "30d": 30, "90d": 90, "1y": 365}
USUAL = "30d"
NAMES: Final = {"7d": "7 days", "30d": "30 days", "90d": "90 days", "1y": "1 year"}


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """The filter from the address; an empty service means all.

    Attributes:
        service: its name. `period`: one of `PERIODS`. `problem`: a sentence about invalid parameters.
    """

    service: str = ""
    period: str = USUAL
    problem: str | None = None

    @property
    def seconds(self) -> float:
        """The length of the period."""
        return PERIODS[self.period] * DAY

    def matches(self, incident: Incident, now: float) -> bool:
        """Whether an incident is of the service, and overlaps the period; `now`: epoch seconds."""
        is_recent = incident.end is None or incident.end >= now - self.seconds
        return is_recent and self.service in ("", *incident.services)


def chosen_filter(snapshot: Snapshot, incidents: Sequence[Incident]) -> IncidentFilter:
    """Draw the widgets; returns the filter from them and the address.

    Args:
        snapshot: the newest one. `incidents`: all known ones.
    """
    services = sorted({service for incident in incidents for service in incident.services} | set(snapshot.by_name))
    with st.container(horizontal=True, vertical_alignment="center", key="incidents_filter"):
        service = _service(snapshot, services)
        period, problem = address_bar.choice("period", list(PERIODS), USUAL)
        st.segmented_control(
            "Period", list(PERIODS), key="period", format_func=NAMES.__getitem__, label_visibility="collapsed",
            on_change=address_bar.write, args=("period", USUAL),
        )  # fmt: skip
    unknown = address.unknown("service", service, services) if service else None
    said = unknown or problem
    return IncidentFilter(service, period, f"{said[0].upper()}{said[1:]}" if said else None)


def _service(snapshot: Snapshot, services: Sequence[str]) -> str:
    by_title = {snapshot.service_title(name): name for name in services}
    wanted = st.query_params.get("service", "")
    wanted = by_title.get(wanted, wanted)
    address_bar.hold("incidents_service", wanted if wanted in services else "")
    st.selectbox(
        "Service", ["", *services], width=240, key="incidents_service", label_visibility="collapsed",
        format_func=lambda name: snapshot.service_title(name) if name else "All services", on_change=_choose_service,
    )  # fmt: skip
    # An unknown name stays in the address, for the message about it.
    return wanted


def _choose_service() -> None:
    address_bar.replace({"service": st.session_state["incidents_service"] or ""})
