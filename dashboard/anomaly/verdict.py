"""What a test says: how improbable each value is, and the band that it lies in or not."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """Arrays of the shape of what was tested.

    A value lies outside the band exactly where `p` is below the level of the test. Counts that are not whole are taken
    to the nearest whole one, halves towards the inside, so the band of counts ends half an event after the last count
    inside.

    Attributes:
        p: probability of something at least as extreme if nothing has changed, NaN where nothing can be said.
        low, high: ends of the band in the signal's own unit; NaN where that side is not tested, or nothing is known.
        enough: there were requests enough to say something.
    """

    p: np.ndarray
    low: np.ndarray
    high: np.ndarray
    enough: np.ndarray
