"""Student's t: its upper tail, by the incomplete beta function, and its quantile."""

from math import exp, log

import numpy as np

from dashboard.anomaly.distributions.counts import log_term

# Maximum steps of the continued fraction; it ends earlier once nothing changes.
STEPS = 200
# Minimum of a denominator of the fraction.
TINY = 1e-300
# Maximum steps of Newton's method, which needs about five.
NEWTON_STEPS = 50


def student_tail(t: np.ndarray, freedom: float) -> np.ndarray:
    """P(T > t) with `freedom` degrees of freedom, for any shape; NaN at NaN.

    ½ I_x(ν/2, ½) with x = ν / (ν + t²): https://dlmf.nist.gov/8.17#i, https://en.wikipedia.org/wiki/Student's_t-distribution
    """
    t = np.asarray(t, dtype=float)
    square = np.square(np.clip(t, -1e150, 1e150))
    half = incomplete_beta(freedom / 2, 0.5, freedom / (freedom + square), square / (freedom + square)) / 2
    return np.asarray(np.where(t < 0, 1 - half, half))


def student_quantile(tail: float, freedom: float) -> float:
    """The t with P(T > t) = `tail`, 0 < tail < ½, with `freedom` degrees of freedom.

    Newton's method on logarithms, where the tail is almost a straight line.
    """
    t = max(exp(-log(2 * tail) / freedom), 0.1)
    for _ in range(NEWTON_STEPS):
        p = student_tail(np.array(t), freedom).item()
        moved = t * exp(min(max(log(p / tail) * p / (t * _density(t, freedom)), -1.0), 1.0))
        if abs(moved - t) <= 1e-14 * t:
            break
        t = moved
    return t


def _density(t: float, freedom: float) -> float:
    x, y = (np.array(part / (freedom + t * t)) for part in (freedom, t * t))
    return float(_power(freedom / 2, 0.5, x, y)) / t


def incomplete_beta(a: float, b: float, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """I_x(a, b), regularised, by its continued fraction (https://dlmf.nist.gov/8.17#E22).

    Args:
        a, b: parameters, above 0.
        x: 0–1, any shape. `y`: 1 - x without loss of accuracy, same shape.
    """
    straight = x < (a + 1) / (a + b + 2)
    lower = _power(a, b, x, y) / a * _fraction(a, b, np.where(straight, x, 0.0))
    upper = _power(b, a, y, x) / b * _fraction(b, a, np.where(straight, 0.0, y))
    return np.asarray(np.where(straight, lower, 1 - upper))


def _power(a: float, b: float, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x^a y^b / B(a, b)."""
    scale = np.exp(log_term(np.array([a]), np.array([b]), 0.0))[0] * a * b / (a + b)
    return np.asarray(scale * (x * (a + b) / a) ** a * (y * (a + b) / b) ** b)


def _fraction(a: float, b: float, x: np.ndarray) -> np.ndarray:
    """1 / (1 + d₁ / (1 + d₂ / …)) by Lentz's method (https://dlmf.nist.gov/3.10#iii)."""
    c, d = np.ones(x.shape), 1 / _nonzero(1 - (a + b) / (a + 1) * x)
    value = d
    for m in range(1, STEPS):
        even = m * (b - m) / ((a + 2 * m - 1) * (a + 2 * m)) * x
        odd = -(a + m) * (a + b + m) / ((a + 2 * m) * (a + 2 * m + 1)) * x
        before = value
        for term in (even, odd):
            d, c = 1 / _nonzero(1 + term * d), _nonzero(1 + term / c)
            value = value * c * d
        if np.all((np.abs(value - before) <= 1e-15 * np.abs(value)) | np.isnan(value)):
            break
    return value


def _nonzero(value: np.ndarray) -> np.ndarray:
    return np.where(np.abs(value) < TINY, TINY, value)
