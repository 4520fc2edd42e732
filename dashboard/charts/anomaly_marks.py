"""Anomalies on the chart of a signal: the expected range, the rows outside of it, the intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.charts.figure import Axis, Figure, float32, note

# The share of a chart's height that a line of text needs.
ROOM = 0.09


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """The expected range: evenly spaced rows of a test, in the chart's unit, each of shape (rows,).

    Attributes:
        start: epoch seconds of the first row's end.
        step: seconds between two rows.
        value: what was tested.
        low, high: ends of the range; NaN if nothing was tested, or where that side is open.
        outside: rows beyond it, exactly those flagged.
        name: what is expected, such as "expected p95".
        labelled: the name is written into the band where it has room.
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
    """An interval that stands out.

    Attributes:
        start: epoch seconds.
        end: epoch seconds; None while it lasts.
        text: what is written above it; may be empty.
        hint: it was not tested, and is drawn as a thin edge only.
    """

    start: float
    end: float | None
    text: str
    hint: bool = False


def draw_band(figure: Figure, band: Band, *, bottom: float = 0.0, top: float | None = None) -> None:
    """Draw the band under the lines, and a dot for each row outside of it.

    Args:
        figure: of the signal; it is added to.
        band: the expected range.
        bottom: where a band without a lower end begins.
        top: where one without an upper end stops; None leaves it open.
    """
    tested = ~np.isnan(band.low) | ~np.isnan(band.high)
    if not tested.any():
        return
    # An open side ends at the edge of the chart.
    above = np.nan if top is None else top
    low = np.where(tested, np.where(np.isnan(band.low), bottom, band.low), np.nan)
    high = np.where(tested, np.where(np.isnan(band.high), above, band.high), np.nan)
    _write_name(figure, band, low, high)
    edge = {"color": "rgba(0,0,0,0)", "width": 0}
    # Under the lines, which must stay readable.
    figure["data"][:0] = [
        _trace(band, low, band.name, part="low", line=edge),
        _trace(band, high, band.name, part="high", line=edge, fill="tonexty", fillcolor="$band"),
    ]
    if band.outside.any():
        dots = np.where(band.outside, band.value, np.nan)
        marker = {"color": "$amber-fill", "size": 5}
        figure["data"].append(_trace(band, dots, "outside", part="dots", mode="markers", marker=marker))


def _write_name(figure: Figure, band: Band, low: np.ndarray, high: np.ndarray) -> None:
    """The band's name at its beginning; one that is too thin to hold it has it under the crosshair only."""
    known = ~np.isnan(high) if (~np.isnan(high)).any() else ~np.isnan(low)
    first = int(np.flatnonzero(known)[0])
    if not band.labelled or not high[first] - low[first] > ROOM * figure["layout"]["yaxis"]["range"][1]:
        return
    at, height = (band.start + first * band.step) * 1000, float(np.nanmax([low[first], high[first]]))
    place: Figure = {"xanchor": "left", "yanchor": "top", "xshift": 4, "yshift": -2}
    figure["layout"]["annotations"].append(note(at, height, band.name, name="band", **place))


def _trace(band: Band, values: np.ndarray, name: str, *, part: str, **style: object) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "meta": {"part": part},
        "x0": band.start * 1000,
        "dx": band.step * 1000,
        "y": float32(values),
        "connectgaps": False,
        "hoverinfo": "none",
        **style,
    }


def draw_marks(figure: Figure, axis: Axis, marks: Sequence[Mark]) -> None:
    """Shade intervals, with an edge on top and words on the rail above the plot.

    Args:
        figure: of the signal; it is added to.
        axis: its time axis; what lies beyond it is cut.
        marks: the intervals, hints among them.
    """
    for mark in marks:
        start = max(mark.start * 1000, axis.start)
        end = axis.end if mark.end is None else min(mark.end * 1000, axis.end)
        if start < end:
            figure["layout"]["shapes"] += _shapes(mark, start, end)
            figure["layout"]["annotations"] += _words(mark, start, end)


def _shapes(mark: Mark, start: float, end: float) -> list[Figure]:
    place = {"x0": start, "x1": end, "yref": "paper", "layer": "below"}
    style = {"color": "$third", "width": 1, "dash": "dot"} if mark.hint else {"color": "$amber-fill", "width": 2}
    edge = {**place, "type": "line", "y0": 1, "y1": 1, "line": style}
    area = {**place, "type": "rect", "y0": 0, "y1": 1, "fillcolor": "$unusual", "line": {"width": 0}}
    return [edge] if mark.hint else [area, edge]


def _words(mark: Mark, start: float, end: float) -> list[Figure]:
    """What is written above an interval: from its start on, or, where that has no room, up to its `until`."""
    if not mark.text:
        return []
    colour = "$third" if mark.hint else "$amber"
    return [note(start, 1, mark.text, name="rail", colour=colour, yref="paper", xanchor="left", until=end)]
