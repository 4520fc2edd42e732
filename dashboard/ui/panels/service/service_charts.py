"""The charts of one service over one span, built once for all viewers of the same charts."""

import re
from html import escape, unescape
from typing import Final

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.anomaly.anomalies import Signal
from dashboard.charts import heatmap, signal_charts
from dashboard.charts.change_marks import draw_changes
from dashboard.charts.figure import Figure, newest
from dashboard.charts.forecast_marks import draw_expected_traffic
from dashboard.charts.signal_charts import Comparison
from dashboard.engine.snapshot import ServiceReport
from dashboard.signals import errors, latency
from dashboard.signals.current import CurrentValues, current_values
from dashboard.slo.indicators import Measure
from dashboard.slo.report import SloReport
from dashboard.timerange import HOUR
from dashboard.ui import live_chart
from dashboard.ui.live_chart import Broadcast, Card
from dashboard.ui.panels import change_marks, chart_names
from dashboard.ui.panels.service import expectations
from dashboard.ui.panels.service.service_view import ServiceView
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import anomaly_text, falls_text, moments, units

# A resource at this share of its limit, or more, is marked.
NEARLY_FULL = 0.9
READ: Final = "The Sources page says what is read of this service."
# Shown instead of an empty axis: why there is nothing to draw, and what to do.
ABSENT: Final = {
    "latency": f"No latency in this span: no requests came, none of it is exposed, or not which of them failed. {READ}",
    "errors": f"No error ratio in this span: no requests came, or it is unknown which of them fail. {READ}",
    "traffic": f"No requests are counted in this span. A longer span may hold some. {READ}",
    "saturation": f"No resource with a known limit was found. {READ}",
    "heatmap": f"No distribution in this span: no requests came, or no latency buckets are exposed. {READ}",
}
# The legend of the heat map: a log scale from 0.01 % to all requests.
HEATMAP_KEY: Final = (
    '<span class="gs-key"><span>too slow</span><i class="late"></i><span>in time</span><i class="heat"></i>'
    f"<span>0.01{units.NBSP}% – 100{units.NBSP}%</span></span>"
)

_broadcasts = SharedCache[Broadcast]()


def broadcast(view: ServiceView) -> Broadcast:
    """Latency, traffic, errors, saturation and the latency distribution, in the form sent to every viewer."""
    return _broadcasts.following(view.choice, view, lambda before: _broadcast(view, before))


def _broadcast(view: ServiceView, before: Broadcast | None) -> Broadcast:
    compared = None
    if view.before is not None:
        compared = Comparison(view.before.frame, view.compare * 1000.0, view.compared)
    signals = (_latency(view, compared), _traffic(view, compared), _errors(view), _saturation(view))
    cards, marks = (*signals, _distribution(view)), change_marks.marks(view.changes)
    for card in cards:
        if card.figure is not None:
            draw_changes(card.figure, view.axis, marks)
    return live_chart.broadcast(cards, before, offset=view.offset, csv=view.csv)


def _card(
    figure: Figure | None, key: str, title: str, *, measured: str, value: str, over: bool = False, beyond: str = ""
) -> Card:  # fmt: skip
    """A chart with its heading.

    Args:
        figure: None if there is nothing to draw.
        key: of the chart.
        title: of the chart.
        measured: what is measured, as HTML.
        value: the most important number, as HTML.
        over: it exceeds its limit.
        beyond: added to the accessible name after that number.
    """
    # If there is no room for all of it, it is shown on hover.
    whole = re.sub("<[^>]*>", "", measured)
    number = f'<span class="v{" over" if over else ""}">{value}</span>'
    head = f'<h3>{title}</h3><span class="m" title="{whole}">{measured}</span>{number}'
    # The heading of the heat map has a legend instead of a number.
    name = chart_names.name(title, "" if key == "heatmap" else value, beyond)
    return Card(key, head, figure, absent=ABSENT[key], wide=key == "heatmap", name=name)


def _reading(view: ServiceView) -> CurrentValues:
    """The numbers of the headings: current ones for every span, or those at the end of a chosen range."""
    if view.live:
        return view.report.current
    return current_values(view.samples, threshold=view.report.info.threshold)


