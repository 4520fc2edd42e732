"""An objective in detail: target, remaining budget, how long it lasts, and where it was spent."""

from collections.abc import Iterator
from html import escape
from urllib.parse import quote

import streamlit as st

from dashboard.charts.burndown_chart import burndown_figure
from dashboard.charts.burndown_labels import BurndownText
from dashboard.engine.snapshot import Snapshot
from dashboard.slo.burndown import Burndown, burndown, overspent_since
from dashboard.slo.judgement import COVERAGE_MIN
from dashboard.slo.report import SloReport
from dashboard.ui import live_chart
from dashboard.ui.live_chart import Broadcast, Card
from dashboard.ui.panels import policy
from dashboard.ui.panels.objectives import burn_rates as burn_rate_panel
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import moments, objective_terms, objective_text, slo_text, source_text, status_text, units
from dashboard.ui.text.status_text import SLA_MET, of_objective
from dashboard.ui.text.units import NBSP
from dashboard.ui.theme import chip

ABSENT = "No data in this window: there is no budget to draw."
TITLE = "<h3>Budget left</h3>"

# Built once per snapshot and objective, for all viewers.
_heads = SharedCache[str]()
_broadcasts = SharedCache[Broadcast]()
_tables = SharedCache[str]()


def detail(snapshot: Snapshot, report: SloReport, now: float) -> None:
    """Draw the head and burndown of an objective, each built once for all viewers.

    Args:
        snapshot: the newest one.
        report: the objective.
        now: epoch seconds.
    """
    name = report.slo.name
    with st.container(border=True, key="card_objective"):
        st.html(_heads.of(name, snapshot, lambda: head(snapshot, report)))
        # After three refreshes and a minute the newest time is no longer now.
        old = now - report.at > 3 * snapshot.refresh + 60
        broadcast = _broadcasts.following(
            (name, old), snapshot, lambda before: burndown_cards(snapshot, report, before, old=old)
        )
        live_chart.charts(broadcast, key="burndown")


def burn_rates(snapshot: Snapshot, report: SloReport) -> None:
    """Draw the burn rates by window, and their computation."""
    with st.container(border=True, key="card_burns"):
        st.html(_tables.of(report.slo.name, snapshot, lambda: burn_rate_panel.table(snapshot, report)))


def head(snapshot: Snapshot, report: SloReport) -> str:
    """Name, state and target; the three numbers; how long the budget lasts; the SLA; caveats."""
    slo, zone, shown = report.slo, snapshot.time_zone, of_objective(report)
    colour = shown.colour
    terms = (objective_terms.counting(slo), objective_terms.window_ends(report, zone), objective_terms.coverage(report))
    window = " · ".join(terms)
    since = overspent_since(report, snapshot.ledger)
    sentence, beyond = objective_text.verdict(report, zone=zone, since=since)
    return (
        f'<div class="gs-objective gs-{colour}"><h2>{escape(slo.name)}</h2>{chip(shown)}'
        f'<span class="gs-second">{escape(objective_terms.good_events(slo))}</span>'
        f'<span class="right">{escape(window)}</span></div>'
        f'<div class="gs-facts gs-{colour}">{"".join(_facts(report))}'
        f'<div class="say"><b>{escape(sentence)}</b> {escape(beyond)}{_sla(report)}</div></div>'
        f"{policy.stands(snapshot, report)}"
        f'<ul class="gs-notes">{"".join(_notes(report, snapshot.service_title(slo.service)))}</ul>'
    )


def _facts(report: SloReport) -> Iterator[str]:
    """The three numbers, each with its meaning below."""
    slo = report.slo
    bound = f"{objective_terms.limit(slo)} · " if slo.limit is not None else ""
    yield _fact("Objective", units.objective(slo.objective), f"{bound}{objective_terms.allowance(slo)}")
    interval = "no interval can be given"
    if report.interval is not None:
        interval = f"95{NBSP}% interval {objective_terms.sli_interval(*report.interval, slo.objective)}"
    yield _fact("Achieved", units.sli(report.sli, slo.objective), interval)
    events = objective_text.amount_events(report)
    left = units.percent(report.judged_remaining) + (f" <small>{events}</small>" if events else "")
    yield _fact("Budget left", left, objective_text.amount_time(report), kind="left")


def _fact(name: str, value: str, below: str, *, kind: str = "") -> str:
    """A number as HTML.

    Args:
        name: above it.
        value: the number.
        below: its meaning.
        kind: a CSS class.
    """
    return f'<div class="fact {kind}"><span>{name}</span><b>{value}</b><span>{below}</span></div>'


