"""What a test says of a signal, whichever test it is: how improbable each row is, and the band it lies in or not."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """Rows of one signal, arrays of shape (ends, services).

    Attributes:
        value: what was tested, in the signal's unit: seconds, requests per second, share of requests.
        low, high: ends of the band, in the same unit; NaN where that side is not tested, or nothing can be said.
        p_low, p_high: probability of a value as low, or as high, if nothing has changed; NaN likewise.
        enough: there were requests enough to say something.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_low: np.ndarray
    p_high: np.ndarray
    enough: np.ndarray

    def among(self, rows: np.ndarray, p: np.ndarray) -> "Tested":
        """These rows in their places among all, shape (ends, services); the others have the probability `p`."""
        p_low, p_high = p.copy(), p.copy()
        p_low[rows], p_high[rows] = self.p_low[0], self.p_high[0]
        value, low, high = (_placed(one[0], rows) for one in (self.value, self.low, self.high))
        return Tested(value, low, high, p_low, p_high, rows)

    def outside(self, level: float) -> np.ndarray:
        """Rows outside the band: exactly those whose probability is below the level."""
        made: np.ndarray = (self.p_low < level) | (self.p_high < level)
        return made


def _placed(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    made = np.full(rows.shape, np.nan)
    made[rows] = values
    return made
