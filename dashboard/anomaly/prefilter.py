"""Which rows are worth a test: of a thousand services nearly all are as usual, and exact tails cost time.

A row within one and a half standard deviations of what is usual has a probability of at least one in a hundred by every
detector; none of the levels that may be chosen is higher. So leaving it out changes no flag. Requests are skewed the
more, the burstier they are: for them it is the root of the deviance that counts, which is nearly normal.
"""

from dataclasses import replace

import numpy as np

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.baseline import Expected
from dashboard.anomaly.observations import Observed

FAR = 1.5
# No request at all has a logarithm here, and counts for nothing by its factor.
TINY = 1e-9


def measured(signal: Signal, seen: Observed) -> np.ndarray:
    """Rows in which a signal was measured, shape (ends, services)."""
    values = {Signal.LATENCY: seen.latency, Signal.TRAFFIC: seen.requests[0], Signal.ERRORS: seen.failed[0]}[signal]
    made: np.ndarray = ~np.isnan(values)
    return made


def far(signal: Signal, seen: Observed, expected: Expected, detector: str) -> np.ndarray:
    """Rows that `detector` may flag, of services that were seen for long enough, shape (ends, services)."""
    if detector == "poisson":
        expected = replace(expected, dispersion=np.ones_like(expected.dispersion))
    with np.errstate(invalid="ignore", divide="ignore"):
        away = _AWAY[signal](seen, expected)
    made: np.ndarray = (away > FAR) & expected.learned
    return made


def _latency(seen: Observed, expected: Expected) -> np.ndarray:
    made: np.ndarray = np.log(seen.latency / expected.latency) / expected.scale
    return made


def _traffic(seen: Observed, expected: Expected) -> np.ndarray:
    """The root of the deviance of a negative binomial count: https://en.wikipedia.org/wiki/Deviance_(statistics)."""
    count, mean = seen.requests[0], expected.requests
    size = mean / np.maximum(expected.dispersion - 1.0, 1e-6)
    half = count * np.log(np.maximum(count, TINY) / mean) - (count + size) * np.log1p((count - mean) / (mean + size))
    made: np.ndarray = np.sqrt(np.maximum(2 * half, 0.0))
    return made


def _errors(seen: Observed, expected: Expected) -> np.ndarray:
    """The furthest of all window lengths."""
    share = (expected.failed + 0.5) / (expected.of + 1.0)
    usual = share * seen.requests
    made: np.ndarray = np.nanmax((seen.failed - usual) / np.sqrt(usual * (1 - share)), axis=0, initial=-np.inf)
    return made


_AWAY = {Signal.LATENCY: _latency, Signal.TRAFFIC: _traffic, Signal.ERRORS: _errors}
