"""Draws what is expected of a signal, and its forecast, on the charts of a service."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from dashboard.anomaly.anomalies import Anomaly, Layer, Signal
from dashboard.anomaly.detectors import OFF
from dashboard.anomaly.saturation.time_to_full import PATH_STEP
from dashboard.anomaly.saturation_monitor import SaturationForecast
from dashboard.anomaly.traffic_forecast import TrafficForecast
from dashboard.charts.anomaly_marks import Band, Mark, draw_band, draw_marks
from dashboard.charts.figure import Figure
from dashboard.charts.forecast_marks import SaturationPath, TrafficPath, draw_saturation
from dashboard.charts.resource_looks import resource_looks
from dashboard.signals import saturation
from dashboard.ui.panels.service.service_view import ServiceView
from dashboard.ui.text import anomaly_text, moments

# The legend of the dots on a chart.
OUTSIDE: Final = ' · <i class="gs-dot gs-amber"></i>outside what is expected'


def draw_expected(figure: Figure | None, view: ServiceView, signal: Signal) -> str:
    """Draw the expected range of a signal, the rows outside of it, and the anomalies.

    Args:
        figure: of the signal; modified in place. None if there is nothing to draw.
        view: of the service.
        signal: which one.

    Returns:
        For the heading of its chart, as HTML: why it is not tested, and the legend of the dots; empty without both.
    """
    if figure is None:
        return ""
    band = _band(view, signal)
    if band is not None:
        draw_band(figure, band, top=figure["layout"]["yaxis"]["range"][1])
    draw_unusual(figure, view, signal)
    return _untested(view, signal, band) + (OUTSIDE if band is not None and band.outside.any() else "")


def _untested(view: ServiceView, signal: Signal, band: Band | None) -> str:
    if not view.live or view.detectors[signal].detector == OFF:
        return ""
    if not view.report.has_baseline:
        return " · learning what is usual"
    # The newest row has no range, as it was not tested.
    few = band is not None and np.isnan(band.low[-1]) and np.isnan(band.high[-1])
    return " · too few requests to test" if few else ""


def draw_unusual(figure: Figure, view: ServiceView, signal: Signal) -> None:
    """Mark the anomalies of a signal, with tested ones on top of hints.

    Args:
        figure: of the signal; modified in place.
        view: of the service.
        signal: which one.
    """
    anomalies = [anomaly for anomaly in view.report.anomalies if anomaly.signal is signal]
    draw_marks(figure, view.axis, _marks(sorted(anomalies, key=lambda anomaly: anomaly.layer is Layer.TEST), view))


def _marks(anomalies: Sequence[Anomaly], view: ServiceView) -> list[Mark]:
    """The anomalies with labels: tested ones, and the first hint if there are none."""
    marks: list[Mark] = []
    # The label of a hint would cover that of the test.
    tested = any(anomaly.lasts for anomaly in anomalies)
    for anomaly in anomalies:
        hint, text = anomaly.layer is Layer.NOVELTY, ""
        if anomaly.lasts:
            text = f"unusual since {moments.lately(anomaly.since, view.zone, view.grid.end)}"
        elif anomaly.until is None and not tested and not any(mark.text for mark in marks):
            text = "unusual pattern"
        # Resources that started to fill together share one label.
        text = "" if any(mark.text == text for mark in marks) else text
        marks.append(Mark(anomaly.since, anomaly.until, text, hint=hint))
    return marks


def _band(view: ServiceView, signal: Signal) -> Band | None:
    """The tested rows within the span; None if there are none."""
    since, until = view.axis.start / 1000, view.axis.end / 1000
    rows = view.detection_history.band(view.report.name, signal, view.detectors, since=since, until=until)
    if rows is None:
        return None
    ends, tested = rows
    return Band(
        start=float(ends[0]),
        step=float(ends[1] - ends[0]),
        value=tested.value[:, 0],
        low=tested.low[:, 0],
        high=tested.high[:, 0],
        outside=tested.outside(view.detectors[signal].level)[:, 0],
        name=anomaly_text.EXPECTED[signal],
        labelled=signal is not Signal.ERRORS,
    )


def traffic_ahead(view: ServiceView) -> TrafficPath | None:
    """The usual traffic of the time ahead; None if unknown, or if the span does not end now."""
    forecast = view.traffic_forecast if view.live else None
    if forecast is None:
        return None
    values, interval = forecast.of(view.report.name), forecast.between(view.report.name)
    if values is None or interval is None:
        return None
    return TrafficPath(forecast.start, TrafficForecast.STEP, values, *interval).until(view.axis)


def draw_filling(figure: Figure, view: ServiceView) -> tuple[str, SaturationForecast] | None:
    """Draw the forecasts of resources up to their limits.

    Returns:
        The resource that will be full first, and its forecast; None if none fills up.
    """
    looks = resource_looks(resource_names(view))
    drawn = set(saturation.ratios(view.samples).dropna(axis=1, how="all"))
    rising = [
        (name, forecast)
        for name, forecast in view.report.forecasts.items()
        if view.live and forecast.to_full.seconds and name in drawn
    ]
    # The first one is named in the heading, before those expected to fall back.
    rising.sort(key=lambda resource: (resource[1].is_held, resource[1].limit_at or 0.0))
    # Forecasts have the colours of the lines they continue.
    for name, forecast in rising:
        draw_saturation(figure, view.axis, _way(name, forecast, view, looks[name][0]))
    return rising[0] if rising else None


def resource_names(view: ServiceView) -> list[str]:
    """Of all resources of the service, including those without data in this span."""
    known = [resource.name for resource in view.report.info.resources]
    return [*known, *saturation.ratios(view.report.samples), *saturation.ratios(view.samples)]


def _way(name: str, forecast: SaturationForecast, view: ServiceView, colour: str) -> SaturationPath:
    """A forecast in the form in which it is drawn, from `at` on, in epoch seconds.

    Args:
        name: of the resource. `forecast`: when it will be full.
        view: of the service.
        colour: of the line that it continues.
    """
    full, to_full = forecast.limit_at or 0.0, forecast.to_full
    unless = " unless it falls back" if forecast.is_held else ""
    return SaturationPath(
        at=forecast.at,
        step=PATH_STEP,
        name=name,
        path=to_full.path,
        lower=to_full.lower,
        upper=to_full.upper,
        full_at=full,
        early=forecast.at + (to_full.early or 0.0),
        late=None if to_full.late is None else forecast.at + to_full.late,
        colour=colour,
        text=f"full {moments.lately(full, view.zone, view.grid.end)}{unless}",
    )
