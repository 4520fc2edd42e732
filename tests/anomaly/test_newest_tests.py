"""The newest test of each signal carries the numbers that went in, and the outcome that they have."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.detectors import DEFAULTS, DetectorSetting
from dashboard.anomaly.history import FIVE_MINUTE_ROWS, MINUTE_ROWS, OBSERVED, WIDTH, DetectionHistory, RingBuffer
from dashboard.anomaly.newest_tests import ErrorsInput, LatencyInput, NewestTest, Outcome, TrafficInput, newest_tests
from dashboard.anomaly.observations import MINUTE, WINDOW

END = 1_760_000_040 // MINUTE * MINUTE
# Requests and failures over 5, 15 and 60 minutes, p95 in seconds, requests it was made of.
SEEN = (3000.0, 9000.0, 36_000.0, 3.0, 9.0, 36.0, 0.2, 3000.0)
# Requests of 5 minutes, dispersion, p95, scale of its logarithm, failed and all requests of the days before, and that
# there is a baseline.
EXPECTED = (3000.0, 2.0, 0.2, 0.1, 100.0, 100_000.0, 1.0)
USUAL = dict.fromkeys((Signal.LATENCY, Signal.TRAFFIC, Signal.ERRORS), Outcome.USUAL)


def history(**changed: float) -> DetectionHistory:
    """One service whose newest minute is as expected, but for values by their place in a row."""
    row = np.array([*SEEN, *EXPECTED])
    for place, value in changed.items():
        row[int(place.removeprefix("at_"))] = value
    values = np.full((MINUTE_ROWS, 1, WIDTH), np.nan)
    values[-1, 0] = row
    return DetectionHistory(
        ("shop",), RingBuffer(END, MINUTE, values), RingBuffer.empty(step=WINDOW, rows=FIVE_MINUTE_ROWS, services=1)
    )


def outcomes(tests: tuple[NewestTest, ...]) -> dict[Signal, Outcome]:
    return {test.signal: test.outcome for test in tests}


def test_what_is_as_expected_is_usual_with_its_numbers() -> None:
    tests = newest_tests(history(), DEFAULTS, "shop")
    assert outcomes(tests) == USUAL
    assert [test.numbers for test in tests] == [
        LatencyInput(0.2, 0.2, 0.1, 0.0),
        TrafficInput(3000.0, 3000.0, 2.0, 300),
        ErrorsInput(3.0, 3000.0, 300, 100.0, 100_000.0),
    ]
    assert all(test.p_value is not None and test.p_value > test.setting.level for test in tests)


@pytest.mark.parametrize(
    ("place", "value", "signal"),
    [("at_6", 0.8, Signal.LATENCY), ("at_0", 1500.0, Signal.TRAFFIC), ("at_3", 60.0, Signal.ERRORS)],
)
def test_what_is_far_away_is_unusual_below_its_level(place: str, value: float, signal: Signal) -> None:
    tests = newest_tests(history(**{place: value}), DEFAULTS, "shop")
    assert outcomes(tests) == {**USUAL, signal: Outcome.UNUSUAL}
    (test,) = (test for test in tests if test.signal is signal)
    assert test.p_value is not None
    assert test.p_value < DEFAULTS[signal].level


def test_few_requests_are_not_tested_but_shown() -> None:
    tests = newest_tests(history(at_7=30.0), DEFAULTS, "shop")
    assert outcomes(tests)[Signal.LATENCY] is Outcome.TOO_FEW_REQUESTS
    assert tests[0].p_value is None
    assert tests[0].numbers == LatencyInput(0.2, 0.2, 0.1, 0.0)


def test_a_signal_that_is_off_and_a_service_that_is_learned_have_no_numbers() -> None:
    settings = {**DEFAULTS, Signal.ERRORS: DetectorSetting("off", 1e-5)}
    young = newest_tests(history(**{f"at_{OBSERVED + 6}": 0.0}), settings, "shop")
    assert outcomes(young) == {
        Signal.LATENCY: Outcome.LEARNING, Signal.TRAFFIC: Outcome.LEARNING, Signal.ERRORS: Outcome.OFF,
    }  # fmt: skip
    assert {test.numbers for test in young} == {None}


def test_a_service_without_a_row_has_no_test() -> None:
    empty = replace(history(), by_minute=RingBuffer.empty(step=MINUTE, rows=MINUTE_ROWS, services=1))
    assert newest_tests(empty, DEFAULTS, "shop") == ()
    assert newest_tests(history(), DEFAULTS, "cart") == ()
