"""Events of one objective in five-minute steps on a fixed grid, so that results are reproducible."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dashboard.slo.event_rows import BAD, SECONDS, VALID
from dashboard.slo.objective import Slo
from dashboard.timerange import HOUR

# Seconds of a step, and number of steps per hour.
STEP = 300
PER_HOUR = HOUR // STEP


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Complete steps of one objective; hours that were not examined closely are spread evenly.

    Attributes:
        start: epoch seconds at which the first step begins, a full hour.
        counts: bad events, valid events and measured seconds, shape (steps, 3).
        judged_from: epoch seconds; earlier bursts are not seen as a whole.
        finest_s: seconds of its rows: shorter windows of rules cannot be evaluated.
    """

    slo: Slo
    start: int
    counts: np.ndarray
    judged_from: int = 0
    finest_s: int = STEP

    @classmethod
    def of(
        cls, slo: Slo, first_hour: int, hours: np.ndarray, detail: Mapping[int, np.ndarray], newest: np.ndarray
    ) -> "Steps":
        """Build steps from hours.

        Args:
            slo: whose events.
            first_hour: epoch seconds of the end of the first hour. `hours`: shape (hours, 3).
            detail: end of an hour → its twelve steps, shape (12, 3).
            newest: complete steps of the current hour, shape (steps, 3).
        """
        spread = np.repeat(hours / PER_HOUR, PER_HOUR, axis=0)
        for end, steps in detail.items():
            place = (end - first_hour) // HOUR * PER_HOUR
            if 0 <= place < len(spread):
                spread[place : place + PER_HOUR] = steps
        return cls(slo, first_hour - HOUR, np.concatenate([spread, newest]))

    @property
    def at(self) -> int:
        """Epoch seconds of the last step's end."""
        return self.start + len(self.counts) * STEP

    @property
    def hours(self) -> np.ndarray:
        """Events by the hour, the last of which may be incomplete; shape (hours, 3)."""
        return np.add.reduceat(self.counts, np.arange(0, len(self.counts), PER_HOUR), axis=0)

    def place(self, moment: float) -> int:
        """The step that begins at a time (epoch seconds)."""
        return int((moment - self.start) // STEP)

    def moment(self, place: int) -> int:
        """Epoch seconds at which a step begins."""
        return self.start + place * STEP


def rows_of(seconds: float) -> int:
    """Number of steps in a window, at least one."""
    return max(1, round(seconds / STEP))


def trailing(total: np.ndarray, rows: int) -> np.ndarray:
    """Sums over the `rows` rows that end with each row.

    Args:
        total: running sums with a row of zeros in front, shape (rows + 1, 3). `rows`: length of the window.
    """
    places = np.arange(1, len(total))
    sums: np.ndarray = total[1:] - total[np.maximum(places - rows, 0)]
    return sums


def burns(sums: np.ndarray, budget: float) -> np.ndarray:
    """Burn rates of sums, shape (steps, 3); 0 without valid events.

    Args:
        sums: bad events, valid events and seconds. `budget`: a share of valid events.
    """
    valid = sums[:, VALID]
    rates: np.ndarray = np.divide(sums[:, BAD], valid * budget, out=np.zeros(len(sums)), where=valid > 1e-9)
    return rates


def measured_from(hours: np.ndarray) -> int:
    """Position of the first measured hour; the number of hours if none was measured."""
    measured = np.flatnonzero(hours[:, SECONDS] > 0)
    return int(measured[0]) if len(measured) else len(hours)
