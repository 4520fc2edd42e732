"""Where a window's budget went, as a figure: what was left, an even pace, what took most, and what lies ahead.

100 % at the window's start, exactly what is left at its newest moment; below 0 the budget is overspent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape

import numpy as np

from dashboard.charts.figure import Axis, Figure, float32, layout, note
from dashboard.slo.burndown import Burndown, Episode
from dashboard.slo.projection import Projection
from dashboard.slo.timeline import Line, Stretch

HEIGHT, TOP, BOTTOM, LEFT = 330, 22, 28, 50
PLOT = HEIGHT - TOP - BOTTOM
# Pixels right of the last moment for labels, the width of a plot that labels are spread for, and of one label.
ROOM, WIDTH, LABEL = 170, 1100, 130
LINE = 16
# What is narrower than this share of the axis is drawn so many pixels wide.
NARROW, BAND = 0.004, 4
# A gap of this share of the axis has room for a word; an episode of this share is a slope and no step.
WIDE, LASTING = 0.1, 0.05
# A young objective is drawn from so much of its life before its first measure.
BEFORE = 0.15
STEPS = (0.25, 0.5, 1.0, 2.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0)
# Shorter than this, in milliseconds, an axis may be told by the clock.
CLOCKS = 8 * 86_400_000
# The least depth that is drawn below 0: room to write that it is overspent.
DEPTH = 0.1
TIMES = [
    {"dtickrange": [None, 86_399_999], "value": "%H:%M\n%-d %b"},
    {"dtickrange": [86_400_000, None], "value": "%-d %b"},
]


@dataclass(frozen=True, slots=True)
class Told:
    """What the figure says in words.

    Attributes:
        share: writes a share of the budget. `day`, `length`: write epoch seconds, and seconds.
        mark: what the newest moment is called. `left`: what is left then.
        outcome: when the budget runs out, or is regained, and how sure that is, a line each; empty without a forecast.
    """

    share: Callable[[float | None], str]
    day: Callable[[float], str]
    length: Callable[[float | None], str]
    mark: str
    left: str
    outcome: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Label:
    """Lines of text at a place, upwards from it; the first line is the headline. `x` in ms, `y` as a share.

    `needed`: never left out, and legible where it lies on a line.
    """

    x: float
    y: float
    lines: tuple[str, ...]
    width: float = LABEL
    needed: bool = False


def figure(part: Burndown, told: Told) -> Figure:
    """The figure of a window's story."""
    axis = Axis(_first(part) * 1000, _last(part) * 1000, mark="")
    bottom, ticks = scale(part)
    made: Figure = {
        "data": _traces(part),
        "layout": layout(
            axis, top=1.02, ticks=ticks, texts=[told.share(tick) for tick in ticks], height=HEIGHT, room=ROOM
        ),
    }
    frame = made["layout"]
    # The clock has its day in a second line.
    second = LINE if axis.end - axis.start < CLOCKS else 0
    frame["margin"] = {"l": LEFT, "r": 4, "t": TOP, "b": BOTTOM + second}
    frame["height"] = HEIGHT + second
    frame["yaxis"]["range"] = [bottom, 1.02]
    # As many days as the width has room for.
    frame["xaxis"] |= {"nticks": 0, "tickangle": 0, "tickformatstops": TIMES}

    frame["hoverlabel"] = {"bgcolor": "$raised", "bordercolor": "$strong", "font": {"color": "$text", "size": 12}}
    frame["shapes"] = [*_zones(part, axis, bottom), *_marks(part)]
    # The first places are those that a phone has no room for: see the style sheet.
    frame["annotations"] = [*_labels(part, told, axis, bottom), *_notes(part, told, axis, bottom)]
    return made


