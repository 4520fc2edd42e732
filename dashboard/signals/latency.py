"""Latency: quantiles of successful and of failed requests from cumulative buckets, each with its interval."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard import frames

QUANTILES = ("0.5", "0.95", "0.99")


def nearest_bound(bounds: Sequence[float], wanted: float) -> float | None:
    """The finite bucket bound nearest to the wanted threshold on the log scale; None without buckets."""
    finite = [bound for bound in bounds if 0 < bound < np.inf]
    return min(finite, key=lambda bound: abs(np.log(bound / wanted)), default=None)


def bounds(samples: pd.DataFrame, measure: str = "latency") -> list[str]:
    """The bucket details of a service's samples in ascending order."""
    return sorted(frames.of_measure(samples, measure).columns, key=float)


def quantiles(samples: pd.DataFrame, *, measure: str = "latency") -> pd.DataFrame:
    """Seconds in columns `0.5`, `0.95`, `0.99`; from buckets, else as the source gives them, else no columns."""
    buckets = bounds(samples, measure)
    if not buckets:
        given = frames.of_measure(samples, "quantile") if measure == "latency" else pd.DataFrame(index=samples.index)
        return given[[name for name in QUANTILES if name in given]]
    le, cumulative = _matrix(samples, measure)
    columns = {name: bucket_quantile(le, cumulative, float(name))[0] for name in QUANTILES}
    return pd.DataFrame(columns, index=samples.index)


def _matrix(samples: pd.DataFrame, measure: str) -> tuple[np.ndarray, np.ndarray]:
    buckets = bounds(samples, measure)
    values = frames.of_measure(samples, measure)[buckets].to_numpy().T
    return np.array([float(bound) for bound in buckets]), values


def bucket_quantile(le: np.ndarray, cumulative: np.ndarray, q: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The quantile by linear interpolation inside its bucket, as Prometheus' `histogram_quantile` does.

    Args:
        le: ascending upper bounds in seconds, the last one infinite; shape (B,).
        cumulative: requests at or under each bound; shape (B, T).
        q: 0–1.

    Returns:
        value, low, high: seconds, shape (T,); NaN without requests. In the open bucket the value is its low end.
    """
    cum = np.maximum.accumulate(np.nan_to_num(cumulative), axis=0)
    total, at = cum[-1], np.arange(cum.shape[1])
    i = np.minimum((cum < q * total).sum(axis=0), len(le) - 1)
    edges = np.concatenate([[0.0], le])
    low, high = edges[i].copy(), edges[i + 1].copy()
    below = np.where(i > 0, cum[i - 1, at], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = low + (high - low) * (q * total - below) / (cum[i, at] - below)
    value = np.where(np.isinf(high), low, inside)
    value[total <= 0] = low[total <= 0] = high[total <= 0] = np.nan
    return value, low, high
