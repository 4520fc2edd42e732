"""Tails of counts: the probability of a count at least as extreme.

A tail is its first term times the sum of what follows relative to it. Terms are summed one by one; a tail that is wider
than that goes on as an integral with the corrections of Euler and Maclaurin
(https://dlmf.nist.gov/2.10#i). So small probabilities keep their relative accuracy, about 1e-11 down to 1e-300, and
the cost depends neither on the count nor on its size.
"""

import numpy as np

from dashboard.anomaly.counts import Counts

TERMS = 48
# Of an integral, what lies beyond exp(-DROP) of its first value is left out.
DROP = 32.0
NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)


def at_least(counts: Counts, k: np.ndarray) -> np.ndarray:
    """P(K ≥ k) for whole k of the counts' shape (N,); NaN where k or the distribution is."""
    return _either(counts, k, 1)


def at_most(counts: Counts, k: np.ndarray) -> np.ndarray:
    """P(K ≤ k), as `at_least`."""
    return _either(counts, k, -1)


def _either(counts: Counts, k: np.ndarray, step: int) -> np.ndarray:
    """The tail itself where terms fall on the way out, else 1 - the other tail."""
    last = counts.last()
    known = counts.known() & np.isfinite(k)
    p = np.where(known, 0.0, np.nan)
    certain = k <= 0 if step > 0 else k >= last
    p[known & certain] = 1.0
    inside = np.flatnonzero(known & ~certain & (k >= 0) & (k <= last))
    chosen, start = counts.each(lambda field: field[inside]), k[inside]
    falls = _outward(chosen, start, step) < 1
    p[inside[falls]] = _tail(chosen.each(lambda field: field[falls]), start[falls], step)
    p[inside[~falls]] = 1 - _tail(chosen.each(lambda field: field[~falls]), start[~falls] - step, -step)
    return p


def _outward(counts: Counts, j: np.ndarray, step: int) -> np.ndarray:
    """The next term on the way out, P(K = j + step), as a share of P(K = j); 0 past the end."""
    above, below = counts.ratio(j) if step > 0 else counts.ratio(j - 1)[::-1]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        made: np.ndarray = np.where(above > 0, above / below, 0.0)
    return made


def _tail(counts: Counts, k: np.ndarray, step: int) -> np.ndarray:
    if not len(k):
        return np.zeros(0)
    end = counts.last() if step > 0 else np.zeros(len(k))
    j = k[:, None] + step * np.arange(TERMS)
    j = np.minimum(j, end[:, None]) if step > 0 else np.maximum(j, 0.0)
    ratios = _outward(counts.each(lambda field: field[:, None]), j, step)
    terms = np.cumprod(ratios, axis=1)
    total = 1 + terms[:, :-1].sum(axis=1)
    following = terms[:, -1]
    wide = np.flatnonzero(following > 1e-17 * total)
    if len(wide):
        start = k[wide] + step * TERMS
        rest = _rest(counts.each(lambda field: field[wide]), start, step, end[wide])
        total[wide] += following[wide] * rest
    made: np.ndarray = np.exp(counts.log_pmf(k) + np.log(total))
    return made


def _rest(counts: Counts, start: np.ndarray, step: int, end: np.ndarray) -> np.ndarray:
    """The sum of the terms from `start` outward as a multiple of the first of them."""
    first = counts.log_pmf(start)
    length = _length(counts, start, step, np.abs(end - start), first)
    # From half a term before the first to the last, of which half is left to add.
    distance = (NODES + 1) / 2 * (length[:, None] + 0.5) - 0.5
    column = counts.each(lambda field: field[:, None])
    terms = np.exp(column.log_pmf(start[:, None] + step * distance) - first[:, None])
    final = np.exp(counts.log_pmf(start + step * length) - first)
    made: np.ndarray = (length + 0.5) / 2 * (terms @ WEIGHTS) + final / 2 + _corrections(counts, start, step)
    return made


def _corrections(counts: Counts, start: np.ndarray, step: int) -> np.ndarray:
    """What the sum has more than the integral from half a step before it: differences of the first four terms."""
    back = 1 / _outward(counts, start - step, step)
    further = back / _outward(counts, start - 2 * step, step)
    ahead = _outward(counts, start, step)
    made: np.ndarray = (1 - back) / 24 - 17 / 5760 * (ahead - 3 + 3 * back - further)
    return made


def _length(counts: Counts, start: np.ndarray, step: int, room: np.ndarray, first: np.ndarray) -> np.ndarray:
    """How far out a term is exp(-DROP) of the first: Newton's steps, which from below overshoot a concave log."""
    near, further = (_fall(counts, start + step * shift, step) for shift in (0, 1))
    bend = np.maximum(further - near, 1e-300)
    length: np.ndarray = np.minimum(2 * DROP / (near + np.sqrt(near * near + 2 * bend * DROP)), room)
    for _ in range(4):
        at = start + step * length
        fallen = first - counts.log_pmf(at)
        length = np.clip(length + (DROP - fallen) / _fall(counts, at, step), 0.0, room)
    return length


def _fall(counts: Counts, j: np.ndarray, step: int) -> np.ndarray:
    """By how much the logarithm of the terms falls over the next step."""
    made: np.ndarray = -np.log(np.maximum(_outward(counts, j, step), 1e-300))
    return made
