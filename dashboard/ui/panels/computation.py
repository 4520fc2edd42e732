"""How the numbers of one objective came about: formula, counts and query of each, on the page and as text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from dashboard.engine.snapshot import Snapshot
from dashboard.slo.burndown import burndown
from dashboard.slo.indicators import Column, Composite, Indicator, Ratio, Raw, Term, Threshold
from dashboard.slo.objective import Method
from dashboard.slo.report import SloReport
from dashboard.timerange import HOUR
from dashboard.ui import data, problems
from dashboard.ui.text import objective_text as told
from dashboard.ui.text import units

GAPS_TOLD = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One number: what it is called, its formula with the real counts, its value."""

    name: str
    formula: str
    value: str


def computed(snapshot: Snapshot, report: SloReport) -> None:
    """Every number with its formula and its counts, then the queries, then what was evaluated."""
    with st.container(key="card_computed"), st.expander("How was this computed?", expanded=True), problems.shown():
        lines, queries, ends = steps(report), "\n".join(sources(report)), evaluated(snapshot, report)
        left, right = st.columns(2, gap="medium")
        body = "".join(
            f"<tr><td>{one.name}</td><td>{escape(one.formula)}</td><td><b>{escape(one.value)}</b></td></tr>"
            for one in lines
        )
        left.html(f'<table class="gs-computed">{body}</table>')
        right.code(queries, language="promql", wrap_lines=True)
        right.html(f'<p class="gs-third gs-ends">{escape(ends)}</p>')
        with right.popover("Copy as text"):
            st.code(text(report, lines, queries, ends), language=None, wrap_lines=True)


def steps(report: SloReport) -> list[Step]:
    """The numbers of the head, from the counts on."""
    slo, window = report.slo, told.lasting(report.slo.window)
    counted = units.events(slo) if slo.counted else f"slices of {units.duration(slo.row_s)}"
    good, bad, valid = (units.count(one) for one in (report.good, report.bad, report.valid))
    if not slo.counted and slo.method is Method.RATIO_TIMESLICES and report.bad is not None:
        bad = f"{report.bad:,.2f}"
    allowed = units.MISSING
    if report.remaining_events is not None and report.bad is not None:
        allowed = f"{report.remaining_events + report.bad:,.1f}".removesuffix(".0")
    made = [
        Step("valid", f"all {counted}, {window}", valid),
        Step("good", f"of these, {good_means(report)}", good),
        Step("bad", "valid − good", bad),
        Step("achieved", f"1 − {bad} ÷ {valid}", _digits(report)),
        Step("budget", f"(1 − {slo.objective:g}) × {valid}", f"{allowed} {told.bad(slo)}"),
        Step("left", f"1 − {bad} ÷ {allowed}", _left(report)),
        Step("as time", _time(report), told.length(report.remaining_s)),
    ]
    return [*made, *_burns(report), *_lasts(report)] if report.valid is not None else made[:1]


def good_means(report: SloReport) -> str:
    """What good events are."""
    return units.promise(report.slo)


def _digits(report: SloReport) -> str:
    return units.MISSING if report.sli is None else f"{report.sli * 100:.4f}{units.NBSP}%"


def _left(report: SloReport) -> str:
    if report.remaining is None:
        return units.MISSING
    share = f"{report.remaining * 100:.1f}{units.NBSP}%".replace("-", "−")
    return f"{share}, or {units.count(report.remaining_events)} {told.bad(report.slo)}"


def _time(report: SloReport) -> str:
    left = units.MISSING if report.remaining is None else f"{report.remaining:.3f}".replace("-", "−")
    return f"{left} × {report.slo.budget:g} × {units.duration(report.period_s)}"


def _burns(report: SloReport) -> Iterator[Step]:
    """The burn rate of the hour, which lists show."""
    burn = next((one for one in report.burn if one.window_s == HOUR and one.valid), None)
    if burn is not None and burn.valid is not None and burn.good is not None:
        bad = units.count(burn.valid - burn.good)
        formula = f"{bad} ÷ {units.count(burn.valid)} ÷ {report.slo.budget:g}"
        yield Step(f"burn 1{units.NBSP}h", formula, units.burn(burn.rate))


def _lasts(report: SloReport) -> Iterator[Step]:
    forecast = report.exhaustion
    if forecast is None or report.remaining is None or report.remaining <= 0:
        return
    rate, (low, high) = forecast.rate, forecast.rate_interval
    leaving = "its traffic so far carried on" if report.is_extrapolated else "older failures leaving"
    formula = f"{report.remaining * 100:.1f} % at {rate:.2f}× ({told.pace(forecast)}), {leaving}"
    if forecast.seconds is None:
        yield Step("lasts", formula, "does not run out")
        return
    ends = [units.MISSING if end is None else f"{end / 86400:.1f}" for end in forecast.between]
    span = f" ({ends[0]}–{ends[1]})" if low < high else ""
    yield Step("lasts", formula, f"{forecast.seconds / 86400:.1f} d{span}")


def sources(report: SloReport) -> Iterator[str]:
    """The query of each count, a line that says what it counts above it."""
    yield from _of(report.slo.indicator)


def _of(indicator: Indicator) -> Iterator[str]:
    match indicator:
        case Composite(parts):
            for part in parts:
                yield f"# a part of weight {part.weight:g}, with an objective of {units.objective(part.objective)}"
                yield from _of(part.indicator)
        case Ratio(valid, good, bad):
            yield from _query("valid events", valid)
            if good is not None:
                yield from _query("good events", good)
            if bad is not None:
                yield from _query("bad events", bad)
        case Raw(ratio, success):
            yield from _query(f"share of {'good' if success else 'bad'} events", ratio)
        case Threshold(value, op, limit):
            yield from _query(f"good while {op.symbol} {limit:g}", value)


def _query(what: str, term: Term) -> Iterator[str]:
    if isinstance(term, Column):
        yield f"# {what}"
        yield data.expression(term)
    else:
        yield f"# {what}{', its increase' if term.counter else ''}"
        yield term.text


def evaluated(snapshot: Snapshot, report: SloReport) -> str:
    """How many hours were added up, when, and what of them is missing."""
    zone, now = snapshot.time_zone, report.at
    if now <= 0:
        return "Nothing was evaluated yet."
    hours = max(0, int(report.at // HOUR - -(-report.start // HOUR)))
    said = f"{hours:,} whole hours and the cut ends, evaluated at {told.exact(now, zone, now)}. "
    part = burndown(report, snapshot.ledger)
    gaps = part.gaps if part is not None else ()
    for gap in gaps[-GAPS_TOLD:]:
        said += f"{told.exact(gap.start, zone, now)} – {told.exact(gap.end, zone, now)} is missing and not counted. "
    if len(gaps) > GAPS_TOLD:
        said += f"{len(gaps) - GAPS_TOLD} earlier gaps, too. "
    if report.excluded_s:
        said += f"{units.duration(report.excluded_s)} of maintenance are not counted. "
    return said.strip()


def text(report: SloReport, lines: Sequence[Step], queries: str, ends: str) -> str:
    """All of it as plain text, for a ticket or a message."""
    width = max(len(one.name) for one in lines)
    told_lines = "\n".join(f"{one.name:<{width}}  {one.formula} = {one.value}" for one in lines)
    return f"{report.slo.name}: {units.promise(report.slo)}\n\n{told_lines}\n\n{queries}\n\n{ends}".replace("\xa0", " ")
