"""The newest test of each signal of a service with its result and inputs, for explanations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.baseline import Expectations
from dashboard.anomaly.detectors import DETECTORS, OFF, DetectorSetting, DetectorSettings
from dashboard.anomaly.errors import pooled_failures
from dashboard.anomaly.history import DetectionHistory
from dashboard.anomaly.monitor import SIGNALS
from dashboard.anomaly.observations import MINUTE, WINDOW, Observations
from dashboard.anomaly.results import SignalTest


class Outcome(StrEnum):
    """The outcome of the newest test of a signal."""

    OFF = "off"
    LEARNING = "learning"
    TOO_FEW_REQUESTS = "too_few_requests"
    USUAL = "usual"
    UNUSUAL = "unusual"


@dataclass(frozen=True, slots=True)
class LatencyInput:
    """The p95 of the last five minutes and its expectation.

    Attributes:
        value_s, expected_s: seconds.
        scale: standard deviation of the logarithm's residuals.
        z: ln(value ÷ expected) ÷ scale; NaN without a positive value and expectation.
    """

    value_s: float
    expected_s: float
    scale: float
    z: float


@dataclass(frozen=True, slots=True)
class TrafficInput:
    """Counted and expected requests of `window_s` seconds; `dispersion`: variance over mean of such counts."""

    count: float
    expected: float
    dispersion: float
    window_s: int


@dataclass(frozen=True, slots=True)
class ErrorsInput:
    """Failed requests of the last `window_s` seconds, and those of the preceding days as the baseline."""

    failed: float
    requests: float
    window_s: int
    baseline_failed: float
    baseline_requests: float


Input = LatencyInput | TrafficInput | ErrorsInput


@dataclass(frozen=True, slots=True)
class NewestTest:
    """The test of one signal at the newest minute.

    Attributes:
        setting: the detector and level that were used.
        numbers: the inputs; None if nothing was tested.
        p_value: probability of a value at least as extreme if nothing has changed; None if too little is known.
    """

    signal: Signal
    setting: DetectorSetting
    outcome: Outcome
    numbers: Input | None = None
    p_value: float | None = None


def newest_tests(history: DetectionHistory, settings: DetectorSettings, service: str) -> tuple[NewestTest, ...]:
    """The newest test of each signal of a service; empty before its past was learned.

    Args:
        history: observed and expected values of the last hours.
        settings: the detector of each signal, and its level.
        service: name of the service.
    """
    end = history.by_minute.end
    newest = history.rows(service, since=end - MINUTE, until=end, by_minute=True)
    if newest is None:
        return ()
    return tuple(_newest_test(signal, settings[signal], *newest) for signal in SIGNALS)


def _newest_test(
    signal: Signal, setting: DetectorSetting, observations: Observations, expectations: Expectations
) -> NewestTest:
    if setting.detector == OFF:
        return NewestTest(signal, setting, Outcome.OFF)
    if not expectations.has_baseline[-1, 0]:
        return NewestTest(signal, setting, Outcome.LEARNING)
    p_value = _p_value(DETECTORS[signal][setting.detector].test(observations, expectations, setting.level))
    numbers = _INPUTS[signal](observations, expectations, setting)
    if p_value is None:
        return NewestTest(signal, setting, Outcome.TOO_FEW_REQUESTS, numbers)
    outcome = Outcome.UNUSUAL if p_value < setting.level else Outcome.USUAL
    return NewestTest(signal, setting, outcome, numbers, p_value)


def _p_value(test: SignalTest) -> float | None:
    """The smaller probability of both sides; None if neither was tested."""
    sides = [float(side[-1, 0]) for side in (test.p_low, test.p_high) if not np.isnan(side[-1, 0])]
    return min(sides) if test.enough[-1, 0] and sides else None


def _latency(observations: Observations, expectations: Expectations, _: DetectorSetting) -> LatencyInput:
    value, usual, scale = (
        _newest(part) for part in (observations.latency, expectations.latency, expectations.latency_scale)
    )
    z = float(np.log(value / usual) / scale) if value > 0 and usual > 0 else float("nan")
    return LatencyInput(value, usual, scale, z)


def _traffic(observations: Observations, expectations: Expectations, _: DetectorSetting) -> TrafficInput:
    return TrafficInput(
        _newest(observations.requests[0]),
        _newest(expectations.requests),
        _newest(expectations.dispersion),
        window_s=WINDOW,
    )


def _errors(observations: Observations, expectations: Expectations, setting: DetectorSetting) -> ErrorsInput:
    failed, requests, window_s = _newest(observations.failed[0]), _newest(observations.requests[0]), WINDOW
    if setting.detector == "beta-binomial":
        # The detector tests the shortest of several windows with enough requests.
        pooled = pooled_failures(observations, expectations, setting.level)
        failed, requests, window_s = (part[-1].item() for part in (pooled.bad, pooled.valid, pooled.window))
    return ErrorsInput(
        failed, requests, window_s, _newest(expectations.baseline_failed), _newest(expectations.baseline_requests)
    )


def _newest(values: np.ndarray) -> float:
    return float(values[-1, 0])


_INPUTS: Mapping[Signal, Callable[[Observations, Expectations, DetectorSetting], Input]] = {
    Signal.LATENCY: _latency,
    Signal.TRAFFIC: _traffic,
    Signal.ERRORS: _errors,
}
