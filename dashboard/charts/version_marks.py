"""When versions of a service began, on its charts: a line over the whole height, and the name on the rail above it."""

from collections.abc import Sequence
from html import escape

from dashboard.charts.figure import Axis, Figure, note

# Longer names are cut: a version may be the digest of a commit.
LETTERS = 16
# Pixels: a triangle that points at the line's upper end.
TRIANGLE = "M-4,6L4,6L0,0Z"


def draw_versions(figure: Figure, axis: Axis, versions: Sequence[tuple[float, str]]) -> None:
    """Draw the begin of each version.

    Args:
        figure: it is added to.
        axis: its time axis; what lies beyond it is left out.
        versions: epoch seconds and name of each.
    """
    for seconds, version in versions:
        at = seconds * 1000
        if axis.start < at <= axis.end:
            figure["layout"]["shapes"] += _shapes(at)
            short = version if len(version) <= LETTERS else f"{version[: LETTERS - 1]}…"
            figure["layout"]["annotations"].append(
                note(at, 1, f"version {escape(short)}", name="rail", yref="paper", xanchor="right", xshift=-6)
            )


def _shapes(at: float) -> list[Figure]:
    top = {"xsizemode": "pixel", "xanchor": at, "ysizemode": "pixel", "yanchor": 1, "yref": "paper"}
    return [
        {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1,
         "line": {"color": "$second", "width": 1}},
        {"type": "path", "path": TRIANGLE, **top, "fillcolor": "$second", "line": {"width": 0}},
    ]  # fmt: skip
