"""The common frame of all charts of a page: one time axis, horizontal grid, thresholds and labels.

A figure is a plain dict for `Plotly.react`. Colours are tokens such as `$p99`, which the browser looks up by the
viewer's scheme; times are always epoch milliseconds, so that all marks of a chart have one type. The `name` of an
annotation tells its kind: the browser, which knows the width of text, places them without overlaps.
"""

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

Figure = dict[str, Any]
# Pixels: the height of a chart, and the room to the right of its data for names and values.
PLOT_HEIGHT = 244
LABEL_ROOM = 110
# A value up to this number of rows back counts as current.
LATEST = 4
# Times, with the day below the first one of each; only days from a week on.
TIMES = [
    {"dtickrange": [None, 59_999], "value": "%H:%M:%S\n%a %-d"},
    {"dtickrange": [60_000, 86_399_999], "value": "%H:%M\n%a %-d"},
    {"dtickrange": [86_400_000, None], "value": "%a %-d\n%B"},
]
# The same for past ranges, which may be in another month or year.
PAST_TIMES = [
    {"dtickrange": [None, 59_999], "value": "%H:%M:%S\n%a %-d %b %Y"},
    {"dtickrange": [60_000, 86_399_999], "value": "%H:%M\n%a %-d %b %Y"},
    {"dtickrange": [86_400_000, None], "value": "%a %-d\n%B %Y"},
]


@dataclass(frozen=True, slots=True)
class Axis:
    """The time axis of a page in epoch milliseconds.

    Attributes:
        mark: label of the end of the data: "now", "last answer", or empty for a past range.
        ahead: visible milliseconds beyond the end, for forecasts.
    """

    start: float
    end: float
    mark: str = "now"
    ahead: float = 0.0


def float32(values: np.ndarray) -> dict[str, str]:
    """A typed array in plotly's JSON: for drawing, not for computation."""
    data = np.ascontiguousarray(values, "<f4").tobytes()
    return {"dtype": "f4", "bdata": base64.b64encode(data).decode()}


def milliseconds(index: pd.Index) -> np.ndarray:
    """The times of an index of samples, in epoch milliseconds."""
    moments: np.ndarray = np.array([moment.timestamp() * 1000 for moment in index[:2]])
    return moments


def line(values: pd.Series, name: str, colour: str, *, width: float = 1.5, shift: float = 0.0, **style: Any) -> Figure:
    """A line trace over evenly spaced samples; a gap stays a gap.

    Args:
        values: indexed by time.
        name: shown by the crosshair.
        colour: a token.
        width: pixels.
        shift: milliseconds to the right.
        style: further properties of the trace.
    """
    # Samples are evenly spaced, so two times define all of them.
    moments = milliseconds(values.index)
    step = float(moments[1] - moments[0]) if len(moments) > 1 else 15_000.0
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x0": float(moments[0]) + shift,
        "dx": step,
        "y": float32(values.to_numpy(dtype=float)),
        "line": {"color": colour, "width": width, **style.pop("line", {})},
        "connectgaps": False,
        "hoverinfo": "none",
        **style,
    }


def layout(
    axis: Axis,
    *,
    top: float,
    ticks: Sequence[float],
    texts: Sequence[str],
    kind: str = "",
    height: int = PLOT_HEIGHT,
    room: int = LABEL_ROOM,
) -> Figure:
    """The layout of a chart whose y runs from 0 to `top`.

    Args:
        axis: the time axis of the page.
        top: the highest visible value.
        ticks: values with a tick.
        texts: of these ticks, with units.
        kind: how the crosshair formats values: latency, share, rate, or not at all.
        height: pixels.
        room: pixels after the end for direct labels, unless the forecast leaves room for them.
    """
    return {
        "meta": {"kind": kind, "end": axis.end, "room": room, "ahead": axis.ahead},
        "uirevision": "keep",
        "height": height,
        "showlegend": False,
        "margin": {"l": 56, "r": 4, "t": 18, "b": 44},
        "xaxis": _x_axis(axis),
        "yaxis": _y_axis(top, ticks, texts),
        "shapes": [_vertical(axis.end)] if axis.mark else [],
        "annotations": _mark(axis),
    }


def _mark(axis: Axis) -> list[Figure]:
    """The label of the end of the data."""
    return [note(axis.end, 1, axis.mark, name="rail", yref="paper", xanchor="left", xshift=4)] if axis.mark else []


def _x_axis(axis: Axis) -> Figure:
    span = [axis.start, axis.end]
    times = TIMES if axis.mark else PAST_TIMES
    return {"type": "date", "range": span, "showgrid": False, "nticks": 8, "ticklabelstandoff": 7,
            "tickformatstops": times}  # fmt: skip


def _y_axis(top: float, ticks: Sequence[float], texts: Sequence[str]) -> Figure:
    return {
        "range": [0, top],
        "tickvals": list(ticks),
        "ticktext": list(texts),
        "gridcolor": "$grid",
        "zeroline": False,
        "fixedrange": True,
    }


