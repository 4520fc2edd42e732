"""Which objectives the page shows: the parameters of the address, the widgets that change them, and the rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from dashboard.engine.snapshot import Snapshot
from dashboard.slo.report import SloReport
from dashboard.ui import address_bar
from dashboard.ui.text import address, units

# Number of rows at first; up to which number all are shown at once; number of rows on a page of all.
FIRST, FEW, PER_PAGE = 10, 12, 50


@dataclass(frozen=True, slots=True)
class ObjectiveFilter:
    """The filter from the address; empty values do not filter.

    Attributes:
        slo: name of the objective shown in detail.
        service: name of the service whose objectives are listed.
        find: part of a name.
        every: show all rows in pages, not only the first ones.
        page: its number, from 1 on.
    """

    slo: str = ""
    service: str = ""
    find: str = ""
    every: bool = False
    page: int = 1

    @property
    def address(self) -> str:
        """The filter as a link to the same page."""
        values = {"slo": self.slo, "service": self.service, "find": self.find}
        values |= {"all": "1" if self.every else "", "page": str(self.page) if self.page > 1 else ""}
        # Without empty parameters: people share this address.
        return "objectives?" + urlencode({name: value for name, value in values.items() if value})


@dataclass(frozen=True, slots=True)
class ObjectiveRows:
    """The rows of the list.

    Attributes:
        shown: those on the page.
        matching: all that match the filter.
        total: the number of all objectives.
        first: the number of the first row shown, from 1 on.
        pages: the number of pages of matching rows.
    """

    shown: tuple[SloReport, ...]
    matching: tuple[SloReport, ...]
    total: int
    first: int = 1
    pages: int = 1


def chosen_filter(snapshot: Snapshot) -> ObjectiveFilter:
    """Draw the widgets; returns the filter from them and the address."""
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
    # The parameter may be any text, but the page is a number.
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
    # An unknown name stays in the address, for the message about it.
    return wanted


def _choose_service() -> None:
    address_bar.replace({"service": st.session_state["objectives_service"] or ""}, without=("slo", "page"))


def rows(snapshot: Snapshot, choice: ObjectiveFilter) -> ObjectiveRows:
    """The rows to show."""
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
    """The objective in the address, else the one that was first when the page was opened, so that the page is stable.

    Args:
        snapshot: the newest one.
        choice: from the address.
        matching: objectives that match the filter, in the order of the list.
    """
    # Of several with the same name the first one counts.
    by_name = {report.slo.name: report for report in reversed(snapshot.slos)}
    if choice.slo in by_name:
        return by_name[choice.slo]
    # The first one stays chosen even if another becomes worse, until the filters change.
    filters = choice.service, choice.find
    before = st.session_state.get("objective_first")
    name = before[1] if before is not None and before[0] == filters else ""
    listed = {report.slo.name: report for report in reversed(matching)}
    report = listed.get(name) or next(iter(matching), None)
    if report is not None:
        st.session_state["objective_first"] = filters, report.slo.name
    return report


def problem(snapshot: Snapshot, choice: ObjectiveFilter) -> str | None:
    """A sentence about an unknown name in the address, with the nearest known one."""
    services = {report.slo.service for report in snapshot.slos}
    names = {report.slo.name for report in snapshot.slos}
    message = address.unknown("service", choice.service, services) or address.unknown("objective", choice.slo, names)
    return message and f"{message[0].upper()}{message[1:]}"


def misread() -> str | None:
    """A sentence about an invalid time or number in the address; None if all are valid."""
    query = st.query_params
    page = query.get("page", "1")
    message = address.unread({name: query.get(name) for name in ("from", "to")})
    if not message and not page.isdecimal():
        message = f"{address.said('page', page)}, which is no number"
    return units.sentence(message) if message else None
