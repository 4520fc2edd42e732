"""Falls: a level that dropped before it was full, by a restart, a rotation, a clean-up or the end of a batch.

A forecast carries on a rise, and each fall is what ended one. What always fell back before it was full is not
announced to fill up, unless this rise has passed what the earlier ones came to: by chance alone the highest of `n`
jittered peaks is passed once in `n + 1` rises, so that some of what they differ by is added to it.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from dashboard.anomaly.saturation.restarts import DROP_MIN, UNUSUAL, filled, median_of_next_three
from dashboard.anomaly.saturation.slopes import SIGMA, median
from dashboard.timerange import HOUR

# This many falls are a habit; a level above this share of its limit was full, whatever came then.
HABIT, WAS_FULL = 2, 0.99
# A rise passed the earlier ones once it is higher by this share of the limit, or lasts this many times longer, and by
# this many times what these differ by, the less the more of them there were. Midway to the limit it passed in any case.
HIGHER, LONGER, SPREADS = 0.01, 1.25, 3.0
ROWS_MIN = 3
# Falls of two records of one level that are this many seconds apart are one: an hour ends after what fell within it.
SAME_S = 2.0 * HOUR


@dataclass(frozen=True, slots=True)
class Falls:
    """When, and from where, a level fell back.

    Attributes:
        begin: epoch seconds from which on it is known; infinite if nothing is.
        at: epoch seconds after which it was down, ascending. `levels`: share of the limit before each.
    """

    begin: float = float("inf")
    at: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()

    @property
    def count(self) -> int:
        """This many there were."""
        return len(self.at)

    @property
    def lowest(self) -> float:
        """The lowest level that it fell back from; of some falls only."""
        return min(self.levels)

    @property
    def highest(self) -> float:
        """The highest level that it fell back from; of some falls only."""
        return max(self.levels)

    def beside(self, coarser: "Falls") -> Self:
        """With those of a coarser and longer record that this one does not have."""
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
        """It always fell back before it was full, and nothing says that it will not this time.

        Args:
            level: share of the limit now. `now`: epoch seconds.
        """
        if self.count < HABIT or self.highest >= WAS_FULL:
            return False
        rises = np.diff([self.begin, *self.at])
        usual_level = min(self.highest + max(HIGHER, self._spread(self.levels)), (self.highest + 1) / 2)
        # Of the first rise the start may lie before all that is known: it lasted as long at least.
        usual_s = max(LONGER * rises.max(), rises.max() + self._spread(rises[1:]))
        return bool(level <= usual_level and now - self.at[-1] <= usual_s)

    def _spread(self, values: tuple[float, ...] | np.ndarray) -> float:
        return SPREADS * float(max(values) - min(values)) / (self.count - 1)


NO_FALLS = Falls()


def falls_of(values: np.ndarray, end: float, step: float) -> list[Falls]:
    """The falls of each series.

    A fall is at least as deep as a restart (`restarts.py`), measured beside what the level usually changes by, and the
    rows after it stay below; what goes down as slowly as a day's traffic does is none.

    Args:
        values: shares of the limit, shape (series, rows), evenly spaced; NaN for missing.
        end: epoch seconds of the last row. `step`: seconds between two.
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
        levels: shape (rows,), NaN before the first alone. `rows`: after which it was down.
        times: epoch seconds of the ends of all rows.
        step: seconds between two.
    """
    begin = float(times[np.isfinite(levels).argmax()] - step)
    groups = np.split(rows, np.flatnonzero(np.diff(rows) > 2) + 1) if len(rows) else []
    highest = [float(np.nanmax(levels[max(group[0] - 2, 0) : group[-1] + 1])) for group in groups]
    return Falls(begin, tuple(float(times[group[-1]]) for group in groups), tuple(highest))
