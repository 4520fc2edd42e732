"""Latency: is a quantile slower than its season explains? One-sided test on the log scale, with a heavy tail."""

import numpy as np

from dashboard.anomaly.baseline import Expectations
from dashboard.anomaly.distributions.student_t import student_quantile, student_tail
from dashboard.anomaly.observations import Observations
from dashboard.anomaly.results import SignalTest, TailTest

# Residuals of web services are narrower inside and heavier outside than a normal distribution of the same scale: on
# quiet points of 24 KPIs over 435 days, |z| ≥ 3.89 and |z| ≥ 6 occurred in 1.5e-3 and 3.3e-4 of the time for a seasonal
# level, and in 1.7e-3 and 4.0e-4 for a moving one. These two shares determine two constants: the degrees of freedom
# from how fast the tail falls between them, and the scale of t in units of the residuals' scale. The fits are 3.6 and
# 0.44, 3.4 and 0.43.
FREEDOM = 3.5
CORE = 0.44
# Minimum of requests expected above the quantile, so that their number is known to 1/√20 = 22 %.
ABOVE = 20
# exp() of a larger number is infinite.
EXPONENT_MAX = 700.0


def student(observations: Observations, expectations: Expectations, level: float) -> SignalTest:
    """The detector: p95 of five minutes compared with the usual one at this time of day.

    Args:
        observations, expectations: of the same rows, shape (ends, services).
        level: probability of a false flag, below ½.
    """
    tail = student_test(
        observations.latency,
        expectations.latency,
        expectations.latency_scale,
        observations.latency_requests,
        level,
    )
    return SignalTest.upward(observations.latency, tail)


def student_test(
    value_s: np.ndarray,
    expected_s: np.ndarray,
    scale: np.ndarray,
    requests: np.ndarray,
    level: float,
    *,
    quantile: float = 0.95,
) -> TailTest:
    """A latency quantile compared with its seasonal level: P(T > z / CORE), z = log(value / expected) / scale.

    T is Student's t (https://en.wikipedia.org/wiki/Student's_t-distribution). For levels below 3e-3 this flags less
    often than a normal tail; above it, more often.

    Args:
        value_s, expected_s: seconds; arrays that broadcast against each other, as the next two.
        scale: standard deviation of the residuals of the logarithm.
        requests: number of requests behind the value.
        level: probability of a false flag, below ½.
        quantile: of the value, 0–1.

    Returns:
        The upper tail, its limit in seconds. There are enough requests if 20 lie above the quantile: 400 for p95, 2,000
        for p99. `p` is NaN if a latency or the scale is not positive.
    """
    value_s, expected_s, scale, requests = np.broadcast_arrays(value_s, expected_s, scale, requests)
    usual = np.where((expected_s > 0) & (scale > 0), expected_s, np.nan)
    width = CORE * np.where(scale > 0, scale, np.nan)
    residual = np.log(np.where(value_s > 0, value_s, np.nan)) - np.log(usual)
    p = student_tail(residual / width, FREEDOM)
    limit = usual * np.exp(np.minimum(student_quantile(level, FREEDOM) * width, EXPONENT_MAX))
    # 1 - 0.95 is not exact in binary.
    return TailTest(p, limit, requests * (1 - quantile) >= ABOVE * (1 - 1e-12))
