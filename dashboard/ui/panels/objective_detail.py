"""One objective: what it promises, what is left, until when, where the budget went, and how its rules read it."""

from html import escape

import numpy as np
import streamlit as st

from dashboard.charts import burndown_chart as chart
from dashboard.charts.burndown_chart import Told
from dashboard.charts.sparkline import sparkline
from dashboard.engine.snapshot import Snapshot
from dashboard.slo.burndown import Burndown, burndown, overspent_since
from dashboard.slo.report import Alert, Burn, Reading, SloReport, State
from dashboard.slo.timeline import BurnHistory, Timeline, burn_history
from dashboard.timerange import HOUR
from dashboard.ui import live_chart
from dashboard.ui.live_chart import Card
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import objective_text as told
from dashboard.ui.text import slo_text, units
from dashboard.ui.text.units import NBSP
from dashboard.ui.theme import MARKS, chip

ABSENT = "Nothing was counted in this window: there is no budget to draw."
# A line of less than this many points, of both windows, is none.
DRAWN = 4
UNREAD = ("◌", "not read", "grey")
KEY = (
    '<span class="gs-line"><i></i>long window</span><span class="gs-line short"><i></i>short window</span>'
    '<span class="gs-line limit"><i></i>threshold</span>'
)

_heads = SharedCache[str]()
_pictures = SharedCache[bytes]()
_tables = SharedCache[str]()


def detail(snapshot: Snapshot, report: SloReport, now: float) -> None:
    """Head, burndown and burn rates of one objective, each made once for all who look at it."""
    name = report.slo.name
    with st.container(border=True, key="card_objective"):
        st.html(_heads.of(name, snapshot, lambda: head(snapshot, report)))
        old = now - report.at > 3 * snapshot.refresh + HOUR / 60
        live_chart.charts(_pictures.of((name, old), snapshot, lambda: picture(snapshot, report, old=old)), key="story")


def burns(snapshot: Snapshot, report: SloReport) -> None:
    """Burn rate by window, and how it came about."""
    with st.container(border=True, key="card_burns"):
        st.html(_tables.of(report.slo.name, snapshot, lambda: rules(snapshot, report)))


def head(snapshot: Snapshot, report: SloReport) -> str:
    """Name, state and promise; the three numbers; how long the budget lasts; the contract; what is uncertain."""
    slo, zone = report.slo, snapshot.time_zone
    state = report.state
    colour = MARKS[state][2]
    window = f"{told.method(slo)} · {told.dated(report, zone)} · coverage {units.percent(report.coverage)}"
    sentence, beyond = told.verdict(report, zone=zone, since=overspent_since(report, snapshot.ledger))
    return (
        f'<div class="gs-promise gs-{colour}"><h2>{escape(slo.name)}</h2>{chip(state)}'
        f'<span class="gs-second">{escape(units.promise(slo))}</span><span class="right">{escape(window)}</span></div>'
        f'<div class="gs-facts gs-{colour}">{_facts(report)}'
        f'<div class="say"><b>{escape(sentence)}</b> {escape(beyond)}{_contract(report)}</div></div>'
        f"{_uncertain(report)}"
    )


def _facts(report: SloReport) -> str:
    slo = report.slo
    interval = report.interval
    trust = ""
    if interval is not None:
        trust = f"95{NBSP}% interval {told.between(*interval, slo.objective)}"
    known = f"{told.limit(slo)} · " if slo.limit is not None else ""
    left = units.percent(report.remaining)
    if report.remaining is not None:
        events = f"{units.count(report.remaining_events)}{NBSP}{told.bad(slo)}"
        left += f" <small>= {events} = {told.length(report.remaining_s)}</small>"
    time = told.remaining_time(report) if report.remaining is not None else "nothing was counted"
    return (
        _fact("Objective", units.objective(slo.objective), f"{known}{told.may_fail(slo)}")
        + _fact("Achieved", units.sli(report.sli, slo.objective), trust or "no interval can be given")
        + _fact("Budget left", left, time, kind="left")
    )


def _fact(name: str, value: str, below: str, *, kind: str = "") -> str:
    return f'<div class="fact {kind}"><span>{name}</span><b>{value}</b><span>{below}</span></div>'


