"""The growth that hourly peaks follow now: from the longest stretch that the shorter ones do not contradict.

As on live pages (`anomaly/saturation/trends.py`), over days in place of hours: slopes of one to 30 days by
Theil and Sen, of which the longest is taken that lies inside the intervals of all shorter ones (Lepski 1990,
https://doi.org/10.1137/1135065). What is flat must never be announced to fill up, so that a slope counts only where it
differs from zero widely, the level has never been so high, and enough was gained in the stretch itself.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from dashboard.anomaly.saturation.slopes import (
    SIGMA,
    Slopes,
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
# So much of the limit was gained in the stretch itself, and so many times what its hours scatter by.
GAINED, TIMES_THE_NOISE = 0.03, 4.0
# So much of a stretch must have been measured.
MEASURED_MIN = 0.6
# Hours that the newest level is of, and those of the means that it must exceed.
NEWEST, BLOCK = 6, 6
# Where resets come again and again, growth counts once it has lasted so many times longer than it ever did.
AGAIN, LONGER = 2, 1.5
# Standard error of a median, in those of a mean: √(π/2), https://en.wikipedia.org/wiki/Median#Efficiency.
ERROR_OF_MEDIAN = 1.2533
# So many series are taken at a time.
CHUNK = 256


@dataclass(frozen=True, slots=True, eq=False)
class Growth:
    """What each series does, arrays of shape (series,) unless said otherwise.

    Attributes:
        level: now, without the shape of the week; NaN where nothing was measured lately. `error`: standard error.
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
    slope, low, high, stretch = _Longest.of(since, levels, known & ~rhythm)
    level, error = _level(since, slope, stretch)
    number = np.array([len(lengths) - 1 for lengths in every])
    parts = (level, error, slope, low, high, stretch, shape, number, known)
    return Growth(*(part[kept] for part in parts))


def _is_rhythm(lengths: list[int]) -> bool:
    """Resets come again and again, and the present run is no longer than such runs are: it will be reset as well."""
    return len(lengths) - 1 >= AGAIN and lengths[-1] < LONGER * max(lengths[:-1])


@dataclass(slots=True)
class _Longest:
    """The longest stretch so far that agrees with all shorter ones, arrays of shape (series,).

    Attributes:
        slope, low, high, stretch: of that stretch, NaN where its slope does not count.
        floor, ceiling: between which the slope of a longer one agrees with all so far.
        faster: upper end of the next shorter one's narrow interval.
    """

    slope: np.ndarray
    low: np.ndarray
    high: np.ndarray
    stretch: np.ndarray
    floor: np.ndarray
    ceiling: np.ndarray
    faster: np.ndarray

    @classmethod
    def of(
        cls, since: np.ndarray, levels: np.ndarray, known: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Slope, its interval and its stretch of each series.

        Args:
            since: levels since the last reset, shape (series, hours). `levels`: all of them, same shape.
            known: where the hours of the day are known and no rhythm of resets ends all growth, shape (series,).
        """
        nothing = np.full(len(since), np.nan)
        longest = cls(
            nothing, nothing, nothing, nothing, np.full(len(since), -np.inf), np.full(len(since), np.inf), nothing
        )
        for stretch, length in STRETCHES:
            longest._lengthen(since, levels, stretch, length, known)
        return longest.slope, longest.low, longest.high, longest.stretch

    def _lengthen(
        self, since: np.ndarray, levels: np.ndarray, stretch: int, length: int, known: np.ndarray
    ) -> None:  # fmt: skip
        means = block_means(since[:, -stretch:], length)
        usable = np.isfinite(means).sum(axis=1) >= MEASURED_MIN * (stretch // length)
        slopes = theil_sen(means, 1.0 * length)
        wide_low, wide_high = _bounds(slopes, WIDE if stretch <= 24 else WIDER, stretch)
        narrow_low, narrow_high = _bounds(slopes, NARROW, stretch)
        with np.errstate(invalid="ignore"):
            agrees = usable & (slopes.middle >= self.floor) & (slopes.middle <= self.ceiling)
            gained = slopes.middle * stretch
            scatter = SIGMA * median(np.abs(_without_slope(means, slopes.middle * length)))
            likely = known & (gained >= np.maximum(GAINED, TIMES_THE_NOISE * scatter))
            likely &= _is_new_high(since, levels, stretch)
            counts = likely & (wide_low > 0)
        # Growth that began within a stretch bends it: its slope is right and not sure, and the shorter one stays.
        agrees &= counts | ~likely
        fastest = np.fmax(narrow_high, self.faster)
        # What becomes faster fills before the slope shows it: the early end allows for the next shorter stretch's.
        new = (slopes.middle, narrow_low, fastest, np.full(len(counts), float(stretch)))
        old = (self.slope, self.low, self.high, self.stretch)
        self.slope, self.low, self.high, self.stretch = (
            np.where(agrees, np.where(counts, after, np.nan), before) for before, after in zip(old, new, strict=True)
        )
        self.floor = np.where(usable, np.fmax(self.floor, wide_low), self.floor)
        self.ceiling = np.where(usable, np.fmin(self.ceiling, wide_high), self.ceiling)
        self.faster = narrow_high


def _bounds(slopes: Slopes, z: float, stretch: int) -> tuple[np.ndarray, np.ndarray]:
    low, high = slopes.bounds(z)
    least = RESOLUTION / stretch
    return np.minimum(low, slopes.middle - least), np.maximum(high, slopes.middle + least)


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
