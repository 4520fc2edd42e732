"""Traffic: fewer or more requests than expected. These are separate tests, because a drop pages and a spike informs."""

from dataclasses import replace

import numpy as np

from dashboard.anomaly.baseline import Expectations
from dashboard.anomaly.distributions.counts import NegativeBinomial
from dashboard.anomaly.distributions.limits import lower_limit, upper_limit
from dashboard.anomaly.distributions.tails import lower_tail, upper_tail
from dashboard.anomaly.observations import WINDOW, Observations
from dashboard.anomaly.results import SignalTest, TailTest


def negative_binomial(observations: Observations, expectations: Expectations, level: float) -> SignalTest:
    """The detector: requests of five minutes compared with the usual ones at this time of day, on either side.

    Args:
        observations, expectations: of the same rows, shape (ends, services).
        level: probability of a false flag on either side.

    Returns:
        Values and band in requests per second.
    """
    count = observations.requests[0]
    drop, spike = (
        test(count, expectations.requests, expectations.dispersion, level).where_enough()
        for test in (drop_test, spike_test)
    )
    return SignalTest(
        value=count / WINDOW,
        low=drop.limit / WINDOW,
        high=spike.limit / WINDOW,
        p_low=drop.p,
        p_high=spike.p,
        enough=drop.enough,
    )


def poisson(observations: Observations, expectations: Expectations, level: float) -> SignalTest:
    """The detector for independent requests: right for a queue, too noisy for people.

    Args:
        observations, expectations: of the same rows, shape (ends, services); the dispersion is assumed to be 1.
        level: probability of a false flag on either side.
    """
    independent = replace(expectations, dispersion=np.ones_like(expectations.dispersion))
    return negative_binomial(observations, independent, level)


def drop_test(count: np.ndarray, expected: np.ndarray, dispersion: np.ndarray, level: float) -> TailTest:
    """Test whether the requests of a window are too few for a negative binomial count: P(K ≤ count).

    https://en.wikipedia.org/wiki/Negative_binomial_distribution with mean λ and variance φλ.

    Args:
        count: requests; arrays that broadcast against each other, as the next two.
        expected: their mean λ.
        dispersion: variance over mean, φ; values below 1 are treated as 1, which is Poisson.
        level: probability of a false flag.

    Returns:
        The lower tail, its limit in requests. There are enough requests if silence itself would be flagged. `p` is NaN
        if nothing is expected.
    """
    count, expected, dispersion = np.broadcast_arrays(count, expected, dispersion)
    counts = NegativeBinomial(expected.ravel(), dispersion.ravel())
    k = np.maximum(np.floor(count + 0.5), 0)
    p = lower_tail(counts, k.ravel()).reshape(k.shape)
    limit = np.maximum(lower_limit(counts, level) - 0.5, 0.0).reshape(k.shape)
    return TailTest(p, limit, silence(expected, dispersion) < level)


def spike_test(count: np.ndarray, expected: np.ndarray, dispersion: np.ndarray, level: float) -> TailTest:
    """Test whether the requests of a window are too many for a negative binomial count: P(K ≥ count).

    Args:
        count, expected, dispersion, level: as in `drop_test`.

    Returns:
        The upper tail, its limit in requests. There are enough requests under the condition of `drop_test`: traffic too
        low to be missed has no level that could be exceeded.
    """
    count, expected, dispersion = np.broadcast_arrays(count, expected, dispersion)
    counts = NegativeBinomial(expected.ravel(), dispersion.ravel())
    k = np.maximum(np.ceil(count - 0.5), 0)
    p = upper_tail(counts, k.ravel()).reshape(k.shape)
    limit = (upper_limit(counts, level) + 0.5).reshape(k.shape)
    return TailTest(p, limit, silence(expected, dispersion) < level)


def silence(expected: np.ndarray, dispersion: np.ndarray) -> np.ndarray:
    """P(no request) = φ^(-λ/(φ-1)) of the negative binomial, which is e^-λ for φ = 1.

    Args:
        expected: λ, requests of a window.
        dispersion: φ; arrays of the same shape.
    """
    over = np.maximum(dispersion - 1.0, 1e-13)
    return np.asarray(np.exp(-expected * (np.log1p(over) / over)))
