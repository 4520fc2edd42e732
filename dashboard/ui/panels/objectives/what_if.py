"""The card "Is this objective right?": an alternative objective and its result, beside the current one."""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from urllib.parse import quote

import numpy as np
import streamlit as st

from dashboard.charts.light_chart import LightAxis
from dashboard.charts.what_if_plot import Bar, BudgetCourse, plot
from dashboard.engine.past.past_rows import bounds, of_hours
from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.incident import Incident
from dashboard.slo.objective import Slo
from dashboard.slo.report import SloReport
from dashboard.timerange import DAY
from dashboard.ui import data, problems
from dashboard.ui.panels.objectives import what_if_choice
from dashboard.ui.panels.objectives.objective_list import bar
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import moments, objective_terms, units, what_if_text
from dashboard.whatif.candidate import Candidate
from dashboard.whatif.past import Counted, Past
from dashboard.whatif.periods import PeriodBudget
from dashboard.whatif.suggestion import Suggestion, suggestion
from dashboard.whatif.what_if import BackTestedAlert, WhatIf, what_if

TITLE = "Is this objective right?"
# Number of newest alerts to list; of periods to draw; the coverage below which a period is left out.
LISTED, PERIODS, KNOWN_MIN = 12, 6, 0.01
SPAN_S = 30.0 * DAY

# Built once for all viewers of the same objective with the same alternative.
_heads = SharedCache[str]()
_results = SharedCache[str](128)


def right_objective(snapshot: Snapshot, report: SloReport) -> float | None:
    """Draw the card of an objective: the suggestion, and the alternatives if somebody wants to try them.

    Args:
        snapshot: the newest one. `report`: the objective.

    Returns:
        Seconds until the next request while the past is being read; None if it is ready, or not wanted.
    """
    hours = data.hours(report.slo, report.at)
    is_open = what_if_choice.is_open()
    with st.container(border=True, key="card_what_if"):
        if not is_open:
            st.html(_suggested(report, report.slo, hours, lambda: hours, is_open=False))
            return None
        top = st.empty()
        window = data.past(report, snapshot)
        # Where the source lacks data by the minute, those by the hour are used.
        past = window.past
        if past is None and window.error is not None:
            past = of_hours(hours, report.at, SPAN_S)
        candidate, problem = what_if_choice.chosen(report.slo, _bounds(snapshot, report.slo, past))
        for message in (problem, window.error):
            if message:
                problems.banner(units.sentence(message))
        if past is None:
            top.html(_suggested(report, report.slo, hours, lambda: hours, is_open=True))
            st.html(f'<p class="gs-third">{escape(what_if_text.reading(window.done, window.parts))}</p>')
            return window.retry_s
        # The suggestion for another threshold or window is for another objective.
        changed = Candidate(limit=candidate.limit, window=candidate.window).applied(report.slo)
        limit = candidate.limit
        top.html(_suggested(report, changed, past, lambda: past.reaching_back(limit), is_open=True))
        _result(snapshot, report, past, candidate)
        return None


def _bounds(snapshot: Snapshot, slo: Slo, past: Past | None) -> tuple[float, ...]:
    """Latency thresholds to choose from, in seconds; only the current one if the past has no other.

    Args:
        snapshot: the newest one. `slo`: the objective. `past`: None while it is being read.
    """
    service = snapshot.by_name.get(slo.service)
    known = bounds(slo, None if service is None else service.info)
    return (slo.limit,) if known and slo.limit is not None and past is not None and not past.others else known


def _suggested(
    report: SloReport, changed: Slo, known: object, hours: Callable[[], Counted], *, is_open: bool
) -> str:  # fmt: skip
    """The head of the card, computed once for all viewers while its data stay the same.

    Args:
        report: the objective as it is. `changed`: with the chosen threshold and window.
        known: the data it depends on. `hours`: called to get the counts when it is computed.
        is_open: alternatives are being tried.
    """
    slo, is_burning = report.slo, report.is_burning

    def build() -> str:
        counted = hours()
        suggested = suggestion(changed, counted, float(counted.end), is_burning=is_burning)
        return head(slo, changed, suggested, is_open=is_open)

    return _heads.of((slo.name, changed.limit, changed.window, is_open), (known, slo, is_burning), build)


