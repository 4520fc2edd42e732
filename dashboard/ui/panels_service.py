"""One service: its budgets in words, its four signals, its latency distribution and where its bad events come from."""

from dataclasses import dataclass
from html import escape

import pandas as pd
import streamlit as st

from dashboard import frames
from dashboard.charts import heatmap, signals
from dashboard.charts.figure import Axis, Figure, newest
from dashboard.signals import errors, latency
from dashboard.slo.budget import SloReport, State
from dashboard.snapshot import ServiceReport, Snapshot
from dashboard.timerange import Grid, step_for
from dashboard.ui import live, live_chart, problems, words
from dashboard.ui.panels_wall import banner
from dashboard.ui.selection import Selection
from dashboard.ui.theme import MARKS, chip

CHART_HEIGHT = 260


@dataclass(frozen=True, slots=True)
class Shown:
    """The data of one refresh of the page."""

    report: ServiceReport
    samples: pd.DataFrame
    before: pd.DataFrame | None
    axis: Axis
    grid: Grid
    shift_ms: float
    message: str | None


def shown(snapshot: Snapshot, selected: Selection, now: float) -> Shown:
    """The live window where it suffices, else one shared window of the history, and what it is compared with."""
    report = snapshot.by_name[selected.service]
    step = step_for(selected.span, snapshot.step)
    message = None
    if selected.end is None and selected.span <= snapshot.span and not report.samples.empty:
        samples = report.samples.iloc[-max(1, selected.span // snapshot.step) :]
        end = int(samples.index[-1].timestamp())
        grid = Grid.ending(end, span=selected.span, step=snapshot.step)
    else:
        grid = Grid.ending(selected.end or now, span=selected.span, step=step)
        view = live.window(selected.service, grid)
        samples, message = view.frame, view.message
    before = None
    if selected.compare:
        earlier = Grid(grid.start - selected.compare, grid.end - selected.compare, grid.step)
        before = live.window(selected.service, earlier).frame
    axis = Axis((grid.start - grid.step) * 1000.0, grid.end * 1000.0)
    return Shown(report, samples, before, axis, grid, selected.compare * 1000.0, message)


def head(snapshot: Snapshot, report: ServiceReport, now: float) -> None:
    """Name, health, ownership, links, data age and what is wrong."""
    info = report.info
    of = " · ".join(part for part in (info.team, f"tier {info.tier}" if info.tier else "", info.preset) if part)
    links = "".join(
        f'<a href="{escape(url)}" target="_blank" rel="noopener">{escape(name.capitalize())} ↗</a>'
        for name, url in info.links.items()
        if url.startswith(("http://", "https://"))
    )
    st.html(
        f'<div class="gs-title"><h1>{escape(report.name)}</h1>{chip(report.health)}'
        f'<span class="gs-second">{escape(of)}</span>'
        f'<span class="right">{words.age(snapshot.source.age(now))} · times in UTC</span></div>'
        f'<div class="gs-links">{links}</div>{banner(snapshot, now)}'
    )
    if report.reasons:
        shape, _, colour = MARKS[report.health]
        st.html(f'<div class="gs-banner gs-{colour}"><b>{shape}</b> {escape("; ".join(report.reasons))}.</div>')


def budget_card(slo: SloReport) -> str:
    """Objective, SLI and budget of one objective, in numbers and in a sentence."""
    colour = MARKS[slo.state][2]
    told = {
        "availability": "requests without a server error",
        "latency": f"requests answered within {words.latency(slo.slo.threshold)}",
    }[slo.slo.indicator]
    bar = '<div class="gs-bar none"></div>'
    if slo.remaining is not None:
        bar = f'<div class="gs-bar"><i style="width:{max(0.0, min(1.0, slo.remaining)):.1%}"></i></div>'
    facts = (
        ("Objective", words.objective(slo.slo.objective)),
        ("Achieved, 30 d", words.sli(slo.sli, slo.slo.objective)),
        ("Burn rate, 1 h", words.burn(slo.burn_1h)),
    )
    cells = "".join(f'<span class="fact">{name}<b>{value}</b></span>' for name, value in facts)
    return (
        f'<div class="gs-card gs-{colour}"><div class="row"><span><h3>{slo.slo.indicator.capitalize()}</h3> '
        f'<span class="gs-third">{told}</span></span>{chip(slo.state)}</div>'
        f'<div class="row" style="margin-top:8px"><span style="flex:1;min-width:200px"><span class="big">'
        f"{words.percent(slo.remaining)}</span> of 30-day budget left{bar}</span>{cells}</div>"
        f"<p>{sentence(slo)}</p></div>"
    )


def sentence(slo: SloReport) -> str:
    """What the budget means, for people."""
    if slo.remaining is None or slo.valid is None:
        return "No request was counted in this window: nothing can be said, neither good nor bad."
    if slo.state is State.EXHAUSTED:
        return "The budget is spent: every further failure breaks the promise."
    events = words.short(slo.remaining * slo.slo.budget * slo.valid)
    left = f"{events} more bad requests fit into it."
    if slo.exhausts_in_s is None:
        return f"<b>Lasts the window</b> at the pace of the last hour. {left}"
    return f"<b>Lasts about {words.duration(slo.exhausts_in_s)}</b> at the pace of the last hour. {left}"


def cards(part: Shown) -> None:
    """Budgets, the four signals in two columns, the heat map."""
    slos = part.report.slos
    if slos:
        for place, slo in zip(st.columns(len(slos)), slos, strict=True):
            place.html(budget_card(slo))
    allowed = next((slo.slo.budget for slo in slos if slo.slo.indicator == "availability"), None)
    objective = next((slo.slo.objective * 100 for slo in slos if slo.slo.indicator == "latency"), None)
    limit, samples, axis = part.report.info.threshold, part.samples, part.axis
    left, right = st.columns(2)
    with left:
        figure = signals.latency(samples, axis, limit=limit, objective=objective, write=words.latency)
        p99 = _last(latency.quantiles(samples), "0.99")
        over = p99 is not None and limit is not None and p99 > limit
        card("latency", "Latency", "of successful requests", f"p99 <b>{words.latency(p99)}</b>", figure, over=over)
        figure = signals.failing(samples, axis, limit=limit, allowed=allowed, write=words.percent)
        server = _last(errors.ratios(samples, threshold=limit), "server")
        over = server is not None and allowed is not None and server > allowed
        card("errors", "Errors", "share of requests", f"server <b>{words.percent(server)}</b>", figure, over=over)
    with right:
        figure = signals.rate(samples, axis, before=part.before, shift_ms=part.shift_ms, write=words.rate)
        now = newest(frames.series(samples, "requests"))
        card("traffic", "Traffic", "requests per second", f"<b>{words.rate(now)}</b>", figure)
        figure = signals.used(samples, axis, write=words.percent)
        most = part.report.current.most_used
        told = f"{escape(most[0])} <b>{words.percent(most[1])}</b>" if most else ""
        over = most is not None and most[1] >= 0.9
        card("saturation", "Saturation", unlimited(part.report), told, figure, over=over)
    figure = heatmap.heatmap(samples, axis, limit=limit, write=words.latency)
    card("heatmap", "Latency distribution", "share of successful requests per bucket, log scale", "", figure)


def unlimited(report: ServiceReport) -> str:
    """What is measured, and the raw use of resources whose limit nobody knows."""
    units = {resource.name: resource.unit for resource in report.info.resources}
    raw = [
        f"{escape(name)} {words.short(value)}{words.NBSP}{escape(units.get(name, ''))}"
        for name, value in report.current.usage.items()
    ]
    return "share of the limit" + (f" · without a known limit: {', '.join(raw)}" if raw else "")


ABSENT = {
    "latency": "No latency is measured: this service exposes no buckets, no quantiles and no mean, or had no requests.",
    "errors": "No error ratio: there were no requests, or failures cannot be told from successes.",
    "traffic": "No requests are counted for this service in this span.",
    "saturation": "No resource with a known limit was found for this service.",
    "heatmap": "No latency buckets, or no requests in this span.",
}


def card(key: str, title: str, measured: str, value: str, figure: Figure | None, *, over: bool = False) -> None:
    """A chart with its head; a signal that is not there says so in words."""
    with st.container(border=True, key=f"card_{key}"):
        st.html(
            f'<div class="gs-cardhead"><h3>{title}</h3><span class="m">{measured}</span>'
            f'<span class="v{" over" if over else ""}">{value}</span></div>'
        )
        if figure is None:
            problems.empty(ABSENT[key])
        else:
            live_chart.chart(live_chart.payload(figure), key=f"chart_{key}", height=CHART_HEIGHT)


def _last(frame: pd.DataFrame, name: str) -> float | None:
    return newest(frame[name]) if name in frame else None


def breakdown(part: Shown) -> None:
    """Where the bad events come from, by one label."""
    labels = part.report.info.labels
    if not labels:
        return
    with st.container(border=True, key="card_breakdown"):
        label = st.segmented_control("Breakdown", labels, default=labels[0], key="by", bind="query-params") or labels[0]
        view = live.breakdown(part.report.name, label, part.grid)
        if view.message:
            problems.banner(view.message)
        st.html(f'<div class="gs-scroll">{table(view.frame, part)}</div>')


def table(frame: pd.DataFrame, part: Shown) -> str:
    """A row for each value of the label: most bad events first."""
    limit = part.report.info.threshold
    rows = []
    for value in frame.columns.get_level_values("service").unique():
        one = frames.of_service(frame, value)
        requests = frames.series(one, "requests")
        server = frames.series(one, "errors", "server")
        slow = errors.too_slow(one, limit)
        bad = (server.sum() + (slow.sum() if slow is not None else 0.0)) * part.grid.step
        total = one[[column for column in one.columns if column[0] == "latency"]].sum().to_frame().T
        p95 = latency.quantiles(total)
        asked = requests.sum()
        rows.append((bad, str(value), requests.mean(), _last(p95, "0.95") if not p95.empty else None,
                     server.sum() / asked if asked else None,
                     slow.sum() / asked if slow is not None and asked else None))  # fmt: skip
    every = sum(row[0] for row in rows) or 1.0
    body = "".join(
        f"<tr><td>{escape(name)}</td><td>{words.rate(mean)}</td><td>{words.latency(p95)}</td><td>{words.percent(failed)}</td>"
        f"<td>{words.percent(slow)}</td><td>{words.count(bad)}</td><td>{words.percent(bad / every)}"
        f'<span class="b" style="width:{120 * bad / every:.0f}px"></span></td></tr>'
        for bad, name, mean, p95, failed, slow in sorted(rows, key=lambda row: -row[0])[:30]
    )
    heads = ("Value", "Traffic", "p95", "Failed", "Too slow", "Bad events", "Share of bad events")
    return (
        f'<table class="gs-table"><thead><tr>{"".join(f"<th>{head}</th>" for head in heads)}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def computed(snapshot: Snapshot, part: Shown) -> None:
    """Every number with its formula, its counts and its queries."""
    with st.expander("How was this computed?"):
        lines = []
        for slo in part.report.slos:
            good, valid = words.count(slo.good), words.count(slo.valid)
            lines.append(
                f"{slo.slo.indicator}: good {good} of valid {valid} in 30 days, coverage {words.percent(slo.coverage)}; "
                f"SLI = good / valid = {words.sli(slo.sli, slo.slo.objective)}; "
                f"left = 1 − (valid − good) / ((1 − {slo.slo.objective:g}) × valid) = {words.percent(slo.remaining)}; "
                f"burn 1 h = ((valid − good) / valid) / (1 − {slo.slo.objective:g}) = {words.burn(slo.burn_1h)}"
            )
        for text in lines:
            st.text(text)
        for cost in snapshot.source.costs:
            st.code(f"# {cost.purpose}\n{cost.query}", language="promql")
