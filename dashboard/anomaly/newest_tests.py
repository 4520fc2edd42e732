"""How the newest test of each signal of a service came out, with the numbers that went in, to be checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.baseline import Expected
from dashboard.anomaly.detectors import DETECTORS, Choice, Choices, failures_pooled
from dashboard.anomaly.history import MINUTE, Records
from dashboard.anomaly.monitor import SIGNALS
from dashboard.anomaly.observations import WINDOW, Observed
from dashboard.anomaly.results import Tested


class Outcome(StrEnum):
    """What the newest test of a signal says."""

    OFF = "off"
    LEARNING = "learning"
    TOO_FEW_REQUESTS = "too_few_requests"
    USUAL = "usual"
    UNUSUAL = "unusual"


@dataclass(frozen=True, slots=True)
class LatencyInput:
    """The p95 of the last five minutes and what is expected of it.

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
    """Requests of `window_s` seconds, as counted and as expected; `dispersion`: variance over mean of such counts."""

    count: float
    expected: float
    dispersion: float
    window_s: int


@dataclass(frozen=True, slots=True)
class ErrorsInput:
    """Failed requests of the last `window_s` seconds, and those of the days before, which are the baseline."""

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
        choice: detector and level it was tested by.
        numbers: what went in; None where nothing was tested.
        p_value: probability of a value as far away if nothing has changed; None where too little is known for one.
    """

    signal: Signal
    choice: Choice
    outcome: Outcome
    numbers: Input | None = None
    p_value: float | None = None


def newest_tests(records: Records, choices: Choices, service: str) -> tuple[NewestTest, ...]:
    """The newest test of each signal of a service; none before its past was studied.

    Args:
        records: what was observed and expected in the last hours.
        choices: the detector of each signal, and its level.
        service: name of the service.
    """
    end = records.fine.end
    newest = records.held(service, since=end - MINUTE, until=end, fine=True)
    if newest is None:
        return ()
    return tuple(_newest_test(signal, choices[signal], *newest) for signal in SIGNALS)


def _newest_test(signal: Signal, choice: Choice, seen: Observed, expected: Expected) -> NewestTest:
    if choice.detector == "off":
        return NewestTest(signal, choice, Outcome.OFF)
    if not expected.learned[-1, 0]:
        return NewestTest(signal, choice, Outcome.LEARNING)
    p_value = _p_value(DETECTORS[signal][choice.detector](seen, expected, choice.level))
    numbers = _INPUTS[signal](seen, expected, choice)
    if p_value is None:
        return NewestTest(signal, choice, Outcome.TOO_FEW_REQUESTS, numbers)
    outcome = Outcome.UNUSUAL if p_value < choice.level else Outcome.USUAL
    return NewestTest(signal, choice, outcome, numbers, p_value)


def _p_value(tested: Tested) -> float | None:
    """The smaller one of both sides; None where neither was tested."""
    sides = [float(side[-1, 0]) for side in (tested.p_low, tested.p_high) if not np.isnan(side[-1, 0])]
    return min(sides) if tested.enough[-1, 0] and sides else None


def _latency(seen: Observed, expected: Expected, _: Choice) -> LatencyInput:
    value, usual, scale = (_newest(part) for part in (seen.latency, expected.latency, expected.scale))
    z = float(np.log(value / usual) / scale) if value > 0 and usual > 0 else float("nan")
    return LatencyInput(value, usual, scale, z)


def _traffic(seen: Observed, expected: Expected, _: Choice) -> TrafficInput:
    return TrafficInput(
        _newest(seen.requests[0]), _newest(expected.requests), _newest(expected.dispersion), window_s=WINDOW
    )


def _errors(seen: Observed, expected: Expected, choice: Choice) -> ErrorsInput:
    failed, requests, window_s = _newest(seen.failed[0]), _newest(seen.requests[0]), WINDOW
    if choice.detector == "beta-binomial":
        # It tests the shortest of several windows that holds requests enough.
        failed, requests, window_s = (part[-1].item() for part in failures_pooled(seen, expected, choice.level)[1:])
    return ErrorsInput(failed, requests, window_s, _newest(expected.failed), _newest(expected.of))


def _newest(values: np.ndarray) -> float:
    return float(values[-1, 0])


_INPUTS: Mapping[Signal, Callable[[Observed, Expected, Choice], Input]] = {
    Signal.LATENCY: _latency,
    Signal.TRAFFIC: _traffic,
    Signal.ERRORS: _errors,
}