def scale(part: Burndown) -> tuple[float, list[float]]:
    """The lowest value that is shown, and round ticks from it to 100 %."""
    values = [part.left.values, *([part.projection.middle.values] if part.projection else [])]
    lowest = min(float(np.nanmin(one)) for one in values)
    if lowest >= 0:
        return -DEPTH, [0.0, 0.25, 0.5, 0.75, 1.0]
    step = next((step for step in STEPS if (1 - lowest) / step <= 7), 1 - lowest)
    count = int(np.ceil(-lowest / step))
    ticks = [round(step * number, 6) for number in range(-count, int(1 / step) + 1)]
    return min(lowest * 1.08, -DEPTH), [tick for tick in ticks if tick >= lowest * 1.08]


def _first(part: Burndown) -> float:
    """Epoch seconds at which the axis begins: with the window, or a little before the first measure of a young one."""
    begin = part.left.start
    return max(part.report.start, begin - BEFORE * (part.report.at - begin))


def _last(part: Burndown) -> float:
    """Epoch seconds at which the axis ends: now, the end of the period, or that of the forecast."""
    ends = [part.report.at, part.perfect_burn_end]
    ends += [line.moments[-1] for line in _cone(part)] + ([part.projection.at] if part.projection else [])
    return float(max(ends))


def _cone(part: Burndown) -> list[Line]:
    if part.projection is None or part.projection.slow is None or part.projection.fast is None:
        return []
    return [part.projection.slow, part.projection.fast]


def _traces(part: Burndown) -> list[Figure]:
    pace = _pace(part)
    drawn = [
        _trace(part.left, "left", "$blue", width=2, fill="tozeroy", fillcolor="$area",
               hoverinfo="x+y", hovertemplate="%{x|%-d %b %H:%M}<br><b>%{y:.1%}</b> left<extra></extra>"),
        _trace(pace, "even pace", "$threshold", width=1, line={"dash": "4px,4px"}),
    ]  # fmt: skip
    if part.projection is not None:
        for line, fill in zip(_cone(part), ("none", "tonexty"), strict=False):
            drawn.append(_trace(line, "interval", "$area", width=0, fill=fill, fillcolor="$area"))
        drawn.append(_trace(part.projection.middle, "at this pace", "$blue", width=2, line={"dash": "dot"}))
    return drawn


def _pace(part: Burndown) -> Line:
    """All of the budget at the window's start, nothing at its end."""
    count, start = len(part.left.values), _first(part)
    full = (part.perfect_burn_end - start) / (part.perfect_burn_end - part.report.start)
    return Line(start, (part.perfect_burn_end - start) / (count - 1), np.linspace(full, 0, count))


def _trace(values: Line, name: str, colour: str, *, width: float, **more: object) -> Figure:
    line = more.pop("line", {})
    assert isinstance(line, dict), "a line's style is a dict"
    return {
        "type": "scatter", "mode": "lines", "name": name, "x0": values.start * 1000, "dx": values.step * 1000,
        "y": float32(values.values), "line": {"color": colour, "width": width, **line}, "connectgaps": False,
        "hoverinfo": "none", **more,
    }  # fmt: skip


def _zones(part: Burndown, axis: Axis, bottom: float) -> list[Figure]:
    """Overspent below 0, what was not measured, and the times that took most."""
    beyond = 2 * axis.end - axis.start
    zones: list[Figure] = [
        _box(axis.start, beyond, bottom, 0, fillcolor="$red", opacity=0.13),
        {**_box(axis.start, beyond, 0, 0), "type": "line", "line": {"color": "$strong", "width": 1}},
    ]
    for gap in (*part.gaps, *part.maintenance):
        zones.append(_band(gap.start, gap.end, axis, bottom, fillcolor="$grey", opacity=0.16))
    for one in part.episodes:
        strong = 0.08 if _lasting(one, axis) else 0.16
        zones.append(_band(one.start, one.end, axis, bottom, fillcolor="$amber-fill", opacity=strong))
    return zones


def _lasting(one: Episode, axis: Axis) -> bool:
    return (one.end - one.start) * 1000 > LASTING * (axis.end - axis.start)


