"""One service: its budgets in words, its four signals, its latency distribution and where its bad events come from."""

from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import quote

import streamlit as st

from dashboard.anomaly.anomalies import Layer
from dashboard.engine.snapshot import Snapshot
from dashboard.slo.report import SloReport, State
from dashboard.ui import live_chart, problems
from dashboard.ui.live_chart import Broadcast
from dashboard.ui.panels.objectives import computation
from dashboard.ui.panels.service import anomaly_tests, service_charts
from dashboard.ui.panels.service.service_view import ServiceView
from dashboard.ui.panels.wall.wall import banner
from dashboard.ui.panels.wall.wall_tiles import bar, shown_reasons
from dashboard.ui.selection import Selection
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import (
    anomaly_text,
    health_text,
    links,
    moments,
    objective_terms,
    objective_text,
    source_text,
    tab_text,
    units,
)
from dashboard.ui.text.status_text import of_objective, status
from dashboard.ui.theme import PAST, alive, chip, take_table

# Tables of a service's objectives, built once for all viewers.
_computed = SharedCache[str]()
# Session keys: the service whose charts were drawn last, and their last broadcast.
DRAWN = "charts_drawn"


def absent(snapshot: Snapshot, now: float) -> None:
    """The state or problem of the source, if no service is known."""
    st.html(f'<div class="gs-title"><h1>Service</h1></div>{banner(snapshot, now)}{alive(snapshot, now)}')
    problems.empty("No service is known yet. The Sources page says what is connected and what went wrong.")


def head(snapshot: Snapshot, view: ServiceView, now: float) -> None:
    """Name, health, ownership, links, data age, problems and anomalies.

    Args:
        snapshot: the newest one.
        view: of the service.
        now: epoch seconds.
    """
    report, info = view.report, view.report.info
    owner = " · ".join(filter(None, (info.team, f"tier {info.tier}" if info.tier else "", info.preset)))
    address = f"service?service={quote(report.name, safe='')}"
    mark = alive(snapshot, now, tab=tab_text.of_service(report, snapshot), address=address)
    age = f"{units.age(snapshot.source.age(now))} · {moments.zone_of_page(view.zone, view.offset)}"
    # Beside a past range the current health would be mistaken for that of the range.
    health = f"{PAST if view.ended or not view.live else ''}{chip(report.health) if view.live else ''}"
    st.html(
        f'<div class="gs-title"><h1>{escape(report.title)}</h1>{health}'
        f'<span class="gs-second">{escape(owner)}</span><span class="right">{age}</span></div>'
        f'<div class="gs-links">{"".join(_links(view))}</div>{banner(snapshot, now)}{mark}'
    )
    # Charts of the past beside today's health and budgets would be misleading without a note.
    if not view.live:
        problems.banner(_past(view), colour="grey", word="A past range:")
    elif text := reasons(view, now):
        st.html(text)


def problems_of(snapshot: Snapshot, selected: Selection, view: ServiceView) -> None:
    """What was invalid in the URL, with links to what may be meant, and which part of the range has no data.

    Args:
        snapshot: the newest one. `selected`: what the viewer chose. `view`: of the service.
    """
    if selected.problems:
        meant = {snapshot.service_title(name): f"service?service={quote(name, safe='')}" for name in selected.nearest}
        problems.banner(" ".join(map(units.sentence, selected.problems)), meant=meant)
    if message := view.message or _unknown(snapshot, view):
        problems.banner(message)


def _unknown(snapshot: Snapshot, view: ServiceView) -> str | None:
    """Why the chosen range, or a part of it, is empty; None if it is complete."""
    begin, end = view.grid.start - view.grid.step, view.grid.end
    if view.retry_s is None and not view.samples.notna().any(axis=None):
        return source_text.nothing_in_range(snapshot.source, end, view.zone)
    return None if view.live else source_text.begins_before(snapshot.source, begin, view.zone)


def _past(view: ServiceView) -> str:
    """The displayed range with its year and zone, and which parts of the page do not belong to it."""
    begin, end = view.grid.start - view.grid.step, view.grid.end
    shown = status(view.report.health)
    now = "the end of the data" if view.ended else "now"
    return (
        f"{moments.between(begin, end, view.zone)}. The budgets below are those of {now}, "
        f"when {view.report.title} is {shown.word}."
    )


def _links(view: ServiceView) -> Iterator[str]:
    begin, end = view.grid.start - view.grid.step, view.grid.end
    for name, url in links.filled(view.report.info.links, view.report.name, begin, end).items():
        yield f'<a href="{escape(url)}" target="_blank" rel="noopener">{escape(name.capitalize())} ↗</a>'


def reasons(view: ServiceView, now: float) -> str:
    """The reasons of the health, and anomalies, as HTML: one card with a line each; empty if there are none."""
    shown = status(view.report.health)
    why = list(map(units.sentence, health_text.sentences(shown_reasons(view.report, ended=view.ended), view.zone, now)))
    tested, hints = (list(_unusual(view, layer, now)) for layer in (Layer.TEST, Layer.NOVELTY))
    lines = [f"<b>{shown.mark}</b> {escape(sentence)}" for sentence in why]
    lines += [f'<b style="color:var(--gs-amber)">▲</b> {escape(sentence)}' for sentence in tested]
    lines += [f'<span class="gs-third">◌ {escape(sentence)}</span>' for sentence in hints]
    if not lines:
        return ""
    colour = shown.colour if why else "amber" if tested else "grey"
    return (
        f'<div class="gs-banner gs-{colour}" data-of="service">{"".join(f"<div>{line}</div>" for line in lines)}</div>'
    )


