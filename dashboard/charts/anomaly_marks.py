"""What is usual and what is not, on the chart of a signal: the band of the test, the rows outside, the intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.charts.figure import Axis, Figure, float32, note

# Of the height of a chart, what a line of text needs.
ROOM = 0.09


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Evenly spaced rows of a test, in the chart's unit; NaN where nothing was tested, or that side is open.

    Attributes:
        start: epoch seconds of the first row's end. `step`: seconds between two rows.
        value: what was tested. `low`, `high`: ends of the band. `outside`: rows beyond it, exactly those flagged.
        name: what is expected, such as "expected p95". `labelled`: it is written into the band.
    """

    start: float
    step: float
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    outside: np.ndarray
    name: str = "expected"
    labelled: bool = True


@dataclass(frozen=True, slots=True)
class Mark:
    """An interval that stands out: epoch seconds, `end` None while it lasts, and what is written above it.

    `hint`: it was not tested, and is drawn as a thin edge only.
    """

    start: float
    end: float | None
    text: str
    hint: bool = False


def band(figure: Figure, shown: Band, *, bottom: float = 0.0, top: float | None = None) -> None:
    """Draw the band under the lines, and a dot for each row outside of it.

    Args:
        bottom: where a band without a lower end begins. `top`: where one without an upper end stops.
    """
    tested = ~np.isnan(shown.low) | ~np.isnan(shown.high)
    low = np.where(tested, np.where(np.isnan(shown.low), bottom, shown.low), np.nan)
    high = np.where(tested, np.where(np.isnan(shown.high), top if top is not None else np.nan, shown.high), np.nan)
    if not tested.any():
        return
    first = int(np.flatnonzero(~np.isnan(high) if (~np.isnan(high)).any() else tested)[0])
    words = note(
        (shown.start + first * shown.step) * 1000, float(np.nanmax([low[first], high[first]])), shown.name,
        xanchor="left", yanchor="top", xshift=4, yshift=-2,
    )  # fmt: skip
    # A band that is too thin to hold its name is told under the crosshair only.
    if shown.labelled and high[first] - low[first] > ROOM * figure["layout"]["yaxis"]["range"][1]:
        figure["layout"]["annotations"].append(words)
    edge = {"color": "rgba(0,0,0,0)", "width": 0}
    figure["data"][:0] = [
        _trace(shown, low, shown.name, part="low", line=edge),
        _trace(shown, high, shown.name, part="high", line=edge, fill="tonexty", fillcolor="$band"),
    ]
    if shown.outside.any():
        dots = np.where(shown.outside, shown.value, np.nan)
        marker = {"color": "$amber-fill", "size": 5}
        figure["data"].append(_trace(shown, dots, "outside", part="dots", mode="markers", marker=marker))


def _trace(shown: Band, values: np.ndarray, name: str, *, part: str, **more: object) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "meta": {"part": part},
        "x0": shown.start * 1000,
        "dx": shown.step * 1000,
        "y": float32(values),
        "connectgaps": False,
        "hoverinfo": "none",
        **more,
    }


def unusual(figure: Figure, axis: Axis, marks: Sequence[Mark]) -> None:
    """Shade intervals, with an edge on top and words on the rail above the plot."""
    layout = figure["layout"]
    for one in marks:
        start = max(one.start * 1000, axis.start)
        end = axis.end if one.end is None else min(one.end * 1000, axis.end)
        if end <= start:
            continue
        common = {"x0": start, "x1": end, "yref": "paper", "layer": "below"}
        area = {**common, "type": "rect", "y0": 0, "y1": 1, "fillcolor": "$unusual", "line": {"width": 0}}
        drawn = {"color": "$third", "width": 1, "dash": "dot"} if one.hint else {"color": "$amber-fill", "width": 2}
        edge = {**common, "type": "line", "y0": 1, "y1": 1, "line": drawn}
        layout["shapes"] += [edge] if one.hint else [area, edge]
        if one.text:
            late = start > axis.start + 0.7 * (axis.end - axis.start)
            where, anchor = (end, "right") if late else (start, "left")
            layout["annotations"].append(
                note(
                    where,
                    1,
                    one.text,
                    yref="paper",
                    yanchor="bottom",
                    xanchor=anchor,
                    colour="$third" if one.hint else "$amber",
                )
            )
