"""Distributions of counts: binomial, beta-binomial and negative binomial, as arrays of shape (N,).

Probabilities are made of deviances and of what Stirling's formula leaves, so that nothing large cancels:
C. Loader, Fast and Accurate Computation of Binomial Probabilities, 2000.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Protocol, Self

import numpy as np

# A dispersion of 1 is a Poisson count; this little above it the same formula holds and no probability differs.
POISSON = 1 + 1e-13
# Coefficients 1 / (2i + 3) of log((1 + v) / (1 - v)) / 2 - v = v³ (1/3 + v²/5 + …), highest first.
SERIES = [1 / (2 * i + 3) for i in range(9)][::-1]
# Below this, arguments are shifted upwards before Stirling's series is asked.
SHIFT = 12


@dataclass(frozen=True)
class Arrays:
    """Parameters that are selected and reshaped together."""

    def each(self, change: Callable[[np.ndarray], np.ndarray]) -> Self:
        """The same with each parameter changed."""
        return type(self)(*(change(getattr(self, field.name)) for field in fields(self)))


class Counts(Protocol):
    """What a tail needs to know of a distribution."""

    def each(self, change: Callable[[np.ndarray], np.ndarray]) -> Self: ...

    def known(self) -> np.ndarray:
        """Whether the parameters are in their domain."""

    def last(self) -> np.ndarray:
        """The largest count; infinite where there is none."""

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance."""

    def ratio(self, j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """P(K = j + 1) and P(K = j) but for a common factor."""

    def log_pmf(self, j: np.ndarray) -> np.ndarray:
        """log P(K = j) for 0 ≤ j ≤ last, smooth between whole counts."""


@dataclass(frozen=True)
class Binomial(Arrays):
    """Bad events among `n` at a known share `p`."""

    n: np.ndarray
    p: np.ndarray

    def known(self) -> np.ndarray:
        made: np.ndarray = np.isfinite(self.n) & (self.n >= 0) & (self.p > 0) & (self.p < 1)
        return made

    def last(self) -> np.ndarray:
        return self.n

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        return self.n * self.p, self.n * self.p * (1 - self.p)

    def ratio(self, j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (self.n - j) * self.p, (j + 1) * (1 - self.p)

    def log_pmf(self, j: np.ndarray) -> np.ndarray:
        return log_term(j, self.n - j, self.n * self.p - j)


@dataclass(frozen=True)
class BetaBinomial(Arrays):
    """Bad events among `n` at a share that is known as Beta(a, b), of which b ≥ 1 and a + b ≥ 2."""

    n: np.ndarray
    a: np.ndarray
    b: np.ndarray

    def known(self) -> np.ndarray:
        finite = np.isfinite(self.n) & np.isfinite(self.a) & np.isfinite(self.b)
        made: np.ndarray = finite & (self.n >= 0) & (self.a > 0) & (self.b >= 1) & (self.a + self.b >= 2)
        return made

    def last(self) -> np.ndarray:
        return self.n

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        seen = self.a + self.b
        share = self.a / seen
        return self.n * share, self.n * share * (1 - share) * (seen + self.n) / (seen + 1)

    def ratio(self, j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (self.n - j) * (j + self.a), (j + 1) * (self.n - 1 - j + self.b)

    def log_pmf(self, j: np.ndarray) -> np.ndarray:
        bad, good, seen = j + self.a, self.n - j + self.b, self.a + self.b
        apart = (self.n * self.a - j * seen) / (self.n + seen)
        terms = log_term(j, self.n - j, apart) + log_term(self.a, self.b, -apart) - log_term(bad, good, 0.0)
        made: np.ndarray = terms + np.log(self.a / bad * (self.b / good) * ((bad + good) / seen))
        return made


@dataclass(frozen=True)
class NegativeBinomial(Arrays):
    """Counts of mean `mean` and variance `dispersion` × mean; Poisson at a dispersion of 1, which it never is below."""

    mean: np.ndarray
    dispersion: np.ndarray

    def known(self) -> np.ndarray:
        made: np.ndarray = np.isfinite(self.mean) & (self.mean > 0) & np.isfinite(self.dispersion)
        return made

    def last(self) -> np.ndarray:
        return np.full(np.shape(self.mean), np.inf)

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        return self.mean, self.mean * np.maximum(self.dispersion, 1.0)

    def ratio(self, j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        dispersion = np.maximum(self.dispersion, POISSON)
        return j * (dispersion - 1) + self.mean, (j + 1) * dispersion

    def log_pmf(self, j: np.ndarray) -> np.ndarray:
        dispersion = np.maximum(self.dispersion, POISSON)
        size = self.mean / (dispersion - 1)
        made: np.ndarray = log_term(size, j, (j - self.mean) / dispersion) - np.log1p(j / size)
        return made


def log_term(a: np.ndarray, b: np.ndarray, apart: np.ndarray | float) -> np.ndarray:
    """log of Γ(a+b+1) / (Γ(a+1) Γ(b+1)) · x^a (1-x)^b, where `apart` = (a + b) x - a."""
    ways = stirling(a + b) - stirling(a) - stirling(b)
    made: np.ndarray = ways - deviance(a, apart) - deviance(b, -apart)
    return made


def stirling(x: np.ndarray) -> np.ndarray:
    """log Γ(x + 1) - x log x + x for x ≥ 0, by Stirling's series (https://dlmf.nist.gov/5.11#E1)."""
    x = np.asarray(x, dtype=float)
    made = _series(np.maximum(x, SHIFT))
    small = x < SHIFT
    if small.any():
        low = x[small]
        shifted = low + SHIFT
        product = np.prod(low[:, None] + np.arange(1, SHIFT + 1), axis=1)
        whole = _series(shifted) + shifted * np.log(shifted) - shifted - np.log(product)
        made[small] = whole - low * np.log(np.maximum(low, 1e-300)) + low
    return made


def _series(x: np.ndarray) -> np.ndarray:
    inverse = 1 / x
    square = inverse * inverse
    sum_ = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))))
    made: np.ndarray = 0.5 * np.log(2 * np.pi * x) + sum_
    return made


def deviance(x: np.ndarray, apart: np.ndarray | float) -> np.ndarray:
    """x log(x / m) + m - x for m = x + `apart`, without loss where they are near one another."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        u = apart / x
        v = u / (2 + u)
        square = v * v
        tail = np.full(np.shape(u), SERIES[0])
        for coefficient in SERIES[1:]:
            tail = tail * square + coefficient
        near = v * (u - 2 * square * tail)
        far = u - np.log1p(u)
        made: np.ndarray = np.where(x > 0, x * np.where(np.abs(u) < 0.25, near, far), apart)
    return made
