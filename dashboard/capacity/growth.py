"""The current growth of hourly peaks: from the longest stretch that shorter ones do not contradict.

As on live pages (`anomaly/saturation/trends.py`), over days instead of hours: slopes of one to 30 days by Theil and
Sen, of which `LongestStretch` selects one. A flat series must never be announced to fill up, so a slope counts only
if it differs clearly from zero, the level is the highest so far, and enough was gained within the stretch itself.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from dashboard.anomaly.saturation.longest_stretch import ERROR_OF_MEDIAN, LongestStretch, bounds
from dashboard.anomaly.saturation.slopes import (
    SIGMA,
    autocorrelation_factor,
    block_means,
    median,
    theil_sen,
)
from dashboard.capacity.resets import resets, runs
from dashboard.capacity.shape import repeated, week_shape

# Stretches in hours, and the length of the means that the slope is fitted to.
STRETCHES = ((24, 2), (48, 4), (96, 8), (192, 12), (360, 24), (720, 48))
# Standard deviations: a slope differs from zero and from another one at WIDE, for more than a day at WIDER, as slow
# random movement looks like growth; 90 % lie within NARROW.
WIDE, WIDER, NARROW = 3.2, 3.5, 1.645
# Minimum uncertainty of a level, and of the change over a stretch, as shares of the limit.
RESOLUTION = 0.003
# Minimum gain within the stretch, as a share of the limit, and as a multiple of the scatter of its hours.
GAINED, TIMES_THE_NOISE = 0.03, 4.0
# Minimum measured share of a stretch.
MEASURED_MIN = 0.6
# Hours of the newest level, and of the means that it must exceed.
NEWEST, BLOCK = 6, 6
# With this many resets, growth counts only if it has lasted this many times longer than ever before a reset.
AGAIN, LONGER = 2, 1.5
# Number of series processed at a time.
CHUNK = 256


@dataclass(frozen=True, slots=True, eq=False)
class Growth:
    """The growth of each series, arrays of shape (series,) unless said otherwise.

    Attributes:
        level: now, without the weekly pattern; NaN without recent data. `error`: standard error.
        slope, low, high: share of the limit per hour, and its 90 % interval; NaN without growth.
        stretch: hours of the past that the slope was fitted to.
        shape: the weekly pattern by hour, shape (series, 168), slot 0 being the hour after now.
        resets: number of resets in all hours.
        known: whether enough days were measured to detect growth, bool.
    """

    level: np.ndarray
    error: np.ndarray
    slope: np.ndarray
    low: np.ndarray
    high: np.ndarray
    stretch: np.ndarray
    shape: np.ndarray
    resets: np.ndarray
    known: np.ndarray

    @classmethod
    def joined(cls, parts: list["Growth"]) -> Self:
        """Concatenate several, in order."""
        names = cls.__slots__
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def growth_of(use: np.ndarray) -> Growth:
    """The current growth of each series.

    Args:
        use: shares of the limit by the hour, shape (hours, series), the last hour now; NaN for missing.
    """
    values = np.ascontiguousarray(use.T, dtype=float)
    if not len(values):
        return _growth(np.full((1, values.shape[1]), np.nan), slice(0, 0))
    return Growth.joined(
        [_growth(values[begin : begin + CHUNK], slice(None)) for begin in range(0, len(values), CHUNK)]
    )


def _growth(values: np.ndarray, kept: slice) -> Growth:
    shape, known = week_shape(values)
    levels = values - repeated(shape, values.shape[1])
    fell = resets(levels)
    every = [runs(series) for series in fell]
    last = np.array([lengths[-1] for lengths in every])
    since = np.where(np.arange(values.shape[1]) >= values.shape[1] - last[:, None], levels, np.nan)
    rhythm = np.array([_is_rhythm(lengths) for lengths in every])
    longest = _longest(since, levels, known & ~rhythm)
    level, error = _level(since, longest.slope, longest.stretch)
    number = np.array([len(lengths) - 1 for lengths in every])
    parts = (level, error, longest.slope, longest.low, longest.high, longest.stretch, shape, number, known)
    return Growth(*(part[kept] for part in parts))


def _is_rhythm(lengths: list[int]) -> bool:
    """Whether resets recur, and the current run is not longer than usual, so that another reset is expected."""
    return len(lengths) - 1 >= AGAIN and lengths[-1] < LONGER * max(lengths[:-1])


def _longest(since: np.ndarray, levels: np.ndarray, known: np.ndarray) -> LongestStretch:
    """The longest stretch that agrees with all shorter ones.

    Args:
        since: levels since the last reset, shape (series, hours). `levels`: all of them, same shape.
        known: where the daily pattern is known and no regular resets end all growth, shape (series,).
    """
    longest = LongestStretch.start(len(since))
    for stretch, length in STRETCHES:
        means = block_means(since[:, -stretch:], length)
        usable = np.isfinite(means).sum(axis=1) >= MEASURED_MIN * (stretch // length)
        slopes = theil_sen(means, 1.0 * length)
        wide, narrow = (bounds(slopes, z, RESOLUTION / stretch) for z in (WIDE if stretch <= 24 else WIDER, NARROW))
        with np.errstate(invalid="ignore"):
            gained = slopes.middle * stretch
            scatter = SIGMA * median(np.abs(_without_slope(means, slopes.middle * length)))
            likely = known & (gained >= np.maximum(GAINED, TIMES_THE_NOISE * scatter))
            likely &= _is_new_high(since, levels, stretch)
            counts = likely & (wide[0] > 0)
        # Growth that began within a stretch bends it: its slope is uncertain, and the shorter stretch is used.
        longest.lengthen(stretch, slopes.middle, wide, narrow, usable=usable, counts=counts, unsure=likely & ~counts)
    return longest


def _without_slope(means: np.ndarray, slope: np.ndarray) -> np.ndarray:
    straight = means - slope[:, None] * np.arange(means.shape[1])
    return np.asarray(straight - median(straight)[:, None])


def _is_new_high(since: np.ndarray, levels: np.ndarray, stretch: int) -> np.ndarray:
    """Whether the newest level exceeds all means of six hours that are older than a quarter of the stretch.

    Args:
        since: levels since the last reset. `levels`: all of them. `stretch`: hours.
    """
    # A single reset may have undone what one deploy freed; levels before it need not be exceeded.
    several = np.array([np.isfinite(row).sum() for row in since]) >= stretch // 2
    older = np.where(several[:, None], since, levels)[:, : -max(stretch // 4, BLOCK)]
    means = block_means(older, BLOCK)
    highest = np.where(np.isfinite(means), means, -np.inf).max(axis=1, initial=-np.inf)
    with np.errstate(invalid="ignore"):
        return np.asarray(median(levels[:, -NEWEST:]) > highest + RESOLUTION)


def _level(since: np.ndarray, slope: np.ndarray, stretch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The current level, from the stretch's newest quarter extrapolated along the slope, and its standard error."""
    hours = since.shape[1]
    age = np.arange(hours - 1, -1, -1)
    reach = np.clip(np.nan_to_num(stretch, nan=96.0) / 4, NEWEST, 72)
    with np.errstate(invalid="ignore"):
        brought = since + np.nan_to_num(slope)[:, None] * age
        brought = np.where(age < reach[:, None], brought, np.nan)
    level = median(brought)
    count = np.maximum(np.isfinite(brought).sum(axis=1), 1)
    spread = SIGMA * median(np.abs(brought - level[:, None]))
    error = ERROR_OF_MEDIAN * spread * np.sqrt(autocorrelation_factor(brought - level[:, None]) / count)
    # A single hour deviates from the weekly pattern by the spread, however well the level is known.
    return level, np.sqrt(error**2 + spread**2 + RESOLUTION**2)
