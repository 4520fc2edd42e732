"""Charts of a resource without scripts: lines as SVG masks coloured by the style sheet, labels as HTML.

Two charts share the scale of use, so that the limit is one line across both: hourly use with its forecast, and use
against traffic.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

# Units of a picture from bottom to top.
HEIGHT = 400
# More points than this number of steps of the axis are thinned out.
WIDEST = 1200


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values to positions, from the lowest and the highest value of each axis."""

    left: float
    right: float
    top: float

    def x(self, value: float) -> float:
        """A share of the width, 0–1 if visible."""
        return (value - self.left) / (self.right - self.left)

    def y(self, value: float) -> float:
        """A share of the height, 0–1 if visible."""
        return min(max(value / self.top, 0.0), 1.0)

    def units(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions in the units of a picture, with the shape of the input."""
        across = (np.asarray(x, dtype=float) - self.left) / (self.right - self.left) * WIDEST
        up = HEIGHT - np.clip(np.asarray(y, dtype=float) / self.top, 0, 1) * HEIGHT
        return np.round(across, 1), np.rint(up)


@dataclass(frozen=True, slots=True)
class Layer:
    """A shape of a chart: its CSS class, and a data URI for `mask-image`."""

    kind: str
    uri: str

    @property
    def html(self) -> str:
        """The HTML of a layer over the plot."""
        return f'<i class="{self.kind}" style="--m:url({self.uri})"></i>'


@dataclass(frozen=True, slots=True)
class Word:
    """A text at a position of the plot.

    Attributes:
        x, y: shares of the width and of the height. `text`: not escaped yet; a second line after `\\n`.
        kind: CSS classes for its side of the position, and its colour.
    """

    x: float
    y: float
    text: str
    kind: str = ""

    @property
    def html(self) -> str:
        """The text as HTML."""
        lines = "<br>".join(escape(line) for line in self.text.split("\n"))
        return f'<span class="w {self.kind}" style="left:{self.x:.2%};bottom:{self.y:.2%}">{lines}</span>'


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart.

    Attributes:
        name: for screen readers. `head`: HTML above the chart.
        layers: from bottom to top. `words`: above them. `shapes`: further HTML within the plot.
        ticks: of the use: share of the height → text. `times`: of the other axis: share of the width → text.
        kind: a CSS class.
    """

    name: str
    head: str
    layers: Sequence[Layer]
    words: Sequence[Word]
    shapes: Sequence[str]
    ticks: Sequence[tuple[float, str]]
    times: Sequence[tuple[float, str]]
    kind: str = ""

    @property
    def html(self) -> str:
        """The chart as HTML."""
        grid = "".join(
            f'<s style="bottom:{y:.2%}"></s><em style="bottom:{y:.2%}">{text}</em>' for y, text in self.ticks
        )
        inside = "".join(
            (grid, *(layer.html for layer in self.layers), *self.shapes, *(word.html for word in self.words))
        )
        below = "".join(f'<em style="left:{x:.2%}">{escape(text)}</em>' for x, text in self.times)
        shown = f'<div class="p" role="img" aria-label="{escape(self.name)}">{inside}</div>'
        return (
            f'<div class="gs-capplot {self.kind}"><div class="gs-cardhead">{self.head}</div>{shown}'
            f'<div class="x">{below}</div></div>'
        )


def line(scale: Scale, x: np.ndarray, y: np.ndarray, kind: str, *, dash: str = "", width: float = 1.5) -> Layer:
    """A line through points; a gap stays a gap.

    Args:
        scale: of the chart. `x`, `y`: values, shape (points,). `kind`: a CSS class.
        dash: SVG dash array; empty for none. `width`: pixels.
    """
    dashes = f" stroke-dasharray='{dash}'" if dash else ""
    style = f"fill='none' stroke='red' stroke-width='{width}' stroke-linecap='round' stroke-linejoin='round'{dashes}"
    return Layer(kind, _uri(f"<path d='{_path(scale, x, y)}' {style} vector-effect='non-scaling-stroke'/>"))


def area(scale: Scale, x: np.ndarray, low: np.ndarray, high: np.ndarray, kind: str) -> Layer:
    """The area between two lines.

    Args:
        scale: of the chart. `x`: shape (points,). `low`, `high`: values there. `kind`: a CSS class.
    """
    known = np.isfinite(low) & np.isfinite(high)
    if known.sum() < 2:
        return Layer(kind, _uri(""))
    x, low, high = x[known], low[known], high[known]
    across, up = scale.units(np.concatenate([x, x[::-1]]), np.concatenate([high, low[::-1]]))
    points = " ".join(f"{left:g},{top:g}" for left, top in zip(across.tolist(), up.tolist(), strict=True))
    return Layer(kind, _uri(f"<polygon points='{points}'/>"))


def dots(scale: Scale, x: np.ndarray, y: np.ndarray, kind: str, *, size: float = 4) -> Layer:
    """A dot at each point.

    Args:
        scale: of the chart. `x`, `y`: values, shape (points,). `kind`: a CSS class. `size`: pixels.
    """
    known = np.isfinite(x) & np.isfinite(y)
    across, up = scale.units(x[known], y[known])
    # A line of length zero with round ends stays round however the picture is stretched.
    drawn = "".join(f"M{left:g},{top:g}h0" for left, top in zip(across.tolist(), up.tolist(), strict=True))
    style = f"fill='none' stroke='red' stroke-width='{size:g}' stroke-linecap='round'"
    return Layer(kind, _uri(f"<path d='{drawn}' {style} vector-effect='non-scaling-stroke'/>"))


def box(kind: str, *, left: float = 0.0, width: float = 0.0, bottom: float = 0.0, height: float = 0.0) -> str:
    """A rectangle, a line or a mark of the plot, as HTML.

    Args:
        kind: a CSS class. `left`, `width`, `bottom`, `height`: shares of the plot.
    """
    begin, end = max(left, 0.0), min(left + width, 1.0)
    style = f"left:{begin:.2%};width:{max(end - begin, 0.0):.2%};bottom:{bottom:.2%};height:{height:.2%}"
    return f'<b class="{kind}" style="{style}"></b>'


def _path(scale: Scale, x: np.ndarray, y: np.ndarray) -> str:
    thin = max(1, len(x) // WIDEST)
    x, y = np.asarray(x, dtype=float)[::thin], np.asarray(y, dtype=float)[::thin]
    across, up = scale.units(x, np.nan_to_num(y))
    known = np.isfinite(y)
    return "".join(_steps(across.tolist(), up.tolist(), known.tolist()))


def _steps(across: Iterable[float], up: Iterable[float], known: Iterable[bool]) -> Iterable[str]:
    is_on = False
    for left, top, there in zip(across, up, known, strict=True):
        if there:
            yield f"{'L' if is_on else 'M'}{left:g},{top:g}"
        is_on = there


def _uri(content: str) -> str:
    view = f"viewBox='0 0 {WIDEST} {HEIGHT}' preserveAspectRatio='none'"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' {view}>{content}</svg>"
    return "data:image/svg+xml," + svg.replace("<", "%3C").replace(">", "%3E").replace("'", "%27").replace(" ", "%20")
