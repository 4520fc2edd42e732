"""The latency distribution over time: the source's buckets as they are, too slow in a colour of its own."""

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.charts.figure import Axis, Figure, float32, layout, threshold
from dashboard.charts.signals import Words
from dashboard.signals import latency

COLUMNS = 96
SCALES = {"heat": [[i / 4, f"$heat{i}"] for i in range(5)], "late": [[i / 4, f"$late{i}"] for i in range(5)]}


def heatmap(samples: pd.DataFrame, axis: Axis, *, limit: float | None, write: Words) -> Figure | None:
    """Share of requests per bucket on a log scale, at most 96 columns; None without buckets or requests."""
    names = latency.bounds(samples)
    cumulative = frames.of_measure(samples, "latency")
    if not names or not (cumulative[names[-1]] > 0).any():
        return None
    rows = max(1, -(-len(samples) // COLUMNS))
    blocks = cumulative[names].groupby(np.arange(len(samples)) // rows).sum(min_count=1)
    counts = np.diff(blocks.to_numpy(), axis=1, prepend=0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = counts / blocks.to_numpy()[:, -1:]
        shown = np.log10(np.where(shares > 1e-5, shares, np.nan))
    step = (axis.end - axis.start) / len(blocks)
    bounds = [float(name) for name in names]
    late = [limit is not None and bound > limit for bound in bounds]
    traces = []
    for scale, chosen in (("heat", ~np.array(late)), ("late", np.array(late))):
        z = np.where(chosen[:, None], shown.T, np.nan)
        traces.append(
            {
                "type": "heatmap", "z": {**float32(z), "shape": f"{z.shape[0]}, {z.shape[1]}"},
                "x0": axis.start + step / 2, "dx": step, "y0": 0.5, "dy": 1, "zmin": -4, "zmax": 0, "showscale": False,
                "zsmooth": False, "colorscale": SCALES[scale], "hoverinfo": "none", "name": scale, "hoverongaps": False,
            }
        )  # fmt: skip
    texts = [write(bound) if np.isfinite(bound) else "slower" for bound in bounds]
    figure = {"data": traces, "layout": layout(axis, top=len(names), ticks=list(range(1, len(names) + 1)), texts=texts)}
    if limit is not None:
        threshold(figure, axis, late.index(True) if True in late else len(names), f"slow above {write(limit)}")
    return figure
