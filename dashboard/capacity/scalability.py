"""The Universal Scalability Law on shares of a limit: throughput X by the amount N in use.

X(N) = γN / (1 + α(N−1) + βN(N−1)), with contention α and coherency β (Gunther 2007, chapter 4,
https://doi.org/10.1007/978-3-540-31010-5; https://cran.r-project.org/package=usl). N and X are measured;
by Little's law N is the concurrency. Divided by X it is linear in its coefficients,

    (N − idle) / X = c0 + c1·(N − idle) + c2·(N − idle)²,   c ≥ 0,

even if only the share N/limit is known. `idle` is in use without any traffic.
"""

from dataclasses import dataclass

import numpy as np

# Number of bins of traffic that the curve is fitted to, and minimum number of hours in one.
BINS, PER_BIN = 40, 4
# Number of groups of days that are left out in turn, to measure the error on unseen days.
GROUPS = 10
# A curve with an additional coefficient must reduce the error on unseen days to this share.
BETTER = 0.97
# Curves whose error is at most this multiple are alternatives: their load at full is not ruled out.
NEARLY = 1.03
# Candidate shares of the lowest use that are idle use.
IDLE = (0.0, 0.25, 0.5, 0.75, 0.9)
# Combinations of terms besides c0, simplest first.
TERMS = ((False, False), (True, False), (False, True), (True, True))
# Use that exceeds any limit.
BEYOND = 5.0


@dataclass(frozen=True, slots=True)
class Curve:
    """Use by traffic: shares of the limit, requests per second; coefficients as above."""

    idle: float
    c0: float
    c1: float
    c2: float

    @property
    def is_bent(self) -> bool:
        """Whether it is not a straight line."""
        return self.c1 > 0 or self.c2 > 0

    def use_at(self, traffic: np.ndarray) -> np.ndarray:
        """The share in use at a traffic, with its shape; `BEYOND` if no use gives that much."""
        x = np.maximum(np.asarray(traffic, dtype=float), 0.0)
        return np.asarray(np.minimum(self.idle + _in_use(self.c0, self.c1, self.c2, x), BEYOND))

    def traffic_at(self, use: float) -> float:
        """The highest traffic with at most a share in use, requests per second."""
        n = use - self.idle
        if n <= 0:
            return 0.0
        # Beyond its peak throughput falls again: √((1−α)/β), here √(c0/c2).
        most = min(n, float(np.sqrt(self.c0 / self.c2))) if self.c2 > 0 else n
        return float(most / (self.c0 + self.c1 * most + self.c2 * most**2))

    def law(self, limit: float) -> tuple[float, float]:
        """α and β for a limit of this many units (threads, connections)."""
        # X = N / (limit·c0 + c1·N + c2/limit·N²), and the law's denominator is 1 at N = 1.
        whole = limit * self.c0 + self.c1 + self.c2 / limit
        beta = self.c2 / limit / whole
        return self.c1 / whole + beta, beta


@dataclass(frozen=True, slots=True)
class Fit:
    """The curve fitted to hours.

    Attributes:
        curve: the simplest with about the lowest error on unseen days.
        others: without each group of days. `rivals`: with other terms and a hardly higher error.
        error: mean square of the differences of shares on unseen days.
    """

    curve: Curve
    others: tuple[Curve, ...]
    rivals: tuple[Curve, ...]
    error: float


