"""The longest period of the past whose slope the shorter ones do not contradict.

Slopes of longer and longer stretches have narrower and narrower intervals. The longest of them that lies inside the
wide intervals of all shorter ones is taken (Lepski 1990, https://doi.org/10.1137/1135065): long where growth is steady,
short where it has just begun, ended or become faster.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from dashboard.anomaly.saturation.slopes import Slopes

# Standard error of a median, in those of a mean: √(π/2), https://en.wikipedia.org/wiki/Median#Efficiency.
ERROR_OF_MEDIAN = 1.2533

Interval = tuple[np.ndarray, np.ndarray]


def bounds(slopes: Slopes, z: float, least: float) -> Interval:
    """The interval of each slope, shape (series,) each.

    Args:
        slopes: of one stretch. `z`: standard deviations to each side. `least`: no slope is known better than this.
    """
    low, high = slopes.bounds(z)
    return np.minimum(low, slopes.middle - least), np.maximum(high, slopes.middle + least)


@dataclass(slots=True)
class LongestStretch:
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
    def start(cls, series: int) -> Self:
        """Before any stretch."""
        nothing = np.full(series, np.nan)
        return cls(nothing, nothing, nothing, nothing, np.full(series, -np.inf), np.full(series, np.inf), nothing)

    def lengthen(
        self, stretch: float, slope: np.ndarray, wide: Interval, narrow: Interval, *, usable: np.ndarray,
        counts: np.ndarray, unsure: np.ndarray | bool = False,
    ) -> None:  # fmt: skip
        """Take the slopes of the next longer stretch, where they agree with those of all shorter ones.

        Args:
            stretch: how long it is. `slope`: of all series over it, shape (series,) as all that follows.
            wide: interval that longer ones must agree with. `narrow`: interval that is shown.
            usable: where enough of it was measured. `counts`: where its slope is growth.
            unsure: where its slope is likely right and too little sure: the shorter one stays.
        """
        with np.errstate(invalid="ignore"):
            agrees = usable & (slope >= self.floor) & (slope <= self.ceiling) & ~np.asarray(unsure)
        # What becomes faster fills before the slope shows it: the early end allows for the next shorter stretch's.
        new = (slope, narrow[0], np.fmax(narrow[1], self.faster), np.full(len(slope), float(stretch)))
        old = (self.slope, self.low, self.high, self.stretch)
        self.slope, self.low, self.high, self.stretch = (
            np.where(agrees, np.where(counts, after, np.nan), before) for before, after in zip(old, new, strict=True)
        )
        self.floor = np.where(usable, np.fmax(self.floor, wide[0]), self.floor)
        self.ceiling = np.where(usable, np.fmin(self.ceiling, wide[1]), self.ceiling)
        self.faster = narrow[1]
