"""The table of detectors: which test judges which signal, by its name in the configuration.

To add a detector, write its function in a module of its own and add it to `DETECTORS`: configuration, monitor, charts
and pages use this table. `tests/examples/` has a minimal working one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from dashboard.anomaly import errors, latency, prefilter, traffic
from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.baseline import Expectations
from dashboard.anomaly.observations import Observations
from dashboard.anomaly.results import SignalTest

OFF = "off"


@dataclass(frozen=True, slots=True)
class Detector:
    """A test of a signal.

    Attributes:
        test: computes the tested rows from observations, expectations and a level (the probability below which a row is
            flagged), all of shape (ends, services). It returns NaN if too little is known, and never raises.
        may_flag: mask of rows that it may flag at a level of 0.01 or below, same shape; the others are not tested,
            which saves most of the time. See `prefilter`.
    """

    test: Callable[[Observations, Expectations, float], SignalTest]
    may_flag: Callable[[Observations, Expectations], np.ndarray] = prefilter.every_row


@dataclass(frozen=True, slots=True)
class DetectorSetting:
    """The name of a signal's detector, and the probability below which it flags."""

    detector: str
    level: float


DetectorSettings = Mapping[Signal, DetectorSetting]


def off(observations: Observations, expectations: Expectations, level: float) -> SignalTest:
    """Judge nothing: the detector of a signal that is turned off.

    Args:
        observations, expectations, level: as for `Detector.test`; only their shape is used.
    """
    return SignalTest.unknown(expectations.requests.shape)


DETECTORS: Mapping[Signal, dict[str, Detector]] = {
    Signal.LATENCY: {
        "student": Detector(latency.student, prefilter.latency),
        OFF: Detector(off, prefilter.latency),
    },
    Signal.TRAFFIC: {
        "negative-binomial": Detector(traffic.negative_binomial, prefilter.traffic),
        "poisson": Detector(traffic.poisson, prefilter.poisson_traffic),
        OFF: Detector(off, prefilter.traffic),
    },
    Signal.ERRORS: {
        "beta-binomial": Detector(errors.beta_binomial, prefilter.errors),
        "binomial": Detector(errors.binomial, prefilter.errors),
        OFF: Detector(off, prefilter.errors),
    },
}
DEFAULTS: DetectorSettings = {
    Signal.LATENCY: DetectorSetting("student", 1e-4),
    Signal.TRAFFIC: DetectorSetting("negative-binomial", 1e-5),
    Signal.ERRORS: DetectorSetting("beta-binomial", 1e-5),
}


def detector(signal: Signal, settings: DetectorSettings) -> Detector:
    """The configured detector of a signal."""
    return DETECTORS[signal][settings[signal].detector]
