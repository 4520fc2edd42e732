"""How the numbers of an objective are computed: formula, counts and query of each, on the page and as text."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from dashboard.engine.snapshot import Snapshot
from dashboard.slo.burndown import burndown
from dashboard.slo.objective import Method
from dashboard.slo.report import Exhaustion, SloReport
from dashboard.timerange import DAY, HOUR
from dashboard.ui import data, problems
from dashboard.ui.text import moments, objective_terms, objective_text, query_text, units
from dashboard.ui.text.units import MISSING, NBSP
from dashboard.ui.theme import take_table

# Maximum number of listed gaps.
GAPS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One number: its name, its formula with the actual counts, its value."""

    name: str
    formula: str
    value: str


def computed(snapshot: Snapshot, report: SloReport) -> None:
    """Draw every number with its formula and its counts, then the queries, then the evaluated hours."""
    with st.container(key="card_computed"), st.expander("How was this computed?", expanded=True), problems.shown():
        lines = list(steps(report, snapshot.time_zone))
        queries = "\n".join(query_text.queries_of(report.slo.indicator, data.expression))
        hours = evaluated(snapshot, report)
        st.html(f"<div>{table(lines)}{take_table('computation')}</div>")
        st.html(code(queries))
        st.html(f'<p class="gs-third gs-ends">{escape(hours)}</p>')
        with st.popover("Copy as text"):
            st.code(as_text(report, lines, queries, hours), language=None, wrap_lines=True)


def table(lines: Iterable[Step]) -> str:
    """Numbers with their formulas as HTML, one per line."""
    return f'<table class="gs-computed">{"".join(map(_line, lines))}</table>'


def code(*texts: str) -> str:
    """Queries as HTML. Streamlit's own element for code loads 440 kB for syntax highlighting."""
    return "".join(f'<pre class="gs-code">{escape(text)}</pre>' for text in texts)


def _line(step: Step) -> str:
    return f"<tr><td>{step.name}</td><td>{escape(step.formula)}</td><td><b>{escape(step.value)}</b></td></tr>"


def steps(report: SloReport, zone: str) -> Iterator[Step]:
    """The numbers of the head, starting with the counts; only the first one if nothing was counted."""
    slo = report.slo
    valid, bad = units.count(report.valid), _bad(report)
    window = objective_terms.window_length(slo.window)
    yield Step("valid", f"all {objective_terms.counted_events(slo)}, {window}", valid)
    # Without events no formula below has a value.
    if report.valid is None:
        return
    yield Step("good", f"of these, {objective_terms.good_events(slo)}", units.count(report.good))
    yield Step("bad", "valid − good", bad)
    yield Step("achieved", f"1 − {bad} ÷ {valid}", _four_digits(report.sli))
    yield from _budget(report)
    yield from _burn(report)
    yield from _lasts(report, zone)


def _bad(report: SloReport) -> str:
    """Bad events; partly bad slices have decimals."""
    if not report.slo.counted and report.slo.method is Method.RATIO_TIMESLICES and report.bad is not None:
        return f"{report.bad:,.2f}"
    return units.count(report.bad)


def _four_digits(sli: float | None) -> str:
    return MISSING if sli is None else f"{sli * 100:.4f}{NBSP}%"


def _budget(report: SloReport) -> Iterator[Step]:
    """The budget, its remaining part, and that as time."""
    slo, allowed, room, share, time = report.slo, MISSING, MISSING, MISSING, MISSING
    if report.remaining_events is not None and report.bad is not None:
        allowed, room = _tenths(report.remaining_events + report.bad), _tenths(report.remaining_events)
    if report.remaining is not None:
        share = f"{report.remaining * 100:.1f}{NBSP}%".replace("-", "−")
        time = f"{report.remaining:.3f}".replace("-", "−")
    bad_events = objective_terms.bad_events(slo)
    yield Step("budget", f"(1 − {slo.objective:g}) × {units.count(report.valid)}", f"{allowed} {bad_events}")
    left = f"{share}, or {room} {bad_events}"
    yield Step("left", f"1 − {_bad(report)} ÷ {allowed}", left)
    formula = f"{time} × {slo.budget:g} × {units.duration(report.period_s)}"
    formula += ", at average traffic" if slo.counted else ""
    yield Step("as time", formula, units.signed_duration(report.remaining_s))


