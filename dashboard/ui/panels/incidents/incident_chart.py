"""Charts of an incident from its stored counts: the ratio of bad events and the used budget, with time around it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape

import numpy as np

from dashboard.changes.change import Kind
from dashboard.charts.counted_course import TimeAxis
from dashboard.charts.figure import ticks_to
from dashboard.charts.sparkline import sparkline
from dashboard.incidents.course import Shape, shape, spent, steps
from dashboard.incidents.incident import Impact, StepCounts
from dashboard.incidents.record import Record
from dashboard.ui.panels.incidents.incident_plot import Mark, Plot, times
from dashboard.ui.text import change_text, moments, units
from dashboard.ui.text.change_text import length
from dashboard.ui.text.incidents import incident_text

NO_COUNTS = "The counts of five minutes are not known: there is nothing to draw."
# Maximum number of changes with a line: those nearest to the start.
CHANGES = 3


def charts(record: Record, zone: str, now: float) -> str:
    """Both charts as HTML, on one time axis.

    Args:
        record: the incident. `zone`: the time zone of the page. `now`: epoch seconds, for an open incident.
    """
    counts = record.main.counts
    if counts is None or len(counts.bad) < 2:
        return f'<div class="gs-card gs-incplots"><div class="gs-empty">{NO_COUNTS}</div></div>'
    axis, moment = _axis(counts), record.moments
    shade = axis.at(moment.start), axis.at(now if moment.end is None else moment.end)
    empty = Plot(name="", values=np.zeros(0), top=1, ticks=(), shade=shade, marks=tuple(_marks(record, axis, zone)))
    parts = (_ratio(record, counts, zone, empty), _budget(record, empty), times(axis, zone))
    return f'<div class="gs-card gs-incplots">{"".join(parts)}</div>'


def _axis(counts: StepCounts) -> TimeAxis:
    """The axis from the middle of the first step to that of the last: each value is drawn at the middle of its step."""
    half = counts.step / 2
    return TimeAxis(counts.start + half, counts.start + counts.step * len(counts.bad) - half)


def _marks(record: Record, axis: TimeAxis, zone: str) -> Iterator[Mark]:
    moment, every = record.moments, []
    near = sorted(record.changes, key=lambda known: abs(known.change.start - moment.start))[:CHANGES]
    for known in near if record.way_out in (None, *near) else [*near, record.way_out]:
        assert known is not None, "what is none is not in the list"
        kind = "back" if known.change.kind is Kind.ROLLBACK else "change"
        every.append((known.change.start, change_text.brief(known), kind))
    for at, word in ((moment.detected, "detected"), (moment.acknowledged, "acknowledged")):
        if at is not None:
            every.append((at, word, "event"))
    for at, text, kind in sorted(every):
        if axis.holds(at):
            yield Mark(axis.at(at), f"{text}, {moments.clock_time(at, zone)}", kind)


def _ratio(record: Record, counts: StepCounts, zone: str, empty: Plot) -> str:
    """The ratio of bad events in steps of five minutes, with the objective.

    Args:
        record: the incident. `counts`: of its main impact. `zone`: the time zone of the page.
        empty: with the elements that both charts share.
    """
    impact, budget, said = record.main, 1 - record.main.objective, incident_text.words(record.main)
    values = np.array([np.nan if step.ratio is None else step.ratio for step in steps(counts)])
    top, ticks = ticks_to(float(max(np.nanmax(values, initial=0.0), budget * 1.2)))
    course, span = shape(impact), _span(record, zone)
    worst = units.percent(course.worst)
    which = f", {escape(impact.slo)}" if len(record.incident.impacts) > 1 else ""
    plot = replace(
        empty,
        name=f"Share of {said.events}: {units.percent(impact.ratio)} from {span}, at most {worst}",
        values=values,
        top=top,
        ticks=ticks,
        over=f"over the objective for {length(impact.seconds)}" if impact.seconds else "",
        limit=(budget, f"SLO: at most {units.percent(budget)}"),
    )
    return (
        f'<div class="gs-cardhead"><h2>{said.course.capitalize()}</h2><span class="m">share of all, in steps of '
        f'{length(counts.step)}{which}</span><span class="v">at most <b class="gs-red-text">{worst}</b></span></div>'
        f'<p class="gs-plotkey">{span} · {" · ".join(_values(impact, course, said.course))}</p>{plot.html()}'
    )


def _span(record: Record, zone: str) -> str:
    start, end = record.moments.start, record.moments.end
    until = "now" if end is None else moments.clock_time(end, zone)
    return units.between(moments.clock_time(start, zone), until)


def _values(impact: Impact, course: Shape, what: str) -> Iterator[str]:
    """The values of the chart in words, as HTML; `what`: the name of the line."""
    yield f"<i></i>{what} <b>{units.percent(impact.ratio)}</b>"
    if course.before is not None:
        yield f"hour before <b>{units.percent(course.before)}</b>"
    if course.traffic is not None:
        before = f", before {units.rate(course.traffic_before)}" if course.traffic_before is not None else ""
        yield f"traffic <b>{units.rate(course.traffic)}</b>{before}"


def _budget(record: Record, empty: Plot) -> str:
    """The budget used by the incident over time; empty if unknown.

    Args:
        record: the incident. `empty`: with the elements that both charts share.
    """
    impact = record.main
    if not impact.budget_share or not (values := _spent(impact)).size:
        return ""
    top, ticks = ticks_to(float(np.nanmax(values, initial=0.0)))
    share = units.percent(impact.budget_share)
    plot = replace(
        empty,
        name=f"Taken of the error budget by this incident, in the end {share}",
        values=values,
        top=top,
        ticks=ticks[:: max(len(ticks) // 3, 1)],
        marks=[replace(mark, text="") for mark in empty.marks],
        kind="low",
    )
    window = escape(incident_text.window(impact.window_s))
    return (
        f'<div class="gs-cardhead"><h2>Error budget</h2><span class="m">what this incident took of the {window} '
        f'budget</span><span class="v"><b class="gs-red-text">−{share}</b></span></div>{plot.html()}'
    )


def _spent(impact: Impact) -> np.ndarray:
    """The share of the budget used by the middle of each step."""
    ends = np.array([share for _, share in spent(impact)])
    begins = np.concatenate([[0.0], ends[:-1]]) if ends.size else ends
    middles: np.ndarray = (begins + ends) / 2
    return middles


def small(impacts: Sequence[Impact], impact: Impact) -> str:
    """A small line of an impact, on a common axis with others, as HTML; empty without counts.

    Args:
        impacts: all that share the axis. `impact`: one of them.
    """
    known = [other.counts for other in impacts if other.counts is not None]
    if impact.counts is None:
        return ""
    axis = TimeAxis(min(counts.start for counts in known), max(map(_end, known)))
    values = np.array([np.nan if step.ratio is None else step.ratio for step in steps(impact.counts)])
    if not np.nanmax(values, initial=0.0) > 0:
        return ""
    line, _ = sparkline(values, top=float(np.nanmax(values)) * 1.05)
    begin, end = axis.at(impact.counts.start), axis.at(_end(impact.counts))
    return (
        f'<span class="gs-incsmall"><i style="left:{begin:.2%};width:{end - begin:.2%};mask-image:url({line})"></i>'
        f'<u style="left:{axis.at(impact.start):.2%}"></u></span>'
    )


def _end(counts: StepCounts) -> float:
    return counts.start + counts.step * len(counts.bad)
