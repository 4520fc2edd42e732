"""The longest period of the past whose slope is consistent with the shorter ones.

The slopes of longer and longer stretches have narrower and narrower intervals. The longest stretch whose slope lies
inside the wide intervals of all shorter ones is taken (Lepski 1990, https://doi.org/10.1137/1135065): it is long if
growth is steady, and short if growth has just begun, ended or accelerated.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from dashboard.anomaly.saturation.slopes import Slopes

# Standard error of a median relative to that of a mean: √(π/2), https://en.wikipedia.org/wiki/Median#Efficiency.
ERROR_OF_MEDIAN = 1.2533

Interval = tuple[np.ndarray, np.ndarray]


def bounds(slopes: Slopes, z: float, least: float) -> Interval:
    """The interval of each slope, shape (series,) each.

    Args:
        slopes: of one stretch. `z`: standard deviations to each side. `least`: minimum uncertainty of a slope.
    """
    low, high = slopes.bounds(z)
    return np.minimum(low, slopes.middle - least), np.maximum(high, slopes.middle + least)


@dataclass(slots=True)
class LongestStretch:
    """The longest stretch so far that is consistent with all shorter ones, arrays of shape (series,).

    Attributes:
        slope, low, high, stretch: of that stretch, NaN if its slope does not count.
        floor, ceiling: range within which the slope of a longer stretch is consistent with all so far.
        faster: upper end of the narrow interval of the next shorter stretch.
    """

    slope: np.ndarray
    low: np.ndarray
    high: np.ndarray
    stretch: np.ndarray
    floor: np.ndarray
    ceiling: np.ndarray
    faster: np.ndarray

    @classmethod
    def start(cls, series: int) -> Self:
        """The initial state, before any stretch."""
        nothing = np.full(series, np.nan)
        return cls(nothing, nothing, nothing, nothing, np.full(series, -np.inf), np.full(series, np.inf), nothing)

    def lengthen(
        self, stretch: float, slope: np.ndarray, wide: Interval, narrow: Interval, *, usable: np.ndarray,
        counts: np.ndarray, unsure: np.ndarray | bool = False,
    ) -> None:  # fmt: skip
        """Use the slopes of the next longer stretch if they are consistent with those of all shorter ones.

        Args:
            stretch: its length in seconds. `slope`: of all series over it, shape (series,) as all that follows.
            wide: interval that longer stretches must be consistent with. `narrow`: interval that is shown.
            usable: enough of it was measured. `counts`: its slope is growth.
            unsure: its slope is plausible but too uncertain: the shorter stretch is kept.
        """
        with np.errstate(invalid="ignore"):
            agrees = usable & (slope >= self.floor) & (slope <= self.ceiling) & ~np.asarray(unsure)
        # Accelerating growth fills before the slope shows it: the early end includes the next shorter stretch's
        # interval.
        new = (slope, narrow[0], np.fmax(narrow[1], self.faster), np.full(len(slope), float(stretch)))
        old = (self.slope, self.low, self.high, self.stretch)
        self.slope, self.low, self.high, self.stretch = (
            np.where(agrees, np.where(counts, after, np.nan), before) for before, after in zip(old, new, strict=True)
        )
        self.floor = np.where(usable, np.fmax(self.floor, wide[0]), self.floor)
        self.ceiling = np.where(usable, np.fmin(self.ceiling, wide[1]), self.ceiling)
        self.faster = narrow[1]
