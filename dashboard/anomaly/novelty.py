"""The distance of a point to everything seen before: the second layer, which never pages.

The newest value and the means of the newest 4 and 16 values are each compared with the nearest remembered one. The
excess of a distance over the usual ones (their 0.9 quantile) is measured in units of the mean excess: if distances
decay exponentially, an excess of s units has the probability 0.1 exp(-s). The score is the average of the three. A
large one is reported once and then ignored for a while. Points are taken in order: timestamps, gaps and seasons have no
meaning.

Measured on the 34 series of the Numenta Anomaly Benchmark used for development (63 windows, so one is 1.6 points),
standard / low false positives, 100 perfect: 71.3 / 65.1 at the best threshold, 70.9 / 64.2 at `THRESHOLD`; 0.51 false
pages per series and week there; 0.02 to 0.04 ms per point. These constants were chosen with all 34 series in view. To
estimate the scores on other series, settings and thresholds were chosen on some series and measured on the rest: 66.6 /
58.9 over 200 random halves (standard deviation 6.1 / 6.1) with 231 candidate settings, 68.0 / 59.9 (5.8 / 6.0) with the
33 of them that only use means; leaving out one family of series after the other, 67.1 / 56.7 and 68.1 / 58.7. It is
weak on series with known causes (50 / 35), strong on traffic (83 / 82). About 350 settings were tried; the 231 reach
63.9 to 73.6 (median 68.7) / 53.4 to 66.3 (58.5) at their best thresholds. Neighbours, with one constant changed and
`THRESHOLD` unchanged:

    MEMORY    2500, 10000     64.1 / 52.2,  69.0 / 63.7
    LENGTHS   (1, 2, 8), (1, 8, 32); (1,)   68.9 / 60.6,  68.3 / 60.6; 71.1 / 62.6
    USUAL     0.8, 0.95       70.3 / 60.3,  70.5 / 65.6
    ANEW      12, 50          70.9 / 64.2,  71.0 / 64.6
    LEAST     25, 100         70.9 / 64.2,  70.9 / 64.2
    THRESHOLD 0.75, 3         70.1 / 56.9,  66.2 / 63.2
    QUIET     50, 200         70.0 / 62.4,  70.0 / 63.9
    STRONGER  1.5, 6          69.4 / 61.3,  71.3 / 65.1

Worse or no better: differences and spreads as further views, pairs of a mean and the previous one, the second or fourth
nearest neighbour, the median excess instead of the mean. On one-minute series of web services it finds little (best F1
0.42, and 10 false pages per series and week at `THRESHOLD`): there, page by `seasonal`.
"""

from array import array
from bisect import bisect_left
from collections import deque
from math import fsum, inf, isfinite

import numpy as np

# Number of remembered points, and of distances.
MEMORY = 5000
# The means of this many newest points are compared with remembered ones: short, medium and long.
LENGTHS = (1, 4, 16)
# Distances up to this quantile are usual; the excess is measured in mean excesses.
USUAL = 0.9
# The quantile is computed again after this many points, and first when there are LEAST.
ANEW, LEAST = 25, 50
# A score of this size is reported once; in the next QUIET points only a score STRONGER times as large.
THRESHOLD, QUIET, STRONGER = 1.5, 100, 3.0
# Values are limited to LARGEST, scores to HIGHEST; a distance below this share of the values is rounding.
LARGEST, HIGHEST, ROUNDING = 1e100, 1e6, 1e-12
# The denominator if no distance was larger than usual.
TINY = float(np.finfo(float).tiny)


class Novelty:
    """Scores one series, point by point; it holds at most three times `memory` values and distances.

    Args:
        memory: number of remembered points.
    """

    def __init__(self, *, memory: int = MEMORY) -> None:
        self._recent: deque[float] = deque(maxlen=max(LENGTHS))
        self._views = [_View(memory) for _ in LENGTHS]
        self._since, self._reported = QUIET, 0.0

    def update(self, value: float) -> float:
        """The score of the next point, from 0 to `HIGHEST`; NaN and infinity are missing values, and score 0."""
        if not isfinite(value):
            return 0.0
        self._recent.append(min(max(value, -LARGEST), LARGEST))
        newest = list(self._recent)
        rounding = ROUNDING * max(map(abs, newest))
        scores = [
            view.score(fsum(newest[-length:]) / min(length, len(newest)), rounding)
            for length, view in zip(LENGTHS, self._views, strict=True)
        ]
        return self._reported_once(sum(scores) / len(scores))

    @property
    def values(self) -> np.ndarray:
        """The remembered values, oldest first, shape (values,)."""
        return self._views[0].remembered

    def _reported_once(self, score: float) -> float:
        """The score, or 0 if a similar one was reported within the last `QUIET` points."""
        self._since += 1
        if score < THRESHOLD:
            return score
        if self._since <= QUIET and score < STRONGER * self._reported:
            return 0.0
        self._since, self._reported = 0, score
        return score


class _View:
    """The distance of a mean to the nearest remembered one, and how unusual that distance is."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._ordered, self._arrived = array("d"), array("d")
        self._distances = np.zeros(memory)
        self._count = 0
        self._usual, self._excess = inf, 1.0

    def score(self, mean: float, rounding: float) -> float:
        """The excess over the usual distance, in mean excesses; then remember the mean."""
        if self._count % ANEW == 0 and self._count >= LEAST:
            self._learn_usual()
        distance = self._nearest(mean, rounding)
        self._remember(mean, distance)
        return min(max(distance - self._usual, 0.0) / self._excess, HIGHEST)

    @property
    def remembered(self) -> np.ndarray:
        """Remembered means, oldest first, shape (means,)."""
        oldest = self._count % self._memory if self._count >= self._memory else 0
        return np.roll(np.array(self._arrived), -oldest)

    def _nearest(self, mean: float, rounding: float) -> float:
        """Only the two neighbours in order need be compared, so a bisection suffices."""
        place = bisect_left(self._ordered, mean)
        near = self._ordered[max(place - 1, 0) : place + 1]
        distance = min((abs(mean - neighbour) for neighbour in near), default=0.0)
        return distance if distance > rounding else 0.0

    def _remember(self, mean: float, distance: float) -> None:
        slot = self._count % self._memory
        if self._count < self._memory:
            self._arrived.append(mean)
        else:
            del self._ordered[bisect_left(self._ordered, self._arrived[slot])]
            self._arrived[slot] = mean
        self._ordered.insert(bisect_left(self._ordered, mean), mean)
        self._distances[slot] = distance
        self._count += 1

    def _learn_usual(self) -> None:
        distances = self._distances[: min(self._count, self._memory)]
        self._usual = float(np.quantile(distances, USUAL))
        beyond = distances[distances > self._usual]
        # If all distances were the same, as for a constant, any larger one is as new as possible.
        self._excess = float((beyond - self._usual).mean()) if len(beyond) else TINY


def novelty(t: np.ndarray, v: np.ndarray) -> np.ndarray:
    """One score for each point, from it and earlier ones only.

    Args:
        t: epoch seconds, shape (points,); points are taken in order, evenly spaced or not.
        v: values, same shape, in any unit; NaN if there is none, which scores 0.
    """
    series = Novelty()
    return np.array([series.update(value) for value in np.asarray(v, dtype=float).tolist()], dtype=float)
