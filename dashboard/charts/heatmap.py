"""The latency distribution over time: the source's buckets, with a separate colour for too slow."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dashboard import buckets, frames
from dashboard.charts.figure import Axis, Figure, float32, layout, note, threshold
from dashboard.charts.signal_charts import Writer
from dashboard.timerange import HOUR

# Maximum number of columns: a day in quarters of an hour.
COLUMNS = 96
# Readable widths of a column, in seconds.
WIDTHS = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400)
SCALES = {"heat": [[i / 4, f"$heat{i}"] for i in range(5)], "late": [[i / 4, f"$late{i}"] for i in range(5)]}
ROW_HEIGHT, FRAME_HEIGHT = 17, 62
# Pixels: from the end of the data to the bars, the longest bar, and bars with their text.
GAP, BAR, ROOM = 10, 90, 150
# Cells below this share stay empty: the colours begin at 0.01 %.
LEAST_SHARE = 1e-4


@dataclass(frozen=True, slots=True)
class Distribution:
    """Requests per bucket in evenly spaced columns of time.

    Attributes:
        bounds: upper bounds in seconds, ascending, the last one infinite; shape (B,).
        counts: requests between a bound and the one below it, in any unit; shape (B, columns).
        start: epoch seconds where the first column begins; `width`: seconds.
    """

    bounds: np.ndarray
    counts: np.ndarray
    start: int
    width: int

    @property
    def shares(self) -> np.ndarray:
        """Share of each column's requests, NaN for columns without any; shape (B, columns)."""
        total = self.counts.sum(axis=0)
        return np.asarray(self.counts / np.where(total > 0, total, np.nan))


def width_for(span: float, step: int) -> int:
    """Seconds of a column: a multiple of the step, at most 96 columns; a quarter of an hour for a day."""
    return next((width for width in WIDTHS if width >= step and width % step == 0 and span / width <= COLUMNS), 86400)


def distribution(samples: pd.DataFrame, step: int) -> Distribution | None:
    """Counts per bucket and column from a service's cumulative buckets; None without buckets or requests."""
    names = buckets.details(samples)
    cumulative = frames.of_measure(samples, "latency")
    if not names or not (cumulative[names[-1]] > 0).any():
        return None
    ends = pd.DatetimeIndex(samples.index).as_unit("s").asi8
    width = width_for(len(ends) * step, step)
    column = (ends - 1) // width
    total = np.zeros((len(names), int(column[-1] - column[0]) + 1))
    values = np.nan_to_num(cumulative[names].to_numpy(dtype=float).T)
    for bucket, rates in enumerate(np.diff(values, axis=0, prepend=0.0)):
        total[bucket] = np.bincount(column - column[0], weights=np.maximum(rates, 0))
    bounds = np.array([float(name) for name in names])
    return Distribution(bounds, total, int(column[0]) * width, width)


