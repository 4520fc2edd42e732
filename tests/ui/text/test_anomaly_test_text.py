"""The test of a signal in a sentence: what was counted, what is usual, and what it means."""

import pytest

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.detectors import DetectorSetting
from dashboard.anomaly.newest_tests import ErrorsInput, Input, LatencyInput, NewestTest, Outcome, TrafficInput
from dashboard.ui.text import anomaly_test_text
from dashboard.ui.text.units import plain

LATENCY = LatencyInput(value_s=0.399, expected_s=0.2, scale=0.1, z=6.9)
TRAFFIC = TrafficInput(count=1200, expected=1000, dispersion=3.14, window_s=300)
ERRORS = ErrorsInput(failed=7, requests=1200, window_s=300, baseline_failed=12, baseline_requests=40000)


def sentence(
    signal: Signal, detector: str, outcome: Outcome, numbers: Input | None = None, p_value: float | None = None
) -> str:
    setting = DetectorSetting(detector, 1e-4)
    return plain(anomaly_test_text.sentence(NewestTest(signal, setting, outcome, numbers, p_value)))


def test_a_test_that_is_off_or_still_learns_has_no_numbers() -> None:
    assert sentence(Signal.LATENCY, "off", Outcome.OFF) == "latency: its test is turned off."
    learning = sentence(Signal.ERRORS, "beta-binomial", Outcome.LEARNING)
    assert learning == "errors: not tested before it was measured for a day."


@pytest.mark.parametrize(
    ("outcome", "p_value", "meaning"),
    [
        (Outcome.UNUSUAL, 1.234e-7, "probability if nothing had changed 1.2e-07, flagged below 0.0001: unusual"),
        (Outcome.UNUSUAL, 0.0, "probability if nothing had changed below 1e-300, flagged below 0.0001: unusual"),
        (Outcome.USUAL, 0.4, "probability if nothing had changed 0.4, flagged below 0.0001: as usual"),
        (Outcome.TOO_FEW_REQUESTS, None, "too few requests to test"),
    ],
)
def test_the_outcome_is_said_with_its_probability_and_level(
    outcome: Outcome, p_value: float | None, meaning: str
) -> None:
    assert sentence(Signal.ERRORS, "binomial", outcome, ERRORS, p_value) == (
        "errors: 7 of 1,200 requests failed in 5 min, where 12 of 40,000 are usual; upper tail of the binomial; "
        f"{meaning}."
    )


def test_latency_says_how_its_z_was_computed() -> None:
    text = sentence(Signal.LATENCY, "student-t", Outcome.UNUSUAL, LATENCY, 1e-9)
    assert text.startswith("latency: p95 of the last 5 min 399 ms, usual now 200 ms, scale of its logarithm 0.100; ")
    assert "z = ln(value ÷ usual) ÷ scale = 6.9" in text


def test_traffic_says_its_dispersion_unless_its_distribution_has_none() -> None:
    known = "traffic: 1,200 requests in 5 min, usual now 1,000"
    poisson = sentence(Signal.TRAFFIC, "poisson", Outcome.USUAL, TRAFFIC, 0.1)
    assert poisson.startswith(f"{known}; both tails of the Poisson; ")
    other = sentence(Signal.TRAFFIC, "negative-binomial", Outcome.USUAL, TRAFFIC, 0.1)
    assert other.startswith(f"{known}, dispersion 3.1; both tails of the negative binomial; ")
