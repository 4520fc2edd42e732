"""Which objectives the page shows: what the address holds, the widgets that change it, and the rows that match."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from dashboard.engine.snapshot import Snapshot
from dashboard.slo.report import SloReport
from dashboard.ui import address_bar
from dashboard.ui.text import address, units

# This many rows at first, or all of them where they are hardly more; this many a page when all are wanted.
FIRST, FEW, PER_PAGE = 10, 12, 50


@dataclass(frozen=True, slots=True)
class ObjectiveFilter:
    """What the address holds; empty means no filter.

    Attributes:
        slo: name of the objective that is shown in detail.
        service: name of the service whose objectives are listed.
        find: part of a name.
        every: all rows in pages, not only the first ones.
        page: its number, from 1 on.
    """

    slo: str = ""
    service: str = ""
    find: str = ""
    every: bool = False
    page: int = 1

    @property
    def address(self) -> str:
        """As a link of the page to itself."""
        values = {"slo": self.slo, "service": self.service, "find": self.find}
        values |= {"all": "1" if self.every else "", "page": str(self.page) if self.page > 1 else ""}
        # Without empty ones: the address is what people send to each other.
        return "objectives?" + urlencode({name: value for name, value in values.items() if value})


@dataclass(frozen=True, slots=True)
class ObjectiveRows:
    """The rows of the list.

    Attributes:
        shown: those on the page.
        matching: all that match the filter.
        total: how many there are.
        first: the number of the first one shown, from 1 on.
        pages: how many pages the matching ones fill.
    """

    shown: tuple[SloReport, ...]
    matching: tuple[SloReport, ...]
    total: int
    first: int = 1
    pages: int = 1


def chosen_filter(snapshot: Snapshot) -> ObjectiveFilter:
    """Draw the filters; what they and the address hold."""
    query = st.query_params
    services = sorted({report.slo.service for report in snapshot.slos})
    service, find = query.get("service", ""), ""
    if len(services) > 1:
        with st.container(horizontal=True, vertical_alignment="center", key="objectives_filter"):
            service = _service(services, snapshot.service_title)
            if len(snapshot.slos) > FEW:
                find = query.get("find", "")
                address_bar.hold("find", find)
                st.text_input(
                    "Find", key="find", placeholder="Find an objective", label_visibility="collapsed", width=240,
                    on_change=address_bar.write, args=("find", "", ("page",)),
                )  # fmt: skip
    # Whatever stands in the address, the page is a number.
    page = query.get("page", "")
    number = int(page) if page.isdecimal() and len(page) < 9 else 1
    return ObjectiveFilter(query.get("slo", ""), service, find, query.get("all") == "1", number)


def _service(services: Sequence[str], title: Callable[[str], str]) -> str:
    by_title = {title(name): name for name in services}
    wanted = st.query_params.get("service", "")
    wanted = by_title.get(wanted, wanted)
    options = ["", *services]
    address_bar.hold("objectives_service", wanted if wanted in options else "")
    st.selectbox(
        "Service", options, width=240, format_func=lambda name: title(name) if name else "All services",
        key="objectives_service", label_visibility="collapsed", on_change=_choose_service,
    )  # fmt: skip
    # A name that nobody has stays in the address, for the message that says so.
    return wanted


def _choose_service() -> None:
    address_bar.replace({"service": st.session_state["objectives_service"] or ""}, without=("slo", "page"))


def rows(snapshot: Snapshot, choice: ObjectiveFilter) -> ObjectiveRows:
    """What is shown of all objectives."""
    matching = tuple(snapshot.objectives(choice.service, choice.find))
    total = len(snapshot.slos)
    if len(matching) <= FEW:
        return ObjectiveRows(matching, matching, total)
    if not choice.every:
        return ObjectiveRows(matching[:FIRST], matching, total)
    pages = -(-len(matching) // PER_PAGE)
    first = (min(max(choice.page, 1), pages) - 1) * PER_PAGE
    return ObjectiveRows(matching[first : first + PER_PAGE], matching, total, first + 1, pages)


def chosen_objective(snapshot: Snapshot, choice: ObjectiveFilter, matching: Sequence[SloReport]) -> SloReport | None:
    """The objective of the address, else the first of the list when the page was opened: a page does not jump.

    Args:
        snapshot: the newest one.
        choice: what the address holds.
        matching: objectives that match the filter, in the order of the list.
    """
    # Of two with one name the first one counts.
    by_name = {report.slo.name: report for report in reversed(snapshot.slos)}
    if choice.slo in by_name:
        return by_name[choice.slo]
    # The first one stays chosen while another becomes the worst, until the filters change.
    filters = choice.service, choice.find
    before = st.session_state.get("objective_first")
    name = before[1] if before is not None and before[0] == filters else ""
    listed = {report.slo.name: report for report in reversed(matching)}
    report = listed.get(name) or next(iter(matching), None)
    if report is not None:
        st.session_state["objective_first"] = filters, report.slo.name
    return report


def problem(snapshot: Snapshot, choice: ObjectiveFilter) -> str | None:
    """What in the address names nothing, and the nearest that does."""
    services = {report.slo.service for report in snapshot.slos}
    names = {report.slo.name for report in snapshot.slos}
    message = address.unknown("service", choice.service, services) or address.unknown("objective", choice.slo, names)
    return message and f"{message[0].upper()}{message[1:]}"


def misread() -> str | None:
    """What in the address is not a valid time or number, one sentence; None if all is valid."""
    query = st.query_params
    page = query.get("page", "1")
    message = address.unread({name: query.get(name) for name in ("from", "to")})
    if not message and not page.isdecimal():
        message = f"{address.said('page', page)}, which is no number"
    return units.sentence(message) if message else None
