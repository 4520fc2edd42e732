"""Surges: resources that fill within minutes, detected in five one-minute rows."""

import numpy as np

from dashboard.anomaly.saturation.longest_stretch import ERROR_OF_MEDIAN
from dashboard.anomaly.saturation.slopes import SIGMA, median, theil_sen
from dashboard.anomaly.saturation.trends import NARROW, Trends

MINUTE = 60
# Length of the rise in minutes, which is compared with the time before it.
MINUTES = 5
# A surge is this many times the usual change in that time, and at least this share of the limit.
UNUSUAL, RISE_MIN = 6.0, 0.05
# Minimum number of minutes before the rise to estimate the usual change.
BEFORE_MIN = 15


def surges(by_minute: np.ndarray) -> Trends:
    """Trends of series that have risen for five minutes as never before.

    Args:
        by_minute: shares of the limit, shape (series, minutes), the last minute now; an hour or more shows best what is
            usual. NaN for missing.
    """
    newest, before = by_minute[:, -(MINUTES + 1) :], by_minute[:, : -(MINUTES + 1)]
    if before.shape[1] < BEFORE_MIN:
        return Trends.none(len(by_minute))
    slopes = theil_sen(newest, MINUTE)
    low, high = slopes.bounds(NARROW)
    usual_change = SIGMA * median(np.abs(before[:, MINUTES:] - before[:, :-MINUTES]))
    highest = np.where(np.isfinite(before), before, -np.inf).max(axis=1)
    with np.errstate(invalid="ignore"):
        least = np.maximum(UNUSUAL * usual_change, RISE_MIN)
        surging = (slopes.middle * MINUTES * MINUTE >= least) & (low > 0) & (newest[:, -1] > highest)
    brought = newest + slopes.middle[:, None] * (np.arange(MINUTES, -1, -1) + 0.5) * MINUTE
    level = median(brought)
    error = SIGMA * median(np.abs(brought - level[:, None])) * ERROR_OF_MEDIAN / np.sqrt(MINUTES + 1)
    stretch = np.full(len(by_minute), float(MINUTES * MINUTE))
    parts = (level, error, slopes.middle, low, high, stretch)
    return Trends(*(np.where(surging, part, np.nan) for part in parts))
