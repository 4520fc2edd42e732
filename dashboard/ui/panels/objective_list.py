"""All objectives, the least budget left first: how each does, how fast it burns, and what that means."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from html import escape
from urllib.parse import urlencode

import streamlit as st

from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.slo.burndown import overspent_since
from dashboard.slo.report import Alert, Reading, SloReport, State
from dashboard.ui.panels.wall import banner
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import objective_text as told
from dashboard.ui.text import units
from dashboard.ui.theme import MARKS, alive

# So many rows at first, or all of them where they are hardly more; so many a page when all are asked for.
FIRST, FEW, PER_PAGE = 10, 12, 50
# The scale of all budget bars: overspent grows to the left of 0.
LOWEST, HIGHEST = -0.5, 1.0
SOFT = ("slo", "all", "page")
RANK = {State.EXHAUSTED: 0, State.NO_DATA: 1}


@dataclass(frozen=True, slots=True)
class Choice:
    """What the address asks for; empty is no choice. `every`: all rows in pages, not only the first."""

    slo: str = ""
    service: str = ""
    find: str = ""
    every: bool = False
    page: int = 1

    @property
    def address(self) -> str:
        """As a link of the page to itself."""
        asked = {"slo": self.slo, "service": self.service, "find": self.find}
        asked |= {"all": "1" if self.every else "", "page": str(self.page) if self.page > 1 else ""}
        return "objectives?" + urlencode({name: value for name, value in asked.items() if value})


@dataclass(frozen=True, slots=True)
class Rows:
    """Which objectives are shown: `shown` of `found` of `total`; `first` is the number of the first one."""

    shown: tuple[SloReport, ...]
    found: tuple[SloReport, ...]
    total: int
    first: int = 1
    pages: int = 1


def asked(snapshot: Snapshot) -> Choice:
    """The filters, and what they and the address hold."""
    query = st.query_params
    services = sorted({report.slo.service for report in snapshot.slos})
    service, find = query.get("service", ""), ""
    if len(services) > 1:
        with st.container(horizontal=True, vertical_alignment="center", key="objectives_filter"):
            service = _service(services)
            if len(snapshot.slos) > FEW:
                find = st.text_input(
                    "Find", key="find", bind="query-params", placeholder="Find an objective",
                    label_visibility="collapsed", width=240,
                )  # fmt: skip
    page = query.get("page", "")
    number = int(page) if page.isdecimal() and len(page) < 9 else 1
    return Choice(query.get("slo", ""), service, find, query.get("all") == "1", number)


def _service(services: list[str]) -> str:
    wanted = st.query_params.get("service", "")
    options = ["", *services]
    chosen = st.selectbox(
        "Service", options, index=options.index(wanted) if wanted in options else 0, width=240,
        format_func=lambda name: name or "All services", key="objectives_service", label_visibility="collapsed",
    )  # fmt: skip
    if wanted and wanted not in options and not chosen:
        return wanted
    if chosen:
        st.query_params["service"] = chosen
    else:
        st.query_params.pop("service", None)
    return chosen or ""


def chosen(snapshot: Snapshot, choice: Choice, found: Sequence[SloReport]) -> SloReport | None:
    """The objective of the address, else the first of the list when the page was opened: a page does not jump."""
    by_name = {report.slo.name: report for report in reversed(snapshot.slos)}
    if choice.slo in by_name:
        return by_name[choice.slo]
    held = st.session_state.get("objective_first")
    name = held[1] if held is not None and held[0] == (choice.service, choice.find) else None
    listed = {report.slo.name: report for report in reversed(found)}
    report = listed.get(name or "") or next(iter(found), None)
    if report is not None:
        st.session_state["objective_first"] = (choice.service, choice.find), report.slo.name
    return report


def ordered(reports: Sequence[SloReport]) -> list[SloReport]:
    """Exhausted, then without data, then by what is left."""

    def key(report: SloReport) -> tuple[int, float, str]:
        left = report.remaining if report.remaining is not None else float("-inf")
        return RANK.get(report.state, 2), left, report.slo.name

    return sorted(reports, key=key)


def rows(snapshot: Snapshot, choice: Choice) -> Rows:
    """What is shown of all objectives."""
    text = choice.find.casefold()
    found = tuple(
        report
        for report in ordered(snapshot.slos)
        if choice.service in ("", report.slo.service) and text in f"{report.slo.name} {report.slo.service}".casefold()
    )
    total = len(snapshot.slos)
    if len(found) <= FEW:
        return Rows(found, found, total)
    if not choice.every:
        return Rows(found[:FIRST], found, total)
    pages = -(-len(found) // PER_PAGE)
    first = (min(max(choice.page, 1), pages) - 1) * PER_PAGE
    return Rows(found[first : first + PER_PAGE], found, total, first + 1, pages)


def head(snapshot: Snapshot, now: float) -> str:
    """Title, how many objectives are in which state, data age and clock, and what is wrong with the source."""
    counts = Counter(report.state for report in snapshot.slos)
    marks = "".join(
        f'<span class="gs-count gs-{colour}"><i>{shape}</i><b>{counts[state]}</b> {word}</span>'
        for state, (shape, word, colour) in MARKS.items()
        if isinstance(state, State) and counts[state]
    )
    colour = "green" if snapshot.source.state is SourceState.OK else "red"
    return (
        f'<div class="gs-title"><h1>Objectives</h1>{marks}<span class="right">'
        f'<i class="gs-dot gs-{colour}"></i><b>{units.age(snapshot.source.age(now))}</b> · '
        f"{escape(told.clock(now, snapshot.time_zone))}</span></div>"
        f"{banner(snapshot, now)}{alive(snapshot.refresh, now)}"
    )


def empty(snapshot: Snapshot) -> str:
    """Why there is no objective, and what to do about it."""
    if snapshot.source.state is SourceState.STARTING:
        return "The first objectives are judged as soon as the source has answered."
    if snapshot.source.state is SourceState.DOWN:
        return (
            f"No objective is known: nothing could be read from {snapshot.source.where}. It is asked again by itself."
        )
    return (
        "No objective is defined, and no service was found that counts requests: write one in the configuration "
        "(slos), or see the Sources page for what was looked for."
    )


def problem(snapshot: Snapshot, choice: Choice) -> str | None:
    """What in the address names nothing, and the nearest that does."""
    for kind, wanted, names in (
        ("service", choice.service, {report.slo.service for report in snapshot.slos}),
        ("objective", choice.slo, {report.slo.name for report in snapshot.slos}),
    ):
        if wanted and wanted not in names:
            close = get_close_matches(wanted[:200], sorted(names), n=3, cutoff=0.4)
            meant = f"; did you mean {' or '.join(close)}?" if close else ""
            return f"No {kind} is called {wanted[:80]!r}{meant}"
    return None


_tables = SharedCache[str]()


def table(snapshot: Snapshot, choice: Choice, part: Rows, report: SloReport | None) -> str:
    """The list as HTML, made once for all who chose the same."""
    name = report.slo.name if report is not None else ""
    return _tables.of((choice, name), snapshot, lambda: _table(snapshot, choice, part, name))


def _table(snapshot: Snapshot, choice: Choice, part: Rows, name: str) -> str:
    shown = list(part.shown)
    if name and all(report.slo.name != name for report in shown):
        shown += [report for report in part.found if report.slo.name == name][:1]
    if not shown:
        return '<div class="gs-empty">No objective matches what you look for.</div>'
    windows = longs(shown)
    burns = "".join(
        f'<span class="n {"" if place else "burn"}">{"" if place else "Burn, "}{told.short(window)}</span>'
        for place, window in enumerate(windows)
    )
    scale = f'<span class="scale"><i>−50{units.NBSP}%</i><i>0</i><i>100{units.NBSP}%</i></span>'
    heads = (
        f'<div class="gs-slo head"><span>SLO, least budget left first</span><span>Service</span>'
        '<span class="n">Objective</span><span></span><span class="n">Achieved</span>'
        f'<span class="n">Budget left</span>'
        f"{scale}{burns}<span>State</span><span>What that means</span></div>"
    )
    lines = "".join(_row(snapshot, choice, one, windows, on=one.slo.name == name) for one in shown)
    return f'<div class="gs-slos" style="--burns:{len(windows)}">{heads}{lines}</div>{_foot(choice, part, len(shown))}'


def longs(reports: Sequence[SloReport]) -> tuple[float, ...]:
    """The windows most of these are watched by: the fastest rule's, the next one's, the slowest one's."""
    made = Counter(tuple(sorted({alert.rule.row.long_s for alert in report.alerts})) for report in reports)
    made.pop((), None)
    if not made:
        return ()
    common = made.most_common(1)[0][0]
    return tuple(dict.fromkeys((*common[:2], common[-1])))


