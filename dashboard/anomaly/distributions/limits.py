"""Control limits: the last count inside the band, computed from the tails of the test itself."""

from collections.abc import Callable

import numpy as np

from dashboard.anomaly.distributions.counts import Counts
from dashboard.anomaly.distributions.tails import tail

# Every this many search steps the interval is halved, so that the search ends even with bad guesses.
HALVING = 4


def upper_limit(counts: Counts, level: float) -> np.ndarray:
    """The largest k with P(K ≥ k) ≥ level: k + 1 is outside.

    Args:
        counts: N distributions.
        level: probability of a false flag, 0–1.

    Returns:
        Whole counts, shape (N,); NaN where a distribution is not defined.
    """
    return _limit(counts, level, 1)


def lower_limit(counts: Counts, level: float) -> np.ndarray:
    """The smallest k with P(K ≤ k) ≥ level: k - 1, where there is one, is outside.

    Args:
        counts: N distributions.
        level: probability of a false flag, 0–1.

    Returns:
        Whole counts, shape (N,); NaN where a distribution is not defined.
    """
    return _limit(counts, level, -1)


def _limit(counts: Counts, level: float, step: int) -> np.ndarray:
    """Search by bisection for all distributions at once.

    A tail and its first term determine the next tail, so the count at the limit is recognised when it is reached. The
    next position is guessed by Newton's step on the logarithm; every fourth time it is the middle.
    """
    limit = np.full(counts.largest().shape, np.nan)
    place = np.flatnonzero(counts.defined())
    searched = counts.each(_rows(place))
    inside, outside = _bracket(searched, level, step)
    k = _between(inside, outside, _guess(searched, level, step))
    turn = 0
    while len(place):
        p, share = tail(searched, k, step)
        usual = p >= level
        inside, outside = np.where(usual, k, inside), np.where(usual, outside, k)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            guess = k + step * np.log(level / p) / np.log1p(-share)
        open_ = (np.abs(outside - inside) > 1) & ~(usual & (p * (1 - share) < level))
        limit[place[~open_]] = inside[~open_]
        place, inside, outside, guess = place[open_], inside[open_], outside[open_], guess[open_]
        searched = searched.each(_rows(open_))
        turn += 1
        k = _between(inside, outside, guess if turn % HALVING else (inside + outside) / 2)
    return limit


def _rows(chosen: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    return lambda field: field[chosen]


def _bracket(counts: Counts, level: float, step: int) -> tuple[np.ndarray, np.ndarray]:
    """A count inside and one outside, by Cantelli's inequality: P(K ≥ mean + t sd) ≤ 1 / (1 + t²), likewise below.

    https://en.wikipedia.org/wiki/Cantelli's_inequality
    """
    mean, variance, _ = counts.moments()
    largest = counts.largest()
    if step > 0:
        return np.zeros(len(mean)), np.minimum(np.ceil(mean + np.sqrt(variance / level)) + 1, largest + 1)
    return np.minimum(np.ceil(mean + np.sqrt(variance / (1 - level))) + 1, largest), np.full(len(mean), -1.0)


def _guess(counts: Counts, level: float, step: int) -> np.ndarray:
    """A first guess: the normal quantile (Abramowitz and Stegun, 26.2.23), corrected for skew by Cornish and Fisher.

    The excess kurtosis is assumed to be 3/2 of the squared skewness, as for a gamma distribution.
    """
    mean, variance, skew = counts.moments()
    t = np.sqrt(-2 * np.log(min(level, 0.5)))
    z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    bent = step * z + skew * (z * z - 1) / 6 + step * skew * skew * z * (z * z - 7) / 144
    return np.asarray(mean + bent * np.sqrt(variance))


def _between(inside: np.ndarray, outside: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """Whole counts strictly between the ends, as close to the guesses as possible; the middle for NaN."""
    towards = np.where(outside > inside, np.floor(guess), np.ceil(guess))
    low, high = np.minimum(inside, outside) + 1, np.maximum(inside, outside) - 1
    middle = np.floor((low + high) / 2)
    return np.asarray(np.clip(np.where(np.isnan(towards), middle, towards), np.minimum(low, high), high))
