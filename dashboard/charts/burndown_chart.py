"""The burndown as a figure: remaining budget, perfect burn, largest losses, and forecast.

100 % at the window's start, and exactly the remaining budget at its newest time; below 0 the budget is overspent.
"""

import numpy as np

from dashboard.charts.burndown_labels import (
    BOTTOM,
    CEILING,
    DEPTH,
    HEIGHT,
    LEFT,
    LINE,
    ROOM,
    TOP,
    BurndownText,
    annotations,
    is_lasting,
    perfect_burn,
)  # fmt: skip
from dashboard.charts.figure import Axis, Figure, float32, layout
from dashboard.slo.burndown import Burndown
from dashboard.slo.timeline import Line

# Bands narrower than this share of the axis are drawn with this width in pixels.
NARROW, BAND = 0.004, 4
# For a young objective the axis begins before its first measurement by this share of its age.
BEFORE = 0.15
# Readable distances between ticks, in percent.
STEPS = (0.25, 0.5, 1.0, 2.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0)
# Axes shorter than this, in milliseconds, show times instead of dates.
CLOCKS = 8 * 86_400_000
TIMES = [
    {"dtickrange": [None, 86_399_999], "value": "%H:%M\n%-d %b"},
    {"dtickrange": [86_400_000, None], "value": "%-d %b"},
]


def burndown_figure(burndown: Burndown, text: BurndownText) -> Figure:
    """The figure of a window's budget.

    Args:
        burndown: remaining budget, losses, and forecast.
        text: the texts of the figure.
    """
    axis = Axis(_first(burndown) * 1000, _last(burndown) * 1000, mark="")
    bottom, ticks = scale(burndown)
    frame = layout(axis, top=CEILING, ticks=ticks, texts=[text.share(tick) for tick in ticks],
                   kind="share", room=ROOM)  # fmt: skip
    # Below times the date is in a second line.
    second = LINE if axis.end - axis.start < CLOCKS else 0
    frame |= {
        "height": HEIGHT + second,
        "margin": {"l": LEFT, "r": 4, "t": TOP, "b": BOTTOM + second},
        "shapes": [*_zones(burndown, axis, bottom), *_marks(burndown)],
        "annotations": annotations(burndown, text, axis, bottom),
    }
    frame["yaxis"]["range"] = [bottom, CEILING]
    # As many days as fit.
    frame["xaxis"] |= {"nticks": 0, "tickangle": 0, "tickformatstops": TIMES}
    return {"data": _traces(burndown), "layout": frame}


def scale(burndown: Burndown) -> tuple[float, list[float]]:
    """The lowest visible value, and round ticks from it to 100 %."""
    values = [burndown.left.values, *([burndown.projection.middle.values] if burndown.projection else [])]
    lowest = min(float(np.nanmin(line)) for line in values)
    # Always with room below zero, where the chart explains what overspent means.
    if lowest >= 0:
        return -DEPTH, [0.0, 0.25, 0.5, 0.75, 1.0]
    # At most seven ticks, however large the overspending.
    step = next((step for step in STEPS if (1 - lowest) / step <= 7), 1 - lowest)
    count = int(np.ceil(-lowest / step))
    ticks = [round(step * number, 6) for number in range(-count, int(1 / step) + 1)]
    return min(lowest * 1.08, -DEPTH), [tick for tick in ticks if tick >= lowest * 1.08]


def _first(burndown: Burndown) -> float:
    """Epoch seconds of the start of the axis: the window's, or a little before the first measurement of a young one."""
    begin = burndown.left.start
    return max(burndown.report.start, begin - BEFORE * (burndown.report.at - begin))


def _last(burndown: Burndown) -> float:
    """Epoch seconds of the end of the axis: now, the end of the period, or that of the forecast."""
    ends = [burndown.report.at, burndown.perfect_burn_end]
    ends += [line.moments[-1] for line in _cone(burndown)] + ([burndown.projection.at] if burndown.projection else [])
    return float(max(ends))


def _cone(burndown: Burndown) -> list[Line]:
    if burndown.projection is None or burndown.projection.slow is None or burndown.projection.fast is None:
        return []
    return [burndown.projection.slow, burndown.projection.fast]


