"""Which review the page shows: the parameters of the address, and the widgets that change them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.engine.snapshot import Snapshot
from dashboard.review.period import Period
from dashboard.slo.windows import Unit
from dashboard.ui import address_bar, data, zones
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import address
from dashboard.ui.text.review import review_periods

UNITS: Final = {"Week": Unit.WEEK, "Month": Unit.MONTH, "Quarter": Unit.QUARTER, "Year": Unit.YEAR}
# In the session: whether objectives were known, and the name of the default period.
USUAL = "review_usual"
_begins = SharedCache[float | None](1)


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """The choice from the address.

    Attributes:
        period: of whole days in the configured zone. `service`, `team`: names; empty: all.
        problem: a sentence about invalid parameters.
    """

    period: Period
    service: str = ""
    team: str = ""
    problem: str | None = None

    @property
    def scope(self) -> str:
        """The scope of the review as a permanent text; empty for all."""
        return urlencode({name: value for name, value in self._of().items() if value})

    @property
    def parameters(self) -> Mapping[str, str]:
        """The choice as parameters of an address or a file."""
        values = {"period": self.period.name, **self._of()}
        return {name: value for name, value in values.items() if value}

    def _of(self) -> dict[str, str]:
        return {"service": self.service, "team": self.team}


def chosen_filter(snapshot: Snapshot, now: float) -> ReviewFilter:
    """Parse the parameters of the address.

    Args:
        snapshot: the newest one. `now`: epoch seconds.
    """
    period, problem = chosen_period(snapshot, now, zones.configured())
    services, teams = _services(snapshot), _teams(snapshot)
    by_title = {snapshot.service_title(name): name for name in services}
    wanted, team = st.query_params.get("service", ""), st.query_params.get("team", "")
    service = by_title.get(wanted, wanted)
    # Before the services are known no name is wrong.
    unknown = address.unknown("service", service, services) if services else None
    unknown = unknown or (address.unknown("team", team, teams) if services else None)
    said = problem or unknown
    sentence = f"{said[0].upper()}{said[1:]}" if said else None
    known = service if service in services else "", team if team in teams else ""
    return ReviewFilter(period, *known, sentence)


def filters(snapshot: Snapshot, now: float, choice: ReviewFilter) -> None:
    """Draw the widgets that change the address.

    Args:
        snapshot: the newest one. `now`: epoch seconds. `choice`: from the address.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="review_filter"):
        _steps(choice.period, now)
        _range(choice.period)
        _unit(choice.period)
        _select("service", "All services", _services(snapshot), choice.service, snapshot.service_title)
        if teams := _teams(snapshot):
            _select("team", "All teams", teams, choice.team, str)


def chosen_period(snapshot: Snapshot, now: float, zone: str) -> tuple[Period, str | None]:
    """The period in the address, else the default one; and a sentence if the address is invalid.

    Args:
        snapshot: the newest one. `now`: epoch seconds. `zone`: IANA name of the configured zone.
    """
    wanted = st.query_params.get("period", "")
    if not wanted:
        return usual_period(snapshot, now, zone), None
    try:
        return Period.checked(wanted, now, zone), None
    except ValueError as error:
        return usual_period(snapshot, now, zone), f"the address: {address.shortened(wanted)}: {error}"


def usual_period(snapshot: Snapshot, now: float, zone: str) -> Period:
    """The last complete month if there are data of it, else the current one.

    Args:
        snapshot: knows the objectives. `now`: epoch seconds. `zone`: IANA name.
    """
    # The page must not jump to another month while somebody looks at it.
    known = st.session_state.get(USUAL)
    if known is not None and bool(snapshot.slos) == known[0]:
        return Period.parse(known[1], zone)
    period = _usual_period(snapshot, now, zone)
    st.session_state[USUAL] = bool(snapshot.slos), period.name
    return period


def _usual_period(snapshot: Snapshot, now: float, zone: str) -> Period:
    running = Period.holding(now, Unit.MONTH, zone)
    last = running.earlier(1)[0]
    slos = tuple(report.slo for report in snapshot.slos)
    # More of the past may still be read.
    begin = _begins.of("", (len(slos), now // 300), lambda: data.data_begin(slos))
    # If only its last days have data, little can be said about a month.
    is_known = begin is not None and begin <= (last.start + last.end) / 2
    return last if is_known else running


def _steps(period: Period, now: float) -> None:
    """Buttons to the previous and the next period."""
    before, after = period.earlier(1)[0], period.later()
    for label, other, key in (("‹ Earlier", before, "review_earlier"), ("Later ›", after, "review_later")):
        name = review_periods.title(other)
        st.button(
            label, key=key, help=name, disabled=other.start > now, on_click=address_bar.replace,
            args=({"period": other.name},), kwargs={"without": ("edit",)},
        )  # fmt: skip


def _unit(period: Period) -> None:
    """A choice of the length: selects the period of that length which contains the (already past) end of this one."""
    names = {unit: name for name, unit in UNITS.items()}
    current = names.get(period.unit) if period.unit is not None else None
    address_bar.hold("review_unit", current or "")
    st.segmented_control(
        "Length", list(UNITS), key="review_unit", label_visibility="collapsed", on_change=_choose_unit, args=(period,)
    )


def _choose_unit(period: Period) -> None:
    chosen = st.session_state["review_unit"]
    if chosen is None:
        return
    moment = min(period.end - 1, data.now())
    other = Period.holding(max(moment, period.start), UNITS[chosen], period.zone)
    address_bar.replace({"period": other.name}, without=("edit",))


def _range(period: Period) -> None:
    """Inputs for the first and the last day of a period."""
    zone = ZoneInfo(period.zone)
    first, end = (datetime.fromtimestamp(at, zone).date() for at in (period.start, period.end))
    with st.popover("Range ✓" if period.unit is None else "Range", help="Any days from and to"):
        days = st.date_input("Days", (first, end - timedelta(days=1)), key="review_days", format="YYYY-MM-DD")
        if st.button("Show", type="primary", key="review_show") and isinstance(days, tuple) and len(days) == 2:
            _show_range(*days)
            st.rerun()


def _show_range(first: date, last: date) -> None:
    name = f"{first}" if first == last else f"{first}..{last}"
    address_bar.replace({"period": name}, without=("edit",))


def _services(snapshot: Snapshot) -> list[str]:
    return sorted({report.slo.service for report in snapshot.slos}, key=snapshot.service_title)


def _teams(snapshot: Snapshot) -> list[str]:
    return sorted({report.info.team for report in snapshot.services if report.info.team})


def _select(name: str, all_of: str, options: Sequence[str], chosen: str, title: Callable[[str], str]) -> None:
    """A select box for a parameter.

    Args:
        name: of the parameter. `all_of`: the label of no choice. `options`: values.
        chosen: from the address. `title`: formats a value.
    """
    key = f"review_{name}"
    address_bar.hold(key, chosen)
    st.selectbox(
        name.capitalize(), ["", *options], width=190, key=key, label_visibility="collapsed",
        format_func=lambda value: title(value) if value else all_of, on_change=_choose, args=(name, key),
    )  # fmt: skip


def _choose(name: str, key: str) -> None:
    address_bar.replace({name: st.session_state[key] or ""}, without=("edit",))
