"""One service: its budgets in words, its four signals, its latency distribution and where its bad events come from."""

from collections.abc import Mapping
from html import escape
from urllib.parse import quote

import streamlit as st

from dashboard.anomaly.anomalies import Layer
from dashboard.engine.snapshot import Snapshot
from dashboard.slo.report import SloReport, State
from dashboard.ui import live_chart, problems
from dashboard.ui.panels import anomaly_tests
from dashboard.ui.panels.service_charts import Shown, pictures
from dashboard.ui.panels.wall import banner
from dashboard.ui.text import anomaly_text, health_text, units
from dashboard.ui.theme import MARKS, alive, chip


def head(snapshot: Snapshot, part: Shown, now: float) -> None:
    """Name, health, ownership, links, data age and what is wrong."""
    report, info = part.report, part.report.info
    of = " · ".join(part for part in (info.team, f"tier {info.tier}" if info.tier else "", info.preset) if part)
    links = "".join(
        f'<a href="{escape(url)}" target="_blank" rel="noopener">{escape(name.capitalize())} ↗</a>'
        for name, url in filled(part).items()
        if url.startswith(("http://", "https://"))
    )
    st.html(
        f'<div class="gs-title"><h1>{escape(report.name)}</h1>{chip(report.health)}'
        f'<span class="gs-second">{escape(of)}</span>'
        f'<span class="right">{units.age(snapshot.source.age(now))} · {units.zone(part.zone, part.offset)}</span></div>'
        f'<div class="gs-links">{links}</div>{banner(snapshot, now)}{alive(snapshot.refresh, now)}'
    )
    if not part.live:
        begin, end = (units.moment(at, part.zone) for at in (part.grid.start - part.grid.step, part.grid.end))
        problems.banner(f"{begin} – {end}. The budgets below are those of now.", colour="grey", word="A past range:")
    if lines := told(part, now):
        st.html(lines)


def told(part: Shown, now: float) -> str:
    """Why the health is what it is, and what is unusual, the dearest first: one card with a line each."""
    report = part.report
    shape, _, colour = MARKS[report.health]
    reasons = health_text.sentences(report.reasons, part.zone, now)
    lines = [f"<b>{shape}</b> {escape(_sentence('; '.join(reasons)))}"] if reasons else []
    now_on = [one for one in report.anomalies if one.until is None and part.live]
    lasting, hints = ([one for one in now_on if one.layer is layer] for layer in (Layer.TEST, Layer.NOVELTY))
    lines += [
        f'<b style="color:var(--gs-amber)">▲</b> {escape(anomaly_text.sentence(one, part.zone, now, report.forecasts.get(one.detail)))}'
        for one in lasting
    ]
    lines += [f'<span class="gs-third">◌ {escape(anomaly_text.sentence(one, part.zone, now))}</span>' for one in hints]
    if not lines:
        return ""
    colour = colour if reasons else "amber" if lasting else "grey"
    return f'<div class="gs-banner gs-{colour}">{"".join(f"<div>{line}</div>" for line in lines)}</div>'


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def filled(part: Shown) -> Mapping[str, str]:
    """The service's links with `{service}`, and `{from}` and `{to}` in epoch milliseconds, put in."""
    values = {
        "{service}": quote(part.report.name, safe=""),
        "{from}": str((part.grid.start - part.grid.step) * 1000),
        "{to}": str(part.grid.end * 1000),
    }
    links = dict(part.report.info.links)
    for name in links:
        for mark, value in values.items():
            links[name] = links[name].replace(mark, value)
    return links


def budget_card(slo: SloReport) -> str:
    """Objective, SLI and budget of one objective, in numbers and in a sentence."""
    colour = MARKS[slo.state][2]
    told = escape(units.promise(slo.slo))
    address = f"objectives?slo={quote(slo.slo.name, safe='')}"
    link = f'<a href="{address}" target="_self" title="Budget, burn rates and how they came about">{escape(slo.slo.kind.capitalize())} ›</a>'
    bar = '<div class="gs-bar none"></div>'
    if slo.remaining is not None:
        bar = f'<div class="gs-bar"><i style="width:{max(0.0, min(1.0, slo.remaining)):.1%}"></i></div>'
    facts = (
        ("Objective", units.objective(slo.slo.objective)),
        (f"Achieved, {slo.slo.window.duration}", units.sli(slo.sli, slo.slo.objective)),
        ("Burn rate, 1 h", units.burn(slo.burn_1h)),
    )
    cells = "".join(f'<span class="fact">{name}<b>{value}</b></span>' for name, value in facts)
    return (
        f'<div class="gs-card gs-{colour}"><div class="row"><span><h3>{link}</h3> '
        f'<span class="gs-third">{told}</span></span>{chip(slo.state)}</div>'
        f'<div class="row" style="margin-top:8px"><span style="flex:1;min-width:200px"><span class="big">'
        f"{units.percent(slo.remaining)}</span> of {units.window(slo.slo.window)} budget left{bar}</span>{cells}</div>"
        f"<p>{sentence(slo)}</p></div>"
    )


def sentence(slo: SloReport) -> str:
    """What the budget means, for people."""
    if slo.remaining is None or slo.valid is None:
        return "Nothing was counted in this window: nothing can be said, neither good nor bad."
    part = units.counted(slo.coverage, slo.at - slo.start)
    known = f" Known so far: {part}." if part else ""
    if slo.state is State.EXHAUSTED:
        return f"The budget is spent: every further failure breaks the promise.{known}"
    events = units.short(slo.remaining_events)
    return f"<b>{units.lasts(slo)}</b>. {events} more bad {units.events(slo.slo)} fit into it.{known}"


def cards(part: Shown) -> None:
    """Budgets, the four signals in two columns, the latency distribution."""
    slos = part.report.slos
    if slos:
        for place, slo in zip(st.columns(len(slos)), slos, strict=True):
            place.html(budget_card(slo))
    live_chart.charts(pictures(part), key="charts")


def computed(snapshot: Snapshot, part: Shown) -> None:
    """Every number with its formula, its counts and its queries."""
    with st.expander("How was this computed?"):
        for slo in part.report.slos:
            good, valid = units.count(slo.good), units.count(slo.valid)
            st.text(
                f"{slo.slo.name}: good {good} of valid {valid} in {slo.slo.window.duration}, "
                f"coverage {units.percent(slo.coverage)}; "
                f"SLI = good / valid = {units.sli(slo.sli, slo.slo.objective)}; "
                f"left = 1 − (valid − good) / ((1 − {slo.slo.objective:g}) × valid) = {units.percent(slo.remaining)}; "
                f"burn 1 h = ((valid − good) / valid) / (1 − {slo.slo.objective:g}) = {units.burn(slo.burn_1h)}"
            )
        for line in anomaly_tests.lines(part):
            st.text(line)
        for cost in snapshot.source.costs:
            st.code(f"# {cost.purpose}\n{cost.query}", language="promql")
