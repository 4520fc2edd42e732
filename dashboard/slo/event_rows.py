"""Evenly spaced rows of events for many objectives, and the sum over any span of them in constant time."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np

BAD, VALID, SECONDS = range(3)


@dataclass(frozen=True, eq=False)
class Rows:
    """Events of intervals that end at `first, first + step, …`; never changed, a new one is made.

    Attributes:
        first: epoch seconds of the first row's end. `values`: shape (rows, objectives, 3): bad events, valid events,
            seconds measured; 0 where nothing was.
    """

    first: int
    step: int
    values: np.ndarray
    _total: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        zero = np.zeros((1, *self.values.shape[1:]))
        object.__setattr__(self, "_total", np.concatenate([zero, np.cumsum(self.values, axis=0)]))

    @classmethod
    def nothing(cls, end: int, step: int, rows: int, objectives: int) -> Self:
        """Rows up to `end` that hold nothing."""
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
        """The same number of rows, moved on to a later end; the new ones hold nothing."""
        by = (end - self.end) // self.step
        if by <= 0:
            return self
        values = np.zeros_like(self.values)
        if by < len(values):
            values[:-by] = self.values[by:]
        return type(self)(self.first + by * self.step, self.step, values)

    def put(self, ends: np.ndarray, objectives: np.ndarray, values: np.ndarray) -> Self:
        """With the rows of some objectives replaced; ends outside are left out.

        Args:
            ends: epoch seconds, each a multiple of the step from the first. `values`: shape (ends, objectives, 3).
        """
        place = (ends - self.first) // self.step
        inside = (place >= 0) & (place < len(self.values))
        made = self.values.copy()
        made[np.ix_(place[inside], objectives)] = values[inside]
        return type(self)(self.first, self.step, made)

    def sums(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Events after `starts` until `ends` (epoch seconds, one for each objective), shape (objectives, 3).

        A row that is cut counts by the part inside; a span that ends before it starts holds nothing.
        """
        made: np.ndarray = self._until(np.maximum(starts, ends)) - self._until(starts)
        return made

    def _until(self, moments: np.ndarray) -> np.ndarray:
        place = np.clip((moments - self.start) / self.step, 0, len(self.values))
        whole = np.minimum(place.astype(np.intp), len(self.values) - 1)
        column = np.arange(len(moments))
        low, high = self._total[whole, column], self._total[whole + 1, column]
        made: np.ndarray = low + (high - low) * (place - whole)[:, None]
        return made