def plain(text: str) -> str:
    """A number, with or without a unit, without trailing zeros: 2.00 s → 2 s, 75.0/s → 75/s."""
    return re.sub(r"\.$|\.(?=\D)", "", re.sub(r"(\.\d*?)0+(?=\D|$)", r"\1", text))


def _vertical(at: float) -> Figure:
    return {
        "type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": "$strong", "width": 1},
    }  # fmt: skip


def note(x: float, y: float, text: str, *, name: str = "point", colour: str = "$third", **place: Any) -> Figure:
    """A text at a time and value.

    Args:
        x: epoch milliseconds.
        y: in the unit of the chart.
        text: already escaped.
        name: its kind, which decides where it may be placed: the `end` of a series, an event on the `rail` above the
            plot, a horizontal `line`, a `point`, a `bar` or a `band`.
        colour: a token.
        place: further properties of the annotation.
    """
    font = {"size": 12, "color": colour}
    return {"x": x, "y": y, "text": text, "name": name, "showarrow": False, "font": font, **place}


def threshold(figure: Figure, axis: Axis, at: float, text: str) -> None:
    """Draw a dashed line with its meaning.

    Args:
        figure: modified in place.
        axis: the time axis of the page.
        at: the value of the line.
        text: the meaning.
    """
    line_style = {"color": "$threshold", "width": 1, "dash": "4px,4px"}
    ends = {"x0": axis.start, "x1": axis.end, "y0": at, "y1": at}
    figure["layout"]["shapes"].append({"type": "line", **ends, "line": line_style})
    figure["layout"]["annotations"].append(note(axis.start, at, text, name="line", colour="$second", bgcolor="$card"))


def labels(figure: Figure, axis: Axis, ends: Sequence[tuple[str, float, str, str]], top: float) -> None:
    """Write name and newest value at the end of each line.

    Args:
        figure: modified in place.
        axis: the time axis of the page.
        ends: name, y, formatted value and colour of each.
        top: the highest visible value.
    """
    for name, y, value, colour in ends:
        # A value beyond the axis is labelled at its edge; a missing value has no position.
        value = f"↑ {value}" if y > top and re.search(r"\d", value) else value
        text = f'<span style="color:{colour}">{escape(name)}</span> <b>{value}</b>'
        # One of several series can be singled out; its forecast must not run through its label.
        more = {"series": name} if len(ends) > 1 else {}
        more |= {"bgcolor": "$card", "of": name} if axis.ahead else {}
        figure["layout"]["annotations"].append(
            note(axis.end, min(y, top), text, name="end", colour="$text", xshift=6, **more)
        )


def ticks_to(highest: float) -> tuple[float, list[float]]:
    """A round top above the highest value, and three to six round ticks from 0 to it."""
    if not highest > 0:
        return 1.0, [0.0, 0.25, 0.5, 0.75, 1.0]
    raw = highest * 1.08 / 4
    size = 10 ** np.floor(np.log10(raw))
    step = next(float(factor * size) for factor in (1, 2, 2.5, 5, 10) if factor * size >= raw)
    count = int(np.ceil(highest * 1.02 / step))
    return step * count, [round(step * number, 12) for number in range(count + 1)]


def tick_texts(ticks: Sequence[float], write: Callable[[float | None], str]) -> list[str]:
    """Ticks in the unit of the highest one, with enough digits to distinguish them: 0 s, 0.5 s, 1 s.

    Args:
        ticks: evenly spaced, from 0 on.
        write: formats a value with its unit.
    """
    sample = ticks[-1]
    # A small value is rounded when formatted: a larger one of the same unit shows what the unit is.
    while (written := _apart(write(sample)))[0] < 1:
        sample *= 10
    number, unit = written
    # 1,000 for milliseconds of seconds, 100 for percents of shares.
    factor = 10.0 ** round(float(np.log10(number / sample)))
    step = (ticks[1] - ticks[0]) * factor
    digits = next((digits for digits in range(13) if abs(round(step, digits) - step) < 1e-6 * step), 13)
    return [f"{plain(f'{tick * factor:.{digits}f}')}{unit}" for tick in ticks]


def _apart(text: str) -> tuple[float, str]:
    """Split a formatted value into number and unit."""
    written = re.match(r"[\d.]+", text)
    assert written is not None, "a tick above 0 begins with a number"
    return float(written[0]), text[written.end() :]


def highest(*parts: pd.Series | pd.DataFrame | None) -> float:
    """The largest finite value; 0 without any."""
    values = [part.to_numpy(dtype=float) for part in parts if part is not None and part.size]
    finite = [float(np.nanmax(value)) for value in values if np.isfinite(value).any()]
    return max(finite, default=0.0)


def latest(values: pd.Series) -> float | None:
    """The value at the end, or up to some rows before: the newest rows may not have arrived yet. None without one."""
    return newest(values.iloc[-LATEST:])


def newest(values: pd.Series) -> float | None:
    """The last value that is not missing."""
    known = values.dropna()
    return float(known.iloc[-1]) if len(known) else None
