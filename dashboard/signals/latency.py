"""Latency: quantiles of successful and of failed requests from cumulative buckets, else as the source has them."""

import numpy as np
import pandas as pd

from dashboard import buckets, frames

# A mean hides the slow tail: https://sre.google/sre-book/monitoring-distributed-systems/ ("Worrying About Your Tail").
QUANTILES = ("0.5", "0.95", "0.99")
# Of fewer requests the 95th percentile is the slowest one: 1 / (1 − 0.95).
FAILED_LEAST = 20
# What is left of equal counts in floating point.
TOLERANCE = 1e-6


def quantiles(samples: pd.DataFrame, *, measure: str = "latency") -> pd.DataFrame:
    """Quantiles over time: from buckets, else as the source has them, else no columns.

    Args:
        samples: of one service, columns (measure, detail), T rows.
        measure: "latency" (successful requests) or "failed_latency", which is known from buckets only.

    Returns:
        Seconds, T rows, columns `0.5`, `0.95`, `0.99` as far as they are known; NaN without requests.
    """
    if not buckets.details(samples, measure):
        stated = frames.of_measure(samples, "quantile") if measure == "latency" else pd.DataFrame(index=samples.index)
        return stated[[name for name in QUANTILES if name in stated]]
    # Buckets go first even where quantiles are stated: those of several instances cannot be added up.
    bounds, cumulative = buckets.cumulative_counts(samples, measure)
    columns = {name: buckets.bucket_quantile(bounds, cumulative, float(name))[0] for name in QUANTILES}
    return pd.DataFrame(columns, index=samples.index)


def failed_p95(samples: pd.DataFrame) -> pd.Series:
    """The 95th percentile of failed requests over time, from buckets.

    Args:
        samples: of one service, columns (measure, detail), T rows, evenly spaced; rates per second.

    Returns:
        Seconds, T rows; NaN in rows of fewer failed requests than `FAILED_LEAST`.
    """
    if len(samples) < 2 or not buckets.details(samples, "failed_latency"):
        return pd.Series(np.nan, index=samples.index)
    bounds, rates = buckets.cumulative_counts(samples, "failed_latency")
    step_s = (samples.index[1] - samples.index[0]).total_seconds()
    p95 = np.asarray(buckets.bucket_quantile(bounds, rates, 0.95)[0])
    return pd.Series(np.where(rates[-1] * step_s >= FAILED_LEAST - TOLERANCE, p95, np.nan), index=samples.index)
