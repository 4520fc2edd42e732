"""The growth that hourly peaks follow now: from the longest stretch that the shorter ones do not contradict.

As on live pages (`anomaly/saturation/trends.py`), over days in place of hours: slopes of one to 30 days by Theil and
Sen, of which `LongestStretch` takes one. What is flat must never be announced to fill up, so that a slope counts only
where it differs from zero widely, the level has never been so high, and enough was gained in the stretch itself.
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

# Stretches in hours, and how long each of the means is that its slope is fitted to.
STRETCHES = ((24, 2), (48, 4), (96, 8), (192, 12), (360, 24), (720, 48))
# Standard deviations: a slope differs from zero and from another one at WIDE, of more than a day at WIDER, as what
# wanders for days looks like growth; 9 in 10 lie within NARROW.
WIDE, WIDER, NARROW = 3.2, 3.5, 1.645
# No level is known better than this share of its limit, and no slope better than this over its stretch.
RESOLUTION = 0.003
# This much of the limit was gained in the stretch itself, and this many times what its hours scatter by.
GAINED, TIMES_THE_NOISE = 0.03, 4.0
# This much of a stretch must have been measured.
MEASURED_MIN = 0.6
# Hours that the newest level is of, and those of the means that it must exceed.
NEWEST, BLOCK = 6, 6
# Where resets come again and again, growth counts once it has lasted this many times longer than it ever did.
AGAIN, LONGER = 2, 1.5
# This many series are taken at a time.
CHUNK = 256


@dataclass(frozen=True, slots=True, eq=False)
class Growth:
    """What each series does, arrays of shape (series,) unless said otherwise.

    Attributes:
        level: now, without the shape of the week; NaN if nothing was measured recently. `error`: standard error.
        slope, low, high: share of the limit an hour, and the interval that holds it 9 times in 10; NaN without growth.
        stretch: hours of the past that the slope was fitted to.
        shape: what the hours of a week add, shape (series, 168), slot 0 being the hour after now.
        resets: how often the level was reset in all the hours.
        known: whether enough days were measured for growth to be told, bool.
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
        """Several in one, in their order."""
        names = cls.__slots__
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def growth_of(use: np.ndarray) -> Growth:
    """What each series does now.

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
    """Resets come again and again, and the present run is no longer than such runs are: it will be reset as well."""
    return len(lengths) - 1 >= AGAIN and lengths[-1] < LONGER * max(lengths[:-1])


def _longest(since: np.ndarray, levels: np.ndarray, known: np.ndarray) -> LongestStretch:
    """The longest stretch that agrees with all shorter ones.

    Args:
        since: levels since the last reset, shape (series, hours). `levels`: all of them, same shape.
        known: where the hours of the day are known and no rhythm of resets ends all growth, shape (series,).
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
        # Growth that began within a stretch bends it: its slope is right and not sure, and the shorter one stays.
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
    # One reset may have given back what a single deploy freed; of what was before it, nothing is to be exceeded.
    several = np.array([np.isfinite(row).sum() for row in since]) >= stretch // 2
    older = np.where(several[:, None], since, levels)[:, : -max(stretch // 4, BLOCK)]
    means = block_means(older, BLOCK)
    highest = np.where(np.isfinite(means), means, -np.inf).max(axis=1, initial=-np.inf)
    with np.errstate(invalid="ignore"):
        return np.asarray(median(levels[:, -NEWEST:]) > highest + RESOLUTION)


def _level(since: np.ndarray, slope: np.ndarray, stretch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The level now, from the newest quarter of the stretch brought forward along the slope, and its standard error."""
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
    # A single hour strays from the shape of the week by the spread, whatever the level is known to.
    return level, np.sqrt(error**2 + spread**2 + RESOLUTION**2)