def _result(snapshot: Snapshot, report: SloReport, past: Past, candidate: Candidate) -> None:
    incidents = [incident for incident in snapshot.incidents if report.slo.service in incident.services]
    known = past, [(incident.id, incident.end) for incident in incidents]
    html = _results.of(
        (report.slo.name, candidate), known, lambda: result(snapshot, report, past, candidate, incidents)
    )
    st.html(html)


def head(slo: Slo, changed: Slo, suggested: Suggestion, *, is_open: bool) -> str:
    """The suggestion with its reasons, and the link to try alternatives, as HTML.

    Args:
        slo: as it is. `changed`: with the chosen threshold and window. `suggested`: from its hours.
        is_open: alternatives are being tried.
    """
    address = f"objectives?slo={quote(slo.name, safe='')}"
    way = f'<a href="{address}&amp;whatif=1" target="_self">Try others on the past ›</a>'
    if is_open:
        way = f'<a href="{address}" target="_self">Close</a>'
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in what_if_text.reasons(suggested, changed))
    return (
        f'<div class="gs-cardhead"><h3>{TITLE}</h3><span class="m"></span><span class="v">{way}</span></div>'
        f'<p class="gs-trysay"><b>{escape(what_if_text.suggested_for(suggested, slo, changed))}</b></p>'
        f'<ul class="gs-notes">{reasons}</ul>'
    )


def result(
    snapshot: Snapshot, report: SloReport, past: Past, candidate: Candidate, incidents: Sequence[Incident]
) -> str:
    """The alternative beside the current objective, as HTML.

    Args:
        snapshot: the newest one. `report`: the objective. `past`: its events.
        candidate: the alternative. `incidents`: of its service.
    """
    try:
        tried = what_if(report.slo, past, candidate, incidents)
    except ValueError as error:
        return f'<div class="gs-nothing">{escape(units.sentence(str(error)))}</div>'
    now = tried if candidate == Candidate() else what_if(report.slo, past, Candidate(), incidents)
    zone = snapshot.time_zone
    save = f"api/v1/slo?{what_if_choice.parameters(report.slo, candidate)}&format=openslo"
    file = f"{escape(report.slo.name)}.yaml"
    note = what_if_text.resolution(tried)
    return (
        f'<div class="gs-try"><div class="facts">{_table(now, tried)}</div>'
        f'<div class="periods">{_periods(now, tried, zone)}</div></div>'
        f"{_plot(now, tried, zone)}{_alerts(tried, zone)}"
        f'<div class="gs-tryfoot"><span>{escape(what_if_text.span(tried, zone))} {escape(note)}</span>'
        f'<a class="gs-csv" href="{escape(save)}" download="{file}">Save as OpenSLO</a></div>'
    )


def _table(now: WhatIf, tried: WhatIf) -> str:
    """Both side by side; one column if there is no alternative."""
    both = [now, tried] if tried is not now else [now]
    heads = "".join(f"<th>{escape(text)}</th>" for text in ("As it is", "Tried")[: len(both)])
    rows = "".join(
        f"<tr><td>{escape(name)}</td>{''.join(f'<td{_mark(each)}>{escape(each)}</td>' for each in cells)}</tr>"
        for name, cells in _facts(both)
    )
    return f'<table class="gs-table gs-tryfacts"><thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _mark(text: str) -> str:
    return ' class="missed"' if text.startswith("−") else ""


def _facts(results: Sequence[WhatIf]) -> Iterator[tuple[str, list[str]]]:
    """A row for each compared number."""
    slo = results[0].slo
    yield "Objective", [what_if_text.name(each.slo) for each in results]
    yield "Periods in which it was met", [what_if_text.met(each) for each in results]
    yield "Budget left now", [units.percent(each.periods[-1].left if each.periods else None) for each in results]
    yield "Pages", [what_if_text.number(each, "page") for each in results]
    yield "Tickets", [what_if_text.number(each, "ticket") for each in results]
    yield (
        f"{units.sentence(objective_terms.further_events(slo)).rstrip('.')}",
        [f"{what_if_text.events(each.impact.bad)} ({units.percent(each.impact.ratio)})" for each in results],
    )
    yield "Time worse than the objective", [units.duration(each.impact.seconds) for each in results]
    yield "Worst hour", [what_if_text.worst(each) for each in results]


