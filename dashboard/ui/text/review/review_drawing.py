"""The charts of a review as inline SVG: widths are shares of what they stand in, and fit a phone and paper alike.

Words stand beside the drawings and not in them: a drawing says what it shows by its label, to who does not see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

from dashboard.ui.text.review.review_markup import attribute
from dashboard.ui.text.status_text import Status

# What a mark is in 12 × 12: as other pages show it, but drawn, since fonts of paper lack some of them.
_MARKS: Final = {
    "✕": '<path d="M2 2l8 8M10 2l-8 8"/>',
    "▲": '<path class="solid" d="M6 1l5.5 10H.5z"/>',
    "✓": '<path d="M1.5 6.5l3 3.5 6-8"/>',
    "◆": '<path class="solid" d="M6 .5L11.5 6 6 11.5.5 6z"/>',
    "◌": '<circle cx="6" cy="6" r="4.6" stroke-dasharray="2 2.2"/>',
}
# No bar is longer than this many budgets: it ends with a point, and the number beside it tells.
LONGEST = 2.0
# The trend: width, height and the room above and below its course.
_WIDTH, _HEIGHT, _ROOM = 72.0, 22.0, 3.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a stacked bar. `kind`: change, incident or background. `share`: of the budget, 0 or more."""

    kind: str
    share: float


def mark(status: Status) -> str:
    """The shape of a state; the word beside it says the same."""
    return f'<svg class="mark" viewBox="0 0 12 12" aria-hidden="true">{_MARKS[status.mark]}</svg>'


def longest(shares: Sequence[float | None]) -> float:
    """The share of a budget at the right end of all bars that stand below each other: a little more than the whole."""
    known = [share for share in shares if share is not None and isfinite(share)]
    return min(max([1.15, *(share * 1.02 for share in known)]), LONGEST)


def budget_bar(share: float | None, scale: float, colour: str, label: str) -> str:
    """How much of a budget was used, with a line at the whole of it.

    Args:
        share: of the budget; None if that is unknown. `scale`: the share at the right end.
        colour: red, amber, green or grey. `label`: what it shows, in words.
    """
    whole = _place(1.0, scale)
    line = f'<line class="whole" x1="{whole}" x2="{whole}" y1="0" y2="100%"/>'
    used = "" if share is None else _bar(share, scale, colour)
    return f'<svg role="img" aria-label="{attribute(label)}">{line}{used}</svg>'


def _bar(share: float, scale: float, colour: str) -> str:
    width = max(min(share, scale), 0.0)
    bar = f'<rect class="fill-{colour}" y="-4" height="8" width="{_place(width, scale)}" style="min-width:1px"/>'
    # What continues beyond the end is cut by a notch in the colour of the ground.
    cut = f'<svg x="100%" overflow="visible">{_CUT}</svg>' if share > scale else ""
    return f'<svg y="50%" overflow="visible">{bar}{cut}</svg>'


_CUT: Final = '<path d="M-9-6l5 6-5 6h4l5-6-5-6z" style="fill:var(--rv-ground)"/>'


def trend(shares: Sequence[float | None], colour: str, label: str) -> str:
    """The share of a budget used in each of the last periods, with a dotted line at the whole of it.

    Args:
        shares: the oldest first; None is a gap. `colour`: of the last one. `label`: what it shows, in words.
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
    """Lines between neighbours, a dot if there is none, and a larger one at the end."""
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
    """What a budget was spent on, one piece after the other, with a dashed line at the whole of it.

    Args:
        pieces: from left to right. `longest_bar`: the share at which it is cut. `scale`: the share at the right end.
        label: what it shows, in words.
    """
    bars, begin = "", 0.0
    for piece in pieces:
        end = min(begin + piece.share, longest_bar)
        bars += (
            f'<rect class="{piece.kind}" x="{_place(begin, scale)}" width="{_place(max(end - begin, 0.0), scale)}" '
            'height="100%"/>'
        )
        # A hair of ground between two: colours alone would not part them on a grey print.
        bars += f'<line x1="{_place(end, scale)}" x2="{_place(end, scale)}" y2="100%" style="stroke:var(--rv-ground)"/>'
        begin = end
    is_cut = sum(piece.share for piece in pieces) > longest_bar
    cut = f'<svg x="{_place(longest_bar, scale)}" y="50%" overflow="visible">{_CUT}</svg>' if is_cut else ""
    whole = _place(1.0, scale)
    line = f'<line class="whole dashed" x1="{whole}" x2="{whole}" y1="-4" y2="28"/>'
    return f'<svg role="img" aria-label="{attribute(label)}">{bars}{cut}{line}</svg>'


def squares(filled: int, number: int, label: str) -> str:
    """This many of a number of squares filled; of many each stands for several.

    Args:
        filled: this many. `number`: of all. `label`: what it shows, in words.
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
    """A place on the scale as CSS."""
    return f"{100 * share / scale:.3f}%"
