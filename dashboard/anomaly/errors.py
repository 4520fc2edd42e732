"""Errors: more failures than the baseline explains? One-sided and exact; fewer failures are not an anomaly."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from dashboard.anomaly.baseline import Expectations
from dashboard.anomaly.distributions.counts import BetaBinomial, Binomial, Counts
from dashboard.anomaly.distributions.limits import upper_limit
from dashboard.anomaly.distributions.tails import upper_tail
from dashboard.anomaly.observations import WINDOWS, Observations
from dashboard.anomaly.results import SignalTest, TailTest

# There are enough requests if this rise of the error ratio would be flagged: ten points must not be missed.
VISIBLE = 0.1


class PooledFailures(NamedTuple):
    """A test of failures over the window that each row needs, with its inputs; shape (ends × services,).

    Attributes:
        tail: the upper one, its limit a share of the requests.
        bad, valid: failures and requests of the window.
        window: its length in seconds.
    """

    tail: TailTest
    bad: np.ndarray
    valid: np.ndarray
    window: np.ndarray


def beta_binomial(observations: Observations, expectations: Expectations, level: float) -> SignalTest:
    """The detector: failures compared with the last days, over the shortest window with enough requests.

    Args:
        observations, expectations: of the same rows, shape (ends, services).
        level: probability of a false flag.
    """
    pooled = pooled_failures(observations, expectations, level)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (pooled.bad / pooled.valid).reshape(expectations.requests.shape)
    return SignalTest.upward(share, pooled.tail)


def binomial(observations: Observations, expectations: Expectations, level: float) -> SignalTest:
    """The detector that takes the failure ratio of the last days as exact: more sensitive than `beta_binomial`.

    Args:
        observations, expectations: of the same rows, shape (ends, services); windows of five minutes only.
        level: probability of a false flag.
    """
    bad, valid = observations.failed[0], observations.requests[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = (expectations.baseline_failed + 0.5) / (expectations.baseline_requests + 1.0)
        share = bad / valid
    return SignalTest.upward(share, binomial_test(bad, valid, usual, level))


def pooled_failures(observations: Observations, expectations: Expectations, level: float) -> PooledFailures:
    """The test behind `beta_binomial`, with its counts.

    Args:
        observations, expectations: of the same rows, shape (ends, services).
        level: probability of a false flag.
    """
    rows = expectations.requests.size
    bad, valid = (counts.reshape(len(WINDOWS), rows) for counts in (observations.failed, observations.requests))
    baseline_bad, baseline_valid = expectations.baseline_failed.ravel(), expectations.baseline_requests.ravel()
    tail, window = shortest_window_test(bad, valid, baseline_bad, baseline_valid, level)
    chosen = window, np.arange(rows)
    return PooledFailures(tail, bad[chosen], valid[chosen], np.array(WINDOWS)[window])


def beta_binomial_test(
    bad: np.ndarray, valid: np.ndarray, baseline_bad: np.ndarray, baseline_valid: np.ndarray, level: float
) -> TailTest:
    """Failures among requests compared with counted failures of a baseline: beta-binomial with Jeffreys' prior.

    After the baseline, the failure ratio is distributed as Beta(½ + failures, ½ + successes), which is wider the less
    was counted: https://en.wikipedia.org/wiki/Beta-binomial_distribution. A baseline without any success is not used.

    Args:
        bad, valid: of the tested window; counts that broadcast against each other, as the next two.
        baseline_bad, baseline_valid: of a baseline that does not contain the window.
        level: probability of a false flag.

    Returns:
        The upper tail, its limit a share of the requests. `p` is NaN without requests.
    """
    bad, valid, baseline_bad, baseline_valid = np.broadcast_arrays(bad, valid, baseline_bad, baseline_valid)
    failures = np.maximum(baseline_bad, 0.0)
    with np.errstate(invalid="ignore"):
        share = (0.5 + failures) / (1 + baseline_valid)
    a, b = 0.5 + failures.ravel(), (0.5 + baseline_valid - failures).ravel()
    return _failure_test(bad, valid, share, level, lambda n: BetaBinomial(n, a, b))


def binomial_test(bad: np.ndarray, valid: np.ndarray, share: np.ndarray, level: float) -> TailTest:
    """Failures among requests compared with a known failure ratio: binomial.

    https://en.wikipedia.org/wiki/Binomial_distribution

    Args:
        bad, valid: of the tested window; counts that broadcast against each other and the ratio.
        share: the usual failure ratio, above 0 and below 1.
        level: probability of a false flag.

    Returns:
        The upper tail, its limit a share of the requests. `p` is NaN without requests.
    """
    bad, valid, share = np.broadcast_arrays(bad, valid, share)
    return _failure_test(bad, valid, share, level, lambda n: Binomial(n, share.ravel()))


def _failure_test(
    bad: np.ndarray, valid: np.ndarray, share: np.ndarray, level: float, distribution: Callable[[np.ndarray], Counts]
) -> TailTest:
    n = np.where(valid > 0, np.rint(valid), np.nan)
    k = np.clip(np.ceil(bad - 0.5), 0, n)
    failures = distribution(n.ravel())
    p = upper_tail(failures, k.ravel()).reshape(n.shape)
    last_inside = upper_limit(failures, level).reshape(n.shape)
    limit = np.minimum((last_inside + 0.5) / np.where(valid > 0, valid, np.nan), 1.0)
    return TailTest(p, limit, last_inside + 1 <= (share + VISIBLE) * n)


def shortest_window_test(
    bad: np.ndarray, valid: np.ndarray, baseline_bad: np.ndarray, baseline_valid: np.ndarray, level: float
) -> tuple[TailTest, np.ndarray]:
    """`beta_binomial_test` over the shortest of several windows with enough requests, for each service.

    The window is chosen by requests and baseline only, never by failures. So there is one test instead of one for each
    window, and `level` need not be divided by their number (Bonferroni).

    Args:
        bad, valid: shape (windows, services), shorter windows first.
        baseline_bad, baseline_valid: shape (services,), of a baseline before the longest window.
        level: probability of a false flag.

    Returns:
        The test, and the index of the window of each service: the longest if none has enough requests.
    """
    window = np.zeros(bad.shape[1], dtype=int)
    shortest = beta_binomial_test(bad[0], valid[0], baseline_bad, baseline_valid, level)
    p, limit, enough = shortest.p.copy(), shortest.limit.copy(), shortest.enough.copy()
    for index in range(1, len(bad)):
        few = np.flatnonzero(~enough)
        longer = beta_binomial_test(bad[index, few], valid[index, few], baseline_bad[few], baseline_valid[few], level)
        window[few], p[few], limit[few], enough[few] = index, longer.p, longer.limit, longer.enough
    return TailTest(p, limit, enough), window
