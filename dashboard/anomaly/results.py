"""The result of a test: the probability of a value, and the band."""

from dataclasses import dataclass
from typing import Self

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class TailTest:
    """One tail of a distribution, for many values at once; arrays of the shape of what was tested.

    A value lies outside the band exactly where `p` is below the level of the test. Counts that are not whole are taken
    to the nearest whole one, halves towards the inside, so the band of counts ends half an event after the last count
    inside.

    Attributes:
        p: probability of something at least as extreme if nothing has changed, 0–1; NaN if nothing is known.
        limit: where the band ends on the side that is tested, in the signal's own unit; NaN likewise.
        enough: there were requests enough to judge.
    """

    p: np.ndarray
    limit: np.ndarray
    enough: np.ndarray

    def reshape(self, shape: tuple[int, ...]) -> Self:
        """Its values in another shape of as many elements."""
        return type(self)(self.p.reshape(shape), self.limit.reshape(shape), self.enough.reshape(shape))

    def where_enough(self) -> Self:
        """NaN instead of a probability and a limit where there were too few requests."""
        p, limit = (np.where(self.enough, values, np.nan) for values in (self.p, self.limit))
        return type(self)(p, limit, self.enough)


@dataclass(frozen=True, slots=True, eq=False)
class SignalTest:
    """Rows of one signal as a detector judged them; arrays of shape (ends, services).

    Attributes:
        value: what was tested, in the signal's unit: seconds, requests per second, share of requests.
        low, high: ends of the band in that unit; NaN where that side is not tested, or nothing is known.
        p_low, p_high: probability of a value as low, or as high, if nothing has changed, 0–1; NaN likewise.
        enough: there were requests enough to judge.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_low: np.ndarray
    p_high: np.ndarray
    enough: np.ndarray

    @classmethod
    def upward(cls, value: np.ndarray, tail: TailTest) -> Self:
        """A test for being too high only.

        Args:
            value: in the signal's unit, shape (ends, services).
            tail: the upper one, of as many values in any shape, its limit in that unit.
        """
        judged = tail.reshape(value.shape).where_enough()
        untested = np.full(value.shape, np.nan)
        return cls(value, untested, judged.limit, untested, judged.p, judged.enough)

    @classmethod
    def unknown(cls, shape: tuple[int, ...]) -> Self:
        """Nothing is known of any row."""
        nothing = np.full(shape, np.nan)
        return cls(nothing, nothing, nothing, nothing, nothing, np.zeros(shape, dtype=bool))

    def scattered(self, rows: np.ndarray, p_elsewhere: np.ndarray) -> "SignalTest":
        """The tested rows in their places among all.

        Args:
            rows: which rows were tested, shape (ends, services), True for each of this test's, in order.
            p_elsewhere: probability of the others, same shape; they have neither value nor band.
        """
        p_low, p_high = p_elsewhere.copy(), p_elsewhere.copy()
        p_low[rows], p_high[rows] = self.p_low[0], self.p_high[0]
        value, low, high = (_scattered(values[0], rows) for values in (self.value, self.low, self.high))
        return SignalTest(value, low, high, p_low, p_high, rows)

    def outside(self, level: float) -> np.ndarray:
        """Rows outside the band, shape (ends, services): exactly those whose probability is below the level."""
        return np.asarray((self.p_low < level) | (self.p_high < level))


def _scattered(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    everywhere = np.full(rows.shape, np.nan)
    everywhere[rows] = values
    return everywhere
