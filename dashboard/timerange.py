"""The grid that samples lie on: absolute multiples of a step, so that answers can be merged."""

from dataclasses import dataclass
from typing import Self

import pandas as pd

HOUR = 3600
DAY = 86400


@dataclass(frozen=True, slots=True)
class Grid:
    """Points `start, start + step, … end` in epoch seconds, all multiples of `step`.

    The value at a point `t` stands for the interval `(t - step, t]`. Only a grid of one point may lie anywhere:
    it asks for one interval that ends now, such as the last hour.
    """

    start: int
    end: int
    step: int

    def __post_init__(self) -> None:
        if self.step <= 0 or self.end < self.start or not self._aligned():
            raise ValueError(f"{self} is no grid: start and end are multiples of a positive step, start <= end")

    def _aligned(self) -> bool:
        return self.start == self.end or (self.start % self.step == 0 and self.end % self.step == 0)

    @classmethod
    def ending(cls, end: float, *, span: float, step: int) -> Self:
        """The grid whose last point is the last multiple of `step` at or before `end`.

        Args:
            end: epoch seconds.
            span: seconds that it covers, whole steps of them; at least one point.
            step: seconds between two points.
        """
        # The interval under way is not complete: the grid ends before it.
        last = int(end // step) * step
        count = max(1, int(span // step))
        return cls(last - (count - 1) * step, last, step)

    @classmethod
    def between(cls, start: float, end: float, *, step: int) -> Self:
        """All multiples of `step` in `(start, end]`, at least one.

        Args:
            start, end: epoch seconds.
            step: seconds between two points.
        """
        last = int(end // step) * step
        return cls(min(int(start // step) * step + step, last), last, step)

    def __len__(self) -> int:
        return (self.end - self.start) // self.step + 1

    @property
    def span(self) -> int:
        """Seconds the grid's intervals cover."""
        return len(self) * self.step

    def index(self) -> pd.DatetimeIndex:
        """The points as the aware UTC index named `time` that all frames carry."""
        seconds = range(self.start, self.end + 1, self.step)
        return pd.DatetimeIndex(pd.to_datetime(list(seconds), unit="s", utc=True).as_unit("s"), name="time")

    def newest(self, points: float) -> Self:
        """The last this many points of this grid, at least one; all if it has no more."""
        count = max(1, int(min(points, len(self))))
        return type(self)(self.end - (count - 1) * self.step, self.end, self.step)

    def before(self, later: "Grid") -> Self | None:
        """What this grid holds before the first point of another one that ends with it; None if it holds no more."""
        if later.start <= self.start:
            return None
        return type(self)(self.start, later.start - self.step, self.step)

    def tail(self, start: float) -> Self:
        """The part of this grid after `start`, at least its last point."""
        return type(self).between(max(start, self.start - self.step), self.end, step=self.step)


def epoch(moment: pd.Timestamp) -> float:
    """Epoch seconds of an aware time stamp."""
    return moment.timestamp()


def utc(seconds: float) -> pd.Timestamp:
    """The aware UTC time stamp of epoch seconds."""
    return pd.Timestamp(seconds, unit="s", tz="UTC")


# Points per chart stay between 120 and 480: finer cannot be seen, coarser hides a five-minute outage of a short span.
_STEPS = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


def step_for(span: float, refresh: float = 15) -> int:
    """The chart step in seconds for a span: at most 480 points, never finer than the refresh interval."""
    return next((step for step in _STEPS if step >= refresh and span / step <= 480), 21600)
