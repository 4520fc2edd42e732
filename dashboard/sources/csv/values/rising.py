"""Detects columns that only rise, as running totals do; with fewer rows, the size of the rises matters more."""

from dataclasses import dataclass
from typing import Final

import numpy as np

# Numbers that rise this often, and decrease in at most this share of steps, are running totals.
RISES: Final = 20
FALLS_SHARE: Final = 0.05
# If a total restarts more often, values after decreases are from one interval, and others this many times as large.
GROWN: Final = 3.0
# Counts of intervals vary by at least their square root: https://en.wikipedia.org/wiki/Poisson_distribution. This many
# successive rises of at most this share of it are not counts.
CREEPING: Final = 0.5
CREEPS, CREEPS_TOGETHER, CREEPS_ALONE = 3, 2, 4
# Nor are this many nearly equal rises (within these factors), or this many next to other columns with these many rises.
EVEN_RISES, EVEN, LONG_RISES, NEARLY_EVEN, BESIDE = 5, 2.0, 8, 3.0, 3
# Positive counts do not stay or rise this often in a row, if there are this many rises.
STAYS, STAYS_RISES = 30, 5


@dataclass(slots=True)
class Steps:
    """Changes of a column's numbers from one row of a series to the next.

    Attributes:
        rises, falls, stays: number of each; staying at 0 does not count.
        rows: number of examined rows of the file, or more in a part.
        low, high: the smallest and the largest rise. `peak`: the largest number. `fallen`: the largest after a
            decrease.
        creep: the largest rise relative to the square root of the number before it.
        series: number of series with steps.
    """

    rises: int = 0
    falls: int = 0
    stays: int = 0
    rows: int = 0
    low: float = np.inf
    high: float = 0.0
    creep: float = 0.0
    peak: float = 0.0
    fallen: float = 0.0
    series: int = 0

    def take(self, before: np.ndarray, after: np.ndarray) -> None:
        """Learn from steps; both of shape (steps,), with NaN if there is no number before."""
        change = after - before
        up, down = change > 0, change < 0
        self.rises += int(up.sum())
        self.falls += int(down.sum())
        self.stays += int(((change == 0) & (after > 0)).sum())
        self.peak = max(self.peak, float(after.max(initial=0.0)))
        self.fallen = max(self.fallen, float(after[down].max(initial=0.0)))
        if up.any():
            self.low, self.high = min(self.low, float(change[up].min())), max(self.high, float(change[up].max()))
            with np.errstate(over="ignore"):
                self.creep = max(self.creep, float((change[up] / np.sqrt(np.maximum(before[up], 0.25))).max()))

    @property
    def only_rises(self) -> bool:
        """Whether it never decreased, and did not stay constant."""
        return self.rises > 0 and not self.falls

    @property
    def begins_anew(self) -> bool:
        """Whether it grows far beyond the rise of one row, and decreases to no more than that."""
        return self.falls > 0 and self.fallen <= self.high and self.peak > GROWN * self.high

    @property
    def creeps(self) -> bool:
        """Whether it rises by less than counts of intervals vary."""
        return self.only_rises and self.creep <= CREEPING

    def is_even(self, factor: float) -> bool:
        """Whether all rises are equal within a factor; only decided for a single series."""
        return self.only_rises and not self.stays and self.series == 1 and self.high <= factor * self.low

    def agrees(self, other: "Steps") -> bool:
        """Whether one of both columns only rises, or decreases no more often than totals that restart.

        If failures come and go, requests are not a total, however they grow.
        """
        return self.falls <= FALLS_SHARE * self.rises and other.falls <= max(self.falls, FALLS_SHARE * other.rises)

    def is_total_beside(self, others: list["Steps"]) -> bool:
        """Whether it is a running total, provided all other columns are, too."""
        if self.rises >= RISES and all(map(self.agrees, [self, *others])):
            return True
        if self.rises >= RISES and self.begins_anew and all(each.begins_anew or not each.falls for each in others):
            return True
        if not self.only_rises or any(other.falls for other in others):
            return False
        together = sum(other.rises >= self.rises and other.creeps for other in others)
        beside = max((other.rises for other in others), default=0)
        return (
            (self.creeps and self.rises >= (CREEPS_TOGETHER if together else CREEPS))
            or (self.rises >= EVEN_RISES and self.is_even(EVEN))
            or (self.rises >= LONG_RISES and (beside >= BESIDE or self.is_even(NEARLY_EVEN)))
        )

    @property
    def is_total_alone(self) -> bool:
        """Whether it is a running total even if other columns are not."""
        return self.only_rises and (
            self.rises >= RISES
            or (self.creeps and self.rises >= CREEPS_ALONE)
            or (self.rises >= EVEN_RISES and self.is_even(EVEN))
            or (self.rises >= LONG_RISES and self.is_even(NEARLY_EVEN))
            or (self.rises >= STAYS_RISES and self.rises + self.stays >= STAYS)
        )
