"""The straight line that a level follows now: from the longest stretch that the shorter ones do not contradict.

Slopes of the last hour, 2, 4, 8 and 24 hours are told with wide intervals. The longest of them that lies inside the
intervals of all shorter ones is taken (Lepski 1990): long where growth is steady, short where it has just begun, ended
or become faster. A slope counts only if its wide interval lies above zero and the level has never been so high before.
"""

from dataclasses import dataclass

import numpy as np

from dashboard.anomaly.saturation.slopes import Slopes, alike, block_means, median, theil_sen
from dashboard.timerange import DAY, HOUR

# Stretches in seconds, and how long each of the means is that its slope is told from.
STRETCHES = ((HOUR, 300), (2 * HOUR, 600), (4 * HOUR, 600), (8 * HOUR, 1200), (DAY, 2400))
# Standard deviations: a slope is told from zero and from another one at WIDE; what is shown as its interval is NARROW.
WIDE, NARROW = 3.0, 1.96
# No level is known better than this share of its limit, and no slope better than this over its stretch.
RESOLUTION = 0.005
# So much of a stretch must have been measured.
LEAST_SEEN = 0.6
# The newest level is the median of so many rows; it must exceed the means of everything older than this.
NEWEST, OLDER = 3, 4 * HOUR
LEVEL_OF, LEVEL_SHARE = 6 * HOUR, 0.5
# 1.4826 makes a median deviation a standard one, 1.2533 a median's error from it.
SIGMA, ERROR_OF_MEDIAN = 1.4826, 1.2533


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """One line per series, arrays of shape (series,): level now, its error, slope per second with its interval.

    `stretch` is how many seconds of the past it was told from; NaN, as all others, where there is no line.
    """

    level: np.ndarray
    error: np.ndarray
    slope: np.ndarray
    low: np.ndarray
    high: np.ndarray
    stretch: np.ndarray


def rising(values: np.ndarray, step: float, *, day_known: np.ndarray) -> Lines:
    """Lines of the series that rise.

    Args:
        values: shape (series, rows), the last row now, without what the hours of the day add; NaN for missing.
        step: seconds between rows. `day_known`: whether that has been taken out; if not, a rise that merely repeats
            yesterday's must not be taken for growth, and even a day's slope needs a level never seen before.
    """
    count = len(values)
    slope, low, high, taken = (np.full(count, np.nan) for _ in range(4))
    floor, ceiling, faster = np.full(count, -np.inf), np.full(count, np.inf), np.full(count, np.nan)
    for stretch, length in STRETCHES:
        slopes, usable = _slopes(values, step, stretch, length)
        (wide_low, wide_high), (narrow_low, narrow_high) = (
            _bounds(slopes, WIDE, stretch),
            _bounds(slopes, NARROW, stretch),
        )
        with np.errstate(invalid="ignore"):
            agrees = usable & (slopes.middle >= floor) & (slopes.middle <= ceiling)
            counts = (wide_low > 0) & (_new_high(values, step, min(stretch, OLDER)) | (day_known & (stretch >= DAY)))
        # What becomes faster fills before the slope says so: the early end allows for that of the next shorter stretch.
        told = (slopes.middle, narrow_low, np.fmax(narrow_high, faster), np.full(count, float(stretch)))
        slope, low, high, taken = (
            np.where(agrees, np.where(counts, new, np.nan), old)
            for new, old in zip(told, (slope, low, high, taken), strict=True)
        )
        floor = np.where(usable, np.fmax(floor, wide_low), floor)
        ceiling = np.where(usable, np.fmin(ceiling, wide_high), ceiling)
        faster = narrow_high
    level, error = _level(values, step, slope, taken)
    return Lines(level, error, slope, low, high, taken)


def _slopes(values: np.ndarray, step: float, stretch: int, length: int) -> tuple[Slopes, np.ndarray]:
    """Slopes per second over the newest stretch, and where enough of it was measured."""
    size = max(1, round(length / step))
    means = block_means(values[:, -round(stretch / step) :], size)
    expected = round(stretch / (size * step))
    usable = np.isfinite(means).sum(axis=1) >= LEAST_SEEN * expected
    return theil_sen(means, size * step), usable


def _bounds(slopes: Slopes, z: float, stretch: int) -> tuple[np.ndarray, np.ndarray]:
    low, high = slopes.bounds(z)
    least = RESOLUTION / stretch
    return np.minimum(low, slopes.middle - least), np.maximum(high, slopes.middle + least)


def _new_high(values: np.ndarray, step: float, recent: float) -> np.ndarray:
    """Whether the newest level exceeds all half-hour means of the last day that are older than `recent` seconds."""
    before = values[:, -round(DAY / step) : -round(recent / step)]
    means = block_means(before, max(1, round(1800 / step)))
    highest = np.where(np.isfinite(means), means, -np.inf).max(axis=1, initial=-np.inf)
    with np.errstate(invalid="ignore"):
        exceeded: np.ndarray = median(values[:, -NEWEST:]) > highest
    return exceeded


def _level(values: np.ndarray, step: float, slope: np.ndarray, stretch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Level now, from the newest hours brought forward along the slope, and its error at one standard deviation."""
    newest = values[:, -max(1, round(LEVEL_OF / step)) :]
    age = (np.arange(newest.shape[1] - 1, -1, -1) + 0.5) * step
    with np.errstate(invalid="ignore"):
        brought = np.where(age < stretch[:, None] * LEVEL_SHARE, newest + slope[:, None] * age, np.nan)
    level = median(brought)
    count = np.maximum(np.isfinite(brought).sum(axis=1), 1)
    spread = SIGMA * median(np.abs(brought - level[:, None]))
    return level, ERROR_OF_MEDIAN * spread * np.sqrt(alike(brought - level[:, None]) / count)
