"""Errors: are there more failures than the baseline explains? One-sided and exact: fewer failures are no anomaly."""

from collections.abc import Callable

import numpy as np

from dashboard.anomaly.distributions.counts import BetaBinomial, Binomial, Counts
from dashboard.anomaly.distributions.limits import highest
from dashboard.anomaly.distributions.tails import at_least
from dashboard.anomaly.verdict import Verdict

# Requests are enough where a rise of the error ratio by this much is flagged: ten points are what nobody may miss.
VISIBLE = 0.1


def failures(bad: np.ndarray, valid: np.ndarray, seen_bad: np.ndarray, seen_valid: np.ndarray, level: float) -> Verdict:
    """Failures among requests against a baseline that was counted, too: beta-binomial with Jeffreys' prior.

    The share of failures is Beta(½ + failures, ½ + successes) after the baseline (https://en.wikipedia.org/wiki/
    Beta-binomial_distribution): the less was seen, the wider. A baseline without any success says nothing.

    Args:
        bad, valid: of the window that is tested. `seen_bad`, `seen_valid`: of a baseline that does not contain it.
            Counts that broadcast against one another.
        level: probability of a false flag.

    Returns:
        A verdict with `high` as a share of the requests. `p` is NaN without requests.
    """
    bad, valid, seen_bad, seen_valid = np.broadcast_arrays(bad, valid, seen_bad, seen_valid)
    seen = np.maximum(seen_bad, 0.0)
    with np.errstate(invalid="ignore"):
        share = (0.5 + seen) / (1 + seen_valid)
    return _tested(
        bad, valid, share, level, lambda n: BetaBinomial(n, 0.5 + seen.ravel(), (0.5 + seen_valid - seen).ravel())
    )


def failures_beyond(bad: np.ndarray, valid: np.ndarray, share: np.ndarray, level: float) -> Verdict:
    """The same against a known share of failures, 0–1 and neither: binomial."""
    bad, valid, share = np.broadcast_arrays(bad, valid, share)
    return _tested(bad, valid, share, level, lambda n: Binomial(n, share.ravel()))


def _tested(
    bad: np.ndarray, valid: np.ndarray, share: np.ndarray, level: float, counts: Callable[[np.ndarray], Counts]
) -> Verdict:
    n = np.where(valid > 0, np.rint(valid), np.nan)
    k = np.clip(np.ceil(bad - 0.5), 0, n)
    failed = counts(n.ravel())
    p = at_least(failed, k.ravel()).reshape(n.shape)
    edge = highest(failed, level).reshape(n.shape)
    high = np.minimum((edge + 0.5) / np.where(valid > 0, valid, np.nan), 1.0)
    return Verdict(p, np.full(n.shape, np.nan), high, edge + 1 <= (share + VISIBLE) * n)


def pooled(
    bad: np.ndarray, valid: np.ndarray, seen_bad: np.ndarray, seen_valid: np.ndarray, level: float
) -> tuple[Verdict, np.ndarray]:
    """`failures` over the shortest of several windows that has requests enough, for each service.

    The window is chosen by requests and baseline alone, never by failures. So one test is made, not one for each
    window, and `level` needs no division by their number (Bonferroni).

    Args:
        bad, valid: shape (windows, services), shorter windows first. `seen_bad`, `seen_valid`: shape (services,), of a
            baseline before the longest window.

    Returns:
        The verdict, and the place of the window that each service was tested over: the longest where none suffices.
    """
    window = np.zeros(bad.shape[1], dtype=int)
    made = failures(bad[0], valid[0], seen_bad, seen_valid, level)
    parts = [made.p.copy(), made.high.copy(), made.enough.copy()]
    for place in range(1, len(bad)):
        few = np.flatnonzero(~parts[2])
        longer = failures(bad[place, few], valid[place, few], seen_bad[few], seen_valid[few], level)
        window[few] = place
        for part, found in zip(parts, (longer.p, longer.high, longer.enough), strict=True):
            part[few] = found
    p, high, enough = parts
    return Verdict(p, np.full(p.shape, np.nan), high, enough), window
