"""Latency buckets: bounds as text, the bound at which a limit is counted, and quantiles from cumulative counts."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard import frames


def bound_text(bound: float) -> str:
    """The canonical detail of a bucket bound in seconds: 0.1 → "0.1", 1.0 → "1", infinity → "inf"."""
    return f"{bound:g}"


def details(samples: pd.DataFrame, measure: str = "latency") -> list[str]:
    """The bucket details (bound texts) of one service's samples, ascending by bound; empty without buckets."""
    return sorted(frames.of_measure(samples, measure).columns, key=float)


def cumulative_counts(samples: pd.DataFrame, measure: str = "latency") -> tuple[np.ndarray, np.ndarray]:
    """Bounds and requests at or below each of them, in the form that `bucket_quantile` takes.

    Args:
        samples: of one service, columns (measure, detail), T rows.
        measure: "latency" (successful requests) or "failed_latency".

    Returns:
        Ascending bounds in seconds, shape (B,), and cumulative counts or rates, shape (B, T); NaN for no data.
    """
    names = details(samples, measure)
    bounds = np.array([float(name) for name in names])
    return bounds, frames.of_measure(samples, measure)[names].to_numpy().T


def nearest_bound(bounds: Sequence[float], limit: float) -> float | None:
    """The finite bucket bound nearest to a limit on the log scale, all in seconds; None without buckets."""
    # Buckets grow by factors: on the log scale, 0.25 s is as far from 0.5 s as 1 s is.
    finite = [bound for bound in bounds if 0 < bound < np.inf]
    return min(finite, key=lambda bound: abs(np.log(bound / limit)), default=None)


def counting_bound(bounds: Sequence[float], limit: float) -> float | None:
    """The bucket bound at which an objective's limit is counted: the limit itself, or the next stricter bound.

    Nothing is interpolated, because the number of requests between two bounds is unknown.

    Args:
        bounds: of the buckets, in any order, seconds.
        limit: of the objective, seconds.

    Returns:
        The bound in seconds; None if no bound is as strict as the limit.
    """
    at_or_below = [bound for bound in bounds if 0 < bound < np.inf and (bound <= limit or same_bound(bound, limit))]
    return max(at_or_below, default=None)


def counting_note(bounds: Sequence[float], limit: float) -> str:
    """A sentence about the bound at which a limit between two bounds is counted, without full stop.

    Args:
        bounds: of the buckets, in any order, seconds.
        limit: of the objective, seconds.
    """
    finite = sorted(bound for bound in bounds if 0 < bound < np.inf)
    if not finite:
        return "there are no latency buckets"
    bound = counting_bound(finite, limit)
    if bound is None:
        return f"{_seconds(limit)} lies below the smallest bucket, {_seconds(finite[0])}: it cannot be counted"
    above = [other for other in finite if other > bound]
    between = f"between the buckets {_seconds(bound)} and {_seconds(above[0])}" if above else ""
    place = between or f"above the largest bucket, {_seconds(bound)}"
    return f"{_seconds(limit)} lies {place}: counted at {_seconds(bound)}, the stricter one"


def same_bound(bound: float, limit: float) -> bool:
    """Whether two numbers of seconds are the same bound: milliseconds in seconds differ in the last digit."""
    return bool(np.isclose(bound, limit, rtol=1e-9, atol=0))


def bucket_quantile(bounds: np.ndarray, cumulative: np.ndarray, q: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The quantile by linear interpolation inside its bucket, as `histogram_quantile` does.

    https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile

    Args:
        bounds: ascending upper bounds in seconds, the last one infinite; shape (B,).
        cumulative: requests at or under each bound; shape (B, T).
        q: 0–1.

    Returns:
        value, low, high: seconds, shape (T,): the quantile and the ends of its bucket; NaN without requests. In the
        open bucket the value is its lower end.
    """
    # Summed rates of several instances may not be monotonic, due to rounding.
    counts = np.maximum.accumulate(np.nan_to_num(cumulative), axis=0)
    total, columns = counts[-1], np.arange(counts.shape[1])
    bucket = np.minimum((counts < q * total).sum(axis=0), len(bounds) - 1)
    # The lowest bucket begins at 0, as in `histogram_quantile` if its bound is positive.
    edges = np.concatenate([[0.0], bounds])
    low, high = edges[bucket].copy(), edges[bucket + 1].copy()
    below = np.where(bucket > 0, counts[bucket - 1, columns], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = low + (high - low) * (q * total - below) / (counts[bucket, columns] - below)
    # The open bucket cannot be interpolated: PromQL returns the largest finite bound.
    value = np.where(np.isinf(high), low, inside)
    # Without requests there is no quantile, not even 0.
    value[total <= 0] = low[total <= 0] = high[total <= 0] = np.nan
    return value, low, high


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.4g} ms" if seconds < 1 else f"{seconds:.4g} s"
