"""Which rows are worth a test: of a thousand services nearly all are as usual, and exact tails cost time.

A row within one and a half standard deviations of what is usual has a probability of at least one in a hundred by every
detector; none of the levels that may be chosen is as high. So leaving it out changes no flag.
"""

import numpy as np

from dashboard.anomaly.baseline import Expected
from dashboard.anomaly.observed import Observed
from dashboard.anomaly.reports import Signal

FAR = 1.5


def measured(signal: Signal, seen: Observed) -> np.ndarray:
    """Rows in which a signal was measured, shape (ends, services)."""
    values = {Signal.LATENCY: seen.latency, Signal.TRAFFIC: seen.requests[0], Signal.ERRORS: seen.failed[0]}[signal]
    made: np.ndarray = ~np.isnan(values)
    return made


def far(signal: Signal, seen: Observed, expected: Expected) -> np.ndarray:
    """Rows that may be unusual, of services that were seen for long enough, shape (ends, services)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        away = _AWAY[signal](seen, expected)
    made: np.ndarray = (away > FAR) & expected.learned
    return made


def _latency(seen: Observed, expected: Expected) -> np.ndarray:
    made: np.ndarray = np.log(seen.latency / expected.latency) / expected.scale
    return made


def _traffic(seen: Observed, expected: Expected) -> np.ndarray:
    spread = np.sqrt(expected.dispersion * expected.requests)
    made: np.ndarray = np.abs(seen.requests[0] - expected.requests) / spread
    return made


def _errors(seen: Observed, expected: Expected) -> np.ndarray:
    """The furthest of all window lengths."""
    share = (expected.failed + 0.5) / (expected.of + 1.0)
    usual = share * seen.requests
    made: np.ndarray = np.nanmax((seen.failed - usual) / np.sqrt(usual), axis=0, initial=-np.inf)
    return made


_AWAY = {Signal.LATENCY: _latency, Signal.TRAFFIC: _traffic, Signal.ERRORS: _errors}
