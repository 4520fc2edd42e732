"""Compares latency by whole histograms: the share above each bound, and quantiles with their intervals."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dashboard import buckets
from dashboard.comparison.dispersion import Side, dispersions, worth
from dashboard.comparison.ratios import STEPS_MIN
from dashboard.comparison.sequential import ALPHA, log_e_value, share_interval

QUANTILES = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class BoundShares:
    """Shares of requests above a bound (seconds), of control and experiment; `e_value`: evidence of a difference."""

    bound: float
    control: float
    experiment: float
    e_value: float


@dataclass(frozen=True, slots=True)
class QuantileInterval:
    """The quantile `q` in seconds: lower end, value and upper end; None: beyond all bounds."""

    q: float
    low: float
    value: float
    high: float | None


@dataclass(frozen=True, slots=True)
class HistogramComparison:
    """The comparison of two histograms.

    Attributes:
        bounds: all finite bounds.
        slower_at, faster_at: bounds in seconds above which the share significantly rose, or fell.
        control, experiment: quantiles of each side.
        e_value: evidence that any share differs: the mean over the bounds, an e-value however they depend on each other
            (V. Vovk, R. Wang, E-values: calibration, combination and applications, Ann. Stat. 49 (2021)
            1736, https://arxiv.org/abs/1912.06116).
    """

    bounds: tuple[BoundShares, ...]
    slower_at: tuple[float, ...]
    faster_at: tuple[float, ...]
    control: tuple[QuantileInterval, ...]
    experiment: tuple[QuantileInterval, ...]
    e_value: float


def compare_histograms(
    control: pd.DataFrame, experiment: pd.DataFrame, earlier: pd.DataFrame | None = None
) -> HistogramComparison | None:
    """Compare latency buckets of two sides; None if either has none, or their bounds differ.

    A Kolmogorov–Smirnov distance between buckets, as a test of each bound: the largest counts, divided by the number of
    bounds (Bonferroni), with the scatter of the requests above each bound.

    Args:
        control, experiment: counts of one service, T rows each, columns (measure, detail).
        earlier: of the control before the comparison, which only show how requests scatter; other bounds are ignored.
    """
    names = buckets.details(control)
    if len(names) < 2 or names != buckets.details(experiment) or names[-1] != "inf":
        return None
    sides = _cumulative(control), _cumulative(experiment)
    if any(not len(side) for side in sides):
        return None
    bounds = [float(name) for name in names[:-1]]
    shows = earlier is not None and buckets.details(earlier) == names
    before = _cumulative(earlier) if earlier is not None and shows else None
    above = [_sides(sides, before, place) for place in range(len(bounds))]
    scatter = [dispersions(*pair) for pair in above]
    logs = [min(log_e_value(worth(*pair, both)), 600.0) for pair, both in zip(above, scatter, strict=True)]
    shares = tuple(
        BoundShares(bound, pair[0].share, pair[1].share, float(np.exp(log)))
        for bound, pair, log in zip(bounds, above, logs, strict=True)
    )
    needed = len(bounds) / ALPHA if min(map(len, sides)) >= STEPS_MIN else np.inf
    differing = [share for share in shares if share.e_value >= needed]
    return HistogramComparison(
        shares,
        tuple(share.bound for share in differing if share.experiment > share.control),
        tuple(share.bound for share in differing if share.experiment < share.control),
        _quantiles(bounds, sides[0], [both[0] for both in scatter]),
        _quantiles(bounds, sides[1], [both[1] for both in scatter]),
        float(np.mean([share.e_value for share in shares])),
    )


def _cumulative(samples: pd.DataFrame) -> np.ndarray:
    """Requests at or below each bound, for steps with requests, shape (steps, bounds)."""
    _, cumulative = buckets.cumulative_counts(samples)
    steps = np.maximum.accumulate(np.nan_to_num(cumulative), axis=0).T
    return np.asarray(steps[steps[:, -1] > 0])


def _sides(sides: tuple[np.ndarray, np.ndarray], earlier: np.ndarray | None, place: int) -> tuple[Side, Side]:
    control, experiment = (_above(side, place) for side in sides)
    return replace(control, earlier=None if earlier is None else _above(earlier, place)), experiment


def _above(steps: np.ndarray, place: int) -> Side:
    return Side.of(steps[:, -1] - steps[:, place], steps[:, -1])


def _quantiles(bounds: list[float], steps: np.ndarray, scatter: list[float]) -> tuple[QuantileInterval, ...]:
    """Quantiles of one side: between the bounds at which the share below is significantly smaller, and larger, than q.

    Args:
        bounds: finite ones, seconds. `steps`: cumulative, shape (steps, bounds and infinity).
        scatter: φ at each bound.
    """
    under = steps.sum(axis=0)
    ends = [share_interval(count / phi, under[-1] / phi) for count, phi in zip(under[:-1], scatter, strict=True)]
    every = np.array([*bounds, np.inf])
    intervals = []
    for q in QUANTILES:
        value = float(buckets.bucket_quantile(every, under[:, None], q)[0][0])
        low = max((bound for bound, end in zip(bounds, ends, strict=True) if end[1] < q), default=0.0)
        high = min((bound for bound, end in zip(bounds, ends, strict=True) if end[0] > q), default=None)
        intervals.append(QuantileInterval(q, low, value, high))
    return tuple(intervals)
