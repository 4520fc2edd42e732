"""Traffic: fewer or more requests than expected. Two separate tests, because a drop pages and a spike informs."""

import numpy as np

from dashboard.anomaly.distributions.counts import NegativeBinomial
from dashboard.anomaly.distributions.limits import highest, lowest
from dashboard.anomaly.distributions.tails import at_least, at_most
from dashboard.anomaly.verdict import Verdict


def drop(count: np.ndarray, expected: np.ndarray, dispersion: np.ndarray, level: float) -> Verdict:
    """Requests of a window against a negative binomial count, for being too few.

    Args:
        count: requests. `expected`: their mean λ. `dispersion`: variance over mean, φ; below 1 it is taken for 1,
            Poisson. Arrays that broadcast against one another.
        level: probability of a false flag.

    Returns:
        A verdict with `low` in requests. Requests are enough where silence itself would be flagged. `p` is NaN where
        nothing is expected.
    """
    count, expected, dispersion = np.broadcast_arrays(count, expected, dispersion)
    counts = NegativeBinomial(expected.ravel(), dispersion.ravel())
    k = np.maximum(np.floor(count + 0.5), 0)
    p = at_most(counts, k.ravel()).reshape(k.shape)
    low = np.maximum(lowest(counts, level) - 0.5, 0.0).reshape(k.shape)
    return Verdict(p, low, np.full(k.shape, np.nan), silence(expected, dispersion) < level)


def spike(count: np.ndarray, expected: np.ndarray, dispersion: np.ndarray, level: float) -> Verdict:
    """As `drop`, for being too many: a verdict with `high` in requests.

    Requests are enough on the same condition: what is too quiet to be missed has no level that could be exceeded.
    """
    count, expected, dispersion = np.broadcast_arrays(count, expected, dispersion)
    counts = NegativeBinomial(expected.ravel(), dispersion.ravel())
    k = np.maximum(np.ceil(count - 0.5), 0)
    p = at_least(counts, k.ravel()).reshape(k.shape)
    high = (highest(counts, level) + 0.5).reshape(k.shape)
    return Verdict(p, np.full(k.shape, np.nan), high, silence(expected, dispersion) < level)


def silence(expected: np.ndarray, dispersion: np.ndarray) -> np.ndarray:
    """P(no request) = φ^(-λ/(φ-1)), which is e^-λ at φ = 1."""
    over = np.maximum(dispersion - 1.0, 1e-13)
    made: np.ndarray = np.exp(-expected * (np.log1p(over) / over))
    return made
