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


def bound_for(bounds: Sequence[float], wanted: float) -> tuple[float | None, str | None]:
    """The bucket bound that an objective's limit is counted at: the limit itself, else the nearest stricter one.

    Nothing is interpolated: how many requests lie between two bounds is not known.

    Args:
        bounds: of the buckets. `wanted`: the limit. All in seconds.

    Returns:
        The bound, None where none is as strict; and a sentence where it is not the limit itself.
    """
    finite = sorted(bound for bound in bounds if 0 < bound < np.inf)
    if not finite:
        return None, "there are no latency buckets"
    below = [bound for bound in finite if bound <= wanted or _same(bound, wanted)]
    if not below:
        return None, f"{_said(wanted)} lies below the smallest bucket, {_said(finite[0])}: it cannot be counted"
    bound = below[-1]
    if _same(bound, wanted):
        return bound, None
    place = f"between the buckets {_said(bound)} and {_said(finite[len(below)])}" if len(below) < len(finite) else None
    place = place or f"above the largest bucket, {_said(bound)}"
    return bound, f"{_said(wanted)} lies {place}: counted at {_said(bound)}, the stricter one"


def _same(bound: float, wanted: float) -> bool:
    # Milliseconds as seconds differ in the last digit.
    return bool(np.isclose(bound, wanted, rtol=1e-9, atol=0))


def _said(seconds: float) -> str:
    return f"{seconds * 1000:.4g} ms" if seconds < 1 else f"{seconds:.4g} s"


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
