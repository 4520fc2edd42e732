"""Latency: is a quantile slower than its seasonal level explains? On the log scale, one-sided, with a heavy tail."""

import numpy as np

from dashboard.anomaly.distributions.student_t import beyond, cut
from dashboard.anomaly.verdict import Verdict

# Residuals of web services are narrower inside and heavier outside than a normal with their own scale: on quiet points
# of 24 KPIs over 435 days |z| ≥ 3.89 and |z| ≥ 6 happened in 1.5e-3 and 3.3e-4 of the time after a seasonal level, in
# 1.7e-3 and 4.0e-4 after a moving one. Two shares settle two constants: degrees of freedom from how fast the tail
# falls between them, and the scale of t in units of the residuals' own. The fits are 3.6 and 0.44, 3.4 and 0.43.
FREEDOM = 3.5
CORE = 0.44
# Requests expected above the quantile, so that their number is known to 1/√20 = 22 %.
ABOVE = 20


def slow(
    value_s: np.ndarray,
    expected_s: np.ndarray,
    scale: np.ndarray,
    requests: np.ndarray,
    level: float,
    *,
    quantile: float = 0.95,
) -> Verdict:
    """A latency quantile against its seasonal level: P(T > z / CORE), z = log(value / expected) / scale.

    Below a level of 3e-3 this is more careful than a normal tail; above it, less.

    Args:
        value_s, expected_s: seconds. `scale`: standard deviation of the residuals of the logarithm. `requests`: that
            the value was made of. Arrays that broadcast against one another.
        level: probability of a false flag, below ½. `quantile`: which one the value is, 0–1.

    Returns:
        A verdict with `high` in seconds. Requests are enough where 20 lie above the quantile: 400 for p95, 2,000 for
        p99. `p` is NaN where a latency or the scale is not positive.
    """
    value_s, expected_s, scale, requests = np.broadcast_arrays(value_s, expected_s, scale, requests)
    usual = np.where((expected_s > 0) & (scale > 0), expected_s, np.nan)
    width = CORE * np.where(scale > 0, scale, np.nan)
    above = np.log(np.where(value_s > 0, value_s, np.nan)) - np.log(usual)
    p = beyond(above / width, FREEDOM)
    high = usual * np.exp(np.minimum(cut(level, FREEDOM) * width, 700.0))
    return Verdict(p, np.full(p.shape, np.nan), high, requests * (1 - quantile) >= ABOVE * (1 - 1e-12))
