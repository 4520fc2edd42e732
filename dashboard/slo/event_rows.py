"""Evenly spaced rows of events for many objectives, and the sum between any two moments in constant time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np

BAD, VALID, SECONDS = range(3)


@dataclass(frozen=True, eq=False)
class Rows:
    """Events of steps that end at `first, first + step, …`; never changed: what changes them returns others.

    Attributes:
        first: epoch seconds of the first row's end. `step`: seconds of a row.
        values: shape (rows, objectives, 3): bad events, valid events, seconds measured; 0 where nothing was.
    """

    first: int
    step: int
    values: np.ndarray
    _total: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # A running count makes the sum of any window one subtraction.
        zero = np.zeros((1, *self.values.shape[1:]))
        object.__setattr__(self, "_total", np.concatenate([zero, np.cumsum(self.values, axis=0)]))

    @classmethod
    def nothing(cls, end: int, step: int, rows: int, objectives: int) -> Self:
        """Rows that hold nothing.

        Args:
            end: epoch seconds of the last row's end. `step`: seconds of a row.
            rows, objectives: how many.
        """
        return cls(end - (rows - 1) * step, step, np.zeros((rows, objectives, 3)))

    @property
    def start(self) -> int:
        """Epoch seconds at which the first row begins."""
        return self.first - self.step

    @property
    def end(self) -> int:
        """Epoch seconds of the last row's end."""
        return self.first + (len(self.values) - 1) * self.step

    @property
    def ends(self) -> np.ndarray:
        """Epoch seconds of all ends."""
        return self.first + np.arange(len(self.values)) * self.step

    def reaching(self, end: int) -> Self:
        """As many rows, moved on to a later end; the new ones hold nothing."""
        by = (end - self.end) // self.step
        if by <= 0:
            # An older end would drop what is known.
            return self
        values = np.zeros_like(self.values)
        if by < len(values):
            values[:-by] = self.values[by:]
        return type(self)(self.first + by * self.step, self.step, values)

    def put(self, ends: np.ndarray, objectives: np.ndarray, values: np.ndarray) -> Self:
        """With the rows of some objectives replaced; ends outside are left out.

        Args:
            ends: epoch seconds, each a multiple of the step from the first. `objectives`: their places.
            values: shape (ends, objectives, 3).
        """
        place = (ends - self.first) // self.step
        inside = (place >= 0) & (place < len(self.values))
        # A copy: snapshots that are on screen hold the rows as they were.
        replaced = self.values.copy()
        replaced[np.ix_(place[inside], objectives)] = values[inside]
        return type(self)(self.first, self.step, replaced)

    def rearranged(self, rows: int, columns: Sequence[int]) -> Self:
        """The newest rows, with other columns.

        Args:
            rows: how many; more than there are hold nothing.
            columns: the place that each objective had before; -1 for a new one.
        """
        values = np.zeros((rows, len(columns), 3))
        common = min(rows, len(self.values))
        for column, before in enumerate(columns):
            if before >= 0:
                values[rows - common :, column] = self.values[len(self.values) - common :, before]
        return type(self)(self.end - (rows - 1) * self.step, self.step, values)

    def measured_at(self) -> np.ndarray:
        """Epoch seconds of the newest row in which each objective was measured; 0 without any."""
        measured = self.values[:, :, SECONDS] > 0
        last = len(measured) - 1 - np.argmax(measured[::-1], axis=0)
        newest: np.ndarray = np.where(measured.any(axis=0), self.ends[last], 0.0)
        return newest

    def sums(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Events after `starts` until `ends` (epoch seconds, one for each objective), shape (objectives, 3).

        A row that is cut counts by the part inside; what ends before it starts holds nothing.
        """
        sums: np.ndarray = self._until(np.maximum(starts, ends)) - self._until(starts)
        return sums

    def _until(self, moments: np.ndarray) -> np.ndarray:
        place = np.clip((moments - self.start) / self.step, 0, len(self.values))
        whole = np.minimum(place.astype(np.intp), len(self.values) - 1)
        column = np.arange(len(moments))
        # Between two ends events are taken as evenly spread.
        low, high = self._total[whole, column], self._total[whole + 1, column]
        until: np.ndarray = low + (high - low) * (place - whole)[:, None]
        return until


def coarser(ends: np.ndarray, values: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows added up to the longer rows that they end in.

    Args:
        ends: epoch seconds, in order. `values`: shape (ends, objectives, 3).
        step: seconds of a longer row.

    Returns:
        Ends of the longer rows, and their values.
    """
    longer, first = np.unique(-(-ends // step) * step, return_index=True)
    return longer, np.add.reduceat(values, first, axis=0)


def finer(ends: np.ndarray, values: np.ndarray, parts: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows cut into shorter ones, their events taken as evenly spread.

    Args:
        ends: epoch seconds. `values`: shape (ends, objectives, 3).
        parts: how many shorter rows a row is cut into. `step`: seconds of each.

    Returns:
        Ends of the shorter rows, and their values.
    """
    shorter = (ends[:, None] - np.arange(parts - 1, -1, -1) * step).ravel()
    return shorter, np.repeat(values / parts, parts, axis=0)
