"""Tails of counts: the probability of a count at least as extreme.

A tail is its first term times the sum of the terms relative to it. Terms are summed one by one; a wider tail continues
as an integral with the Euler–Maclaurin corrections (https://dlmf.nist.gov/2.10#i). So small probabilities keep their
relative accuracy, about 1e-10 down to 1e-300, and the cost does not depend on the count. A beta-binomial of fewer than
5 successes is accurate to 1e-4.
"""

import numpy as np

from dashboard.anomaly.distributions.counts import Counts

TERMS = 32
# An integral ends where its integrand is exp(-DROP) of its first value.
DROP = 30.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)
# Squares of the Gauss nodes: denser at the beginning, where tails with few requests bend.
PART, WEIGHTS = ((_NODES + 1) / 2) ** 2, (_NODES + 1) / 2 * _WEIGHTS


def upper_tail(counts: Counts, k: np.ndarray) -> np.ndarray:
    """P(K ≥ k) of N distributions for whole k, shape (N,); NaN where k is, or a distribution is not defined."""
    return tail(counts, k, 1)[0]


def lower_tail(counts: Counts, k: np.ndarray) -> np.ndarray:
    """P(K ≤ k) of N distributions for whole k, shape (N,); NaN where k is, or a distribution is not defined."""
    return tail(counts, k, -1)[0]


def tail(counts: Counts, k: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
    """A tail, and the share of its first term: summed directly if terms fall outwards, otherwise as 1 - the other tail.

    Args:
        counts: N distributions.
        k: whole counts at which the tail begins, shape (N,).
        step: 1 for the upper tail, -1 for the lower one.

    Returns:
        The tail, and P(K = k) as a share of it; shape (N,). The share is NaN where the tail is 0 or 1.
    """
    largest = counts.largest()
    defined = counts.defined() & np.isfinite(k)
    p, share = np.where(defined, 0.0, np.nan), np.full(len(k), np.nan)
    certain = k <= 0 if step > 0 else k >= largest
    p[defined & certain] = 1.0
    inside = np.flatnonzero(defined & ~certain & (k >= 0) & (k <= largest))
    summed, start = counts.each(lambda field: field[inside]), k[inside]
    falls = _outward(summed, start, step) < 1
    p[inside[falls]], share[inside[falls]] = _tail(summed.each(lambda field: field[falls]), start[falls], step)
    rising = summed.each(lambda field: field[~falls])
    p[inside[~falls]], share[inside[~falls]] = _complement(rising, start[~falls], step)
    # Where the sum is only accurate to 1e-4, it may exceed 1.
    return np.minimum(p, 1.0), share


def _complement(counts: Counts, k: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
    other, share = _tail(counts, k - step, -step)
    return 1 - other, other * share / _outward(counts, k, -step) / (1 - other)


def _outward(counts: Counts, j: np.ndarray, step: int) -> np.ndarray:
    """The next term outwards, P(K = j + step), as a share of P(K = j); 0 past the end."""
    above, below = counts.ratio(j) if step > 0 else counts.ratio(j - 1)[::-1]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.asarray(np.where(above > 0, above / below, 0.0))


def _tail(counts: Counts, k: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
    """A tail whose terms fall outwards, and the share of its first term."""
    if not len(k):
        return np.zeros(0), np.zeros(0)
    total = _summed(counts, k, step)
    return np.exp(counts.log_pmf(k) + np.log(total)), 1 / total


def _summed(counts: Counts, k: np.ndarray, step: int) -> np.ndarray:
    """The sum of the terms from `k` outwards as a multiple of the first: some one by one, the rest by an integral."""
    end = counts.largest() if step > 0 else np.zeros(len(k))
    j = k[:, None] + step * np.arange(TERMS)
    j = np.minimum(j, end[:, None]) if step > 0 else np.maximum(j, 0.0)
    terms = np.cumprod(_outward(counts.each(lambda field: field[:, None]), j, step), axis=1)
    total: np.ndarray = 1 + terms[:, :-1].sum(axis=1)
    wide = np.flatnonzero(terms[:, -1] > 1e-17 * total)
    if len(wide):
        rest = _rest(counts.each(lambda field: field[wide]), k[wide] + step * TERMS, step)
        total[wide] += terms[wide, -1] * rest
    return total


def _rest(counts: Counts, start: np.ndarray, step: int) -> np.ndarray:
    """The sum of the terms from `start` outwards as a multiple of the first, by an integral and its corrections."""
    first = counts.log_pmf(start)
    room = counts.largest() - start if step > 0 else start
    length = _length(counts, start, step, room, first)
    # The integral runs from half a term before the first to the last; half of that one is added afterwards.
    distance = PART * (length[:, None] + 0.5) - 0.5
    column = counts.each(lambda field: field[:, None])
    terms = np.exp(column.log_pmf(start[:, None] + step * distance) - first[:, None])
    final = np.exp(counts.log_pmf(start + step * length) - first)
    return np.asarray((length + 0.5) * (terms @ WEIGHTS) + final / 2 + _corrections(counts, start, step))


def _corrections(counts: Counts, start: np.ndarray, step: int) -> np.ndarray:
    """The sum minus the integral from half a step before it, from differences of the first four terms."""
    back = 1 / _outward(counts, start - step, step)
    further = back / _outward(counts, start - 2 * step, step)
    ahead = _outward(counts, start, step)
    return np.asarray((1 - back) / 24 - 17 / 5760 * (ahead - 3 + 3 * back - further))


def _length(counts: Counts, start: np.ndarray, step: int, room: np.ndarray, first: np.ndarray) -> np.ndarray:
    """How far out a term is exp(-DROP) of the first, by Newton steps, which from below overshoot a concave log."""
    near, further = (_fall(counts, start + step * shift, step) for shift in (0, 1))
    bend = np.maximum(further - near, 1e-300)
    length: np.ndarray = np.minimum(2 * DROP / (near + np.sqrt(near * near + 2 * bend * DROP)), room)
    for _ in range(2):
        at = start + step * length
        fallen = first - counts.log_pmf(at)
        length = np.clip(length + (DROP - fallen) / _fall(counts, at, step), 0.0, room)
    return length


def _fall(counts: Counts, j: np.ndarray, step: int) -> np.ndarray:
    """By how much the logarithm of the terms decreases over the next step."""
    return np.asarray(-np.log(np.maximum(_outward(counts, j, step), 1e-300)))