def _row(snapshot: Snapshot, choice: Choice, report: SloReport, windows: Sequence[float], *, on: bool) -> str:
    slo, state = report.slo, report.state
    shape, word, colour = MARKS[state]
    left = None if report.state is State.NO_DATA else report.remaining
    since = overspent_since(report, snapshot.ledger) if report.state is State.EXHAUSTED else None
    meaning = told.means(report, zone=snapshot.time_zone, since=since)
    achieved = units.sli(None if report.state is State.NO_DATA else report.sli, slo.objective)
    burns = "".join(_burn(report, window) for window in windows)
    link = escape(replace(choice, slo=slo.name).address)
    mark = ' on" aria-current="true' if on else ""
    name, service, meaning = escape(slo.name), escape(slo.service), escape(meaning)
    return (
        f'<a class="gs-slo gs-{colour}{mark}" target="_self" href="{link}" data-soft="{name}" '
        f'data-shows=".gs-promise" aria-label="{name}: {word}, {meaning}">'
        f'<span class="name" title="{name}">{name}</span><span class="of" title="{service}">{service}</span>'
        f'<span class="n objective">{units.objective(slo.objective)}</span><span class="limit">{told.limit(slo)}</span>'
        f'<span class="n achieved">{achieved}</span><span class="n left">{units.percent(left)}</span>{bar(left)}{burns}'
        f'<span class="state"><i>{shape}</i> {word}</span><span class="means" title="{meaning}">{meaning}</span></a>'
    )


