"""The shortest detector that works: more than two in a hundred requests of five minutes fail, whatever is usual."""

import numpy as np

from dashboard.anomaly.baseline import Expectations
from dashboard.anomaly.detectors import Detector
from dashboard.anomaly.observations import Observations
from dashboard.anomaly.results import SignalTest, TailTest

LIMIT = 0.02


# 1. Its function: dashboard/anomaly/error_limit.py.
def error_limit(observations: Observations, expectations: Expectations, level: float) -> SignalTest:
    """Not a test of significance, so the probability is 0 or 1 and lies on one side of any level."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = observations.failed[0] / observations.requests[0]
    measured = np.isfinite(share)
    return SignalTest.upward(share, TailTest(np.where(share > LIMIT, 0.0, 1.0), np.full(share.shape, LIMIT), measured))


# 2. Its entry for a signal in DETECTORS of dashboard/anomaly/detectors.py.
ERROR_LIMIT = Detector(error_limit)
