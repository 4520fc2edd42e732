"""The current trend of a level: from the longest stretch that is consistent with the shorter ones.

The stretches are the last hour, 2, 4, 8 and 24 hours. A slope only counts if its wide interval is above zero and the
level has never been so high before.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from dashboard.anomaly.saturation.longest_stretch import ERROR_OF_MEDIAN, LongestStretch, bounds
from dashboard.anomaly.saturation.slopes import (
    SIGMA,
    Slopes,
    autocorrelation_factor,
    block_means,
    median,
    theil_sen,
)
from dashboard.timerange import DAY, HOUR

# Stretches in seconds, and the length in seconds of the means to which the slope is fitted.
STRETCHES = ((HOUR, 300), (2 * HOUR, 600), (4 * HOUR, 600), (8 * HOUR, 1200), (DAY, 2400))
# Standard deviations: slopes are compared with zero and with each other at WIDE; the shown interval is NARROW.
WIDE, NARROW = 3.0, 1.96
# Minimum uncertainty of a level as a share of its limit, and of a slope over its stretch.
RESOLUTION = 0.005
# Minimum share of a stretch that was measured.
MEASURED_MIN = 0.6
# The newest level is the median of this many rows; it must exceed all means older than this many seconds.
NEWEST, OLDER = 3, 4 * HOUR
HALF_HOUR = 1800
LEVEL_OF, LEVEL_SHARE = 6 * HOUR, 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Trends:
    """One trend per series, arrays of shape (series,); all NaN if there is none.

    Attributes:
        level: now, share of the limit. `error`: its standard error.
        slope: share of the limit per second. `low`, `high`: its interval.
        stretch: seconds of the past to which it was fitted.
    """

    level: np.ndarray
    error: np.ndarray
    slope: np.ndarray
    low: np.ndarray
    high: np.ndarray
    stretch: np.ndarray

    @classmethod
    def none(cls, series: int) -> Self:
        """No series has a trend."""
        return cls(*(np.full(series, np.nan) for _ in fields(cls)))


def rising_trends(values: np.ndarray, step: float, *, day_known: np.ndarray) -> Trends:
    """Trends of the series that rise.

    Args:
        values: shape (series, rows), the last row now, without the daily profile; NaN for missing.
        step: seconds between rows.
        day_known: whether the profile was subtracted, shape (series,); if not, a rise that merely repeats yesterday's
            must not be taken for growth, and even a day's slope needs a new high.
    """
    longest = LongestStretch.start(len(values))
    for stretch, length in STRETCHES:
        slopes, usable = _slopes(values, step, stretch, length)
        new_high = _new_high(values, step, min(stretch, OLDER)) | (day_known & (stretch >= DAY))
        wide, narrow = (bounds(slopes, z, RESOLUTION / stretch) for z in (WIDE, NARROW))
        with np.errstate(invalid="ignore"):
            counts = (wide[0] > 0) & new_high
        longest.lengthen(stretch, slopes.middle, wide, narrow, usable=usable, counts=counts)
    level, error = _level(values, step, longest.slope, longest.stretch)
    return Trends(level, error, longest.slope, longest.low, longest.high, longest.stretch)


def _slopes(values: np.ndarray, step: float, stretch: int, length: int) -> tuple[Slopes, np.ndarray]:
    """Slopes per second over the newest stretch, and whether enough of it was measured."""
    size = max(1, round(length / step))
    means = block_means(values[:, -round(stretch / step) :], size)
    expected = round(stretch / (size * step))
    usable = np.isfinite(means).sum(axis=1) >= MEASURED_MIN * expected
    return theil_sen(means, size * step), usable


def _new_high(values: np.ndarray, step: float, recent: float) -> np.ndarray:
    """Whether the newest level exceeds all half-hour means of the last day that are older than `recent` seconds."""
    before = values[:, -round(DAY / step) : -round(recent / step)]
    means = block_means(before, max(1, round(HALF_HOUR / step)))
    highest = np.where(np.isfinite(means), means, -np.inf).max(axis=1, initial=-np.inf)
    with np.errstate(invalid="ignore"):
        return np.asarray(median(values[:, -NEWEST:]) > highest)


def _level(values: np.ndarray, step: float, slope: np.ndarray, stretch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The current level, from the newest hours moved forward along the slope, and its standard error."""
    newest = values[:, -max(1, round(LEVEL_OF / step)) :]
    age = (np.arange(newest.shape[1] - 1, -1, -1) + 0.5) * step
    with np.errstate(invalid="ignore"):
        brought = np.where(age < stretch[:, None] * LEVEL_SHARE, newest + slope[:, None] * age, np.nan)
    level = median(brought)
    count = np.maximum(np.isfinite(brought).sum(axis=1), 1)
    spread = SIGMA * median(np.abs(brought - level[:, None]))
    return level, ERROR_OF_MEDIAN * spread * np.sqrt(autocorrelation_factor(brought - level[:, None]) / count)
