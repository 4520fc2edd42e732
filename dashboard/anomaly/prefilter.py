"""Selects the rows worth a test: of a thousand services nearly all are as usual, and exact tails take time.

A row within one and a half standard deviations of what is usual has a probability of at least one in a hundred by every
detector that is registered with one of these; none of the levels that may be configured is higher. So leaving it out
changes no flag. Requests are skewed the more, the burstier they are: for them it is the root of the deviance that
counts, which is nearly normal.

All take observations and expectations and return rows, shape (ends, services).
"""

from dataclasses import replace

import numpy as np

from dashboard.anomaly.baseline import Expectations
from dashboard.anomaly.observations import Observations

# Standard deviations within which a row is as usual, whatever the detector.
NEAR = 1.5
# No request at all has a logarithm here, and counts for nothing by its factor.
TINY = 1e-9


def every_row(observations: Observations, expectations: Expectations) -> np.ndarray:
    """All of them: for a detector that none of the others suits."""
    return np.ones(expectations.requests.shape, dtype=bool)


def latency(observations: Observations, expectations: Expectations) -> np.ndarray:
    """Rows whose p95 lies above what is usual, on the log scale."""
    # What was not measured is NaN, and no NaN is larger than anything.
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
    """As `traffic`, for requests that come independently of one another: their dispersion is 1."""
    return traffic(observations, replace(expectations, dispersion=np.ones_like(expectations.dispersion)))


def errors(observations: Observations, expectations: Expectations) -> np.ndarray:
    """Rows with more failures than usual over any of the window lengths, by the normal approximation."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (expectations.baseline_failed + 0.5) / (expectations.baseline_requests + 1.0)
        usual = share * observations.requests
        residual = (observations.failed - usual) / np.sqrt(usual * (1 - share))
        return np.asarray(np.nanmax(residual, axis=0, initial=-np.inf) > NEAR)
