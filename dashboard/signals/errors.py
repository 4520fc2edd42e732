"""Errors: the share of requests that failed, by whose fault, and of those that took too long."""

import numpy as np
import pandas as pd

from dashboard import buckets, frames


def ratios(samples: pd.DataFrame, *, threshold: float | None) -> pd.DataFrame:
    """Share of all requests, 0–1, in columns `server`, `client` and `slow`, as far as the source knows them.

    Args:
        samples: of one service, columns (measure, detail), T rows; rates or counts.
        threshold: seconds; `slow` counts successful requests above it. It must be one of the bucket bounds, else
            there is no such column.

    Returns:
        T rows. Without traffic a ratio is NaN, not 0: there was no request that could have failed.
    """
    requests = frames.series(samples, "requests")
    valid = requests.where(requests > 0)
    failed = frames.of_measure(samples, "errors")
    # A class that the source cannot tell has no column: 0 would claim that nothing failed.
    columns = {name: failed[name] / valid for name in ("server", "client") if name in failed}
    slow = too_slow(samples, threshold)
    if slow is not None:
        columns["slow"] = slow / valid
    return pd.DataFrame(columns, index=samples.index)


def too_slow(samples: pd.DataFrame, threshold: float | None) -> pd.Series | None:
    """Successful requests slower than the threshold (seconds), per second or per step as the samples are.

    T values, never below 0; None if the threshold is no bucket bound, or there are no buckets.
    """
    details = (buckets.bound_text(threshold), "inf") if threshold is not None else ()
    # Between two bounds it could only be guessed, and an SLO is judged by what was counted.
    if not details or any(("latency", detail) not in samples.columns for detail in details):
        return None
    within, every = (frames.values(samples, "latency", detail) for detail in details)
    # Sums of rates are not exact: below 0 lies rounding or a torn scrape, never a request.
    return pd.Series(np.maximum(every - within, 0), index=samples.index)