def _box(x0: float, x1: float, y0: float, y1: float, **more: object) -> Figure:
    """A rectangle under the lines."""
    return {"type": "rect", "x0": x0, "x1": x1, "y0": y0, "y1": y1, "line": {"width": 0}, "layer": "below", **more}


def _band(start: float, end: float, axis: Axis, bottom: float, **more: object) -> Figure:
    """A stretch of time over the whole height; one that is narrow is drawn as wide as can be seen."""
    if (end - start) * 1000 >= NARROW * (axis.end - axis.start):
        return _box(start * 1000, end * 1000, bottom, 1.02, **more)
    middle = {"xsizemode": "pixel", "xanchor": (start + end) * 500}
    return {**_box(-BAND / 2, BAND / 2, bottom, 1.02, **more), **middle}


def _marks(part: Burndown) -> list[Figure]:
    """The newest moment, and where the forecast meets 0, with its interval."""
    now = part.report.at * 1000
    marks: list[Figure] = [
        {"type": "line", "x0": now, "x1": now, "yref": "paper", "y0": 0, "y1": 1,
         "line": {"color": "$strong", "width": 1}},
        _dot(now, float(part.left.values[-1]), 2.5, "$blue"),
    ]  # fmt: skip
    projection = part.projection
    if projection is None:
        return marks
    if projection.earliest is not None:
        last = projection.latest if projection.latest is not None else _last(part)
        marks.append({**_box(projection.earliest * 1000, last * 1000, 0, 0), "type": "line", "layer": "above",
                      "line": {"color": "$blue", "width": 4}})  # fmt: skip
    return [*marks, _dot(projection.at * 1000, 0.0, 4, "$card")]


def _dot(x: float, y: float, radius: float, fill: str) -> Figure:
    place = {"xsizemode": "pixel", "xanchor": x, "ysizemode": "pixel", "yanchor": y}
    size = {"x0": -radius, "x1": radius, "y0": -radius, "y1": radius}
    return {"type": "circle", **place, **size, "fillcolor": fill, "line": {"color": "$blue", "width": 2}}


def _labels(part: Burndown, told: Told, axis: Axis, bottom: float) -> list[Figure]:
    """Labels on the curve, each above its place; those in the way of a later one are moved up, or left out.

    First the second lines, then the headlines of what took less, each in a place of its own: a phone hides those.
    """
    fixed = [_Label(part.report.at * 1000, float(part.left.values[-1]), (f"<b>{escape(told.left)}</b>",), needed=True)]
    if part.projection is not None and told.outcome:
        lines = (f"<b>{escape(told.outcome[0])}</b>", *(escape(line) for line in told.outcome[1:]))
        fixed.insert(0, _Label(part.projection.at * 1000, _above(part.projection), lines, width=ROOM - 10, needed=True))
    ranked = sorted(part.episodes, key=lambda one: -one.share)
    labels = [*fixed, *(_episode(one, part, told, axis) for one in ranked)]
    seats = stacked(labels, axis, bottom)
    notes: list[Figure] = []
    small: list[Figure] = []
    for label, seat in zip(labels, seats, strict=True):
        if seat is None:
            continue
        head, *rest = label.lines
        notes.append(_text(label, head, seat + LINE * len(rest), "$text"))
        small += [_text(label, line, seat + LINE * place, "$third") for place, line in enumerate(reversed(rest))]
    hidden = [{"visible": False, "x": axis.start, "y": 0}] * (8 - len(small))
    return [*small, *hidden, *notes]


def _above(projection: Projection) -> float:
    """Where a label at the end of the forecast is clear of its cone."""
    if projection.slow is None:
        return 0.0
    return max(0.0, float(np.interp(projection.at, projection.slow.moments, projection.slow.values)))


def _text(label: _Label, text: str, up: float, colour: str) -> Figure:
    ground = {"bgcolor": "$card", "borderpad": 0} if label.needed else {}
    return note(label.x, label.y, text, xanchor="left", yanchor="bottom", xshift=8, yshift=up, colour=colour, **ground)


