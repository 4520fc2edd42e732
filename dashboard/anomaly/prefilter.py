"""Selects the rows worth testing: nearly all of a thousand services are as usual, and exact tails are expensive.

For every detector that is registered with one of these filters, a row within one and a half standard deviations of the
usual has a probability of at least 0.01, the highest level that can be configured. So skipping it changes no flag. The
burstier requests are, the more skewed are their counts: for them the root of the deviance is used, which is nearly
normal.

All take observations and expectations and return rows, shape (ends, services).
"""

from dataclasses import replace

import numpy as np

from dashboard.anomaly.baseline import Expectations
from dashboard.anomaly.observations import Observations

# Standard deviations within which a row is as usual for every detector.
NEAR = 1.5
# Avoids the logarithm of zero requests; its factor is 0 then.
TINY = 1e-9


def every_row(observations: Observations, expectations: Expectations) -> np.ndarray:
    """All rows, for a detector that none of the other filters suits."""
    return np.ones(expectations.requests.shape, dtype=bool)


def latency(observations: Observations, expectations: Expectations) -> np.ndarray:
    """Rows with a p95 above the usual one, on the log scale."""
    # Missing values are NaN, and every comparison with NaN is false.
    with np.errstate(invalid="ignore", divide="ignore"):
        residual = np.log(observations.latency / expectations.latency) / expectations.latency_scale
    return np.asarray(residual > NEAR)


def traffic(observations: Observations, expectations: Expectations) -> np.ndarray:
    """Rows with more or fewer requests than usual, by the root of the deviance of a negative binomial count.

    https://en.wikipedia.org/wiki/Deviance_(statistics)
    """
    count, mean = observations.requests[0], expectations.requests
    with np.errstate(invalid="ignore", divide="ignore"):
        size = mean / np.maximum(expectations.dispersion - 1.0, 1e-6)
        likelier = count * np.log(np.maximum(count, TINY) / mean)
        half = likelier - (count + size) * np.log1p((count - mean) / (mean + size))
        return np.asarray(np.sqrt(np.maximum(2 * half, 0.0)) > NEAR)


def poisson_traffic(observations: Observations, expectations: Expectations) -> np.ndarray:
    """As `traffic`, for independent requests, whose dispersion is 1."""
    return traffic(observations, replace(expectations, dispersion=np.ones_like(expectations.dispersion)))


def errors(observations: Observations, expectations: Expectations) -> np.ndarray:
    """Rows with more failures than usual over any of the windows, by the normal approximation."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (expectations.baseline_failed + 0.5) / (expectations.baseline_requests + 1.0)
        usual = share * observations.requests
        residual = (observations.failed - usual) / np.sqrt(usual * (1 - share))
        return np.asarray(np.nanmax(residual, axis=0, initial=-np.inf) > NEAR)
