"""The Universal Scalability Law on shares of a limit: how throughput X follows from what is in use, N.

X(N) = γN / (1 + α(N−1) + βN(N−1)), with contention α and coherency β (Gunther 2007, chapter 4,
https://doi.org/10.1007/978-3-540-31010-5; https://cran.r-project.org/package=usl). N in use and X are what is measured;
by Little's law N is the concurrency. Divided by X it is linear in its coefficients,

    (N − idle) / X = c0 + c1·(N − idle) + c2·(N − idle)²,   c ≥ 0,

also where only the share N/limit is known. `idle` is in use without any traffic.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.anomaly.saturation.slopes import median

# Bins of traffic that the curve is fitted to, and what must be in one.
BINS, PER_BIN = 40, 4
# Groups of days that are left out in turn, to know how well the curve tells what it did not see.
GROUPS = 10
# A curve with one coefficient more must tell the days that were left out better by this share.
BETTER = 0.97
# Shares of the lowest use that may be idle use.
IDLE = (0.0, 0.25, 0.5, 0.75, 0.9)
# The terms that may be there beside c0, the simplest first.
TERMS = ((False, False), (True, False), (False, True), (True, True))
# More than this is beyond any limit.
BEYOND = 5.0


@dataclass(frozen=True, slots=True)
class Curve:
    """What is in use at which traffic: shares of the limit, requests per second; coefficients as above."""

    idle: float
    c0: float
    c1: float
    c2: float

    def use_at(self, traffic: np.ndarray) -> np.ndarray:
        """The share in use at a traffic, as shaped; `BEYOND` where no use gives as much."""
        x = np.maximum(np.asarray(traffic, dtype=float), 0.0)
        # c2·x·N² − (1 − c1·x)·N + c0·x = 0, of which the smaller root is the one that grows from 0.
        middle = 1 - self.c1 * x
        inside = middle**2 - 4 * self.c0 * self.c2 * x**2
        with np.errstate(invalid="ignore", divide="ignore"):
            root = 2 * self.c0 * x / (middle + np.sqrt(np.maximum(inside, 0.0)))
        possible = (inside >= 0) & (middle > 0)
        return np.asarray(np.where(possible, np.minimum(self.idle + root, BEYOND), BEYOND))

    def traffic_at(self, use: float) -> float:
        """The highest traffic with no more than a share in use, requests per second."""
        n = use - self.idle
        if n <= 0:
            return 0.0
        # Beyond its peak throughput falls again: √((1−α)/β), here √(c0/c2).
        most = min(n, float(np.sqrt(self.c0 / self.c2))) if self.c2 > 0 else n
        return float(most / (self.c0 + self.c1 * most + self.c2 * most**2))

    def law(self, limit: float) -> tuple[float, float]:
        """α and β of a limit of so many units (threads, connections)."""
        # X = N / (limit·c0 + c1·N + c2/limit·N²), and the law's denominator is 1 at N = 1.
        whole = limit * self.c0 + self.c1 + self.c2 / limit
        beta = self.c2 / limit / whole
        return self.c1 / whole + beta, beta


def fitted(use: np.ndarray, traffic: np.ndarray, days: np.ndarray) -> tuple[Curve, list[Curve], float] | None:
    """The curve of hours, those without each group of days, and its error on days that it did not see.

    Args:
        use: shares of the limit. `traffic`: requests per second, above 0.
        days: the day of each; all of shape (hours,).

    Returns:
        The error is the mean square of the differences of shares; None where no curve fits.
    """
    group = days % GROUPS
    parts = [_binned(use[group != number], traffic[group != number]) for number in range(GROUPS)]
    whole = _binned(use, traffic)
    best: tuple[float, Curve, list[Curve]] | None = None
    for terms in TERMS:
        for idle in IDLE:
            floor = idle * float(np.quantile(use, 0.01))
            curve = _fit(*whole, floor, terms)
            others = [_fit(*part, floor, terms) for part in parts]
            if curve is None or any(other is None for other in others):
                continue
            known = [other for other in others if other is not None]
            error = _error(known, use, traffic, group)
            if best is None or error < best[0] * BETTER:
                best = error, curve, known
    return None if best is None else (best[1], best[2], best[0])


def _error(curves: Sequence[Curve], use: np.ndarray, traffic: np.ndarray, group: np.ndarray) -> float:
    squares = 0.0
    for number, curve in enumerate(curves):
        left_out = group == number
        squares += float(((curve.use_at(traffic[left_out]) - use[left_out]) ** 2).sum())
    return squares / len(use)


def _binned(use: np.ndarray, traffic: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Medians of use and traffic of hours with about the same traffic, shape (bins,): noise would bend the curve."""
    order = np.argsort(traffic, kind="stable")
    bins = max(1, min(BINS, len(order) // PER_BIN))
    size = len(order) // bins
    rows = order[: bins * size].reshape(bins, size)
    return median(use[rows]), median(traffic[rows])


def _fit(use: np.ndarray, traffic: np.ndarray, idle: float, terms: tuple[bool, bool]) -> Curve | None:
    """Least squares of the differences in use; None where a coefficient would be negative.

    Args:
        use, traffic: medians, shape (bins,). `idle`: in use without traffic. `terms`: whether c1 and c2 are there.
    """
    n = use - idle
    inside = (n > 0) & (traffic > 0)
    n, x = n[inside], traffic[inside]
    columns = [x] + [n**power * x for power, there in zip((1, 2), terms, strict=True) if there]
    if len(n) < len(columns) + 2:
        return None
    scale = [float(np.abs(column).max()) or 1.0 for column in columns]
    design = np.stack([column / size for column, size in zip(columns, scale, strict=True)], axis=1)
    found, _, rank, _ = np.linalg.lstsq(design, n, rcond=1e-10)
    if rank < len(columns) or (found < 0).any() or not found[0] > 0:
        return None
    values = iter((found / np.array(scale)).tolist())
    c0 = next(values)
    c1, c2 = (next(values) if there else 0.0 for there in terms)
    return Curve(idle, c0, c1, c2)
