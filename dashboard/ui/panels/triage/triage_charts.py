"""The charts of an entry: its signals around its start, its budget, or the level of what fills up."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple, cast

import numpy as np
import pandas as pd

from dashboard import buckets, frames
from dashboard.anomaly.anomalies import Anomaly, Signal
from dashboard.charts.light_chart import LightAxis, LightChart, Mark, light_charts
from dashboard.charts.sparkline import sparkline
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.slo.burndown import burndown
from dashboard.slo.event_rows import BAD, VALID
from dashboard.slo.indicators import Measure
from dashboard.slo.report import SloReport
from dashboard.slo.timeline import Timeline
from dashboard.timerange import DAY, HOUR
from dashboard.triage.entry import Cause, Entry, Moved
from dashboard.triage.since import is_held
from dashboard.ui.text import anomaly_text, moments, objective_terms, units

# Up to this age of an entry its charts show the live window, with all four signals.
LIVE_S = 45 * 60.0
# Number of points of a small line beside a service that moved.
COURSE_POINTS = 48
# Otherwise charts span this multiple of the age, at most three days, in this number of points.
MORE, LONGEST, POINTS = 1.4, 3.0 * DAY, 120
# Room above the highest value.
ROOM = 1.12
# How far ahead charts of filling resources show, at most a day, or until they are full.
AHEAD_S = 6.0 * HOUR
FULL = 1.0

# Trailing zeros of a decimal number.
_ZEROS = re.compile(r"(?<=\d)\.0+(?!\d)|(?<=\.\d)0+(?!\d)")

Write = Callable[[float | None], str]


def charts(entry: Entry, snapshot: Snapshot, marks: Sequence[Mark], *, most: int) -> str:
    """The charts of an entry as HTML; empty without data.

    Args:
        entry: of the list. `snapshot`: has its data. `marks`: changes of its service.
        most: maximum number of charts; the most relevant come first.
    """
    report = snapshot.by_name.get(entry.service)
    if report is None:
        return ""
    if entry.cause in (Cause.RUNS_OUT, Cause.SPENT) and entry.slo is not None:
        return _budget(entry.slo, snapshot, marks)
    if entry.cause is Cause.FULL:
        return _filling(entry, report, snapshot)
    if entry.since is None or snapshot.at - entry.since <= LIVE_S:
        axis = LightAxis(snapshot.at - snapshot.span, snapshot.at, snapshot.time_zone, entry.since)
        # Normal signals are drawn only if there is room.
        signals = sorted(_signals(entry, report), key=lambda signal: signal.order)[:most]
        return light_charts([replace(signal.draw(), since=signal.since) for signal in signals], axis, marks)
    return _burning(entry, snapshot, marks, most=most)


def course(moved: Moved, snapshot: Snapshot) -> str:
    """The anomaly of another service over the live window, as a small line; empty without data.

    Args:
        moved: the service and its anomaly. `snapshot`: has its data.
    """
    report, begin = snapshot.by_name.get(moved.service), snapshot.at - snapshot.span
    if report is None or moved.anomaly is None or moved.since <= begin:
        return ""
    values = _values_of(moved.anomaly, report.samples)
    if values is None or not np.isfinite(values).any():
        return ""
    parts = np.array_split(values, min(COURSE_POINTS, len(values)))
    means = np.array([part[np.isfinite(part)].mean() if np.isfinite(part).any() else np.nan for part in parts])
    line, _ = sparkline(means, top=float(np.nanmax(means)) * ROOM or FULL)
    since = (moved.since - begin) / snapshot.span
    return f'<i class="course" style="--l:url({line});--s:{since:.0%}"></i>'


def _values_of(anomaly: Anomaly, samples: pd.DataFrame) -> np.ndarray | None:
    """The values of the anomalous signal, shape (T,); None if the samples do not have it."""
    match anomaly.signal:
        case Signal.ERRORS if ("errors", "server") in samples.columns:
            return _failed(samples)
        case Signal.LATENCY if (slowest := _p99(samples)) is not None:
            return slowest()
        case Signal.TRAFFIC if ("requests", "") in samples.columns:
            return frames.values(samples, "requests")
        case Signal.SATURATION if ("saturation", anomaly.detail) in samples.columns:
            return frames.values(samples, "saturation", anomaly.detail)
    return None


class _Scale(NamedTuple):
    """How values are written, the limits to draw with their labels, and the top of the axis; None: from the values."""

    write: Write
    limits: Sequence[tuple[float, str]] = ()
    top: float | None = None


class _Signal(NamedTuple):
    """A signal of an entry: its order, what draws it, and since when it is anomalous; None: since the entry began."""

    order: bool
    draw: Callable[[], LightChart]
    since: float | None


def _signals(entry: Entry, report: ServiceReport) -> Iterator[_Signal]:
    """Errors, latency, traffic and saturation; those in the colour of the entry come before normal ones."""
    samples, slow = report.samples, report.info.threshold
    burning = {slo.slo.measure for slo in entry.slos if slo.slo.service == report.name}
    unusual = {anomaly.signal: anomaly for anomaly in entry.anomalies if anomaly.service == report.name}

    def signal(
        title: str, values: Callable[[], np.ndarray], scale: _Scale, kind: Signal, measure: Measure | None = None
    ) -> _Signal:
        anomaly = unusual.get(kind)
        is_over = anomaly is not None or (measure is not None and measure in burning)
        is_main = entry.slo is not None and measure is entry.slo.slo.measure
        draw = partial(_signal, title, values, scale, anomaly, is_over=is_over)
        return _Signal(not is_over, draw, None if anomaly is None or is_main else anomaly.since)

    if ("errors", "server") in samples.columns:
        scale = _Scale(units.percent, _error_limits(report))
        yield signal("Errors", lambda: _failed(samples), scale, Signal.ERRORS, Measure.ERRORS)
    if (slowest := _p99(samples)) is not None:
        limits = [] if slow is None else [(slow, f"objective {units.latency(slow)}")]
        yield signal("Latency p99", slowest, _Scale(units.latency, limits), Signal.LATENCY, Measure.LATENCY)
    name, _ = report.current.most_used or ("", None)
    for title, column, write, kind in (
        ("Traffic", ("requests", ""), units.rate, Signal.TRAFFIC),
        (f"Saturation {name}", ("saturation", name), units.percent, Signal.SATURATION),
    ):
        if column in samples.columns:
            yield signal(title, partial(frames.values, samples, *column), _Scale(write), kind)


def _failed(samples: pd.DataFrame) -> np.ndarray:
    """The ratio of requests that failed by the server's fault, shape (T,)."""
    # Not as data frames: with forty entries these would take as long as the rest of the page.
    failed, requests = frames.values(samples, "errors", "server"), frames.values(samples, "requests")
    share: np.ndarray = np.divide(failed, requests, out=np.full(len(failed), np.nan), where=requests > 0)
    return share


