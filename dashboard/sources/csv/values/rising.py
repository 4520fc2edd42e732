"""Whether columns of counts only rise, as running totals do: the fewer rows there are, the more their size tells."""

from dataclasses import dataclass
from typing import Final

import numpy as np

# Numbers that rise this often, and fall by no more than this share of it, are running totals.
RISES: Final = 20
FALLS_SHARE: Final = 0.05
# Of those that begin anew more often, all numbers after a fall are of one interval, and others so many times as large.
GROWN: Final = 3.0
# Counts of intervals vary by the root of what they are, and more: https://en.wikipedia.org/wiki/Poisson_distribution.
# This many of them do not rise in a row by no more than this share of it.
CREEPING: Final = 0.5
CREEPS, CREEPS_TOGETHER, CREEPS_ALONE = 3, 2, 4
# Nor do this many rise by nearly the same, within these factors, or this many beside others that rise this often.
EVEN_RISES, EVEN, LONG_RISES, NEARLY_EVEN, BESIDE = 5, 2.0, 8, 3.0, 3
# Counts that are above 0 do not stay or rise this often in a row, if they rise this often.
STAYS, STAYS_RISES = 30, 5


@dataclass(slots=True)
class Steps:
    """How the numbers of a column changed from one row of a series to its next.

    Attributes:
        rises, falls, stays: how often; those that stayed at 0 are none of them.
        rows: of the file, or more of a part, that were looked at.
        low, high: the smallest and the largest rise. `peak`: the largest number. `fallen`: that right after a fall.
        creep: the largest rise, measured by the root of the number before it.
        series: how many have steps.
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
        """Learn from steps; both of shape (steps,), with NaN where there is no number before."""
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
        """It never fell, and did not stay what it was."""
        return self.rises > 0 and not self.falls

    @property
    def begins_anew(self) -> bool:
        """It grows far beyond what one row adds, and falls to no more than that."""
        return self.falls > 0 and self.fallen <= self.high and self.peak > GROWN * self.high

    @property
    def creeps(self) -> bool:
        """It rises by less than counts of intervals vary."""
        return self.only_rises and self.creep <= CREEPING

    def is_even(self, factor: float) -> bool:
        """It always rises, and by the same within a factor; of several series nobody can tell."""
        return self.only_rises and not self.stays and self.series == 1 and self.high <= factor * self.low

    def agrees(self, other: "Steps") -> bool:
        """Whether another column, or this one, only rises, or falls no more often than totals that begin again.

        Where failures come and go, requests are no total, however they grow.
        """
        return self.falls <= FALLS_SHARE * self.rises and other.falls <= max(self.falls, FALLS_SHARE * other.rises)

    def is_total_beside(self, others: list["Steps"]) -> bool:
        """Whether it is a running total, if all other columns are, too."""
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
        """Whether it is a running total, though other columns are not."""
        return self.only_rises and (
            self.rises >= RISES
            or (self.creeps and self.rises >= CREEPS_ALONE)
            or (self.rises >= EVEN_RISES and self.is_even(EVEN))
            or (self.rises >= LONG_RISES and self.is_even(NEARLY_EVEN))
            or (self.rises >= STAYS_RISES and self.rises + self.stays >= STAYS)
        )
