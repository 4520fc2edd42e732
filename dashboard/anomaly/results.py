"""The result of a test: the probability of a value, and the band."""

from dataclasses import dataclass
from typing import Self

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class TailTest:
    """One tail of a distribution, for many values at once; arrays of the shape of the tested values.

    A value is outside the band exactly if `p` is below the level of the test. Counts that are not whole are rounded to
    the nearest whole one, halves towards the inside, so the band ends half an event after the last count inside.

    Attributes:
        p: probability of a value at least as extreme if nothing has changed, 0–1; NaN if nothing is known.
        limit: end of the band on the tested side, in the signal's unit; NaN if nothing is known.
        enough: there were enough requests to judge.
    """

    p: np.ndarray
    limit: np.ndarray
    enough: np.ndarray

    def reshape(self, shape: tuple[int, ...]) -> Self:
        """The same values in another shape."""
        return type(self)(self.p.reshape(shape), self.limit.reshape(shape), self.enough.reshape(shape))

    def where_enough(self) -> Self:
        """Replace probability and limit by NaN if there were too few requests."""
        p, limit = (np.where(self.enough, values, np.nan) for values in (self.p, self.limit))
        return type(self)(p, limit, self.enough)


@dataclass(frozen=True, slots=True, eq=False)
class SignalTest:
    """Rows of one signal as judged by a detector; arrays of shape (ends, services).

    Attributes:
        value: the tested value, in the signal's unit: seconds, requests per second, share of requests.
        low, high: ends of the band in that unit; NaN if that side is not tested, or nothing is known.
        p_low, p_high: probability of a value as low, or as high, if nothing has changed, 0–1; NaN likewise.
        enough: there were enough requests to judge.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_low: np.ndarray
    p_high: np.ndarray
    enough: np.ndarray

    @classmethod
    def upward(cls, value: np.ndarray, tail: TailTest) -> Self:
        """A test for values that are too high only.

        Args:
            value: in the signal's unit, shape (ends, services).
            tail: the upper one, with as many values in any shape, its limit in that unit.
        """
        judged = tail.reshape(value.shape).where_enough()
        untested = np.full(value.shape, np.nan)
        return cls(value, untested, judged.limit, untested, judged.p, judged.enough)

    @classmethod
    def unknown(cls, shape: tuple[int, ...]) -> Self:
        """A test without a result for any row."""
        nothing = np.full(shape, np.nan)
        return cls(nothing, nothing, nothing, nothing, nothing, np.zeros(shape, dtype=bool))

    def scattered(self, rows: np.ndarray, p_elsewhere: np.ndarray) -> "SignalTest":
        """Put the tested rows at their positions among all rows.

        Args:
            rows: mask of the tested rows, shape (ends, services), in the order of this test.
            p_elsewhere: probability of the other rows, same shape; they have neither value nor band.
        """
        p_low, p_high = p_elsewhere.copy(), p_elsewhere.copy()
        p_low[rows], p_high[rows] = self.p_low[0], self.p_high[0]
        value, low, high = (_scattered(values[0], rows) for values in (self.value, self.low, self.high))
        return SignalTest(value, low, high, p_low, p_high, rows)

    def outside(self, level: float) -> np.ndarray:
        """Mask of rows outside the band, shape (ends, services): exactly those with a probability below the level."""
        return np.asarray((self.p_low < level) | (self.p_high < level))


def _scattered(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    everywhere = np.full(rows.shape, np.nan)
    everywhere[rows] = values
    return everywhere
