"""Distributions of counts: binomial, beta-binomial and negative binomial, as arrays of shape (N,).

Probabilities are computed from deviances and the remainder of Stirling's formula, so that nothing large cancels:
C. Loader, Fast and Accurate Computation of Binomial Probabilities, 2000.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Protocol, Self

import numpy as np

# A dispersion of 1 is a Poisson count; at this tiny excess the same formula holds, and no probability differs.
POISSON = 1 + 1e-13
# Coefficients of log Γ in powers of 1/x², and of log((1 + v) / (1 - v)) / (2v³) - 1 / v² in powers of v², highest
# first.
STIRLING = (-1 / 1680, 1 / 1260, -1 / 360, 1 / 12)
LOGARITHM = (1 / 11, 1 / 9, 1 / 7, 1 / 5, 1 / 3)
LOG_ROOT = 0.5 * float(np.log(2 * np.pi))
# Lower bound of a variance in a denominator.
TINY = 1e-300
# Smaller arguments are shifted upwards before Stirling's series is used.
SHIFT = 12


@dataclass(frozen=True)
class Parameters:
    """Parameters of N distributions, which can be selected and reshaped together."""

    def each(self, change: Callable[[np.ndarray], np.ndarray]) -> Self:
        """The distributions with each parameter changed."""
        return type(self)(*(change(getattr(self, field.name)) for field in fields(self)))


class Counts(Protocol):
    """What a tail needs of N distributions; arrays of shape (N,)."""

    def each(self, change: Callable[[np.ndarray], np.ndarray]) -> Self: ...

    def defined(self) -> np.ndarray:
        """Whether the parameters are in their domain."""

    def largest(self) -> np.ndarray:
        """The largest count; infinite if there is none."""

    def moments(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean, variance and skewness."""

    def ratio(self, j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """P(K = j + 1) and P(K = j), except for a common factor."""

    def log_pmf(self, j: np.ndarray) -> np.ndarray:
        """log P(K = j) for 0 ≤ j ≤ largest, smooth between whole counts."""


@dataclass(frozen=True)
class Binomial(Parameters):
    """Bad events among `n` with a known probability `p`: https://en.wikipedia.org/wiki/Binomial_distribution."""

    n: np.ndarray
    p: np.ndarray

    def defined(self) -> np.ndarray:
        return np.asarray(np.isfinite(self.n) & (self.n >= 0) & (self.p > 0) & (self.p < 1))

    def largest(self) -> np.ndarray:
        return self.n

    def moments(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        variance = self.n * self.p * (1 - self.p)
        return self.n * self.p, variance, (1 - 2 * self.p) / np.sqrt(np.maximum(variance, TINY))

    def ratio(self, j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (self.n - j) * self.p, (j + 1) * (1 - self.p)

    def log_pmf(self, j: np.ndarray) -> np.ndarray:
        return log_term(j, self.n - j, self.n * self.p - j)


@dataclass(frozen=True)
class BetaBinomial(Parameters):
    """Bad events among `n` with a probability distributed as Beta(a, b), where b ≥ 1 and a + b ≥ 2.

    https://en.wikipedia.org/wiki/Beta-binomial_distribution
    """

    n: np.ndarray
    a: np.ndarray
    b: np.ndarray

    def defined(self) -> np.ndarray:
        finite = np.isfinite(self.n) & np.isfinite(self.a) & np.isfinite(self.b)
        return np.asarray(finite & (self.n >= 0) & (self.a > 0) & (self.b >= 1) & (self.a + self.b >= 2))

    def largest(self) -> np.ndarray:
        return self.n

    def moments(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        both = self.a + self.b
        share = self.a / both
        variance = self.n * share * (1 - share) * (both + self.n) / (both + 1)
        skew = (both + 2 * self.n) / (both + 2) * (1 - 2 * share) / np.sqrt(np.maximum(variance, TINY))
        return self.n * share, variance, skew

    def ratio(self, j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (self.n - j) * (j + self.a), (j + 1) * (self.n - 1 - j + self.b)

    def log_pmf(self, j: np.ndarray) -> np.ndarray:
        bad, good, both = j + self.a, self.n - j + self.b, self.a + self.b
        difference = (self.n * self.a - j * both) / (self.n + both)
        terms = log_term(j, self.n - j, difference) + log_term(self.a, self.b, -difference)
        rest = stirling(self.n + both) - stirling(bad) - stirling(good)
        return np.asarray(terms - rest + np.log(self.a / bad * (self.b / good) * ((self.n + both) / both)))


@dataclass(frozen=True)
class NegativeBinomial(Parameters):
    """Counts with mean `mean` and variance `dispersion` × mean; the dispersion is at least 1, which is Poisson.

    https://en.wikipedia.org/wiki/Negative_binomial_distribution
    """

    mean: np.ndarray
    dispersion: np.ndarray

    def defined(self) -> np.ndarray:
        return np.asarray(np.isfinite(self.mean) & (self.mean > 0) & np.isfinite(self.dispersion))

    def largest(self) -> np.ndarray:
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
        return np.asarray(log_term(size, j, (j - self.mean) / dispersion) - np.log(1 + j / size))


def log_term(a: np.ndarray, b: np.ndarray, difference: np.ndarray | float) -> np.ndarray:
    """log of Γ(a+b+1) / (Γ(a+1) Γ(b+1)) · x^a (1-x)^b, by Loader's saddle-point expansion.

    Args:
        a, b: counts, not necessarily whole, 0 or more; arrays that broadcast against each other.
        difference: (a + b) x - a, which determines x.
    """
    ways = stirling(a + b) - stirling(a) - stirling(b)
    return np.asarray(ways - deviance(a, difference) - deviance(b, -difference))


def stirling(x: np.ndarray) -> np.ndarray:
    """log Γ(x + 1) - x log x + x for x ≥ 0, by Stirling's series (https://dlmf.nist.gov/5.11#E1)."""
    x = np.asarray(x, dtype=float)
    remainder = _series(np.maximum(x, SHIFT))
    small = x < SHIFT
    if small.any():
        low = x[small]
        shifted = low + SHIFT
        product = np.prod(low[:, None] + np.arange(1, SHIFT + 1), axis=1)
        whole = _series(shifted) + shifted * np.log(shifted) - shifted - np.log(product)
        remainder[small] = whole - low * np.log(np.maximum(low, 1e-300)) + low
    return remainder


def _series(x: np.ndarray) -> np.ndarray:
    # In place, as this is most of the cost of a tail.
    inverse = 1 / x
    remainder = _polynomial(inverse * inverse, STIRLING)
    remainder *= inverse
    remainder += np.log(x) / 2
    remainder += LOG_ROOT
    return remainder


def deviance(x: np.ndarray, difference: np.ndarray | float) -> np.ndarray:
    """x log(x / m) + m - x for m = x + `difference`, without loss of accuracy if they are close."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        u = difference / x
        v = u / (2 + u)
        # u - log(1 + u), for small u by the series of log((1 + v) / (1 - v)).
        square = v * v
        near = _polynomial(square, LOGARITHM)
        near *= -2 * square
        near += u
        near *= v
        far = u - np.log(1 + u)
        return np.asarray(np.where(x > 0, x * np.where(np.abs(u) < 0.1, near, far), difference))


def _polynomial(x: np.ndarray, coefficients: Sequence[float]) -> np.ndarray:
    """Horner's scheme in place, as this is most of the cost of a tail; highest coefficient first."""
    value = np.full(np.shape(x), coefficients[0])
    for coefficient in coefficients[1:]:
        value *= x
        value += coefficient
    return value
