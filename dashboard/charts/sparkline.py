"""A sparkline as an SVG mask: the page's CSS colours it, so that it follows the viewer's scheme."""

from base64 import b64encode

import numpy as np

WIDTH, HEIGHT = 300.0, 64.0


def runs(values: np.ndarray) -> list[tuple[int, int]]:
    """The stretches [begin, end) without a missing value: a gap stays a gap."""
    known = np.concatenate([[False], ~np.isnan(values), [False]])
    edges = np.flatnonzero(known[1:] != known[:-1])
    return [(int(begin), int(end)) for begin, end in zip(edges[::2], edges[1::2], strict=True)]


def shapes(values: np.ndarray, top: float) -> tuple[str, str]:
    """The line and the area under it as SVG paths; y runs from 0 to `top`; both empty without a value."""
    x = np.linspace(0, WIDTH, max(len(values), 2))
    y = HEIGHT - 1 - np.clip(values / (top or 1), 0, 1) * (HEIGHT - 3)
    line, area = [], []
    for begin, end in runs(values):
        last = end if end > begin + 1 else begin + 1
        points = " ".join(f"{x[i]:.1f},{y[i]:.1f}" for i in range(begin, last))
        line.append(f"M{points}" if last > begin + 1 else f"M{points} h1")
        area.append(f"M{x[begin]:.1f},{HEIGHT} L{points} L{x[last - 1]:.1f},{HEIGHT} Z")
    return "".join(line), "".join(area)


def sparkline(values: np.ndarray, *, top: float) -> tuple[str, str]:
    """Line and area as data URIs, for `mask-image`."""
    line, area = shapes(values, top)
    drawn = f'<path d="{line}" fill="none" stroke="#000" stroke-width="1.5" vector-effect="non-scaling-stroke"/>'
    return _uri(drawn), _uri(f'<path d="{area}" fill="#000"/>')


def _uri(content: str) -> str:
    view = f'viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" preserveAspectRatio="none"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {view}>{content}</svg>'
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
