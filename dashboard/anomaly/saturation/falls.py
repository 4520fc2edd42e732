"""Falls: a level dropped before it was full, by a restart, a rotation, a clean-up or the end of a batch.

A forecast extrapolates a rise, and a fall ends one. If a level always fell back before it was full, it is not forecast
to fill up unless this rise has exceeded the earlier ones. By chance alone, one of `n + 1` rises exceeds the highest of
`n` jittered peaks, so a margin in proportion to their differences is added.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from dashboard.anomaly.saturation.restarts import DROP_MIN, UNUSUAL, filled, median_of_next_three
from dashboard.anomaly.saturation.slopes import SIGMA, median
from dashboard.timerange import HOUR

# This many falls are a habit; a level above this share of its limit was full, whatever followed.
HABIT, WAS_FULL = 2, 0.99
# A rise exceeds the earlier ones if it is higher by this share of the limit, or lasts this many times longer, and also
# exceeds SPREADS times their range divided by their number less one. Half-way between the highest and the limit, it
# exceeds them in any case.
HIGHER, LONGER, SPREADS = 0.01, 1.25, 3.0
ROWS_MIN = 3
# Falls from two records of one level that are at most this many seconds apart are the same one.
SAME_S = 2.0 * HOUR


@dataclass(frozen=True, slots=True)
class Falls:
    """When, and from which level, a resource fell back.

    Attributes:
        begin: epoch seconds from which falls are known; infinite if nothing is known.
        at: epoch seconds after which the level was down, ascending. `levels`: share of the limit before each fall.
    """

    begin: float = float("inf")
    at: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()

    @property
    def count(self) -> int:
        """The number of falls."""
        return len(self.at)

    @property
    def lowest(self) -> float:
        """The lowest level before a fall; requires a fall."""
        return min(self.levels)

    @property
    def highest(self) -> float:
        """The highest level before a fall; requires a fall."""
        return max(self.levels)

    def beside(self, coarser: "Falls") -> Self:
        """Add the falls that only a coarser and longer record has."""
        own = np.array(self.at)
        others = [
            (at, level)
            for at, level in zip(coarser.at, coarser.levels, strict=True)
            if not (np.abs(own - at) <= SAME_S).any()
        ]
        every = sorted([*others, *zip(self.at, self.levels, strict=True)])
        return type(self)(
            min(self.begin, coarser.begin), tuple(at for at, _ in every), tuple(level for _, level in every)
        )

    def hold(self, level: float, now: float) -> bool:
        """Whether it always fell back before it was full, and nothing indicates that it will not this time.

        Args:
            level: share of the limit now. `now`: epoch seconds.
        """
        if self.count < HABIT or self.highest >= WAS_FULL:
            return False
        rises = np.diff([self.begin, *self.at])
        usual_level = min(self.highest + max(HIGHER, self._spread(self.levels)), (self.highest + 1) / 2)
        # The first rise may have started before the data begin: it lasted at least as long.
        usual_s = max(LONGER * rises.max(), rises.max() + self._spread(rises[1:]))
        return bool(level <= usual_level and now - self.at[-1] <= usual_s)

    def _spread(self, values: tuple[float, ...] | np.ndarray) -> float:
        return SPREADS * float(max(values) - min(values)) / (self.count - 1)


NO_FALLS = Falls()


def falls_of(values: np.ndarray, end: float, step: float) -> list[Falls]:
    """The falls of each series.

    A fall is at least as deep as a restart (`restarts.py`) in comparison with the usual changes, and the following rows
    stay below; a slow decrease like that of a day's traffic is not a fall.

    Args:
        values: shares of the limit, shape (series, rows), evenly spaced; NaN for missing.
        end: epoch seconds of the last row. `step`: seconds between two rows.
    """
    rows, known, fell, levels = values.shape[1], np.isfinite(values), np.zeros(values.shape, dtype=bool), filled(values)
    if rows >= ROWS_MIN:
        change = levels[:, 2:] - levels[:, :-2]
        strays = change - median(change)[:, None]
        least = np.maximum(DROP_MIN, UNUSUAL * SIGMA * median(np.abs(strays)))[:, None]
        with np.errstate(invalid="ignore"):
            fell[:, 1:-1] = (strays < -least) & (median_of_next_three(levels) < levels[:, :-2] - least / 2)
    times = end - step * np.arange(rows - 1, -1, -1)
    return [
        _one(levels[place], np.flatnonzero(fell[place]), times, step) if known[place].any() else NO_FALLS
        for place in range(len(values))
    ]


def _one(levels: np.ndarray, rows: np.ndarray, times: np.ndarray, step: float) -> Falls:
    """Falls of one series; neighbouring rows are one fall.

    Args:
        levels: shape (rows,), NaN only before the first value. `rows`: after which it was down.
        times: epoch seconds of the ends of all rows.
        step: seconds between two rows.
    """
    begin = float(times[np.isfinite(levels).argmax()] - step)
    groups = np.split(rows, np.flatnonzero(np.diff(rows) > 2) + 1) if len(rows) else []
    highest = [float(np.nanmax(levels[max(group[0] - 2, 0) : group[-1] + 1])) for group in groups]
    return Falls(begin, tuple(float(times[group[-1]]) for group in groups), tuple(highest))
