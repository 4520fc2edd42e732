"""Changes on a service's charts: a thin line over the whole height, and a label above it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from dashboard.charts.figure import Axis, Figure, note

# Maximum number of lines; changes closer than this share of the axis are merged into one line.
MARKED, NEAR = 10, 1 / 120
# Maximum length of a name, as a version may be a digest; and of the list of changes of one line.
LETTERS, LISTED = 24, 12
# Pixels: a triangle that points at the line's upper end.
TRIANGLE = "M-4,6L4,6L0,0Z"


@dataclass(frozen=True, slots=True)
class ChangeMark:
    """A change on a chart.

    Attributes:
        at: epoch seconds. `text`: what changed.
        is_deploy: the code changed: its line is solid, others are dotted.
        others: changes merged into this line, in order of time.
    """

    at: float
    text: str
    is_deploy: bool = True
    others: tuple["ChangeMark", ...] = ()

    @property
    def more(self) -> int:
        """Number of other changes in this line."""
        return len(self.others)

    @property
    def label(self) -> str:
        """Its truncated text, with the number of other changes."""
        short = self.text if len(self.text) <= LETTERS else f"{self.text[: LETTERS - 1]}…"
        return f"{short} and {self.more} more" if self.more else short


def draw_changes(figure: Figure, axis: Axis, marks: Sequence[ChangeMark]) -> None:
    """Draw changes.

    Args:
        figure: modified in place.
        axis: its time axis; changes outside are left out.
        marks: in any order.
    """
    lines = folded(axis, marks)
    for mark in lines:
        figure["layout"]["shapes"] += _shapes(mark.at * 1000, is_deploy=mark.is_deploy)
    # If not all names fit, those of deploys have priority.
    for mark in sorted(lines, key=lambda mark: not mark.is_deploy):
        figure["layout"]["annotations"].append(
            note(
                mark.at * 1000, 1, escape(mark.label), name="rail", yref="paper", xanchor="right", xshift=-6,
                changes=_listed(mark), count=1 + mark.more,
            )
        )  # fmt: skip


def folded(axis: Axis, marks: Sequence[ChangeMark]) -> list[ChangeMark]:
    """The marks within an axis, in order of time, with close ones merged: never more than can be drawn.

    Args:
        axis: the time axis. `marks`: in any order.
    """
    within = sorted((mark for mark in marks if axis.start < mark.at * 1000 <= axis.end), key=lambda mark: mark.at)
    near = (axis.end - axis.start) / 1000 * NEAR
    groups = _groups(within, near)
    while len(groups) > MARKED:
        near *= 1.5
        groups = _groups(within, near)
    return [_one(group) for group in groups]


def _groups(marks: Sequence[ChangeMark], near: float) -> list[list[ChangeMark]]:
    """Marks within this many seconds of the first of their group."""
    groups: list[list[ChangeMark]] = []
    for mark in marks:
        if groups and mark.at - groups[-1][0].at <= near:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return groups


def _one(group: Sequence[ChangeMark]) -> ChangeMark:
    """The last deploy of a group, else the last change, since it replaced earlier ones."""
    last = max(group, key=lambda mark: (mark.is_deploy, mark.at))
    others = [each for mark in group for each in (replace(mark, others=()), *mark.others) if mark is not last]
    return replace(last, others=tuple(sorted([*others, *last.others], key=lambda mark: mark.at)))


def _listed(mark: ChangeMark) -> list[list[Any]]:
    """Time (epoch milliseconds) and full text of each change of a line, in order of time."""
    every = sorted([mark, *mark.others], key=lambda each: each.at)
    return [[each.at * 1000, each.text] for each in every[:LISTED]]


def _shapes(at: float, *, is_deploy: bool) -> list[Figure]:
    top = {"xsizemode": "pixel", "xanchor": at, "ysizemode": "pixel", "yanchor": 1, "yref": "paper"}
    dash = {} if is_deploy else {"dash": "dot"}
    return [
        {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1,
         "line": {"color": "$second", "width": 1, **dash}},
        {"type": "path", "path": TRIANGLE, **top, "fillcolor": "$second", "line": {"width": 0}},
    ]  # fmt: skip
