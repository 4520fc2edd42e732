"""Errors: the share of requests that failed, by whose fault, and of those that took too long."""

import numpy as np
import pandas as pd

from dashboard import frames


def ratios(samples: pd.DataFrame, *, threshold: float | None) -> pd.DataFrame:
    """Share of all requests, 0–1, in columns `server`, `client` and `slow`, as far as the source knows them.

    Without traffic a ratio is NaN, not 0: nothing was asked, so nothing can be said. `slow` counts successful
    requests above the threshold (seconds), which must be one of the bucket bounds.
    """
    requests = frames.series(samples, "requests")
    valid = requests.where(requests > 0)
    failed = frames.of_measure(samples, "errors")
    columns = {name: failed[name] / valid for name in ("server", "client") if name in failed}
    slow = too_slow(samples, threshold)
    if slow is not None:
        columns["slow"] = slow / valid
    return pd.DataFrame(columns, index=samples.index)


def too_slow(samples: pd.DataFrame, threshold: float | None) -> pd.Series | None:
    """Successful requests slower than the threshold, per second or per step; None when that is not measured."""
    buckets = frames.of_measure(samples, "latency")
    if threshold is None or frames.bound_text(threshold) not in buckets or "inf" not in buckets:
        return None
    return pd.Series(np.maximum(buckets["inf"] - buckets[frames.bound_text(threshold)], 0), index=samples.index)