def _p99(samples: pd.DataFrame) -> Callable[[], np.ndarray] | None:
    """Computes the 99th percentile of latency, shape (T,); None if the source has none."""
    columns = cast("list[tuple[str, str]]", samples.columns.tolist())
    places = sorted((float(detail), place) for place, (measure, detail) in enumerate(columns) if measure == "latency")
    if places:
        bounds, at = np.array([bound for bound, _ in places]), [place for _, place in places]
        return lambda: np.asarray(buckets.bucket_quantile(bounds, samples.to_numpy()[:, at].T, 0.99)[0])
    return partial(frames.values, samples, "quantile", "0.99") if ("quantile", "0.99") in columns else None


def _error_limits(report: ServiceReport) -> list[tuple[float, str]]:
    """The error ratios that the objective allows, and at which it pages."""
    slo = next((slo for slo in report.slos if slo.slo.measure is Measure.ERRORS), None)
    if slo is None:
        return []
    limits = [(slo.slo.budget, f"objective {units.percent(slo.slo.budget)}")]
    return limits + [
        (threshold * slo.slo.budget, f"pages above {units.percent(threshold * slo.slo.budget)}")
        for threshold in sorted(alert.rule.threshold for alert in slo.alerts if alert.rule.row.severity == "page")[-1:]
    ]


def _signal(
    title: str, values: Callable[[], np.ndarray], scale: _Scale, anomaly: Anomaly | None, *, is_over: bool
) -> LightChart:
    known = values()
    expected = "" if anomaly is None else anomaly_text.expected(anomaly)
    measured = f"expected {expected}" if expected else ""
    return _drawn(title, known, scale, _newest(known, scale.write), is_over=is_over, measured=measured)


def _newest(values: np.ndarray, write: Write) -> str:
    known = values[np.isfinite(values)]
    return write(float(known[-1])) if len(known) else units.MISSING


def _drawn(
    title: str, values: np.ndarray, scale: _Scale, value: str, *,
    is_over: bool = False, measured: str = "", ahead: np.ndarray | None = None,
) -> LightChart:  # fmt: skip
    """A line with its limits.

    Args:
        values: shape (T,). `value`: the current one, as written. `is_over`: in the colour of the entry.
        measured: a remark on the value. `ahead`: the forecast, shape (F,).
    """
    finite = values[np.isfinite(values)]
    highest = float(finite.max()) if len(finite) else 0.0
    # A limit far above the values would flatten the line.
    near = [limit for limit, _ in scale.limits if limit <= 3 * highest]
    forecast = [] if ahead is None else [float(np.nanmax(ahead))]
    top = scale.top or max([highest, *near, *forecast]) * ROOM or FULL
    ticks = tuple((tick, _short(scale.write(tick))) for tick in _ticks(top))
    said = "; ".join(label for limit, label in scale.limits if limit <= top)
    name = f"{title} {value}" + (f", {measured}" if measured else "") + (f"; {said}" if said else "")
    return LightChart(title, value, values, top, name, measured, ticks, tuple(scale.limits), is_over, ahead)


