"""What fills within minutes, told from five minutes of fine rows."""

import numpy as np

from dashboard.anomaly.saturation.slopes import median, theil_sen
from dashboard.anomaly.saturation.trends import ERROR_OF_MEDIAN, NARROW, SIGMA, Lines

MINUTE = 60
# The rise is told from so many minutes, and compared with what came before it.
STRETCH = 5
# It is so many times what the level usually changes by within as long, and at least this share of the limit.
UNUSUAL, LEAST_RISE = 6.0, 0.05
# Minutes before the rise from which the usual change is told: fewer say nothing.
LEAST_BEFORE = 15


def surging(fine: np.ndarray) -> Lines:
    """Lines of the series that have risen for five minutes as they never did before.

    Args:
        fine: shape (series, minutes), one-minute rows, the last one now; an hour or more says best what is usual.
    """
    newest, before = fine[:, -(STRETCH + 1) :], fine[:, : -(STRETCH + 1)]
    if before.shape[1] < LEAST_BEFORE:
        nothing = np.full(len(fine), np.nan)
        return Lines(nothing, nothing, nothing, nothing, nothing, nothing)
    slopes = theil_sen(newest, MINUTE)
    low, high = slopes.bounds(NARROW)
    changes = np.abs(before[:, STRETCH:] - before[:, :-STRETCH])
    usual = SIGMA * median(changes)
    highest = np.where(np.isfinite(before), before, -np.inf).max(axis=1)
    with np.errstate(invalid="ignore"):
        least = np.maximum(UNUSUAL * usual, LEAST_RISE)
        counts = (slopes.middle * STRETCH * MINUTE >= least) & (low > 0) & (newest[:, -1] > highest)
    brought = newest + slopes.middle[:, None] * (np.arange(STRETCH, -1, -1) + 0.5) * MINUTE
    level = median(brought)
    spread = SIGMA * median(np.abs(brought - level[:, None])) * ERROR_OF_MEDIAN / np.sqrt(STRETCH + 1)
    found = (level, spread, slopes.middle, low, high, np.full(len(fine), float(STRETCH * MINUTE)))
    return Lines(*(np.where(counts, one, np.nan) for one in found))
