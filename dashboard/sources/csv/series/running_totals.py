"""Computes the increase of counters between two samples."""

from dataclasses import dataclass, field

import numpy as np

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.series.series import COUNT, PER_SECOND, RUNNING_TOTAL

# A counter only decreases at restarts of its program: at most this share of its samples, or this number.
FALLS_MAX, FALLS_FEW = 0.05, 3


@dataclass(slots=True)
class RunningTotals:
    """The newest sample of each series, shape (series,); NaN before the first."""

    time: np.ndarray = field(default_factory=lambda: np.empty(0))
    value: np.ndarray = field(default_factory=lambda: np.empty(0))

    def increases(self, time: np.ndarray, series: np.ndarray, value: np.ndarray, count: int) -> np.ndarray:
        """The increase since the previous sample, in the given order; NaN if unknown.

        Args:
            time: epoch seconds of samples. `series`: their indices. `value`: of the counters.
            count: number of series.

        Raises:
            InvalidData: the numbers decrease too often for running totals.
        """
        self._reach(count)
        growth = np.full(len(value), np.nan)
        # A late sample lies between two that were already counted.
        order = np.flatnonzero(~(time <= self.time[series]))
        order = order[np.lexsort((time[order], series[order]))]
        time, series, value = time[order], series[order], value[order]
        is_first = np.diff(series, prepend=-1) != 0
        before = np.where(is_first, self.value[series], np.roll(value, 1))
        increase = value - before
        fallen = increase < 0
        _refuse_falls(int(fallen.sum()), int((~np.isnan(increase)).sum()))
        # After a restart, the value of the counter is its increase.
        increase[fallen] = value[fallen]
        growth[order] = increase
        is_last = np.diff(series, append=-1) != 0
        self.time[series[is_last]], self.value[series[is_last]] = time[is_last], value[is_last]
        return growth

    def _reach(self, count: int) -> None:
        missing = np.full(count - len(self.time), np.nan)
        if len(missing):
            self.time, self.value = np.append(self.time, missing), np.append(self.value, missing)


def _refuse_falls(falls: int, steps: int) -> None:
    if falls > max(FALLS_FEW, FALLS_MAX * steps):
        raise InvalidData(
            f"its numbers fall {falls} times in {steps}, which no running total does, as their name says they are: "
            f'write unit = "{COUNT}" or unit = "{PER_SECOND}" under [source], not "{RUNNING_TOTAL}"'
        )
