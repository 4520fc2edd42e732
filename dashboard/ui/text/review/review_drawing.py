"""The charts of a review as inline SVG: widths are shares of their container, and fit phones and paper alike.

Texts are placed beside the drawings, not in them; each drawing has a label for screen readers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

from dashboard.ui.text.review.review_markup import attribute
from dashboard.ui.text.status_text import Status

# Marks in 12 × 12 units: as on other pages, but drawn, since some print fonts lack the characters.
_MARKS: Final = {
    "✕": '<path d="M2 2l8 8M10 2l-8 8"/>',
    "▲": '<path class="solid" d="M6 1l5.5 10H.5z"/>',
    "✓": '<path d="M1.5 6.5l3 3.5 6-8"/>',
    "◆": '<path class="solid" d="M6 .5L11.5 6 6 11.5.5 6z"/>',
    "◌": '<circle cx="6" cy="6" r="4.6" stroke-dasharray="2 2.2"/>',
}
# Maximum length of a bar, in budgets: longer ones end in a point, with the number beside it.
LONGEST = 2.0
# The trend: width, height, and the room above and below its line.
_WIDTH, _HEIGHT, _ROOM = 72.0, 22.0, 3.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a stacked bar. `kind`: change, incident or background. `share`: of the budget, 0 or more."""

    kind: str
    share: float


def mark(status: Status) -> str:
    """The mark of a state; the word beside it says the same."""
    return f'<svg class="mark" viewBox="0 0 12 12" aria-hidden="true">{_MARKS[status.mark]}</svg>'


def longest(shares: Sequence[float | None]) -> float:
    """The share of a budget at the right end of all bars in a column: a little more than the whole."""
    known = [share for share in shares if share is not None and isfinite(share)]
    return min(max([1.15, *(share * 1.02 for share in known)]), LONGEST)


def budget_bar(share: float | None, scale: float, colour: str, label: str) -> str:
    """A bar of the used share of a budget, with a line at the whole budget.

    Args:
        share: of the budget; None if unknown. `scale`: the share at the right end.
        colour: red, amber, green or grey. `label`: describes the bar.
    """
    whole = _place(1.0, scale)
    line = f'<line class="whole" x1="{whole}" x2="{whole}" y1="0" y2="100%"/>'
    used = "" if share is None else _bar(share, scale, colour)
    return f'<svg role="img" aria-label="{attribute(label)}">{line}{used}</svg>'


def _bar(share: float, scale: float, colour: str) -> str:
    width = max(min(share, scale), 0.0)
    bar = f'<rect class="fill-{colour}" y="-4" height="8" width="{_place(width, scale)}" style="min-width:1px"/>'
    # A bar that continues beyond the end is cut by a notch in the background colour.
    cut = f'<svg x="100%" overflow="visible">{_CUT}</svg>' if share > scale else ""
    return f'<svg y="50%" overflow="visible">{bar}{cut}</svg>'


_CUT: Final = '<path d="M-9-6l5 6-5 6h4l5-6-5-6z" style="fill:var(--rv-ground)"/>'


def trend(shares: Sequence[float | None], colour: str, label: str) -> str:
    """The used share of a budget in each of the last periods, with a dotted line at the whole budget.

    Args:
        shares: oldest first; None is a gap. `colour`: of the last one. `label`: describes the trend.
    """
    top = longest(shares)
    step = _WIDTH - 2 * _ROOM
    points = [
        (
            _ROOM + step * (place / max(len(shares) - 1, 1)),
            _HEIGHT - _ROOM - (_HEIGHT - 2 * _ROOM) * min(max(share, 0.0), top) / top,
        )
        if share is not None
        else None
        for place, share in enumerate(shares)
    ]
    limit = _HEIGHT - _ROOM - (_HEIGHT - 2 * _ROOM) / top
    return (
        f'<svg viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" aria-label="{attribute(label)}">'
        f'<line class="limit" x1="0" x2="{_WIDTH:g}" y1="{limit:.1f}" y2="{limit:.1f}"/>{_course(points, colour)}</svg>'
    )


def _course(points: Sequence[tuple[float, float] | None], colour: str) -> str:
    """Lines between neighbours, dots for isolated points, and a larger dot at the end."""
    path, drawn, pen = "", "", "M"
    for place, point in enumerate(points):
        if point is None:
            pen = "M"
            continue
        path += f"{pen}{point[0]:.1f} {point[1]:.1f}"
        alone = pen == "M" and (place + 1 == len(points) or points[place + 1] is None)
        if alone and place + 1 < len(points):
            drawn += f'<circle class="fill-grey" cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="1.2"/>'
        pen = "L"
    last = points[-1] if points else None
    if last is not None:
        drawn += f'<circle class="fill-{colour}" cx="{last[0]:.1f}" cy="{last[1]:.1f}" r="2.6"/>'
    return f'<path class="course" d="{path}"/>{drawn}'


def stack(pieces: Sequence[Piece], longest_bar: float, scale: float, label: str) -> str:
    """A stacked bar of what a budget was spent on, with a dashed line at the whole budget.

    Args:
        pieces: from left to right. `longest_bar`: the share at which a bar is cut. `scale`: the share at the right end.
        label: describes the bar.
    """
    bars, begin = "", 0.0
    for piece in pieces:
        end = min(begin + piece.share, longest_bar)
        bars += (
            f'<rect class="{piece.kind}" x="{_place(begin, scale)}" width="{_place(max(end - begin, 0.0), scale)}" '
            'height="100%"/>'
        )
        # A thin gap between two pieces: colours alone would not separate them in a grey print.
        bars += f'<line x1="{_place(end, scale)}" x2="{_place(end, scale)}" y2="100%" style="stroke:var(--rv-ground)"/>'
        begin = end
    is_cut = sum(piece.share for piece in pieces) > longest_bar
    cut = f'<svg x="{_place(longest_bar, scale)}" y="50%" overflow="visible">{_CUT}</svg>' if is_cut else ""
    whole = _place(1.0, scale)
    line = f'<line class="whole dashed" x1="{whole}" x2="{whole}" y1="-4" y2="28"/>'
    return f'<svg role="img" aria-label="{attribute(label)}">{bars}{cut}{line}</svg>'


def squares(filled: int, number: int, label: str) -> str:
    """A row of squares, some of them filled; for large numbers each stands for several.

    Args:
        filled: the number of filled ones. `number`: of all. `label`: describes the row.
    """
    shown = min(number, 60)
    full = round(filled * shown / number) if number else 0
    boxes = "".join(
        f'<rect class="{"on" if place < full else "off"}" x="{place * 12 + 0.5:g}" y="1.5" width="9" height="9"/>'
        for place in range(shown)
    )
    return (
        f'<svg class="squares" viewBox="0 0 {max(shown, 40) * 12} 12" preserveAspectRatio="xMinYMid meet" role="img" '
        f'aria-label="{attribute(label)}">{boxes}</svg>'
    )


def _place(share: float, scale: float) -> str:
    """A position on the scale as CSS."""
    return f"{100 * share / scale:.3f}%"
