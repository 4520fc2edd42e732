"""Distributions of counts: binomial, beta-binomial and negative binomial, as arrays of shape (N,).

Probabilities are made of deviances and of what Stirling's formula leaves, so that nothing large cancels:
C. Loader, Fast and Accurate Computation of Binomial Probabilities, 2000.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Protocol, Self

import numpy as np

# A dispersion of 1 is a Poisson count; this little above it the same formula holds and no probability differs.
POISSON = 1 + 1e-13
# Of log Γ, in powers of 1/x², and of log((1 + v) / (1 - v)) / (2v³) - 1 / v², in powers of v²; the highest first.
STIRLING = (-1 / 1680, 1 / 1260, -1 / 360, 1 / 12)
LOGARITHM = (1 / 11, 1 / 9, 1 / 7, 1 / 5, 1 / 3)
LOG_ROOT = 0.5 * float(np.log(2 * np.pi))
# Of a variance in a denominator.
TINY = 1e-300
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

    def moments(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean, variance and skewness."""

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

    def moments(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        variance = self.n * self.p * (1 - self.p)
        return self.n * self.p, variance, (1 - 2 * self.p) / np.sqrt(np.maximum(variance, TINY))

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

    def moments(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        seen = self.a + self.b
        share = self.a / seen
        variance = self.n * share * (1 - share) * (seen + self.n) / (seen + 1)
        skew = (seen + 2 * self.n) / (seen + 2) * (1 - 2 * share) / np.sqrt(np.maximum(variance, TINY))
        return self.n * share, variance, skew

    def ratio(self, j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (self.n - j) * (j + self.a), (j + 1) * (self.n - 1 - j + self.b)

    def log_pmf(self, j: np.ndarray) -> np.ndarray:
        bad, good, seen = j + self.a, self.n - j + self.b, self.a + self.b
        apart = (self.n * self.a - j * seen) / (self.n + seen)
        terms = log_term(j, self.n - j, apart) + log_term(self.a, self.b, -apart)
        of_all = stirling(self.n + seen) - stirling(bad) - stirling(good)
        made: np.ndarray = terms - of_all + np.log(self.a / bad * (self.b / good) * ((self.n + seen) / seen))
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

    def moments(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        dispersion = np.maximum(self.dispersion, 1.0)
        variance = self.mean * dispersion
        return self.mean, variance, (2 * dispersion - 1) / np.sqrt(variance)

    def ratio(self, j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        dispersion = np.maximum(self.dispersion, POISSON)
        return j * (dispersion - 1) + self.mean, (j + 1) * dispersion

    def log_pmf(self, j: np.ndarray) -> np.ndarray:
        dispersion = np.maximum(self.dispersion, POISSON)
        size = self.mean / (dispersion - 1)
        made: np.ndarray = log_term(size, j, (j - self.mean) / dispersion) - np.log(1 + j / size)
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
    made = _polynomial(inverse * inverse, STIRLING)
    made *= inverse
    made += np.log(x) / 2
    made += LOG_ROOT
    return made


def deviance(x: np.ndarray, apart: np.ndarray | float) -> np.ndarray:
    """x log(x / m) + m - x for m = x + `apart`, without loss where they are near one another."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        u = apart / x
        v = u / (2 + u)
        # u - log(1 + u), by the series of log((1 + v) / (1 - v)) where u is small.
        square = v * v
        near = _polynomial(square, LOGARITHM)
        near *= -2 * square
        near += u
        near *= v
        far = u - np.log(1 + u)
        made: np.ndarray = np.where(x > 0, x * np.where(np.abs(u) < 0.1, near, far), apart)
    return made


def _polynomial(x: np.ndarray, coefficients: Sequence[float]) -> np.ndarray:
    """By Horner's scheme and in place, which is most of what a tail costs; the highest power's coefficient first."""
    made = np.full(np.shape(x), coefficients[0])
    for coefficient in coefficients[1:]:
        made *= x
        made += coefficient
    return made