def bar(left: float | None) -> str:
    """A budget on the scale that all share; overspent to the left of 0, cut with a mark where it goes on."""
    if left is None:
        return '<span class="gs-budget none"><i></i></span>'
    ends = sorted((0.0, min(max(left, LOWEST), HIGHEST)))
    begin, end = ((one - LOWEST) / (HIGHEST - LOWEST) for one in ends)
    cut = " cut" if left < LOWEST else ""
    return f'<span class="gs-budget{cut}"><i style="left:{begin:.2%};width:{end - begin:.2%}"></i></span>'


def _burn(report: SloReport, window: float) -> str:
    burn = next((one for one in report.burn if one.window_s == window), None)
    rate = burn.rate if burn is not None and not (report.state is State.NO_DATA and report.stale) else None
    hot = any(_hot(alert, window) for alert in report.alerts)
    return f'<span class="n burn{" hot" if hot and rate is not None else ""}"><b>{units.burn(rate)}</b></span>'


def _hot(alert: Alert, window: float) -> bool:
    """Both windows of a rule are over, and this is one of them."""
    row = alert.rule.row
    return alert.reading is Reading.CRITICAL and window in (row.long_s, row.short_s)


def _foot(choice: Choice, part: Rows, shown: int) -> str:
    """How many there are, and how to see the others."""
    found, total = len(part.found), part.total
    of = f"{found:,}" + (f" found of {total:,}" if found != total else "")
    if found <= FEW:
        return f'<div class="gs-foot">{of} objectives</div>' if found != total else ""
    if not choice.every:
        more = _link(replace(choice, every=True, page=1), f"Show all {found:,}", "all")
        return f'<div class="gs-foot">The {FIRST} with the least budget left, of {of} objectives {more}</div>'
    last = part.first + len(part.shown) - 1
    page = (part.first - 1) // PER_PAGE + 1
    back = _link(replace(choice, page=page - 1), "‹ Previous", "previous") if page > 1 else ""
    on = _link(replace(choice, page=page + 1), "Next ›", "next") if page < part.pages else ""
    few = _link(replace(choice, every=False, page=1), f"Show the first {FIRST}", "few")
    return f'<div class="gs-foot">{part.first:,}–{last:,} of {of} objectives {back} {on} {few}</div>'


def _link(choice: Choice, text: str, mark: str) -> str:
    return f'<a href="{escape(choice.address)}" target="_self" data-soft="go {mark}">{text}</a>'