def _tenths(events: float) -> str:
    """A number of events, with one decimal unless it is whole: budgets allow fractions."""
    # Avoid −0 for values just below 0.
    return f"{round(events, 1) + 0.0:,.1f}".removesuffix(".0").replace("-", "−")


def _burn(report: SloReport) -> Iterator[Step]:
    """The burn rate of the last hour, as shown in lists."""
    burn = next((burn for burn in report.burn if burn.window_s == HOUR and burn.valid), None)
    if burn is not None and burn.valid is not None and burn.good is not None:
        bad = units.count(burn.valid - burn.good)
        formula = f"{bad} ÷ {units.count(burn.valid)} ÷ {report.slo.budget:g}"
        yield Step(f"burn rate, 1{NBSP}h", formula, units.burn(burn.rate))


def _lasts(report: SloReport, zone: str) -> Iterator[Step]:
    """How long the budget lasts: the sentence of the pages, and its computation."""
    forecast = report.exhaustion
    if forecast is None or report.remaining is None or report.remaining <= 0:
        return
    leaving = "its traffic so far carried on" if report.is_extrapolated else "older failures leaving the window"
    left = f"{report.remaining * 100:.1f}{NBSP}%"
    formula = f"{left} at {forecast.rate:.2f}× ({objective_text.last(forecast.window_s)}), {leaving}"
    yield Step("forecast", formula, f"{objective_text.lasts(report, zone=zone)}{_days(forecast)}")


def _days(forecast: Exhaustion) -> str:
    """The forecast in days with its interval: (8.8 days, 7.9–9.7)."""
    if forecast.seconds is None:
        return ""
    low, high = forecast.rate_interval
    # A dash would be confused with the one of the interval.
    early, late = ("never" if seconds is None else f"{seconds / DAY:.1f}" for seconds in forecast.between)
    interval = f", {units.between(early, late, '–')}" if low < high else ""
    return f" ({forecast.seconds / DAY:.1f}{NBSP}days{interval})"


def evaluated(snapshot: Snapshot, report: SloReport) -> str:
    """How many hours were added up, when, and which are missing."""
    zone, now = snapshot.time_zone, report.at
    if now <= 0:
        return "Not evaluated yet."
    # Whole hours between both ends; partial ones are added from finer rows.
    full = max(0, int(now // HOUR - -(-report.start // HOUR)))
    hours = f"{full:,} full hours plus partial first and last hour"
    sentences = [f"{hours}, evaluated at {moments.exact(now, zone, now)}.", *_gaps(snapshot, report)]
    if report.excluded_s:
        sentences.append(f"{units.duration(report.excluded_s)} of maintenance, not counted.")
    return " ".join(sentences)


def _gaps(snapshot: Snapshot, report: SloReport) -> Iterator[str]:
    """The newest gaps, and the number of earlier ones."""
    drawn = burndown(report, snapshot.ledger)
    gaps = drawn.gaps if drawn is not None else ()
    for gap in gaps[-GAPS_NAMED:]:
        begin, end = (moments.exact(at, snapshot.time_zone, report.at) for at in (gap.start, gap.end))
        yield f"{units.between(begin, end)}: no data, not counted."
    if len(gaps) > GAPS_NAMED:
        yield f"{len(gaps) - GAPS_NAMED} earlier gaps, too."


def as_text(report: SloReport, lines: Sequence[Step], queries: str, hours: str) -> str:
    """The computation as plain text, for a ticket or a message.

    Args:
        report: the objective.
        lines: its numbers.
        queries: a line each, with what they count.
        hours: the evaluated hours.
    """
    width = max(len(step.name) for step in lines)
    numbers = "\n".join(f"{step.name:<{width}}  {step.formula} = {step.value}" for step in lines)
    title = f"{report.slo.name}: {objective_terms.good_events(report.slo)}"
    return f"{title}\n\n{numbers}\n\n{queries}\n\n{hours}".replace(NBSP, " ")