def _episode(one: Episode, part: Burndown, told: Told, axis: Axis) -> _Label:
    """−17 %, and below it when and how long; where it lasts long at its begin, else at its end."""
    at = one.start if _lasting(one, axis) else one.end
    curve = part.left
    known = ~np.isnan(curve.values)
    y = float(np.interp(at, curve.moments[known], curve.values[known]))
    running = part.report.at - one.end < max(600.0, 0.002 * (part.report.at - part.left.start))
    when = f"since {told.day(one.start)}" if running else f"{told.day(one.start)}, {told.length(one.end - one.start)}"
    return _Label(at * 1000, y, (f'<b><span style="color:$amber">{told.share(-one.share)}</span></b>', escape(when)))


def stacked(labels: Sequence[_Label], axis: Axis, bottom: float) -> list[float | None]:
    """Pixels that each label is lifted above its place so that none lies on another; None where there is no room."""
    scale_x = (WIDTH - ROOM) / (axis.end - axis.start)
    taken: list[tuple[float, float, float, float]] = []
    seats: list[float | None] = []
    for label in labels:
        x = (label.x - axis.start) * scale_x
        height, base = LINE * len(label.lines), (label.y - bottom) / (1.02 - bottom) * PLOT
        lift = _free(x, x + label.width, base + 4, height, taken)
        if label.needed:
            lift = min(lift, PLOT - height)
        elif lift + height > PLOT + 4:
            seats.append(None)
            continue
        taken.append((x, x + label.width, lift, lift + height))
        seats.append(lift - base)
    return seats


def _free(left: float, right: float, low: float, height: float, taken: Sequence[tuple[float, ...]]) -> float:
    """The lowest place at or above `low` that nothing takes between `left` and `right`, in pixels."""
    for x0, x1, y0, y1 in sorted(taken, key=lambda one: one[2]):
        if left < x1 and right > x0 and low < y1 and low + height > y0:
            low = y1 + 2
    return low


def _notes(part: Burndown, told: Told, axis: Axis, bottom: float) -> list[Figure]:
    """What lines and bands are."""
    made = [
        note(part.report.at * 1000, 1, told.mark, yref="paper", yanchor="bottom", xanchor="left", xshift=2),
        note(axis.start, bottom, "overspent", xanchor="left", yanchor="bottom", xshift=6, yshift=4, colour="$red"),
    ]
    for gap in part.gaps:
        made += _named(replace(gap, start=max(gap.start, axis.start / 1000)), "not measured", axis)
    for gap in part.maintenance:
        made += _named(gap, escape(gap.reason or "maintenance"), axis)
    place = _pace_place(part)
    if place is not None:
        made.append(place)
    return made


def _named(gap: Stretch, text: str, axis: Axis) -> list[Figure]:
    if (gap.end - gap.start) * 1000 < WIDE * (axis.end - axis.start):
        return []
    return [note((gap.start + gap.end) * 500, 0.5, text, xanchor="center", yanchor="middle", yref="paper")]


def _pace_place(part: Burndown) -> Figure | None:
    """The name of the even pace where the curve is far from it; nothing where it is near everywhere."""
    pace = _pace(part)
    known = ~np.isnan(part.left.values)
    spots = part.left.start + (part.report.at - part.left.start) * np.array([0.35, 0.5, 0.65, 0.8])
    curve = np.interp(spots, part.left.moments[known], part.left.values[known])
    apart = curve - np.interp(spots, pace.moments, pace.values)
    best = int(np.argmax(np.abs(apart)))
    if abs(apart[best]) < 0.06:
        return None
    y = float(np.interp(spots[best], pace.moments, pace.values))
    below = apart[best] > 0 and y > DEPTH
    side = {"xanchor": "right", "yanchor": "top"} if below else {"xanchor": "left", "yanchor": "bottom"}
    return note(float(spots[best]) * 1000, y, "even pace, 1×", **side)