def _contract(report: SloReport) -> str:
    """The SLA over the same window: met or not, and what is owed."""
    sla = report.sla
    if sla is None:
        return ""
    colour, shape, word = {
        True: ("green", "✓", "met"), False: ("red", "✕", "not met"), None: ("grey", "◌", "met at the last answer"),
    }[sla.met]  # fmt: skip
    owed = f", {escape(sla.credit)} owed" if sla.credit else ""
    if sla.next_credit is not None and sla.next_events is not None:
        more = f"{units.short(sla.next_events)} more {told.bad(report.slo)}"
        owed += f"; {escape(sla.next_credit)} at stake below {units.objective(sla.next_below)}, {more} away"
    left = f"{units.percent(sla.remaining)} of its budget left"
    return (
        f'<span class="sla gs-{colour}"><i>{shape}</i> SLA {units.objective(sla.objective)} {word}'
        f"<em>: {left}{owed}</em></span>"
    )


def _uncertain(report: SloReport) -> str:
    """Numbers that cannot be, notes, rules that cannot work, and where the objective was written."""
    caveats = "".join(
        f'<li class="gs-amber-text">▲ {_sentence(slo_text.caveat_text(caveat))}</li>' for caveat in report.caveats
    )
    notes = (*report.slo.notes, *map(slo_text.diagnostic_text, report.slo.diagnostics))
    lines = caveats + "".join(f"<li>{_sentence(note)}</li>" for note in notes)
    origin = "a default: nobody wrote one" if report.slo.origin == "default" else report.slo.origin
    about = f"{report.slo.description.rstrip('.')}. " if report.slo.description else ""
    about += f"Service {report.slo.service} · objective from {origin}"
    return f'<ul class="gs-notes">{lines}<li>{escape(about)}</li></ul>'


def _sentence(text: str) -> str:
    return f"{escape(text[:1].upper() + text[1:].rstrip('.'))}."


def picture(snapshot: Snapshot, report: SloReport, *, old: bool) -> bytes:
    """The burndown as sent to every viewer."""
    part = burndown(report, snapshot.ledger)
    title = "Budget left"
    card = Card(f"story {report.slo.name}", f"<h3>{title}</h3>", None, absent=ABSENT, wide=True)
    if part is not None:
        measured = escape(told.where(report, snapshot.time_zone, part.left.start))
        key = _key(part)
        line = f'<h3>{title}</h3><span class="m" title="{measured}">{measured}</span><span class="v">{key}</span>'
        figure = chart.figure(part, _told(snapshot, report, part, old=old))
        card = Card(card.key, line, figure, absent=ABSENT, wide=True)
    return live_chart.payload([card], offset=told.offset(report.at, snapshot.time_zone))


def _told(snapshot: Snapshot, report: SloReport, part: Burndown, *, old: bool) -> Told:
    zone, now = snapshot.time_zone, report.at
    left = float(part.left.values[-1])
    share = units.percent(left)
    word = "overspent" if left < 0 else "left"
    return Told(
        share=units.percent,
        day=lambda moment: told.near(moment, zone, now),
        length=units.duration,
        mark="last answer" if old else "now",
        left=f"{share.lstrip('−') if left < 0 else share} {word}",
        outcome=told.outcome(report, part.projection, zone),
    )


def _key(part: Burndown) -> str:
    """What the colours of bands mean, where there are any."""
    made = []
    if part.episodes:
        made.append('<span class="gs-band gs-amber"><i></i>spent fastest</span>')
    if part.gaps:
        lost = units.duration(sum(gap.seconds for gap in part.gaps))
        made.append(f'<span class="gs-band gs-grey"><i></i>not measured, {lost}</span>')
    if part.maintenance:
        made.append('<span class="gs-band gs-grey"><i></i>maintenance</span>')
    return "".join(made)


