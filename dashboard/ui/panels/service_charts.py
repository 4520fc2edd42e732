"""What is drawn of one service over one span, made once for all viewers who look at the same thing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.anomaly.anomalies import Anomaly, Layer, Signal
from dashboard.anomaly.detectors import DEFAULTS, DetectorSettings
from dashboard.anomaly.history import EMPTY_HISTORY, DetectionHistory
from dashboard.anomaly.saturation.time_to_full import PATH_STEP
from dashboard.anomaly.traffic_forecast import TrafficForecast
from dashboard.charts import forecast, heatmap, signal_charts
from dashboard.charts.anomaly_marks import Band, Mark, band, unusual
from dashboard.charts.figure import Axis, Figure, newest
from dashboard.charts.forecast import Filling
from dashboard.charts.signal_charts import Ghost
from dashboard.engine.on_demand import OnDemandWindow
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.signals import errors, latency
from dashboard.timerange import HOUR, Grid, step_for
from dashboard.ui import data, live_chart
from dashboard.ui.live_chart import Card
from dashboard.ui.selection import Selection
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import anomaly_text, source_text, units

NEARLY_FULL = 0.9
# From this span on a quarter of it is shown beyond now, for what is expected.
AHEAD_FROM, AHEAD = 6 * HOUR, 0.25


@dataclass(frozen=True, slots=True)
class Shown:
    """The data of one refresh of the page, shared by all viewers with the same choice.

    Attributes:
        view: the window of the history that is shown; None when the live window suffices.
        before: the compared window. `compare`: seconds it lies earlier. `compared`: its name.
        live: the span ends now and not at a moment that was chosen. `mark`: what the end of the axis is called.
    """

    report: ServiceReport
    grid: Grid
    view: OnDemandWindow | None = None
    before: OnDemandWindow | None = None
    compare: int = 0
    compared: str = ""
    live: bool = True
    mark: str = "now"
    zone: str = "UTC"
    detection_history: DetectionHistory = EMPTY_HISTORY
    detectors: DetectorSettings = field(default_factory=lambda: DEFAULTS)
    traffic_forecast: TrafficForecast | None = None

    @property
    def samples(self) -> pd.DataFrame:
        """(measure, detail) columns over the span."""
        return self.report.samples.iloc[-len(self.grid) :] if self.view is None else self.view.frame

    @property
    def message(self) -> str | None:
        """Why what is shown is old or incomplete, if it is."""
        if self.view is None:
            return None
        return self.view.error or (source_text.PARTIAL if self.view.partial else None)

    @property
    def choice(self) -> tuple[str, int, int, int, int | None]:
        """What the viewer chose: the same from one refresh to the next, while the data move on."""
        end = None if self.live else self.grid.end
        return self.report.name, self.grid.step, len(self.grid), self.compare, end

    @property
    def axis(self) -> Axis:
        """The time axis of all charts of the page."""
        ahead = self.grid.span * 1000.0 * AHEAD if self.live and self.grid.span >= AHEAD_FROM else 0.0
        return Axis((self.grid.start - self.grid.step) * 1000.0, self.grid.end * 1000.0, mark=self.mark, ahead=ahead)

    @property
    def offset(self) -> int:
        """Minutes to add to UTC for the time zone of the page, at the end of the span."""
        moment = datetime.fromtimestamp(self.grid.end, ZoneInfo(self.zone)).utcoffset()
        return int(moment.total_seconds() // 60) if moment else 0


def shown(snapshot: Snapshot, selected: Selection, now: float) -> Shown:
    """The live window where it suffices, else one shared window of the history, and what it is compared with."""
    report = snapshot.by_name[selected.service]
    live_enough = selected.end is None and selected.span <= snapshot.span and not report.samples.empty
    if live_enough:
        end = int(report.samples.index[-1].timestamp())
        grid, view = Grid.ending(end, span=selected.span, step=snapshot.step), None
    else:
        grid = Grid.ending(selected.end or now, span=selected.span, step=step_for(selected.span, snapshot.step))
        view = data.window(selected.service, grid)
    before = None
    if selected.compare:
        earlier = Grid(grid.start - selected.compare, grid.end - selected.compare, grid.step)
        before = data.window(selected.service, earlier)
    return Shown(
        report,
        grid,
        view,
        before,
        compare=selected.compare,
        compared=selected.compared,
        live=selected.end is None,
        mark="" if selected.end else "now" if now - grid.end <= 3 * snapshot.refresh + grid.step else "last answer",
        zone=snapshot.time_zone,
        detection_history=snapshot.detection_history,
        detectors=snapshot.detectors,
        traffic_forecast=snapshot.traffic_forecast,
    )


ABSENT = {
    "latency": "No latency is measured: this service exposes no buckets, no quantiles and no mean, or had no requests.",
    "errors": "No error ratio: there were no requests, or failures cannot be told from successes.",
    "traffic": "No requests are counted for this service in this span.",
    "saturation": "No resource with a known limit was found for this service.",
    "heatmap": "No latency buckets, or no requests in this span.",
}


_pictures = SharedCache[bytes]()


def pictures(part: Shown) -> bytes:
    """Latency, traffic, errors, saturation and the latency distribution, as sent to every viewer."""
    return _pictures.of(part.choice, part, lambda: _drawn(part))


def _drawn(part: Shown) -> bytes:
    ghost = None
    if part.before is not None:
        ghost = Ghost(part.before.frame, part.compare * 1000.0, part.compared)
    cards = (_latency(part, ghost), _traffic(part, ghost), _errors(part), _saturation(part), _distribution(part))
    return live_chart.payload(cards, offset=part.offset)


# Rows by the minute are held for so long.
FINE_SPAN = 2 * HOUR
EXPECTED = {Signal.LATENCY: "expected p95", Signal.TRAFFIC: "expected", Signal.ERRORS: "expected, server"}


def _usual(figure: Figure | None, part: Shown, signal: Signal) -> str:
    """Draw what was expected of a signal, the rows outside of it, and the intervals in which it was unusual.

    Returns what keeps it from being judged, for the head of its chart; nothing where it is.
    """
    if figure is None:
        return ""
    shown = _band(part, signal)
    if shown is not None:
        band(figure, shown, top=figure["layout"]["yaxis"]["range"][1])
    _marked(figure, part, [one for one in part.report.anomalies if one.signal is signal])
    if not part.live or part.detectors[signal].detector == "off":
        return ""
    if not part.report.has_baseline:
        return " · learning what is usual"
    few = shown is not None and np.isnan(shown.low[-1]) and np.isnan(shown.high[-1])
    return " · too few requests to tell what is unusual" if few else ""


def _marked(figure: Figure, part: Shown, anomalies: Sequence[Anomaly]) -> None:
    marks = []
    for one in sorted(anomalies, key=lambda one: one.layer is Layer.TEST):
        hint = one.layer is Layer.NOVELTY
        since = anomaly_text.clock(one.since, part.zone, part.grid.end)
        text = "new shape" if hint else f"unusual since {since}"
        marks.append(Mark(one.since, one.until, text if one.until is None else "", hint=hint))
    unusual(figure, part.axis, marks)


def _band(part: Shown, signal: Signal) -> Band | None:
    """The tested rows inside the span; None where none are held."""
    since, until = part.axis.start / 1000, part.axis.end / 1000
    held = part.detection_history.signal_test(
        part.report.name, signal, part.detectors, since=since, until=until, by_minute=part.grid.span <= FINE_SPAN
    )
    if held is None or len(held[0]) < 2:
        return None
    ends, tested = held
    return Band(
        start=float(ends[0]),
        step=float(ends[1] - ends[0]),
        value=tested.value[:, 0],
        low=tested.low[:, 0],
        high=tested.high[:, 0],
        outside=tested.outside(part.detectors[signal].level)[:, 0],
        name=EXPECTED[signal],
        labelled=signal is not Signal.ERRORS,
    )


def _card(figure: Figure | None, key: str, title: str, measured: str, value: str, *, over: bool = False) -> Card:
    head = f'<h3>{title}</h3><span class="m">{measured}</span><span class="v{" over" if over else ""}">{value}</span>'
    return Card(key, head, figure, absent=ABSENT[key], wide=key == "heatmap")


def _latency(part: Shown, ghost: Ghost | None) -> Card:
    limit = part.report.info.threshold
    objective = next((slo.slo.objective * 100 for slo in part.report.slos if slo.slo.kind == "latency"), None)
    figure = signal_charts.latency(
        part.samples, part.axis, ghost=ghost, limit=limit, objective=objective, write=units.latency
    )
    note = _usual(figure, part, Signal.LATENCY)
    p99 = _last(latency.quantiles(part.samples), "0.99")
    told = f"p99 <b>{units.latency(p99)}</b>"
    if p99 is None:
        mean = newest(frames.series(part.samples, "mean"))
        told = f"mean <b>{units.latency(mean)}</b>" if mean is not None else told
    over = p99 is not None and limit is not None and p99 > limit
    measured = "of successful requests" if part.report.info.latency_by_outcome else "of all requests"
    return _card(figure, "latency", "Latency", measured + note, told, over=over)


def _traffic(part: Shown, ghost: Ghost | None) -> Card:
    figure = signal_charts.rate(part.samples, part.axis, ghost=ghost, write=units.rate)
    note = _usual(figure, part, Signal.TRAFFIC)
    expected = part.traffic_forecast.of(part.report.name) if part.traffic_forecast is not None and part.live else None
    requests = part.traffic_forecast.requests(part.report.name) if part.traffic_forecast is not None else None
    if figure is not None and expected is not None and part.traffic_forecast is not None:
        forecast.usual(figure, part.axis, part.traffic_forecast.start, TrafficForecast.STEP, expected)
    now = newest(frames.series(part.samples, "requests"))
    then = newest(frames.series(ghost.samples, "requests")) if ghost is not None else None
    difference = f"{units.change(now / then - 1)} vs {escape(part.compared)} " if now is not None and then else ""
    measured = f"requests per second{note}"
    if requests is not None and part.live:
        measured += f" · about {units.short(requests)} expected in the next 24{units.NBSP}h"
    return _card(figure, "traffic", "Traffic", measured, f"{difference}<b>{units.rate(now)}</b>")


def _errors(part: Shown) -> Card:
    limit = part.report.info.threshold
    allowed = next((slo.slo.budget for slo in part.report.slos if slo.slo.kind == "availability"), None)
    figure = signal_charts.failing(part.samples, part.axis, limit=limit, allowed=allowed, write=units.percent)
    note = _usual(figure, part, Signal.ERRORS)
    server = _last(errors.ratios(part.samples, threshold=limit), "server")
    over = server is not None and allowed is not None and server > allowed
    return _card(
        figure, "errors", "Errors", f"share of requests{note}", f"server <b>{units.percent(server)}</b>", over=over
    )


def _saturation(part: Shown) -> Card:
    figure = signal_charts.used(part.samples, part.axis, write=units.percent)
    most = part.report.current.most_used if part.live else None
    told = f"{escape(most[0])} <b>{units.percent(most[1])}</b>" if most else ""
    if figure is not None:
        _marked(figure, part, [one for one in part.report.anomalies if one.signal is Signal.SATURATION])
        told = _filling(figure, part) or told
    over = most is not None and most[1] >= NEARLY_FULL
    return _card(figure, "saturation", "Saturation", unlimited(part.report), told, over=over)


def _filling(figure: Figure, part: Shown) -> str:
    """Draw the ways to the limit; what the head says of the one that is full first."""
    colours = signal_charts.colours(part.samples)
    rising = sorted(part.report.forecasts.items(), key=lambda item: item[1].full_at or 0.0)
    rising = [(name, one) for name, one in rising if part.live and one.to_full.seconds and name in colours]
    for name, one in rising:
        full, made = one.full_at or 0.0, one.to_full
        way = Filling(
            at=one.at,
            step=PATH_STEP,
            path=made.path,
            lower=made.lower,
            upper=made.upper,
            full_at=full,
            early=one.at + (made.early or 0.0),
            late=None if made.late is None else one.at + made.late,
            colour=colours[name],
            text=f"full {anomaly_text.clock(full, part.zone, part.grid.end)}",
        )
        forecast.filling(figure, part.axis, way)
    if not rising:
        return ""
    name, one = rising[0]
    level = units.percent(part.report.current.saturation.get(name))
    return f"{escape(name)} {level}, full in <b>{anomaly_text.full_in(one, part.grid.end)}</b>"


def _distribution(part: Shown) -> Card:
    info, before = part.report.info, part.before
    figure = heatmap.heatmap(
        part.samples,
        part.axis,
        step=part.grid.step,
        before=before.frame if before is not None else None,
        limit=info.threshold,
        write=units.latency,
    )
    column = units.duration(heatmap.width_for(part.grid.span, part.grid.step))
    newest_part = max(part.grid.step, min(HOUR, part.grid.span))
    beside = "bars: the last " + ("hour" if newest_part == HOUR else units.duration(newest_part))
    beside += f", ticks: {escape(part.compared)}" if before is not None else ""
    measured = "share of requests per bucket" + (f" · columns of {column} · {beside}" if figure else "")
    return _card(figure, "heatmap", "Latency distribution", measured, KEY if figure else "")


# The colour keys of the heat map: a log scale from 0.01 % to all requests.
KEY = (
    '<span class="gs-key"><span>too slow</span><i class="late"></i><span>in time</span><i class="heat"></i>'
    f"<span>0.01{units.NBSP}% – 100{units.NBSP}%</span></span>"
)


def unlimited(report: ServiceReport) -> str:
    """What is measured, and the raw use of resources whose limit nobody knows."""
    raw_units = {resource.name: resource.unit for resource in report.info.resources}
    raw = [
        f"{escape(name)} {units.short(value)}{units.NBSP}{escape(raw_units.get(name, ''))}"
        for name, value in report.current.usage.items()
    ]
    return "share of the limit" + (f" · without a known limit: {', '.join(raw)}" if raw else "")


def _last(frame: pd.DataFrame, name: str) -> float | None:
    return newest(frame[name]) if name in frame else None
