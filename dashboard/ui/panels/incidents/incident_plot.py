"""A plain chart without a library: lines and areas as masks coloured by the style sheet, with texts as HTML."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from dashboard.charts.counted_course import TimeAxis, lanes
from dashboard.charts.figure import tick_texts
from dashboard.charts.sparkline import sparkline
from dashboard.ui.text import units


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line at a position, 0–1, with its text; `kind` is a CSS class."""

    place: float
    text: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plot:
    """One chart.

    Attributes:
        name: for screen readers.
        values: evenly spaced, NaN if unknown. `top`, `ticks`: of their scale.
        shade: start and end of the shaded part, 0–1. `over`: the text on it.
        marks: vertical lines, ascending.
        limit: value and text of a threshold; None without one.
        kind: a CSS class.
    """

    name: str
    values: np.ndarray
    top: float
    ticks: Sequence[float]
    shade: tuple[float, float]
    marks: Sequence[Mark] = ()
    over: str = ""
    limit: tuple[float, str] | None = None
    kind: str = ""

    def html(self) -> str:
        """The chart as HTML."""
        line, fill = sparkline(self.values, top=self.top, to_scale=True)
        drawn = "".join(
            f'<i class="{kind}" style="mask-image:url({uri})"></i>' for kind, uri in (("fill", fill), ("line", line))
        )
        inside = "".join((*self._grid(), self._shade(), drawn, self._limit(), *self._lines()))
        return (
            f'<div class="gs-incplot {self.kind}" role="img" aria-label="{escape(self.name)}">'
            f'<div class="labels">{"".join(self._labels())}</div><div class="plot">{inside}</div></div>'
        )

    def _grid(self) -> Iterator[str]:
        for tick, text in zip(self.ticks, tick_texts(self.ticks, units.percent), strict=True):
            place = f'style="bottom:{tick / self.top:.2%}"'
            yield f"<s {place}></s><em {place}>{text}</em>"

    def _shade(self) -> str:
        begin, end = self.shade
        # At its start, but never beyond the plot, whose width varies; a letter is narrower than a digit.
        left = f"min({begin:.2%},100% - {len(self.over) + 1}ch)"
        said = f'<span class="over" style="left:{left}">{escape(self.over)}</span>' if self.over else ""
        # Wide enough to be visible even if it ended within a step.
        return f'<i class="shade" style="left:{begin:.2%};width:{max(end - begin, 0.003):.2%}"></i>{said}'

    def _limit(self) -> str:
        if self.limit is None:
            return ""
        value, text = self.limit
        return f'<i class="limit" style="bottom:{min(value / self.top, 1):.2%}"><span>{escape(text)}</span></i>'

    def _lines(self) -> Iterator[str]:
        for mark in self.marks:
            yield f'<u class="{mark.kind}" style="left:{mark.place:.2%}"></u>'

    def _labels(self) -> Iterator[str]:
        for label in lanes([(mark.place, mark.text) for mark in self.marks if mark.text]):
            side = " left" if label.is_left else ""
            yield (f'<span class="lane{label.lane}{side}" style="left:{label.place:.2%}">{escape(label.text)}</span>')


def times(axis: TimeAxis, zone: str) -> str:
    """The time labels below charts, as HTML.

    Args:
        axis: of the charts. `zone`: IANA name.
    """
    labels = "".join(f'<em style="left:{place:.2%}">{text}</em>' for place, text in axis.labels(zone))
    return f'<div class="gs-inctimes" aria-hidden="true">{labels}</div>'