def fitted(use: np.ndarray, traffic: np.ndarray, days: np.ndarray) -> Fit | None:
    """Fit the curve; None if none fits.

    Args:
        use: shares of the limit. `traffic`: requests per second, above 0.
        days: the day of each; all of shape (hours,).
    """
    group = days % GROUPS
    kept = [np.ones(len(use), dtype=bool), *(group != number for number in range(GROUPS))]
    bins = max(1, min(BINS, min(int(part.sum()) for part in kept) // PER_BIN))
    medians = [_binned(use[part], traffic[part], bins) for part in kept]
    in_use, loads = (np.stack(side) for side in zip(*medians, strict=True))
    idle = np.array(IDLE) * float(np.quantile(use, 0.01))
    candidates: list[tuple[float, np.ndarray, float]] = []
    for terms in TERMS:
        coefficients = _fits(in_use, loads, idle, terms)
        possible = (coefficients[..., 0] > 0).all(axis=1) & (coefficients >= 0).all(axis=(1, 2))
        errors = _errors(coefficients, idle, use, traffic, group)
        candidates += [
            (float(errors[place]), coefficients[place], float(idle[place])) for place in np.flatnonzero(possible)
        ]
    if not candidates:
        return None
    chosen = candidates[0]
    for candidate in candidates[1:]:
        # An additional term, or another idle use, must reduce the error on unseen days.
        chosen = candidate if candidate[0] < chosen[0] * BETTER else chosen
    error, coefficients, floor = chosen
    rivals = tuple(_curve(rows[0], at) for square, rows, at in candidates if square <= error * NEARLY)
    return Fit(_curve(coefficients[0], floor), tuple(_curve(row, floor) for row in coefficients[1:]), rivals, error)


def _curve(coefficients: np.ndarray, idle: float) -> Curve:
    return Curve(idle, *(float(value) for value in coefficients))


def _fits(use: np.ndarray, traffic: np.ndarray, idle: np.ndarray, terms: tuple[bool, bool]) -> np.ndarray:
    """Least squares of the differences in use, for each idle use and each part of the hours.

    Args:
        use, traffic: medians, shape (parts, bins). `idle`: in use without traffic, shape (idle,).
        terms: whether c1 and c2 are included.

    Returns:
        c0, c1 and c2, shape (idle, parts, 3); -1 if nothing can be fitted.
    """
    n = use[None] - idle[:, None, None]
    inside = (n > 0) & (traffic > 0)[None]
    size = float(traffic.max())
    x = np.where(inside, traffic[None] / size, 0.0)
    n = np.where(inside, n, 0.0)
    columns = np.stack([x, *(n**power * x for power, there in zip((1, 2), terms, strict=True) if there)], axis=-1)
    gram = np.einsum("ipbk,ipbl->ipkl", columns, columns) + 1e-12 * np.eye(columns.shape[-1])
    right = np.einsum("ipbk,ipb->ipk", columns, n)
    solved = np.linalg.solve(gram, right[..., None])[..., 0] / size
    enough = inside.sum(axis=-1) >= columns.shape[-1] + 2
    coefficients = np.zeros((*n.shape[:2], 3))
    coefficients[..., [0, *(place for place, there in zip((1, 2), terms, strict=True) if there)]] = solved
    return np.where(enough[..., None], coefficients, -1.0)


def _errors(
    coefficients: np.ndarray, idle: np.ndarray, use: np.ndarray, traffic: np.ndarray, group: np.ndarray
) -> np.ndarray:
    """Mean squares of the differences on hours whose group of days was left out, shape (idle,).

    Args:
        coefficients: shape (idle, parts, 3), the first part being all hours. `idle`: shape (idle,).
        use, traffic, group: of each hour, shape (hours,).
    """
    c0, c1, c2 = np.moveaxis(coefficients[:, 1 + group], -1, 0)
    expected = _in_use(c0, c1, c2, traffic[None]) + idle[:, None]
    return np.asarray(((np.minimum(expected, BEYOND) - use[None]) ** 2).mean(axis=1))


def _in_use(
    c0: np.ndarray | float, c1: np.ndarray | float, c2: np.ndarray | float, traffic: np.ndarray
) -> np.ndarray:  # fmt: skip
    """The share in use in addition to idle use at a traffic; infinite if no use gives that much."""
    # c2·x·N² − (1 − c1·x)·N + c0·x = 0, of which the smaller root grows from 0.
    middle = 1 - c1 * traffic
    inside = middle**2 - 4 * c0 * c2 * traffic**2
    with np.errstate(invalid="ignore", divide="ignore"):
        root = 2 * c0 * traffic / (middle + np.sqrt(np.maximum(inside, 0.0)))
    return np.asarray(np.where((inside >= 0) & (middle > 0), root, np.inf))


def _binned(use: np.ndarray, traffic: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Medians of use and traffic of hours with about the same traffic, shape (bins,), as noise would bend the curve.

    Args:
        use, traffic: of each hour, shape (hours,). `bins`: their number.
    """
    order = np.argsort(traffic, kind="stable")
    size = len(order) // bins
    rows = order[len(order) - bins * size :].reshape(bins, size)
    return np.median(use[rows], axis=1), np.median(traffic[rows], axis=1)
