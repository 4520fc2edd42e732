"""What lies ahead, on the chart of a signal: a resource on its way to the limit, the traffic that is usual."""

from dataclasses import dataclass

import numpy as np

from dashboard.charts.figure import Axis, Figure, float32, note


@dataclass(frozen=True, slots=True, eq=False)
class Filling:
    """A resource on its way to its limit.

    Attributes:
        at: epoch seconds of the forecast; `step`: seconds between two points of the path.
        path, lower, upper: shares of the limit. `full_at`, `early`, `late`: epoch seconds; `late` None if it is far.
        colour: of its line. `text`: what is written at the limit.
    """

    at: float
    step: float
    path: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    full_at: float
    early: float
    late: float | None
    colour: str
    text: str


def filling(figure: Figure, axis: Axis, one: Filling) -> None:
    """The dotted way to the limit with its cone, and when it is reached: a circle, and a bar for the interval."""
    end = (axis.end + axis.ahead) / 1000
    points = int(np.clip((end - one.at) // one.step + 1, 0, len(one.path)))
    if points < 2:
        return
    edge = {"color": "rgba(0,0,0,0)", "width": 0}
    figure["data"] += [
        _line(one, np.minimum(one.lower[:points], 1.0), part="low", line=edge),
        _line(one, np.minimum(one.upper[:points], 1.0), part="cone", line=edge, fill="tonexty", fillcolor="$area"),
        _line(
            one,
            np.minimum(one.path[:points], 1.0),
            part="ahead",
            line=_dotted(one.colour),
        ),
    ]
    if one.full_at > end:
        return
    late = min(one.late if one.late is not None else end, end)
    figure["layout"]["shapes"].append(
        {"type": "line", "x0": one.early * 1000, "x1": late * 1000, "y0": 1, "y1": 1,
         "line": {"color": one.colour, "width": 4}}
    )  # fmt: skip
    circle = {"color": "$card", "size": 9, "line": {"color": one.colour, "width": 2}}
    figure["data"].append(
        {"type": "scatter", "mode": "markers", "name": "full", "meta": {"part": "full"}, "x0": one.full_at * 1000,
         "dx": 1000, "y": float32(np.array([1.0])), "marker": circle, "hoverinfo": "none"}
    )  # fmt: skip
    figure["layout"]["annotations"].append(
        note(one.full_at * 1000, 1, one.text, xanchor="center", yanchor="bottom", yshift=6, colour="$text")
    )


def _dotted(colour: str) -> Figure:
    return {"color": colour, "width": 1.5, "dash": "dot"}


def _line(one: Filling, values: np.ndarray, *, part: str, **more: object) -> Figure:
    return {
        "type": "scatter", "mode": "lines", "name": "ahead", "meta": {"part": part}, "x0": one.at * 1000,
        "dx": one.step * 1000, "y": float32(values), "hoverinfo": "none", **more,
    }  # fmt: skip


def usual(figure: Figure, axis: Axis, start: float, step: float, values: np.ndarray) -> None:
    """What is usual from now on: a dotted line in the colour of what is expected; times in epoch seconds."""
    points = int(np.clip(((axis.end + axis.ahead) / 1000 - start) // step + 1, 0, len(values)))
    if axis.ahead <= 0 or points < 2:
        return
    figure["data"].append(
        {
            "type": "scatter", "mode": "lines", "name": "usual", "meta": {"part": "ahead"}, "x0": start * 1000,
            "dx": step * 1000, "y": float32(values[:points]), "hoverinfo": "none",
            "line": _dotted("$ghost"),
        }
    )  # fmt: skip
