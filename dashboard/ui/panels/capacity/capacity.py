"""The page of capacity: the headline, the table with one resource opened, and unused resources."""

from dataclasses import dataclass
from functools import partial
from itertools import islice

import streamlit as st

from dashboard.capacity.capacity import CapacityReport, ResourceCapacity
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.ui import address_bar, problems
from dashboard.ui.panels.capacity import capacity_charts, capacity_question, capacity_table
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import address, capacity_text

# The value in the address if every row is closed.
NONE = "none"
# Number of further rows, by peak, after those that fill up.
BESIDE = 3
# Maximum number of rows.
MOST = 100
_parts = SharedCache[tuple[tuple[ResourceCapacity, ...], tuple[ResourceCapacity, ...]]]()
_tables = SharedCache[str]()
_charts = SharedCache[str](256)


@dataclass(frozen=True, slots=True)
class Listed:
    """The contents of the table.

    Attributes:
        shown: rows. `is_folded`: resources with headroom are hidden. `opened`: None without.
        find: part of the name of all rows. `page`: its number, from 1 on, of `pages`.
        problem: a sentence about an unknown name in the address.
    """

    shown: tuple[ResourceCapacity, ...]
    is_folded: bool
    opened: ResourceCapacity | None
    find: str = ""
    page: int = 1
    pages: int = 1
    problem: str | None = None


def listed(report: CapacityReport) -> Listed:
    """The rows according to the address."""
    query = st.query_params
    service, resource = query.get("service", ""), query.get("resource", "")
    wanted = report.named(service, resource) if resource != NONE else None
    told, beside = _parts.of("parts", report, lambda: _apart(report))
    is_named = bool(service and resource)
    opened = wanted or (None if resource == NONE or is_named else next(iter((*told, *beside)), None))
    said = None
    if is_named and resource != NONE and wanted is None:
        said = f"{address.shortened(service)} has no limited resource {address.shortened(resource)}"
    if query.get("all") == "1":
        return _unfolded(report, opened, said)
    shown = (*told[:MOST], *beside)
    shown = shown if opened is None or opened in shown else (*shown, opened)
    return Listed(shown, is_folded=True, opened=opened, problem=said)


def _apart(report: CapacityReport) -> tuple[tuple[ResourceCapacity, ...], tuple[ResourceCapacity, ...]]:
    """Resources to list individually, and the next few by peak."""
    rest = (each for each in report.resources if not each.is_notable)
    return tuple(each for each in report.resources if each.is_notable), tuple(islice(rest, BESIDE))


def _unfolded(report: CapacityReport, opened: ResourceCapacity | None, said: str | None) -> Listed:
    """A page of all that match.

    Args:
        report: of all. `opened`: the opened resource. `said`: what is wrong in the address.
    """
    find, number = st.query_params.get("find", ""), st.query_params.get("page", "1")
    text = find.casefold()
    matching = [each for each in report.resources if text in f"{each.title} {each.resource}".casefold()]
    pages = max(1, -(-len(matching) // MOST))
    page = min(max(int(number) if number.isdecimal() and len(number) < 9 else 1, 1), pages)
    shown = tuple(matching[(page - 1) * MOST : page * MOST])
    # The first of the list is open only while it is on the page.
    is_asked = bool(st.query_params.get("resource"))
    opened = opened if is_asked or opened in shown else next(iter(shown), None)
    shown = shown if opened is None or opened in shown else (opened, *shown)
    return Listed(shown, is_folded=False, opened=opened, find=find, page=page, pages=pages, problem=said)


def page(snapshot: Snapshot, now: float) -> None:
    """Draw the page.

    Args:
        snapshot: the newest one. `now`: epoch seconds.
    """
    report = snapshot.capacity
    st.html(capacity_table.head(snapshot, now))
    if not report.resources:
        problems.empty(_absent(snapshot))
        return
    table = listed(report)
    if table.problem:
        problems.banner(f"{table.problem[0].upper()}{table.problem[1:]}.")
    if not table.is_folded:
        _find(table)
    place = table.shown.index(table.opened) + 1 if table.opened is not None else len(table.shown)
    with st.container(key="capacity_table"):
        st.html(_rows(snapshot, table, 0, place))
        if table.opened is not None:
            _opened(snapshot, table.opened)
            st.html(_rows(snapshot, table, place, len(table.shown)))
    zone = snapshot.time_zone
    if held := _tables.of("held", (report, zone), lambda: capacity_table.surplus(report, zone, snapshot.at)):
        st.html(held)


def _find(table: Listed) -> None:
    """The search field of the table."""
    with st.container(key="capacity_find", horizontal=True):
        address_bar.hold("find", table.find)
        st.text_input(
            "Find", key="find", placeholder="Find a service or resource", label_visibility="collapsed", width=280,
            on_change=address_bar.write, args=("find", "", ("page", "service", "resource")),
        )  # fmt: skip


def _absent(snapshot: Snapshot) -> str:
    """Why nothing is listed."""
    if not snapshot.services:
        return capacity_text.NO_SERVICE
    limited = any(resource.measure == "saturation" for each in snapshot.services for resource in each.info.resources)
    if limited and snapshot.capacity.is_reading:
        return capacity_text.READING
    return capacity_text.NO_LIMITS


def _rows(snapshot: Snapshot, table: Listed, begin: int, end: int) -> str:
    """A part of the table, built once for all viewers with the same row opened.

    Args:
        snapshot: the newest one. `table`: its contents. `begin`, `end`: of the rows.
    """
    report, is_current = snapshot.capacity, snapshot.source.state is SourceState.OK
    draw = partial(_drawn, report, table, begin, end, is_current=is_current)
    if table.find:
        # Not cached: typed texts are not a small set of choices.
        return draw()
    opened = None if table.opened is None else table.opened.key
    choice = "rows", opened, table.is_folded, table.page, begin, end
    return _tables.of(choice, (report, is_current), draw)


def _drawn(report: CapacityReport, table: Listed, begin: int, end: int, *, is_current: bool) -> str:
    """Rows with the parts above and below them.

    Args:
        report: of all. `table`: its contents. `begin`, `end`: of the rows. `is_current`: the source answers.
    """
    heads = capacity_table.titles() if begin == 0 else ""
    lines = capacity_table.rows(table.shown[begin:end], table.opened, folded=table.is_folded, is_current=is_current)
    foot = ""
    if end == len(table.shown) and table.is_folded:
        foot = capacity_table.more(report, table.shown, is_current=is_current)
    elif end == len(table.shown):
        foot = capacity_table.turn(table.find, table.page, table.pages)
    return f'<div class="gs-caps">{heads}{lines}{foot}</div>'


def _opened(snapshot: Snapshot, each: ResourceCapacity) -> None:
    """Charts of a resource, and the effect of more traffic on it."""
    at, zone = snapshot.capacity.at or snapshot.at, snapshot.time_zone
    with st.container(key="capacity_opened"):
        charts = st.container(key="capacity_charts")
        question = capacity_question.asked(at, zone)
        capacity_question.widgets(at, zone)
        if question.problem:
            problems.banner(question.problem)
        effect, answer = capacity_question.answered(question, each, at)
        st.html(answer)
        # Questions have few choices, and resources are limited, so this can be cached.
        choice = each.key, question.more, question.on if question.event else "", question.lasts
        draw = partial(capacity_charts.charts, each, at, zone, effect)
        charts.html(_charts.of(choice, snapshot.capacity, draw))
