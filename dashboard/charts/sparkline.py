"""A sparkline as an SVG mask: the page's CSS colours it, so that it follows the viewer's scheme.

A wall of twelve services has 48 of them, sent to every viewer at each refresh: hence whole units and relative steps.
"""

import numpy as np

# Enough steps for a smooth line at the height of a tile.
HEIGHT = 128
# The stroke needs room at the top and at the bottom, unless the line has a scale: then a value below a threshold must
# not be drawn above it.
MARGIN = 3


def runs(values: np.ndarray) -> list[tuple[int, int]]:
    """The ranges [begin, end) without missing values: a gap stays a gap."""
    known = np.concatenate([[False], ~np.isnan(values), [False]])
    edges = np.flatnonzero(known[1:] != known[:-1])
    return [(int(begin), int(end)) for begin, end in zip(edges[::2], edges[1::2], strict=True)]


def shapes(values: np.ndarray, top: float, margin: int = MARGIN) -> tuple[str, str]:
    """The line and the area below it as SVG paths, one unit per value, y from 0 to `top`; empty without a value."""
    share = np.clip(np.nan_to_num(values) / (top or 1), 0, 1)
    y = np.rint(HEIGHT - margin - share * (HEIGHT - 2 * margin)).astype(int)
    line, area = [], []
    for begin, end in runs(values):
        steps = ",".join(f"{width},{rise}" for width, rise in _steps(y[begin:end])).replace(",-", "-")
        drawn = f"l{steps}" if steps else "h.9"
        line.append(f"M{begin},{y[begin]}{drawn}")
        area.append(f"M{begin},{HEIGHT}V{y[begin]}{drawn}V{HEIGHT}Z")
    return "".join(line), "".join(area)


def _steps(y: np.ndarray) -> list[tuple[int, int]]:
    """Width and rise of each straight segment through heights one unit apart; neighbours of equal slope are merged."""
    rises = np.diff(y)
    if not len(rises):
        return []
    turns = np.concatenate([[0], np.flatnonzero(np.diff(rises)) + 1, [len(rises)]])
    return list(zip(np.diff(turns).tolist(), np.diff(y[turns]).tolist(), strict=True))


def sparkline(values: np.ndarray, *, top: float, to_scale: bool = False) -> tuple[str, str]:
    """Line and area as data URIs, for `mask-image`; `to_scale`: it is shown with ticks or thresholds."""
    line, area = shapes(values, top, 0 if to_scale else MARGIN)
    width = max(len(values) - 1, 1)
    drawn = f"<path d='{line}' fill='none' stroke='red' stroke-width='1.5' vector-effect='non-scaling-stroke'/>"
    return _uri(drawn, width), _uri(f"<path d='{area}'/>", width)


def shaded(values: np.ndarray, *, top: float) -> str:
    """The line over its shaded area as one data URI: without gaps one path serves as both, which saves half."""
    line, area = shapes(values, top)
    width = max(len(values) - 1, 1)
    stroke = "stroke='red' stroke-width='1.5' vector-effect='non-scaling-stroke'"
    if len(values) < 2 or np.isnan(values).any():
        return _uri(f"<path d='{area}' fill-opacity='.16'/><path d='{line}' fill='none' {stroke}/>", width)
    # The path is closed outside of the visible area.
    begin = line[len("M0,") :]
    closed = f"M-9,{HEIGHT + 9}V{begin.partition('l')[0]}L0,{begin}h9V{HEIGHT + 9}Z"
    return _uri(f"<path d='{closed}' fill-opacity='.16' {stroke}/>", width)


def _uri(content: str, width: int) -> str:
    view = f"viewBox='0 0 {width} {HEIGHT}' preserveAspectRatio='none'"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' {view}>{content}</svg>"
    return "data:image/svg+xml," + svg.replace("<", "%3C").replace(">", "%3E").replace("'", "%27").replace(" ", "%20")
