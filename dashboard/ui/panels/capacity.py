"""The page of capacity: the sentence that leads, the table with one resource opened, and what is hardly used."""

from dataclasses import dataclass
from functools import partial

import streamlit as st

from dashboard.capacity.capacity import CapacityReport, ResourceCapacity
from dashboard.engine.snapshot import Snapshot
from dashboard.ui import problems
from dashboard.ui.panels import capacity_charts, capacity_question, capacity_table
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import address, capacity_text

# Named so in the address where every row is closed.
NONE = "none"
# Beside those that fill up, the next so many are listed, by their peaks.
BESIDE = 3
_tables = SharedCache[str]()
_charts = SharedCache[str](256)


@dataclass(frozen=True, slots=True)
class Listed:
    """What the table shows.

    Attributes:
        shown: rows. `folded`: how many are not. `is_folded`: those with room are. `opened`: None without.
        problem: what the address names and nobody has, one sentence.
    """

    shown: tuple[ResourceCapacity, ...]
    folded: int
    is_folded: bool
    opened: ResourceCapacity | None
    problem: str | None = None


def listed(report: CapacityReport) -> Listed:
    """The rows by what the address holds."""
    query = st.query_params
    service, resource = query.get("service", ""), query.get("resource", "")
    is_folded = query.get("all") != "1"
    wanted = report.named(service, resource) if resource != NONE else None
    told = [each for each in report.resources if each.is_told]
    first = told or list(report.resources[:BESIDE])
    beside = [each for each in report.resources if not each.is_told][:BESIDE]
    shown = list(report.resources) if not is_folded else [*told, *beside]
    opened = wanted or (None if resource == NONE or (service and resource) else next(iter(first), None))
    if opened is not None and opened not in shown:
        shown.append(opened)
    missing = service and resource and resource != NONE and wanted is None
    said = f"{address.shortened(service)} has no limited resource {address.shortened(resource)}" if missing else None
    return Listed(tuple(shown), len(report.resources) - len(shown), is_folded, opened, said)


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
    place = table.shown.index(table.opened) + 1 if table.opened is not None else len(table.shown)
    with st.container(key="capacity_table"):
        st.html(_rows(report, table, 0, place))
        if table.opened is not None:
            _opened(snapshot, table.opened)
            st.html(_rows(report, table, place, len(table.shown)))
    if held := _tables.of("held", report, lambda: capacity_table.surplus(report)):
        st.html(held)


def _absent(snapshot: Snapshot) -> str:
    """Why nothing is listed."""
    if not snapshot.services:
        return capacity_text.NO_SERVICE
    limited = any(resource.measure == "saturation" for each in snapshot.services for resource in each.info.resources)
    if limited and snapshot.capacity.is_reading:
        return capacity_text.READING
    return capacity_text.NO_LIMITS


def _rows(report: CapacityReport, table: Listed, begin: int, end: int) -> str:
    """A part of the table, built once for all who opened the same."""
    opened = None if table.opened is None else table.opened.key
    choice = "rows", opened, table.is_folded, begin, end
    return _tables.of(choice, report, partial(_drawn, report, table, begin, end))


def _drawn(report: CapacityReport, table: Listed, begin: int, end: int) -> str:
    heads = capacity_table.titles() if begin == 0 else ""
    lines = capacity_table.rows(table.shown[begin:end], table.opened, folded=table.is_folded)
    is_last = end == len(table.shown)
    foot = capacity_table.more(report, table.folded, folded=table.is_folded) if is_last else ""
    if is_last and not table.is_folded:
        foot = capacity_table.more(report, len(report.resources), folded=False)
    return f'<div class="gs-caps">{heads}{lines}{foot}</div>'


def _opened(snapshot: Snapshot, each: ResourceCapacity) -> None:
    """Charts of a resource, and what more traffic would do to it."""
    at, zone = snapshot.capacity.at or snapshot.at, snapshot.time_zone
    with st.container(key="capacity_opened"):
        charts = st.container(key="capacity_charts")
        question = capacity_question.asked(at, zone)
        capacity_question.widgets(at, zone)
        if question.problem:
            problems.banner(question.problem)
        effect, answer = capacity_question.answered(question, each, at)
        st.html(answer)
        # Choices of a question are few, and a resource is one of those there are.
        choice = each.key, question.more, question.on if question.event else "", question.lasts
        draw = partial(capacity_charts.charts, each, at, zone, effect)
        charts.html(_charts.of(choice, snapshot.capacity, draw))