def _short(text: str) -> str:
    """A round value without trailing zeros: 2.0 % → 2 %, 1.00 s → 1 s, 0 ms → 0."""
    text = _ZEROS.sub("", text)
    return "0" if text.startswith("0") and not text.startswith("0.") else text


def _ticks(top: float) -> tuple[float, ...]:
    """Zero and one or two round values below the top."""
    magnitude = 10.0 ** np.floor(np.log10(top))
    step = next(factor * magnitude for factor in (5.0, 2.0, 1.0, 0.5) if factor * magnitude <= top * 0.85)
    # A tick at the very top would overlap the title.
    return (0.0, *(step * place for place in (1, 2) if step * place <= top * 0.9))


def _burning(entry: Entry, snapshot: Snapshot, marks: Sequence[Mark], *, most: int) -> str:
    """The ratio of bad events of each burning objective, from before the start until now."""
    assert entry.since is not None, "asked before"
    span = min(max((snapshot.at - entry.since) * MORE, HOUR), LONGEST)
    axis = LightAxis(snapshot.at - span, snapshot.at, snapshot.time_zone, entry.since)
    held = [slo for slo in entry.slos if is_held(slo, snapshot.ledger)][:most]
    drawn = [_bad_share(slo, snapshot, span, is_other=slo.slo.service != entry.service) for slo in held]
    return light_charts(drawn, axis, marks)


def _bad_share(slo: SloReport, snapshot: Snapshot, span: float, *, is_other: bool) -> LightChart:
    timeline = Timeline.of(snapshot.ledger, slo.slo)
    ends = np.linspace(slo.at - span, slo.at, POINTS + 1)
    # For data by the hour, steps must not be shorter than an hour.
    width = np.where(ends - span / POINTS >= timeline.fine_from, max(span / POINTS, 60.0), HOUR)
    counts = timeline.within(ends - width, ends)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(counts[:, VALID] > 0, counts[:, BAD] / counts[:, VALID], np.nan)
    budget, alert = slo.slo.budget, next((alert for alert in slo.alerts if alert.firing), None)
    limits = [(budget, f"objective {units.percent(budget)}")]
    if alert is not None:
        limits.append((alert.rule.threshold * budget, f"alerts above {units.percent(alert.rule.threshold * budget)}"))
    title = f"{slo.slo.kind.capitalize()}: {objective_terms.bad_events(slo.slo)}"
    if is_other:
        title = f"{snapshot.service_title(slo.slo.service)}, {title[0].lower()}{title[1:]}"
    return _drawn(title, values, _Scale(units.percent, limits), _newest(values, units.percent), is_over=True)


def _budget(slo: SloReport, snapshot: Snapshot, marks: Sequence[Mark]) -> str:
    """The remaining budget since the start of its window, and its forecast."""
    drawn = burndown(slo, snapshot.ledger)
    if drawn is None:
        return ""
    ahead = None if drawn.projection is None else drawn.projection.middle
    end = slo.at if ahead is None else float(ahead.moments[-1])
    axis = LightAxis(drawn.left.start, end, snapshot.time_zone, now=slo.at)
    values = drawn.left.values
    points = np.linspace(0, len(values) - 1, min(len(values), 2 * POINTS)).astype(int)
    value = units.percent(slo.judged_remaining)
    lowest = float(np.nanmin(values)) if np.isfinite(values).any() else 0.0
    title = "Budget left" if lowest >= 0 else "Budget left, overspent below 0"
    chart = _drawn(
        title, np.maximum(values[points], 0.0), _Scale(units.percent, top=FULL), value, is_over=True,
        ahead=None if ahead is None else np.maximum(ahead.values, 0.0),
    )  # fmt: skip
    return light_charts([chart], axis, marks)


def _filling(entry: Entry, report: ServiceReport, snapshot: Snapshot) -> str:
    """The level of a resource over the live window, and its forecast up to the limit."""
    column, forecast = ("saturation", entry.resource), entry.forecast
    if column not in report.samples.columns:
        return ""
    full_at = None if forecast is None else forecast.full_at
    end = snapshot.at if full_at is None else min(max(full_at, snapshot.at), snapshot.at + AHEAD_S)
    axis = LightAxis(snapshot.at - snapshot.span, max(end, snapshot.at + 1), snapshot.time_zone, now=snapshot.at)
    ahead = None
    if forecast is not None and len(forecast.to_full.ahead):
        times = forecast.at + forecast.to_full.ahead
        ahead = np.interp(np.linspace(snapshot.at, axis.end, POINTS // 4), times, forecast.to_full.path)
    values = frames.values(report.samples, *column)
    scale = _Scale(units.percent, [(FULL, "its limit")], top=FULL * ROOM)
    measured = f"full {moments.near(full_at, snapshot.time_zone, snapshot.at)}" if full_at is not None else ""
    chart = _drawn(
        entry.resource.capitalize(), values, scale, units.percent(entry.level), is_over=True,
        measured=measured, ahead=ahead,
    )  # fmt: skip
    return light_charts([chart], axis)