def _periods(now: WhatIf, tried: WhatIf, zone: str) -> str:
    """The remaining budget of each of the last periods, as bars."""
    before = {(period.start, period.end): period for period in now.periods}
    # Periods that were hardly measured are left out.
    known = [period for period in tried.periods if period.coverage >= KNOWN_MIN or period is tried.periods[-1]]
    rows = "".join(
        _period(period, before.get((period.start, period.end)) if tried is not now else None, zone, tried.at)
        for period in reversed(known[-PERIODS:])
    )
    length = objective_terms.window_length(tried.slo.window)
    empty = "" if rows else '<div class="gs-nothing">no period is known</div>'
    return f'<div class="h">Budget left in the last periods of {escape(length)}</div>{rows}{empty}'


def _period(period: PeriodBudget, before: PeriodBudget | None, zone: str, at: float) -> str:
    """The bar of one period.

    Args:
        period: with the alternative. `before`: with the current objective; None if it is the same.
        zone: IANA name. `at`: epoch seconds of now.
    """
    colour = {None: "grey", False: "red", True: "green"}[period.is_met]
    part = "" if period.is_whole else f" <small>{escape(what_if_text.part(period))}</small>"
    was = "" if before is None else f'<em title="as it is">{units.percent(before.left)}</em>'
    days = moments.days(period.start, min(period.end, at), zone, at)
    return (
        f'<div class="row gs-{colour}"><span>{escape(days)}{part}</span>{bar(period.left)}'
        f"<b>{units.percent(period.left)}</b>{was}</div>"
    )


def _plot(now: WhatIf, tried: WhatIf, zone: str) -> str:
    axis = LightAxis(tried.course.start, tried.at, zone)
    bars = [
        Bar(
            alert.fired.severity,
            alert.fired.start,
            tried.at if alert.fired.end is None else alert.fired.end,
            bool(alert.incident),
            what_if_text.alert_line(alert, zone, tried.at),
        )
        for alert in tried.alerts
    ]
    known = tried.course.values[np.isfinite(tried.course.values)]
    left = units.percent(float(known[-1])) if len(known) else units.MISSING
    name = f"Budget left of {tried.slo.name} as tried, {left} at the end; {what_if_text.alerts(tried)}"
    course = BudgetCourse(tried.course.values, None if tried is now else now.course.values, name)
    keys = ['<span class="k tried"></span>tried' if tried is not now else '<span class="k tried"></span>as it is']
    keys += ['<span class="k now"></span>as it is'] if tried is not now else []
    keys += ['<span class="k lone"></span>no incident explains it'] if tried.unexplained else []
    heading = (
        '<div class="gs-tryhead"><b>Budget left, and the alerts that would have fired</b>'
        f"<span>{escape(units.sentence(what_if_text.alerts(tried)))}</span><em>{' '.join(keys)}</em></div>"
    )
    return heading + plot(course, axis, bars, [units.percent(share) for share in (0.0, 0.5, 1.0)])


def _alerts(tried: WhatIf, zone: str) -> str:
    """The newest alerts, a row each, with the incident in which each began."""
    if not tried.alerts:
        return ""
    listed = list(reversed(tried.alerts))[:LISTED]
    rows = "".join(_alert(alert, zone, tried.at) for alert in listed)
    more = len(tried.alerts) - len(listed)
    foot = f'<div class="gs-foot">The newest {LISTED} of {len(tried.alerts):,}</div>' if more else ""
    return (
        '<details class="gs-folded gs-tryalerts"><summary>When each alert would have fired</summary>'
        '<div class="gs-scroll"><table class="gs-table"><thead><tr><th>Fired</th><th class="left">For</th>'
        '<th class="left">Rule</th><th class="left">Incident</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{foot}</details>"
    )


def _alert(alert: BackTestedAlert, zone: str, at: float) -> str:
    fired = alert.fired
    lasted = "still firing" if fired.end is None else units.duration(fired.end - fired.start)
    incident = '<span class="gs-amber-text">no incident explains it</span>'
    if alert.incident:
        name = escape(alert.incident)
        incident = f'<a href="incidents?incident={quote(alert.incident, safe="")}" target="_self">{name}</a>'
    return (
        f'<tr><td>{escape(moments.exact(fired.start, zone, at))}</td><td class="left">{escape(lasted)}</td>'
        f'<td class="left">{escape(what_if_text.rule(fired.rule))}</td><td class="left">{incident}</td></tr>'
    )
