"""Which test judges which signal, by the name it has in the configuration.

A detector is a function: what was seen and what was expected in, `Tested` out. To add one, write it in a file of its
own and name it here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from dashboard.anomaly import errors, latency, traffic
from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.baseline import Expected
from dashboard.anomaly.observations import WINDOW, WINDOWS, Observed
from dashboard.anomaly.results import Tested
from dashboard.anomaly.verdict import Verdict

Detector = Callable[[Observed, Expected, float], Tested]


@dataclass(frozen=True, slots=True)
class Choice:
    """The detector of a signal, and the probability below which it flags."""

    detector: str
    level: float


Choices = Mapping[Signal, Choice]


def beta_binomial(seen: Observed, expected: Expected, level: float) -> Tested:
    """Failures against those of the last days, over the shortest window that holds requests enough."""
    made, bad, valid, _ = failures_pooled(seen, expected, level)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (bad / valid).reshape(expected.requests.shape)
    return _upward(share, made)


def failures_pooled(
    seen: Observed, expected: Expected, level: float
) -> tuple[Verdict, np.ndarray, np.ndarray, np.ndarray]:
    """The test of `beta_binomial` with what went into it: failures, requests, and the seconds they were counted over.

    Returns:
        The verdict, then counts and window lengths; all of shape (ends × services,).
    """
    rows = expected.requests.size
    bad, valid = (counts.reshape(len(WINDOWS), rows) for counts in (seen.failed, seen.requests))
    made, window = errors.pooled(bad, valid, expected.failed.ravel(), expected.of.ravel(), level)
    chosen = window, np.arange(rows)
    return made, bad[chosen], valid[chosen], np.array(WINDOWS)[window]


def binomial(seen: Observed, expected: Expected, level: float) -> Tested:
    """Failures of five minutes against the share of the last days, taken as known: sharper, and louder, than above."""
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = (expected.failed + 0.5) / (expected.of + 1.0)
        share = seen.failed[0] / seen.requests[0]
    return _upward(share, errors.failures_beyond(seen.failed[0], seen.requests[0], usual, level))


def negative_binomial(seen: Observed, expected: Expected, level: float) -> Tested:
    """Requests of five minutes against those usual at this time of day; too few and too many are two tests."""
    count = seen.requests[0]
    low, high = (test(count, expected.requests, expected.dispersion, level) for test in (traffic.drop, traffic.spike))
    return Tested(
        value=count / WINDOW,
        low=_only(low, low.low) / WINDOW,
        high=_only(high, high.high) / WINDOW,
        p_low=_only(low, low.p),
        p_high=_only(high, high.p),
        enough=low.enough,
    )


def poisson(seen: Observed, expected: Expected, level: float) -> Tested:
    """The same for requests that come independently of one another: right for a queue, too loud for people."""
    return negative_binomial(seen, replace(expected, dispersion=np.ones_like(expected.dispersion)), level)


def student(seen: Observed, expected: Expected, level: float) -> Tested:
    """The p95 of five minutes against what is usual at this time of day, on the log scale."""
    made = latency.slow(seen.latency, expected.latency, expected.scale, seen.answered, level)
    return _upward(seen.latency, made)


def silent(seen: Observed, expected: Expected, level: float) -> Tested:
    """Says nothing: the detector of a signal that is off."""
    nothing = np.full(expected.requests.shape, np.nan)
    return Tested(nothing, nothing, nothing, nothing, nothing, np.zeros(nothing.shape, dtype=bool))


DETECTORS: Mapping[Signal, Mapping[str, Detector]] = {
    Signal.LATENCY: {"student": student, "off": silent},
    Signal.TRAFFIC: {"negative-binomial": negative_binomial, "poisson": poisson, "off": silent},
    Signal.ERRORS: {"beta-binomial": beta_binomial, "binomial": binomial, "off": silent},
}
DEFAULTS: Choices = {
    Signal.LATENCY: Choice("student", 1e-4),
    Signal.TRAFFIC: Choice("negative-binomial", 1e-5),
    Signal.ERRORS: Choice("beta-binomial", 1e-5),
}


def _upward(value: np.ndarray, made: Verdict) -> Tested:
    """A test of one side, without a word where there were too few requests."""
    shape = value.shape
    p, high, enough = (part.reshape(shape) for part in (made.p, made.high, made.enough))
    nothing = np.full(shape, np.nan)
    return Tested(value, nothing, np.where(enough, high, np.nan), nothing, np.where(enough, p, np.nan), enough)


def _only(made: Verdict, values: np.ndarray) -> np.ndarray:
    kept: np.ndarray = np.where(made.enough, values, np.nan)
    return kept
