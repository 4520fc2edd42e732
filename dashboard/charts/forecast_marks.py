"""Forecasts on the chart of a signal: a resource up to its limit, or the usual traffic ahead."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from dashboard.charts.figure import Axis, Figure, float32, note

INVISIBLE = {"color": "rgba(0,0,0,0)", "width": 0}


@dataclass(frozen=True, slots=True, eq=False)
class SaturationPath:
    """The forecast of a resource up to its limit.

    Attributes:
        at: epoch seconds of the forecast.
        step: seconds between two points of the path.
        name: of the resource.
        path, lower, upper: shares of the limit, and the ends of their interval; all of shape (points,).
        full_at, early: epoch seconds at which it is full, and the early end of that interval.
        late: the late end; None if that is far away.
        colour: of its line.
        text: written at the limit.
    """

    at: float
    step: float
    name: str
    path: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    full_at: float
    early: float
    late: float | None
    colour: str
    text: str


def draw_saturation(figure: Figure, axis: Axis, forecast: SaturationPath) -> None:
    """Draw the dotted forecast up to the limit with its cone, and the time at which the limit is reached.

    Args:
        figure: of saturation; modified in place.
        axis: its time axis; without room ahead nothing is drawn.
        forecast: of one of its resources.
    """
    end = (axis.end + axis.ahead) / 1000
    points = int(np.clip((end - forecast.at) // forecast.step + 1, 0, len(forecast.path)))
    if points < 2:
        return
    lower, upper, path = (
        np.minimum(values[:points], 1.0) for values in (forecast.lower, forecast.upper, forecast.path)
    )  # fmt: skip
    start, step = forecast.at, forecast.step
    figure["data"] += [
        *_cone(start, step, lower, upper, name=f"forecast of {forecast.name}"),
        _line(start, step, path, part="ahead", name=f"ahead {forecast.name}", line=_dotted(forecast.colour)),
    ]
    if forecast.full_at <= end:
        _draw_full(figure, forecast, end)


def _draw_full(figure: Figure, forecast: SaturationPath, end: float) -> None:
    """The point at which the limit is reached: an open circle, a bar for the interval, and the time as text."""
    late = min(forecast.late if forecast.late is not None else end, end)
    figure["layout"]["shapes"].append(
        {"type": "line", "x0": forecast.early * 1000, "x1": late * 1000, "y0": 1, "y1": 1,
         "line": {"color": forecast.colour, "width": 4}}
    )  # fmt: skip
    circle = {"color": "$card", "size": 9, "line": {"color": forecast.colour, "width": 2}}
    at = forecast.full_at * 1000
    figure["data"].append(
        {"type": "scatter", "mode": "markers", "name": "full", "meta": {"part": "full"}, "x0": at, "dx": 1000,
         "y": float32(np.array([1.0])), "marker": circle, "hoverinfo": "none"}
    )  # fmt: skip
    figure["layout"]["annotations"].append(
        note(at, 1, forecast.text, xanchor="center", yanchor="bottom", yshift=6, colour="$text", lifted=True)
    )


@dataclass(frozen=True, slots=True, eq=False)
class TrafficPath:
    """The usual traffic of the time ahead.

    Attributes:
        start: epoch seconds of the first value. `step`: seconds between two values.
        values, low, high: requests per second, and the ends of their interval; all of shape (points,).
    """

    start: float
    step: float
    values: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def until(self, axis: Axis) -> Self | None:
        """The part within an axis; None if that has fewer than two points, or no future is shown."""
        points = int(np.clip(((axis.end + axis.ahead) / 1000 - self.start) // self.step + 1, 0, len(self.values)))
        if axis.ahead <= 0 or points < 2:
            return None
        return replace(self, values=self.values[:points], low=self.low[:points], high=self.high[:points])


def draw_expected_traffic(figure: Figure, path: TrafficPath) -> None:
    """Draw the usual traffic ahead as a dotted line with its cone.

    Args:
        figure: of traffic; modified in place. `path`: the part within its axis.
    """
    figure["data"] += [
        *_cone(path.start, path.step, path.low, path.high, name="forecast of traffic"),
        _line(path.start, path.step, path.values, part="ahead", name="usual traffic", line=_dotted("$ghost")),
    ]


def _cone(start: float, step: float, low: np.ndarray, high: np.ndarray, *, name: str) -> list[Figure]:
    """The interval of a forecast, with its name for the crosshair.

    Args:
        start: epoch seconds of the first point. `step`: seconds between two points.
        low, high: its ends, shape (points,).
        name: of the interval.
    """
    return [
        _line(start, step, low, part="low", name=name, line=INVISIBLE),
        _line(start, step, high, part="high", name=name, line=INVISIBLE, fill="tonexty", fillcolor="$cone"),
    ]


def _dotted(colour: str) -> Figure:
    return {"color": colour, "width": 1.5, "dash": "dot"}


def _line(
    start: float, step: float, values: np.ndarray, *, part: str, name: str = "ahead", **style: object
) -> Figure:  # fmt: skip
    return {
        "type": "scatter", "mode": "lines", "name": name, "x0": start * 1000,
        "meta": {"part": part, "ahead": True}, "dx": step * 1000, "y": float32(values), "hoverinfo": "none", **style,
    }  # fmt: skip