def _when(view: ServiceView, reading: CurrentValues) -> str:
    """The time of the numbers in a heading if they are not current; without requests, that of the last one."""
    if not view.live:
        return "" if reading.time is None else f" at {moments.near(reading.time, view.zone, view.at)}"
    if reading.traffic:
        return ""
    last = _last_request(view.report.samples) or _last_request(view.samples)
    return "" if last is None else f", last request at {moments.lately(last, view.zone, view.at)}"


def _last_request(samples: pd.DataFrame) -> float | None:
    """Epoch seconds of the newest row with requests; None without any."""
    counts = frames.series(samples, "requests").fillna(frames.series(samples, "latency", "inf"))
    rows = np.flatnonzero(counts.to_numpy(dtype=float) > 0)
    return float(counts.index[rows[-1]].timestamp()) if len(rows) else None


def _slo(report: ServiceReport, measure: Measure) -> SloReport | None:
    """The first objective of a service for a measure."""
    return next((slo for slo in report.slos if slo.slo.measure is measure), None)


def _latency(view: ServiceView, compared: Comparison | None) -> Card:
    limit, slo = view.report.info.threshold, _slo(view.report, Measure.LATENCY)
    figure = signal_charts.latency_figure(
        view.samples,
        view.axis,
        compared=compared,
        limit=limit,
        objective=slo.slo.objective if slo is not None else None,
        write=units.latency,
    )
    untested = expectations.draw_expected(figure, view, Signal.LATENCY)
    # Quantiles need buckets; a mean is better than nothing.
    reading = _reading(view)
    p99 = reading.latency.get("0.99")
    mean = reading.mean_latency if p99 is None else None
    value = f"p99 <b>{units.latency(p99)}</b>" if mean is None else f"mean <b>{units.latency(mean)}</b>"
    value += _when(view, reading)
    measured = ("of successful requests" if view.report.info.latency_by_outcome else "of all requests") + untested
    over = _over(p99, limit)
    quantiles = latency.quantiles(view.samples) if over else pd.DataFrame()
    beyond = _over_since(view, quantiles.get("0.99"), limit, slo) if over else ""
    return _card(figure, "latency", "Latency", measured=measured, value=value, over=over, beyond=beyond)


def _traffic(view: ServiceView, compared: Comparison | None) -> Card:
    path = expectations.traffic_ahead(view)
    most = float(path.high.max()) if path is not None else 0.0
    figure = signal_charts.traffic_figure(view.samples, view.axis, compared=compared, write=units.rate, ahead=most)
    measured = f"requests per second{expectations.draw_expected(figure, view, Signal.TRAFFIC)}{_next_day(view)}"
    if figure is not None and path is not None:
        draw_expected_traffic(figure, path)
    reading = _reading(view)
    difference = _difference(newest(frames.series(view.samples, "requests")), compared) if reading.traffic else ""
    value = f"{difference}<b>{units.rate(reading.traffic)}</b>{_when(view, reading)}"
    return _card(figure, "traffic", "Traffic", measured=measured, value=value)


def _next_day(view: ServiceView) -> str:
    """The usual number of requests of the next day; empty if unknown."""
    forecast = view.traffic_forecast if view.live else None
    requests = forecast.requests(view.report.name) if forecast is not None else None
    return "" if requests is None else f" · about {units.short(requests)} expected in the next 24{units.NBSP}h"


def _difference(now: float | None, compared: Comparison | None) -> str:
    then = newest(frames.series(compared.samples, "requests")) if compared is not None else None
    if compared is None or not now or not then:
        return ""
    return f"{units.change(now / then - 1)} vs {escape(compared.name)} "


def _errors(view: ServiceView) -> Card:
    limit, slo = view.report.info.threshold, _slo(view.report, Measure.ERRORS)
    allowed = slo.slo.budget if slo is not None else None
    figure = signal_charts.errors_figure(view.samples, view.axis, limit=limit, allowed=allowed, write=units.percent)
    below = figure is not None and figure["layout"]["yaxis"]["range"][0] < 0
    measured = "share of requests" + (", below 0: of clients, not counted" if below else "")
    measured += expectations.draw_expected(figure, view, Signal.ERRORS)
    reading = _reading(view)
    server = reading.errors.get("server")
    # Only server errors: client errors and slow requests are not part of the objective it is compared with.
    value = f"server <b>{units.percent(server)}</b>{_when(view, reading)}"
    over = _over(server, allowed)
    ratios = errors.ratios(view.samples, threshold=limit) if over else pd.DataFrame()
    beyond = _over_since(view, ratios.get("server"), allowed, slo) if over else ""
    return _card(figure, "errors", "Errors", measured=measured, value=value, over=over, beyond=beyond)


