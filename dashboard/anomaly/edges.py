"""The last count that a test calls usual: the edge of the band, from the same tails as the test itself."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dashboard.anomaly.counts import Arrays, Counts
from dashboard.anomaly.tails import at_least, at_most


def highest(counts: Counts, level: float) -> np.ndarray:
    """The largest k with P(K ≥ k) ≥ level: k + 1 is outside. Whole counts, shape (N,); NaN where nothing is known."""
    return _edge(counts, level, 1)


def lowest(counts: Counts, level: float) -> np.ndarray:
    """The smallest k with P(K ≤ k) ≥ level: k - 1, where there is one, is outside; shape and NaN likewise."""
    return _edge(counts, level, -1)


@dataclass(frozen=True)
class Bracket(Arrays):
    """Counts inside and outside between which the edge lies, and the logarithm of tail / level, NaN if not asked."""

    inside: np.ndarray
    outside: np.ndarray
    above: np.ndarray
    below: np.ndarray

    def narrowed(self, k: np.ndarray, height: np.ndarray) -> "Bracket":
        """With what was found at `k`."""
        usual = height >= 0
        return Bracket(
            np.where(usual, k, self.inside),
            np.where(usual, self.outside, k),
            np.where(usual, height, self.above),
            np.where(usual, self.below, height),
        )


def _edge(counts: Counts, level: float, step: int) -> np.ndarray:
    """By bisection; where to look is guessed from the logarithm of the tail, and every fourth time the middle."""
    tail = at_least if step > 0 else at_most
    place = np.flatnonzero(counts.known())
    left = counts.each(lambda field: field[place])
    bracket = _certain(left, level, step)
    k = _between(bracket, _guess(left, level, step))
    edge = np.full(counts.last().shape, np.nan)
    turn = 0
    while len(place):
        with np.errstate(divide="ignore"):
            height = np.log(tail(left, k) / level)
        bracket = bracket.narrowed(k, height)
        open_ = np.abs(bracket.outside - bracket.inside) > 1
        edge[place[~open_]] = bracket.inside[~open_]
        select = _selection(open_)
        place, left, bracket, k, height = place[open_], left.each(select), bracket.each(select), k[open_], height[open_]
        turn += 1
        k = _between(bracket, _next(left, bracket, k, height, step) if turn % 4 else np.nan)
    return edge


def _selection(chosen: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    return lambda field: field[chosen]


def _certain(counts: Counts, level: float, step: int) -> Bracket:
    """Where the edge must lie, by Cantelli's inequality: P(K ≥ mean + t sd) ≤ 1 / (1 + t²), and as much below."""
    mean, variance = counts.moments()
    last, unasked = counts.last(), np.full(len(mean), np.nan)
    if step > 0:
        beyond = np.ceil(mean + np.sqrt(variance / level)) + 1
        return Bracket(np.zeros(len(mean)), np.minimum(beyond, last + 1), unasked, unasked)
    usual = np.ceil(mean + np.sqrt(variance / (1 - level))) + 1
    return Bracket(np.minimum(usual, last), np.full(len(mean), -1.0), unasked, unasked)


def _guess(counts: Counts, level: float, step: int) -> np.ndarray:
    """The normal quantile: https://personal.math.ubc.ca/~cbm/aands/page_933.htm, 26.2.23."""
    mean, variance = counts.moments()
    t = np.sqrt(-2 * np.log(min(level, 0.5)))
    z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    made: np.ndarray = mean + step * z * np.sqrt(variance)
    return made


def _next(counts: Counts, bracket: Bracket, k: np.ndarray, height: np.ndarray, step: int) -> np.ndarray:
    """Where the logarithm of the tail should meet that of the level; a little further while one end was not asked."""
    mean, variance = counts.moments()
    away = step * (k - mean) / np.sqrt(variance)
    slope = (away / 2 + np.sqrt(away * away / 4 + 1)) / np.sqrt(variance)
    along = k + step * (1.1 * height / slope + np.sign(height))
    chord = bracket.inside + (bracket.outside - bracket.inside) * bracket.above / (bracket.above - bracket.below)
    made: np.ndarray = np.where(np.isfinite(chord), chord, along)
    return made


def _between(bracket: Bracket, wanted: np.ndarray | float) -> np.ndarray:
    """Whole counts strictly between the ends as near as may be to the wanted ones; the middle where those are NaN."""
    low, high = np.minimum(bracket.inside, bracket.outside), np.maximum(bracket.inside, bracket.outside)
    whole = np.floor(np.where(np.isnan(wanted), (low + high) / 2, wanted))
    made: np.ndarray = np.clip(whole, np.minimum(low + 1, high), high - 1)
    return made
