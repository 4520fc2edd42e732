"""A chart without scripts: its lines as SVG masks, everything else as HTML coloured by the style sheet.

For pages that must be visible on a phone within seconds. Several charts can share one time axis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

import numpy as np

from dashboard.charts.sparkline import sparkline
from dashboard.timerange import DAY, HOUR

# Candidate seconds between two times below an axis, and their maximum number.
STEPS = (300, 900, 1800, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY)
TICKS = 5
# On a phone there is no room for a time beyond this share of the width: the end has its own label.
NEAR_END = 0.8
# Labels closer than this share of the height would overlap.
APART = 0.17
# The label of a limit above this share of the height is placed below it.
HIGH = 0.82
# The label of a mark beyond this share of the width is placed to its left.
TURNS = 0.62


@dataclass(frozen=True, slots=True)
class Mark:
    """A time with a label: epoch seconds, and text that is not escaped yet."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class LightAxis:
    """The time axis of the charts of an entry; epoch seconds.

    Attributes:
        zone: IANA name. `since`: start of the part in the colour of the entry; None for no such part.
        now: end of the measured data, if the axis continues beyond.
    """

    begin: float
    end: float
    zone: str
    since: float | None = None
    now: float | None = None

    def share(self, moment: float) -> float:
        """The position of a time, 0 at the start and 1 at the end."""
        return (moment - self.begin) / (self.end - self.begin)


@dataclass(frozen=True, slots=True, eq=False)
class LightChart:
    """The chart of one signal.

    Attributes:
        title, measured, value: its head; the value as text. `name`: for screen readers.
        values: evenly spaced from the start of the axis to its end, or to now; NaN is a gap.
        top: the value at the top of the axis. `ticks`: values and their labels.
        limits: dashed lines, values and their labels.
        is_over: show the value in the colour of the entry.
        ahead: expected values, evenly spaced from now to the end; None without a forecast.
        since: start of the part of the line in the colour of the entry, epoch seconds; None: as in the axis.
    """

    title: str
    value: str
    values: np.ndarray
    top: float
    name: str
    measured: str = ""
    ticks: tuple[tuple[float, str], ...] = ()
    limits: tuple[tuple[float, str], ...] = ()
    is_over: bool = False
    ahead: np.ndarray | None = None
    since: float | None = None


def light_charts(charts: Sequence[LightChart], axis: LightAxis, marks: Sequence[Mark] = ()) -> str:
    """Charts above one another with their time axis, as HTML; empty without any.

    Args:
        charts: from top to bottom. `axis`: of all of them. `marks`: within the axis, most important last.
    """
    if not charts:
        return ""
    within = [mark for mark in marks if axis.begin <= mark.at <= axis.end]
    drawn = "".join(_chart(chart, axis, within, is_first=not place) for place, chart in enumerate(charts))
    return f'<div class="gs-lights">{drawn}{times(axis)}</div>'


def _chart(chart: LightChart, axis: LightAxis, marks: Sequence[Mark], *, is_first: bool) -> str:
    measured = f"<small>{escape(chart.measured)}</small>" if chart.measured else ""
    head = (
        f'<div class="h"><b>{escape(chart.title)}</b>{measured}'
        f"<em{' class=over' if chart.is_over else ''}>{escape(chart.value)}</em></div>"
    )
    lines = "".join(_mark(mark, axis, named=is_first and mark is marks[-1]) for mark in marks)
    ticks = "".join(
        f'<span class="t" style="bottom:{value / chart.top:.0%}">{escape(label)}</span>' for value, label in chart.ticks
    )
    return (
        f'<div class="gs-light" role="img" aria-label="{escape(chart.name)}">{head}'
        f'<div class="p">{ticks}{_line(chart, axis)}{_limits(chart)}{lines}</div></div>'
    )


def _line(chart: LightChart, axis: LightAxis) -> str:
    """The line and its area, from `since` on in the colour of the entry."""
    if not np.isfinite(chart.values).any():
        return '<div class="gs-nothing">no data</div>'
    line, area = sparkline(chart.values, top=chart.top, to_scale=True)
    width = 1.0 if axis.now is None else axis.share(axis.now)
    begin = axis.since if chart.since is None else chart.since
    since = 1.0 if begin is None else min(max(axis.share(begin) / width, 0.0), 1.0)
    # Both parts, before and since, are cut from one picture.
    style = f"--l:url({line});--a:url({area});--s:{since:.1%};width:{width:.1%}"
    drawn = f'<div class="l{" over" if chart.is_over else ""}" style="{style}"><i></i><u></u></div>'
    if chart.ahead is None or width >= 1:
        return drawn
    dots, _ = sparkline(chart.ahead, top=chart.top, to_scale=True)
    return f'{drawn}<div class="d" style="--l:url({dots});left:{width:.1%}"></div>'


def _limits(chart: LightChart) -> str:
    lines, last = [], -1.0
    for value, label in sorted(chart.limits):
        share = value / chart.top
        if share > 1:
            continue
        # Of two overlapping labels the lower one stays.
        side = ' class="u"' if share > HIGH else ""
        text = f"<span{side}>{escape(label)}</span>" if share - last >= APART or last < 0 else ""
        lines.append(f'<s style="bottom:{share:.1%}">{text}</s>')
        last = share if text else last
    return "".join(lines)


def _mark(mark: Mark, axis: LightAxis, *, named: bool) -> str:
    share = axis.share(mark.at)
    side = "r" if share > TURNS else ""
    text = f'<span class="{side}">{escape(mark.text)}</span>' if named else ""
    return f'<q style="left:{share:.1%}" title="{escape(mark.text)}">{text}</q>'


def times(axis: LightAxis) -> str:
    """The times below charts, as HTML."""
    span, zone = axis.end - axis.begin, ZoneInfo(axis.zone)
    step = next((step for step in STEPS if span / step <= TICKS), STEPS[-1])
    local = datetime.fromtimestamp(axis.begin, zone).utcoffset()
    offset = local.total_seconds() if local is not None else 0.0
    first = -(-(axis.begin + offset) // step) * step - offset
    moments = np.arange(first, axis.end, step).tolist()
    # No room beside the end of the axis, which has its own label.
    times = [moment for moment in moments if 0.04 <= axis.share(moment) <= 0.92]
    spans = "".join(
        f'<span{" class=n" if axis.share(moment) > NEAR_END else ""} style="left:{axis.share(moment):.1%}">'
        f"{_label(moment, step, zone)}</span>"
        for moment in times
    )
    # The end of an axis of days has no label, unless there is a forecast.
    end = "now" if step >= DAY and axis.now is None else _label(axis.end, step, zone)
    return f'<div class="x" aria-hidden="true">{spans}<span class="e">{end}</span></div>'


def _label(moment: float, step: float, zone: ZoneInfo) -> str:
    at = datetime.fromtimestamp(moment, zone)
    return f"{at:%H:%M}" if step < DAY else f"{at.day} {at:%b}"
