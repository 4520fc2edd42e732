"""Detects resets: a deploy or restart frees what was used, and the level stays down, unlike after a peak."""

from itertools import pairwise

import numpy as np

from dashboard.anomaly.saturation.restarts import DROP_MIN, UNUSUAL, filled
from dashboard.anomaly.saturation.slopes import SIGMA, median

# Hours before a reset whose median it falls below, and after it.
BEFORE, AFTER = 24, 6


def resets(levels: np.ndarray) -> np.ndarray:
    """The hours after which a level is down: it fell suddenly, and below the usual level of the day before.

    Args:
        levels: shares of the limit without the weekly pattern, shape (series, hours); NaN for missing.

    Returns:
        Booleans of that shape; the end of a peak of only some hours does not count.
    """
    fell = np.zeros(levels.shape, dtype=bool)
    known = filled(levels)
    # An hour's maximum may include the time before a restart: compare the hour before with the hour after.
    change = known[:, 2:] - known[:, :-2]
    # Relative to the usual rise: a sawtooth rises fast, and always alike.
    usual = median(change)[:, None]
    least = np.maximum(DROP_MIN, UNUSUAL * SIGMA * median(np.abs(change - usual))[:, None])
    with np.errstate(invalid="ignore"):
        fell[:, 1:-1] = change - usual < -least
    for series, hour in zip(*np.nonzero(fell), strict=True):
        before, after = levels[series, max(0, hour - BEFORE) : hour], levels[series, hour + 1 : hour + 1 + AFTER]
        high, low = (median(part[None])[0] for part in (before, after))
        fell[series, hour] = high - low >= DROP_MIN / 2
    return fell


def runs(fell: np.ndarray) -> list[int]:
    """The lengths, in hours, of the stretches between resets of one series, the current one last."""
    ends = np.flatnonzero(fell)
    # Neighbouring hours are one reset, of which the last hour counts.
    ends = ends[np.diff(ends, append=len(fell) + AFTER) > 1] if len(ends) else ends
    edges = [-1, *ends.tolist(), len(fell) - 1]
    return [after - before for before, after in pairwise(edges)]
