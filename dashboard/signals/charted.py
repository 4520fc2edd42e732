"""The series of each chart of a service, by the names that the charts give them."""

import pandas as pd

from dashboard import frames
from dashboard.signals import errors, latency, saturation, traffic

# Detail of a quantile's column → its name; the slowest first.
QUANTILES = {"0.99": "p99", "0.95": "p95", "0.5": "p50"}
ERRORS = {"server": "server", "slow": "too slow", "client": "client"}


def charted(samples: pd.DataFrame, *, threshold: float | None) -> dict[str, pd.DataFrame]:
    """What the four charts draw.

    Args:
        samples: of one service, columns (measure, detail), T rows; rates per second.
        threshold: seconds beyond which a request is too slow; None without one.

    Returns:
        Chart (`latency`, `traffic`, `errors`, `saturation`) → T rows, a column for each series that holds any value:
        seconds, requests per second, shares of all requests and shares of limits.
    """
    ratios = errors.ratios(samples, threshold=threshold)
    every = {
        "latency": _latency(samples),
        "traffic": traffic.rate(samples).to_frame("traffic"),
        "errors": ratios[[name for name in ERRORS if name in ratios]].rename(columns=ERRORS),
        "saturation": saturation.ratios(samples),
    }
    return {chart: series.dropna(axis=1, how="all") for chart, series in every.items()}


def _latency(samples: pd.DataFrame) -> pd.DataFrame:
    quantiles = latency.quantiles(samples)
    if quantiles.empty or not quantiles.notna().any(axis=None):
        return frames.series(samples, "mean").to_frame("mean")
    series = quantiles[[detail for detail in QUANTILES if detail in quantiles]].rename(columns=QUANTILES)
    return series.assign(**{"failed p95": latency.failed_p95(samples)})
