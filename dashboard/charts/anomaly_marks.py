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
        start: epoch seconds of the end of the first row.
        step: seconds between two rows.
        value: the tested value.
        low, high: ends of the range; NaN without a test, or where that side is open.
        outside: rows beyond it, exactly those flagged.
        name: of the range, such as "expected p95".
        labelled: write the name into the band if there is room.
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
    """An anomalous interval.

    Attributes:
        start: epoch seconds.
        end: epoch seconds; None while it lasts.
        text: written above it; may be empty.
        hint: not tested, and drawn only as a thin edge.
    """

    start: float
    end: float | None
    text: str
    hint: bool = False


def draw_band(figure: Figure, band: Band, *, bottom: float = 0.0, top: float | None = None) -> None:
    """Draw the band below the lines, and a dot for each row outside of it.

    Args:
        figure: of the signal; modified in place.
        band: the expected range.
        bottom: the lower end of a band that has none.
        top: the upper end of a band that has none; None leaves it open.
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
    # Below the lines, which must stay readable.
    figure["data"][:0] = [
        _trace(band, low, band.name, part="low", line=edge),
        _trace(band, high, band.name, part="high", line=edge, fill="tonexty", fillcolor="$band"),
    ]
    if band.outside.any():
        dots = np.where(band.outside, band.value, np.nan)
        marker = {"color": "$amber-fill", "size": 5}
        figure["data"].append(_trace(band, dots, "outside", part="dots", mode="markers", marker=marker))


def _write_name(figure: Figure, band: Band, low: np.ndarray, high: np.ndarray) -> None:
    """Write the band's name at its start; if the band is too thin the name appears only under the crosshair."""
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
    """Shade intervals, with an edge at the top and text above the plot.

    Args:
        figure: of the signal; modified in place.
        axis: its time axis; intervals are cut to it.
        marks: the intervals, including hints.
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
    """The text above an interval: from its start on or, without room there, up to its `until`."""
    if not mark.text:
        return []
    colour = "$third" if mark.hint else "$amber"
    return [note(start, 1, mark.text, name="rail", colour=colour, yref="paper", xanchor="left", until=end)]
