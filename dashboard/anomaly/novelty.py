"""How far a moment is from anything seen before: the second layer, which never pages."""

from collections.abc import Sequence

import numpy as np

# So many points are remembered, and as many scores.
MEMORY = 5000
# Views of the newest points: value and the one before; value and its mean of an hour's points; mean and spread of them.
NEAR = 12
# Of the scores this quantile is usual; beyond it they fall off exponentially.
USUAL = 0.9
# The quantile is looked at anew after so many points, and first when there are as many as LEAST.
ANEW, LEAST = 25, 50
# A score of this size is told once; then nothing is for so many points.
THRESHOLD, QUIET = 2.0, 100


class Novelty:
    """One series, fed one point after the other; `memory`: how many points are remembered."""

    def __init__(self, *, memory: int = MEMORY) -> None:
        self._views = [_View(dimensions, memory) for dimensions in (1, 2, 2, 2)]
        self._recent: list[float] = []
        self._count, self._mean, self._square = 0, 0.0, 0.0
        self._told = -QUIET - 1

    def update(self, value: float) -> float:
        """The score of the next point; what is not finite was not measured and scores 0."""
        if not np.isfinite(value) or abs(value) > 1e100:
            return 0.0
        self._count += 1
        apart = value - self._mean
        self._mean += apart / self._count
        self._square += apart * (value - self._mean)
        scale = np.sqrt(self._square / self._count) + 1e-9
        self._recent = [*self._recent[-NEAR + 1 :], value]
        before = self._recent[-2] if len(self._recent) > 1 else value
        mean = sum(self._recent) / len(self._recent)
        spread = np.sqrt(sum((one - mean) ** 2 for one in self._recent) / len(self._recent))
        points = ((value,), (value, before), (value, mean), (mean, spread))
        score = float(np.mean([view.score(point, scale) for view, point in zip(self._views, points, strict=True)]))
        return self._once(score)

    def _once(self, score: float) -> float:
        if score < THRESHOLD:
            return score
        if self._count - self._told <= QUIET:
            return 0.0
        self._told = self._count
        return score


class _View:
    """Points as one view shows them, the distance to the nearest of them, and how unusual that is."""

    def __init__(self, dimensions: int, memory: int) -> None:
        self._memory = memory
        self._held = np.zeros((memory, dimensions), dtype=np.float32)
        self._raw = np.zeros(memory)
        self._count = 0
        self._usual, self._beyond = np.inf, 1.0

    def score(self, point: Sequence[float], scale: float) -> float:
        """How far beyond the usual distance, in means of what is beyond it; then the point is held."""
        vector = np.array(point, dtype=np.float32)
        held = self._held[: min(self._count, self._memory)]
        nearest = np.sqrt(((held - vector) ** 2).sum(axis=1).min()) if len(held) > 1 else 0.0
        if self._count % ANEW == 0:
            self._look_anew()
        raw = float(nearest / scale)
        self._held[self._count % self._memory] = vector
        self._raw[self._count % self._memory] = raw
        self._count += 1
        return max(0.0, (raw - self._usual) / self._beyond) if np.isfinite(self._usual) else 0.0

    def _look_anew(self) -> None:
        known = self._raw[: min(self._count, self._memory)]
        if len(known) < LEAST:
            return
        self._usual = float(np.quantile(known, USUAL))
        beyond = known[known > self._usual]
        self._beyond = max(float((beyond - self._usual).mean()) if len(beyond) else 1e-9, 1e-9)


def novelty(t: np.ndarray, v: np.ndarray) -> np.ndarray:
    """One score for each point, by it and earlier ones only.

    Args:
        t: epoch seconds, shape (points,). `v`: values; NaN where there is none, which scores 0.
    """
    engine = Novelty()
    return np.array([engine.update(float(value)) for value in v], dtype=float)