def _unusual(view: ServiceView, layer: Layer, now: float) -> Iterator[str]:
    """A sentence for each ongoing anomaly of a layer, without hints that repeat a test of the same signal."""
    # A tested anomaly is stronger: a hint for the same signal would only repeat it.
    tested = {anomaly.signal for anomaly in view.report.anomalies if anomaly.lasts}
    for anomaly in view.report.anomalies:
        if layer is Layer.NOVELTY and anomaly.signal in tested:
            continue
        if anomaly.until is None and anomaly.layer is layer and view.live:
            forecast = view.report.forecasts.get(anomaly.detail)
            yield anomaly_text.sentence(anomaly, view.zone, now, forecast)


def budget_card(slo: SloReport, zone: str = "UTC", *, past: bool = False) -> str:
    """Objective, SLI and budget of one objective, in numbers and in a sentence, as HTML.

    Args:
        slo: the objective.
        zone: the time zone of the page.
        past: beside charts of the past it is grey, as the budget is the current one.
    """
    address = f"objectives?slo={quote(slo.slo.name, safe='')}"
    title = "Budget, burn rates and how they were computed"
    link = f'<a href="{address}" target="_self" title="{title}">{escape(slo.slo.kind.capitalize())} ›</a>'
    cells = "".join(f'<span class="fact">{name}<b>{value}</b></span>' for name, value in _facts(slo))
    left = f'<span class="big">{units.percent(slo.judged_remaining)}</span> of {objective_terms.window(slo.slo.window)} budget left'
    return (
        f'<div class="gs-card gs-{"grey" if past else of_objective(slo).colour}"><div class="row"><span><h2>{link}</h2> '
        f'<span class="gs-third">{escape(objective_terms.good_events(slo.slo))}</span></span>{chip(of_objective(slo), past=past)}</div>'
        f'<div class="row" style="margin-top:8px"><span style="flex:1;min-width:200px">{left}{bar(slo.judged_remaining)}</span>'
        f"{cells}</div><p>{_sentence(slo, zone)}</p></div>"
    )


def _facts(slo: SloReport) -> Iterator[tuple[str, str]]:
    yield "Objective", units.objective(slo.slo.objective)
    yield f"Achieved, {objective_terms.window_length(slo.slo.window)}", units.sli(slo.sli, slo.slo.objective)
    yield f"Burn rate, 1{units.NBSP}h", units.burn(slo.burn_1h)


def _sentence(slo: SloReport, zone: str) -> str:
    """How long the budget lasts, how many bad events it allows, and how much of the window was measured."""
    part = objective_terms.measured(slo.known_share, slo.at - slo.start) if slo.valid else ""
    # The sentence before says what was left when the data stopped.
    further = "" if slo.state is State.NO_DATA else objective_text.before_spent(slo)
    further = f"{further[:1].upper()}{further[1:]}"
    sentences = (f"<b>{escape(objective_text.lasts(slo, zone=zone))}</b>", further, f"So far {part}" if part else "")
    return " ".join(f"{sentence}." for sentence in sentences if sentence)


def cards(view: ServiceView) -> None:
    """Budgets, the four signals in two columns, the latency distribution."""
    slos = view.report.slos
    if slos:
        for place, slo in zip(st.columns(len(slos)), slos, strict=True):
            place.html(budget_card(slo, view.zone, past=not view.live))
    if (broadcast := _broadcast(view)) is not None:
        live_chart.charts(broadcast, key="charts")


def _broadcast(view: ServiceView) -> Broadcast | None:
    """The charts; previous ones are kept until a range has arrived. None if the service had none."""
    if not view.is_awaited:
        st.session_state[DRAWN] = view.report.name, service_charts.broadcast(view)
    service, broadcast = st.session_state.get(DRAWN, ("", None))
    return broadcast if service == view.report.name else None


def computed(snapshot: Snapshot, view: ServiceView) -> None:
    """Every number with its formula, counts and queries."""
    slos, zone = view.report.slos, view.zone
    with st.expander("How was this computed?"):
        if slos:
            st.html(_computed.of((view.report.name, zone), slos, lambda: "".join(_tables(slos, zone))))
        for line in anomaly_tests.lines(view):
            st.text(line)
        if costs := snapshot.source.costs:
            st.html(computation.code(*(f"# {cost.purpose}\n{cost.query}" for cost in costs)))


def _tables(slos: Sequence[SloReport], zone: str) -> Iterator[str]:
    """The numbers of each objective with their formulas, as on its own page, side by side."""
    yield '<div class="gs-computeds">'
    for slo in slos:
        steps = computation.table(computation.steps(slo, zone))
        yield f"<section><h3>{escape(slo.slo.name)}</h3>{steps}{take_table(f'{slo.slo.name} computation')}</section>"
    yield "</div>"