def rules(snapshot: Snapshot, report: SloReport) -> str:
    """Each rule: threshold, both windows against it, how they read, and the same over the last hours or days."""
    title = '<div class="gs-cardhead"><h3>Burn rate by window</h3><span class="m end">'
    if not report.alerts:
        return f'{title}</span></div><div class="gs-empty">No burn rule can work for this objective.</div>'
    track = Timeline.of(snapshot.ledger, report.slo) if report.slo in snapshot.ledger.slos else None
    lines = "".join(_rule(report, alert, track, snapshot.time_zone) for alert in report.alerts)
    return (
        f"{title}a rule fires when both of its windows are over the threshold</span></div>"
        '<div class="gs-rules"><div class="gs-rule head"><span>Severity</span><span class="n">Threshold</span>'
        '<span class="bars"><i class="t0">0</i><i class="t1">threshold</i><i class="t2">twice</i></span>'
        f'<span class="n">burn</span><span>State</span><span class="while">Over time{KEY}</span></div>{lines}</div>'
    )


def _rule(report: SloReport, alert: Alert, track: Timeline | None, zone: str) -> str:
    row, threshold = alert.rule.row, alert.rule.threshold
    shape, word, colour = UNREAD if alert.reading is None else MARKS[State(alert.reading.value)]
    says = told.READINGS[alert.reading] if alert.reading is not None else "too little is known"
    why = slo_text.alert_status(alert, report.slo)
    pair = (alert.long, alert.short)
    bars = "".join(_bar(burn, threshold, alert.reading) for burn in pair)
    rates = "".join(f'<b class="{_over(burn, threshold)}">{units.burn(burn.rate)}</b>' for burn in pair)
    drawn = _burn_history(report, alert, burn_history(report, alert, track), zone) if track is not None else ""
    return (
        f'<div class="gs-rule gs-{colour}"><span class="sev">{escape(row.severity)}</span>'
        f'<span class="n">{units.burn(threshold)}</span><span class="bars">{bars}<s></s></span>'
        f'<span class="n rates">{rates}</span><span class="state"><span><i>{shape}</i> {word}</span>'
        f"<small>{says}</small>{f'<small>{escape(why)}</small>' if why else ''}</span>{drawn}</div>"
    )


def _over(burn: Burn, threshold: float) -> str:
    return "over" if burn.rate is not None and burn.rate > threshold else ""


def _bar(burn: Burn, threshold: float, reading: Reading | None) -> str:
    """A rate on the scale from 0 to twice the threshold; what lies beyond is cut with an arrow."""
    rate = burn.rate or 0.0
    share = min(max(rate / threshold / 2, 0.0), 1.0)
    kind = _over(burn, threshold) + (" cut" if rate > 2 * threshold else "")
    none = " none" if burn.rate is None else ""
    return (
        f'<span class="one"><em>{told.short(burn.window_s)}</em><span class="track{none}">'
        f'<i class="{kind}" style="width:{share:.1%}"></i></span></span>'
    )


def _burn_history(report: SloReport, alert: Alert, drawn: BurnHistory, zone: str) -> str:
    """Both windows as small lines under the threshold's, with their peak in words."""
    threshold = alert.rule.threshold
    known = np.concatenate([drawn.long, drawn.short])
    if np.isfinite(known).sum() < DRAWN:
        return '<span class="while"><span class="gs-nothing">too little is measured to draw</span></span>'
    highest = float(np.nanmax(known))
    top = max(highest * 1.08, threshold * 1.3)
    long, _ = sparkline(drawn.long, top=top)
    short, _ = sparkline(drawn.short, top=top)
    last = len(drawn.short) - 1
    peak, which = _peak(drawn)
    when = told.near(drawn.start + which * drawn.step, zone, report.at)
    ago = units.duration(drawn.step * last)
    height = f"{threshold / top:.1%}"
    windows = f"{told.short(alert.long.window_s)} and {told.short(alert.short.window_s)}"
    return (
        f'<span class="while"><span class="gs-trail" role="img" aria-label="burn rate over {windows}, last {ago}">'
        f'<s style="bottom:{height}"></s><u style="mask-image:url({short})"></u><i style="mask-image:url({long})"></i>'
        f"</span><small><span>−{ago}</span><span>peak {units.burn(peak)}, {when}</span><span>now</span></small></span>"
    )


def _peak(drawn: BurnHistory) -> tuple[float, int]:
    """The highest rate of the short window, else of the long one, and its place."""
    values = drawn.short if np.isfinite(drawn.short).any() else drawn.long
    place = int(np.nanargmax(values))
    return float(values[place]), place