def _sla(report: SloReport) -> str:
    """The SLA over the same window: met or not, and the credit due; empty without one."""
    sla = report.sla
    if sla is None:
        return ""
    met = SLA_MET[sla.met]
    is_little = sla.met is None and report.coverage < COVERAGE_MIN
    word = status_text.too_little(report.coverage) if is_little else met.word
    owed = f", {escape(sla.credit)} owed" if sla.credit else ""
    if sla.next_credit is not None and sla.next_events is not None:
        # The event that crosses the limit counts, too.
        further, events = objective_terms.whole_events(sla.next_events) + 1, objective_terms.bad_events(report.slo)
        more = f"{units.short(further)} more {events if further > 1 else objective_terms.one_event(events)}"
        owed += f"; {escape(sla.next_credit)} at stake below {units.objective(sla.next_below)}, {more} away"
    left = f"{units.percent(sla.remaining)} of its budget left"
    return (
        f'<span class="sla gs-{met.colour}"><i>{met.mark}</i> SLA {units.objective(sla.objective)} {word}'
        f"<em>: {left}{owed}</em></span>"
    )


def _notes(report: SloReport, service: str) -> Iterator[str]:
    """Impossible numbers, caveats, rules that cannot work, and where the objective is defined."""
    slo = report.slo
    for caveat in report.caveats:
        yield f'<li class="gs-amber-text">▲ {escape(units.sentence(slo_text.caveat_text(caveat)))}</li>'
    for note in (*slo.notes, *map(slo_text.diagnostic_text, slo.diagnostics)):
        yield f"<li>{escape(units.sentence(note))}</li>"
    about = f"{slo.description.rstrip('.')}. " if slo.description else ""
    link = f'<a href="service?service={quote(slo.service, safe="")}">Service {escape(service)} ›</a>'
    yield f"<li>{escape(about)}{link} · {escape(objective_terms.origin(slo))}</li>"


def burndown_cards(snapshot: Snapshot, report: SloReport, before: Broadcast | None = None, *, old: bool) -> Broadcast:
    """The burndown as sent to every viewer.

    Args:
        snapshot: the newest one.
        report: the objective.
        before: the broadcast of the previous refresh.
        old: its newest time is not now.
    """
    key, drawn = f"burndown {report.slo.name}", burndown(report, snapshot.ledger)
    card = Card(key, TITLE, None, absent=ABSENT, wide=True)
    if drawn is not None:
        measured = escape(objective_text.drawn(report, snapshot.time_zone, drawn.left.start))
        heading = f'{TITLE}<span class="m" title="{measured}">{measured}</span><span class="v">{_key(drawn)}</span>'
        words = _words(snapshot, drawn, old=old)
        name = f"Budget of {report.slo.name}: {', '.join((words.left, *words.outcome))}"
        card = Card(key, heading, burndown_figure(drawn, words), wide=True, name=name)
    name, zone = quote(report.slo.name, safe=""), quote(snapshot.time_zone)
    csv = f"/api/v1/slo?slo={name}&tz={zone}&format=csv"
    return live_chart.broadcast([card], before, offset=moments.offset(report.at, snapshot.time_zone), csv=csv)


def _words(snapshot: Snapshot, drawn: Burndown, *, old: bool) -> BurndownText:
    """The texts of the figure."""
    report, zone = drawn.report, snapshot.time_zone
    left = float(drawn.left.values[-1])
    # Overspending is expressed in words, not by a minus sign.
    share = units.percent(abs(left))
    return BurndownText(
        share=units.percent,
        day=lambda moment: moments.near(moment, zone, report.at),
        length=units.duration,
        mark=source_text.newest_mark(snapshot.source, old=old),
        left=f"{share} overspent" if left < 0 else f"{share} left",
        outcome=objective_text.outcome(report, drawn.projection, zone),
    )


def _key(drawn: Burndown) -> str:
    """The legend of the bands, if there are any."""
    keys = []
    if drawn.episodes:
        keys.append('<span class="gs-band gs-amber"><i></i>spent fastest</span>')
    if drawn.gaps:
        lost = units.duration(sum(gap.seconds for gap in drawn.gaps))
        keys.append(f'<span class="gs-band gs-grey"><i></i>no data, {lost}</span>')
    if drawn.maintenance:
        keys.append('<span class="gs-band gs-grey"><i></i>maintenance</span>')
    return "".join(keys)