def _saturation(view: ServiceView) -> Card:
    figure = signal_charts.saturation_figure(
        view.samples, view.axis, names=expectations.resource_names(view), write=units.percent
    )
    reading = _reading(view)
    most = reading.most_used
    # Only resources: they are in use with or without requests.
    when = "" if view.live else _when(view, reading)
    value = f"{escape(most[0])} <b>{units.percent(most[1])}</b>{when}" if most else ""
    if figure is not None:
        expectations.draw_unusual(figure, view, Signal.SATURATION)
        # A resource that fills up matters more than the fullest one.
        value = _filling(figure, view) or value
    over = most is not None and most[1] >= NEARLY_FULL
    measured, beyond = _unlimited(view.report), "nearly full" if over else ""
    return _card(figure, "saturation", "Saturation", measured=measured, value=value, over=over, beyond=beyond)


def _filling(figure: Figure, view: ServiceView) -> str:
    """Draw the forecasts; level and time of the resource that will be full first, empty if none fills up."""
    first = expectations.draw_filling(figure, view)
    if first is None:
        return ""
    name, forecast = first
    level = units.percent(view.report.current.saturation.get(name))
    if forecast.is_held:
        return f"{escape(name)} {level}, fell back {falls_text.levels(forecast.falls)} before"
    return f"{escape(name)} {level}, full in <b>{anomaly_text.full_in(forecast, view.grid.end)}</b>"


def _unlimited(report: ServiceReport) -> str:
    """What is measured, and the raw use of resources without a known limit."""
    raw_units = {resource.name: resource.unit for resource in report.info.resources}
    raw = [f"{escape(name)} {_raw(value, raw_units.get(name, ''))}" for name, value in report.current.usage.items()]
    return "share of the limit" + (f" · without a known limit: {', '.join(raw)}" if raw else "")


def _raw(value: float, unit: str) -> str:
    if unit == "bytes":
        return units.size(value)
    return units.short(value) if unit in ("", "1") else f"{units.short(value)}{units.NBSP}{escape(unit)}"


def _distribution(view: ServiceView) -> Card:
    figure = heatmap.latency_heatmap(
        view.samples,
        view.axis,
        step=view.grid.step,
        before=view.before.frame if view.before is not None else None,
        limit=view.report.info.threshold,
        write=units.latency,
    )
    measured = "share of requests per bucket"
    if figure is not None:
        column = units.duration(heatmap.width_for(view.grid.span, view.grid.step))
        measured += f" · columns of {column} · {_beside(view)}"
    key = HEATMAP_KEY if figure is not None else ""
    return _card(figure, "heatmap", "Latency distribution", measured=measured, value=key, beyond=unescape(measured))


def _beside(view: ServiceView) -> str:
    """The legend of the bars beside the heat map."""
    # A span below an hour cannot show an hour.
    newest_part = max(view.grid.step, min(HOUR, view.grid.span))
    bars = "bars: last " + ("hour" if newest_part == HOUR else units.duration(newest_part))
    return bars + (f", ticks: {escape(view.compared)}" if view.before is not None else "")


def _over_since(view: ServiceView, values: pd.Series | None, limit: float | None, slo: SloReport | None) -> str:
    """What exceeds its limit, and since when if it still does.

    Args:
        view: what is shown. `values`: of the number in the head, indexed by moments.
        limit: that it is over.
        slo: the objective that wants less; None without one.
    """
    over = "over the limit" if slo is None else "over the SLO"
    since = chart_names.over_since(values, limit) if view.live and limit is not None else None
    return over if since is None else f"{over} since {moments.near(since, view.zone, view.at)}"


def _over(value: float | None, limit: float | None) -> bool:
    return value is not None and limit is not None and value > limit
