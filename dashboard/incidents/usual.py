"""What is usual for an objective: the ratio of the preceding three days, and its variation from hour to hour.

Hours that spend more than the budget allows are excluded, unless nearly all do. Bad events follow a negative binomial
distribution: variance = expected + (spread × expected)², with the spread estimated by moments
(https://en.wikipedia.org/wiki/Negative_binomial_distribution). Each hour only depends on earlier ones.
"""

from dataclasses import dataclass

import numpy as np

from dashboard.running_sums import running_sums
from dashboard.slo.event_rows import BAD, SECONDS, VALID

# Hours to look back on; and how many of the measured ones must be calm to define what is usual.
HOURS = 72
CALM_MIN = 0.25
# Standard deviations that still count as usual, and a continuity correction of single events.
DEVIATIONS = 3.0
SPREAD_MAX = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """By the hour: the usual ratio, 0–1, its relative spread, and preceding valid events per measured second."""

    ratio: np.ndarray
    spread: np.ndarray
    rate: np.ndarray

    @classmethod
    def of(cls, hours: np.ndarray, budget: float) -> "Usual":
        """What is usual in each hour.

        Args:
            hours: bad events, valid events and measured seconds, shape (hours, 3).
            budget: a share of valid events.
        """
        measured = hours[:, SECONDS] > 0
        calm = measured & (hours[:, BAD] < budget * hours[:, VALID])
        every = _before(np.column_stack([hours, measured]))
        calm_only = _before(np.column_stack([hours, measured]) * calm[:, None])
        by_calm = calm_only[:, 3] >= np.maximum(CALM_MIN * every[:, 3], 1)
        sums = np.where(by_calm[:, None], calm_only, every)
        ratio = _divided(sums[:, BAD], sums[:, VALID])
        return cls(ratio, _spread(hours, ratio, calm), _divided(every[:, VALID], every[:, SECONDS]))

    def limits(self, valid: np.ndarray, per_hour: int) -> np.ndarray:
        """How many bad events are usual at most, for valid events of steps, given the number of steps in an hour."""
        hour = np.arange(len(valid)) // per_hour
        return limit(self.ratio[hour] * valid, self.spread[hour])


def limit(expected: np.ndarray, spread: float | np.ndarray) -> np.ndarray:
    """The largest number of bad events that is still usual.

    Args:
        expected: bad events. `spread`: relative, of the ratio.
    """
    above: np.ndarray = expected + DEVIATIONS * np.sqrt(expected + (spread * expected) ** 2) + 1.0
    return above


def _before(values: np.ndarray) -> np.ndarray:
    """Sums over the hours before each hour."""
    total = running_sums(values)
    places = np.arange(len(values))
    sums: np.ndarray = total[places] - total[np.maximum(places - HOURS, 0)]
    return sums


def _spread(hours: np.ndarray, ratio: np.ndarray, calm: np.ndarray) -> np.ndarray:
    expected = ratio * hours[:, VALID] * calm
    beyond = np.where(expected > 0, (hours[:, BAD] - expected) ** 2 - expected, 0.0)
    sums = _before(np.column_stack([beyond, expected**2]))
    spread: np.ndarray = np.sqrt(np.clip(_divided(sums[:, 0], sums[:, 1]), 0.0, SPREAD_MAX**2))
    return spread


def _divided(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    shares: np.ndarray = np.divide(above, below, out=np.zeros(len(above)), where=below > 1e-9)
    return shares
