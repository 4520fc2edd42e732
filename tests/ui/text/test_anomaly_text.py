"""What is unusual, in sentences: what, since when, how much, what was expected, what it costs."""

from typing import Any

import pytest

from dashboard.anomaly.anomalies import Anomaly, Direction, Signal
from dashboard.ui.text import anomaly_text

NOW = 1_760_000_000.0  # Thu 9 Oct 2025, 08:53:20 UTC


def anomaly(**how: Any) -> Anomaly:
    usual: dict[str, Any] = {
        "service": "auth", "signal": Signal.LATENCY, "direction": Direction.HIGH, "since": NOW - 600, "until": None,
        "peak_at": NOW, "peak": 0.5, "value": 0.399, "expected": (None, 0.263), "p_value": 1e-7,
    }  # fmt: skip
    return Anomaly(**{**usual, **how})


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({}, "Slower than usual since 08:43: p95 399 ms, expected at most 263 ms."),
        ({"cost": 0.12},
         "Slower than usual since 08:43: p95 399 ms, expected at most 263 ms; it has taken 12 % of the budget."),
        ({"cost": 0.001}, "Slower than usual since 08:43: p95 399 ms, expected at most 263 ms."),
        ({"until": NOW - 60}, "Slower than usual from 08:43 to 08:52: p95 500 ms, expected at most 263 ms."),
        ({"signal": Signal.TRAFFIC, "direction": Direction.LOW, "value": 4.5, "expected": (15.8, 24.5)},
         "Less traffic than usual since 08:43: 4.5/s, expected 15.8–24.5/s."),
        ({"signal": Signal.TRAFFIC, "value": 274.0, "expected": (160.0, 209.0)},
         "More traffic than usual since 08:43: 274/s, expected 160–209/s."),
        ({"signal": Signal.ERRORS, "value": 0.036, "expected": (None, 0.0009)},
         "More failures than usual since 08:43: 3.6 % of requests, expected at most 0.09 %."),
        ({"signal": Signal.SATURATION, "detail": "pool", "value": 0.97, "expected": (None, 0.9)},
         "Pool near its limit since 08:43: 97 % of its limit."),
        ({"since": NOW - 3 * 86400}, "Slower than usual since 6 Oct 08:53: p95 399 ms, expected at most 263 ms."),
    ],
)  # fmt: skip
def test_a_sentence_says_what_since_when_and_how_much(how: dict[str, Any], sentence: str) -> None:
    assert anomaly_text.sentence(anomaly(**how), "UTC", NOW).replace("\xa0", " ") == sentence