def newest_hour(samples: pd.DataFrame, step: int) -> np.ndarray | None:
    """Share per bucket over the last hour of the samples, shape (B,); None without buckets or requests."""
    counted = distribution(samples.iloc[-max(1, HOUR // step) :], step) if len(samples) else None
    if counted is None:
        return None
    total: np.ndarray = counted.counts.sum(axis=1)
    return np.asarray(total / total.sum())


def latency_heatmap(
    samples: pd.DataFrame, axis: Axis, *, step: int, before: pd.DataFrame | None, limit: float | None, write: Writer
) -> Figure | None:
    """Share of requests per bucket on a log scale, with bars for the newest hour and ticks for the compared one.

    Args:
        samples: (measure, detail) columns with cumulative latency buckets, in requests per second.
        axis: the time axis of the page.
        step: seconds between two samples.
        before: samples of the compared period; None without a comparison.
        limit: seconds beyond which a request is too slow; None without a threshold.
        write: formats a latency.
    """
    counted = distribution(samples, step)
    if counted is None:
        return None
    kept = _worth_showing(counted, limit)
    bounds = counted.bounds[kept]
    late = _late(bounds, limit)
    figure = {"data": _traces(counted, kept, late), "layout": _layout(axis, bounds)}
    if limit is not None:
        place = float(np.argmax(late)) if late.any() else float(len(bounds))
        threshold(figure, axis, place, f"slow above {write(limit)}")
    now = newest_hour(samples, step)
    then = newest_hour(before, step) if before is not None else None
    if now is not None:
        # If the buckets have changed, the compared hour has other rows.
        comparable = then is not None and len(then) == len(now)
        _draw_bars(figure, now[kept], then[kept] if then is not None and comparable else None, late)
    return figure


def _late(bounds: np.ndarray, limit: float | None) -> np.ndarray:
    """Which buckets are beyond the limit."""
    return np.zeros(len(bounds), dtype=bool) if limit is None else bounds > limit


def _traces(counted: Distribution, kept: np.ndarray, late: np.ndarray) -> list[Figure]:
    """Two maps, for requests within the limit and beyond it, as each has its own colour scale."""
    shares = counted.shares[kept]
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithm = np.log10(np.where(shares >= LEAST_SHARE, shares, np.nan))
    return [_trace(counted, np.where(rows[:, None], logarithm, np.nan), scale) for scale, rows in
            (("heat", ~late), ("late", late))]  # fmt: skip


def _trace(counted: Distribution, z: np.ndarray, scale: str) -> Figure:
    width = counted.width * 1000.0
    return {
        "type": "heatmap", "z": {**float32(z), "shape": f"{z.shape[0]}, {z.shape[1]}"},
        "x0": counted.start * 1000.0 + width / 2, "dx": width, "y0": 0.5, "dy": 1, "zmin": -4, "zmax": 0,
        "zsmooth": False, "colorscale": SCALES[scale], "showscale": False, "hoverinfo": "none",
        "name": scale, "hoverongaps": False,
    }  # fmt: skip


def _layout(axis: Axis, bounds: np.ndarray) -> Figure:
    """A row per bucket; the tick above it is its upper bound."""
    texts = [_bound(float(bound)) for bound in bounds]
    ticks = [float(place) for place in range(1, len(bounds) + 1)]
    height = FRAME_HEIGHT + ROW_HEIGHT * len(bounds)
    # The bars are beside the map, so it ends with the data.
    return layout(replace(axis, ahead=0.0), top=len(bounds), ticks=ticks, texts=texts, height=height, room=ROOM)


def _bound(seconds: float) -> str:
    """A bound as configured: a rounded one could be mistaken for another."""
    if not np.isfinite(seconds):
        return "slower"
    return f"{seconds * 1000:.6g}\u00a0ms" if seconds < 1 else f"{seconds:.6g}\u00a0s"


def _worth_showing(counted: Distribution, limit: float | None) -> np.ndarray:
    """Buckets from the fastest to the slowest with requests, and both beside the limit."""
    filled = counted.counts.sum(axis=1) > 0
    if limit is not None:
        beyond = int(np.searchsorted(counted.bounds, limit, side="right"))
        filled[min(beyond, len(filled) - 1)] = filled[max(beyond - 1, 0)] = True
    places = np.flatnonzero(filled)
    kept = np.zeros(len(filled), dtype=bool)
    kept[places[0] : places[-1] + 1] = True
    return kept


def _draw_bars(figure: Figure, now: np.ndarray, then: np.ndarray | None, late: np.ndarray) -> None:
    """A bar per bucket beside the map, a tick for the compared hour, and the share as text.

    Args:
        figure: modified in place.
        now: share of the newest hour's requests per bucket.
        then: that of the compared hour; None without one.
        late: which buckets are beyond the limit.
    """
    longest = max(float(now.max()), float(then.max()) if then is not None else 0.0) or 1.0
    shapes, notes = figure["layout"]["shapes"], figure["layout"]["annotations"]
    for row, share in enumerate(now.tolist()):
        colour = "$late3" if late[row] else "$heat3"
        shapes.append(_beside((row + 0.2, row + 0.8), (GAP, GAP + share / longest * BAR), colour))
        if then is not None and then[row] > 0:
            at = GAP + float(then[row]) / longest * BAR
            shapes.append(_beside((row + 0.08, row + 0.92), (at, at + 2), "$crosshair"))
        if share > 0:
            notes.append(note(1, row + 0.5, _share(share), name="bar", xref="paper", xanchor="right", xshift=ROOM - 4))


def _beside(rows: tuple[float, float], pixels: tuple[float, float], colour: str) -> Figure:
    """A rectangle, in pixels to the right of the plot."""
    return {
        "type": "rect", "xref": "paper", "xsizemode": "pixel", "xanchor": 1, "x0": pixels[0], "x1": pixels[1],
        "y0": rows[0], "y1": rows[1], "fillcolor": colour, "line": {"width": 0},
    }  # fmt: skip


def _share(share: float) -> str:
    text = f"{share:.0%}" if share >= 0.0995 else f"{share:.1%}" if share >= 0.0005 else "< 0.1%"
    return text.replace("%", "\u00a0%")
