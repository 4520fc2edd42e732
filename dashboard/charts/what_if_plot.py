"""The budget with the current and the alternative objective, and alerts that would have fired: HTML without a script.

Lines are masks coloured by the style sheet; alerts are bars in two lanes above the plot, as wide as their duration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from dashboard.charts.light_chart import LightAxis, times
from dashboard.charts.sparkline import sparkline

# The lowest and highest visible share of a budget; beyond it the line lies on the edge.
LOWEST, HIGHEST = -1.0, 1.0
# Minimum room below 0, where the plot explains what overspent means.
DEPTH = -0.14
# Alerts longer than this share of the axis do not colour the plot, as they would fill it.
LASTING = 0.08


@dataclass(frozen=True, slots=True)
class Bar:
    """An alert in its lane.

    Attributes:
        lane: `page` or `ticket`. `start`, `end`: epoch seconds. `is_explained`: an incident explains it.
        text: its description, not escaped yet.
    """

    lane: str
    start: float
    end: float
    is_explained: bool
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class BudgetCourse:
    """The remaining budget at evenly spaced times from the start of the axis to its end; NaN is a gap.

    Attributes:
        now: of the current objective; None if only one is drawn. `tried`: of the alternative.
        name: for screen readers.
    """

    tried: np.ndarray
    now: np.ndarray | None
    name: str


def plot(course: BudgetCourse, axis: LightAxis, bars: Sequence[Bar], ticks: Sequence[str]) -> str:
    """The plot as HTML.

    Args:
        course: the lines. `axis`: of time. `bars`: alerts. `ticks`: labels of 0, 50 and 100 %.
    """
    bottom = lowest(course)
    lanes = "".join(_lane(name, [bar for bar in bars if bar.lane == name], axis) for name in ("page", "ticket"))
    lines = "" if course.now is None else _line(course.now, bottom, "now")
    lines += _line(course.tried, bottom, "tried")
    shown = f"{_ticks(bottom, ticks)}{_zero(bottom)}{lines}{''.join(_stripe(bar, axis) for bar in bars)}"
    if not np.isfinite(course.tried).any():
        shown += '<div class="gs-nothing">not enough of its windows is known to draw what was left</div>'
    return (
        f'<div class="gs-tryplot" role="img" aria-label="{escape(course.name)}"><div class="lanes">{lanes}</div>'
        f'<div class="p">{shown}</div><div class="gs-lights">{times(axis)}</div></div>'
    )


def lowest(course: BudgetCourse) -> float:
    """The share at the bottom of the plot: room below 0, more if the budget is overspent."""
    lines = [line for line in (course.tried, course.now) if line is not None]
    known = np.concatenate(lines)
    known = known[np.isfinite(known)]
    least = float(known.min()) if len(known) else 0.0
    return max(min(least * 1.1, DEPTH), LOWEST)


def _line(values: np.ndarray, bottom: float, kind: str) -> str:
    line, area = sparkline(np.clip(values, bottom, HIGHEST) - bottom, top=HIGHEST - bottom, to_scale=True)
    below = -bottom / (HIGHEST - bottom)
    return f'<i class="{kind}" style="--l:url({line});--a:url({area});--z:{below:.1%}"></i>'


def _zero(bottom: float) -> str:
    """The overspent area below 0."""
    share = -bottom / (HIGHEST - bottom)
    return f'<u class="over" style="height:{share:.1%}"><span>overspent</span></u>'


def _ticks(bottom: float, texts: Sequence[str]) -> str:
    places = zip((0.0, 0.5, 1.0), texts, strict=True)
    height = HIGHEST - bottom
    return "".join(
        f'<span class="t" style="bottom:{(value - bottom) / height:.1%}">{escape(text)}</span>'
        for value, text in places
    )


def _lane(name: str, bars: Sequence[Bar], axis: LightAxis) -> str:
    marks = "".join(
        f'<b class="{"" if bar.is_explained else "lone"}" style="{_place(bar, axis)}" title="{escape(bar.text)}"></b>'
        for bar in bars
    )
    return f'<div class="{name}"><span>{name}s</span>{marks}</div>'


def _stripe(bar: Bar, axis: LightAxis) -> str:
    """The time of an alert over the height of the plot; an alert of days is shown in its lane only."""
    if bar.end - bar.start > LASTING * (axis.end - axis.begin):
        return ""
    return f'<s class="{bar.lane}" style="{_place(bar, axis)}"></s>'


def _place(bar: Bar, axis: LightAxis) -> str:
    left, right = (min(max(axis.share(moment), 0.0), 1.0) for moment in (bar.start, bar.end))
    return f"left:min({left:.2%},100% - 5px);width:{right - left:.2%}"