def _traces(burndown: Burndown) -> list[Figure]:
    even = perfect_burn(burndown, _first(burndown))
    drawn = [
        _trace(burndown.left, "left", "$blue", width=2, fill="tozeroy", fillcolor="$area"),
        _trace(even, "perfect burn", "$threshold", width=1, line={"dash": "4px,4px"}),
    ]  # fmt: skip
    if burndown.projection is not None:
        for line, fill, part in zip(_cone(burndown), ("none", "tonexty"), ("low", "high"), strict=False):
            more = {"fill": fill, "fillcolor": "$cone", "meta": {"part": part}}
            drawn.append(_trace(line, "interval", "$cone", width=0, **more))
        drawn.append(_trace(burndown.projection.middle, "at this rate", "$blue", width=2, line={"dash": "dot"}))
    return drawn


def _trace(values: Line, name: str, colour: str, *, width: float, **style: object) -> Figure:
    line = style.pop("line", {})
    assert isinstance(line, dict), "a line's style is a dict"
    return {
        "type": "scatter", "mode": "lines", "name": name, "x0": values.start * 1000, "dx": values.step * 1000,
        "y": float32(values.values), "line": {"color": colour, "width": width, **line}, "connectgaps": False,
        "hoverinfo": "none", **style,
    }  # fmt: skip


def _zones(burndown: Burndown, axis: Axis, bottom: float) -> list[Figure]:
    """The overspent area below 0, unmeasured time, and the largest losses."""
    beyond = 2 * axis.end - axis.start
    zones: list[Figure] = [
        _box(axis.start, beyond, bottom, 0, fillcolor="$red", opacity=0.13),
        {**_box(axis.start, beyond, 0, 0), "type": "line", "line": {"color": "$strong", "width": 1}},
    ]
    for gap in (*burndown.gaps, *burndown.maintenance):
        zones.append(_band(gap.start, gap.end, axis, bottom, fillcolor="$grey", opacity=0.16))
    for episode in burndown.episodes:
        strong = 0.08 if is_lasting(episode, axis) else 0.16
        zones.append(_band(episode.start, episode.end, axis, bottom, fillcolor="$amber-fill", opacity=strong))
    return zones


def _box(x0: float, x1: float, y0: float, y1: float, **style: object) -> Figure:
    """A rectangle below the lines."""
    return {"type": "rect", "x0": x0, "x1": x1, "y0": y0, "y1": y1, "line": {"width": 0}, "layer": "below", **style}


def _band(start: float, end: float, axis: Axis, bottom: float, **style: object) -> Figure:
    """A time span over the whole height; a narrow one is widened so that it is visible."""
    if (end - start) * 1000 >= NARROW * (axis.end - axis.start):
        return _box(start * 1000, end * 1000, bottom, CEILING, **style)
    middle = {"xsizemode": "pixel", "xanchor": (start + end) * 500}
    return {**_box(-BAND / 2, BAND / 2, bottom, CEILING, **style), **middle}


def _marks(burndown: Burndown) -> list[Figure]:
    """The newest time, and where the forecast reaches 0, with its interval."""
    now = burndown.report.at * 1000
    marks: list[Figure] = [
        {"type": "line", "x0": now, "x1": now, "yref": "paper", "y0": 0, "y1": 1,
         "line": {"color": "$strong", "width": 1}},
        _dot(now, float(burndown.left.values[-1]), 2.5, "$blue"),
    ]  # fmt: skip
    projection = burndown.projection
    if projection is None:
        return marks
    if projection.earliest is not None:
        last = projection.latest if projection.latest is not None else _last(burndown)
        marks.append({**_box(projection.earliest * 1000, last * 1000, 0, 0), "type": "line", "layer": "above",
                      "line": {"color": "$blue", "width": 4}})  # fmt: skip
    return [*marks, _dot(projection.at * 1000, 0.0, 4, "$card")]


def _dot(x: float, y: float, radius: float, fill: str) -> Figure:
    place = {"xsizemode": "pixel", "xanchor": x, "ysizemode": "pixel", "yanchor": y}
    size = {"x0": -radius, "x1": radius, "y0": -radius, "y1": radius}
    return {"type": "circle", **place, **size, "fillcolor": fill, "line": {"color": "$blue", "width": 2}}
