"""What is unusual, in sentences: what, since when, how much, what was expected, what it costs."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.anomaly.anomalies import Anomaly, Direction, Layer, Signal
from dashboard.anomaly.saturation.falls import Falls
from dashboard.anomaly.saturation.time_to_full import TimeToFull
from dashboard.anomaly.saturation_monitor import SaturationForecast
from dashboard.ui.text import anomaly_text
from dashboard.ui.text.units import plain

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


@pytest.mark.parametrize(
    ("signal", "direction", "words"),
    [
        (Signal.LATENCY, Direction.HIGH, "slower than usual"),
        (Signal.TRAFFIC, Direction.LOW, "less traffic than usual"),
        (Signal.TRAFFIC, Direction.HIGH, "more traffic than usual"),
        (Signal.ERRORS, Direction.HIGH, "more failures than usual"),
        (Signal.SATURATION, Direction.HIGH, "it near its limit"),
        (Signal.LATENCY, Direction.LOW, "unusual latency pattern"),
    ],
)
def test_what_is_unusual_is_said_in_a_few_words(signal: Signal, direction: Direction, words: str) -> None:
    assert anomaly_text.what(anomaly(signal=signal, direction=direction)) == words


@pytest.mark.parametrize("signal", list(Signal))
def test_a_hint_claims_no_direction(signal: Signal) -> None:
    assert anomaly_text.what(anomaly(signal=signal, layer=Layer.NOVELTY)) == f"unusual {signal} pattern"


def test_a_brief_names_both_ends_of_what_is_over() -> None:
    assert anomaly_text.brief(anomaly(), "UTC", NOW) == "slower than usual since 08:43"
    assert anomaly_text.brief(anomaly(until=NOW - 60), "UTC", NOW) == "slower than usual from 08:43 to 08:52"


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (None, None, ""),
        (None, 0.263, "at most 263 ms"),
        (0.1, None, "at least 100 ms"),
        (0.1, 0.263, "100–263 ms"),
        (0.5, 1.5, "500 ms – 1.50 s"),
    ],
)
def test_the_expected_range_has_its_unit_once_where_both_ends_share_it(
    low: float | None, high: float | None, words: str
) -> None:
    assert plain(anomaly_text.expected(anomaly(expected=(low, high)))) == words


def filling(**changes: Any) -> SaturationForecast:
    """Full in 5 h 20 m, give or take forty minutes."""
    times = {"seconds": 19200.0, "early": 16800.0, "late": 21300.0, **changes}
    return SaturationForecast(NOW, TimeToFull("trend", **times))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "5 h 20 m ± 40 m"),
        ({"late": None}, "5 h 20 m"),
        ({"early": 19200.0, "late": 19220.0}, "5 h 20 m"),
        ({"seconds": 172800.0, "early": 129600.0, "late": 187200.0}, "2 days ± 12 h"),
        ({"seconds": None, "early": None, "late": None}, ""),
    ],
)
def test_the_time_until_a_resource_is_full_has_its_wider_side(changes: dict[str, Any], words: str) -> None:
    assert plain(anomaly_text.full_in(filling(**changes), NOW)) == words


def test_a_limit_that_was_reached_meanwhile_is_not_said_with_a_minus() -> None:
    assert plain(anomaly_text.full_in(filling(late=None), NOW + 20000)) == "0 s"


def test_a_resource_that_fills_up_says_when_while_it_lasts() -> None:
    pool = {"signal": Signal.SATURATION, "detail": "pool", "value": 0.97}
    lasting = anomaly_text.sentence(anomaly(**pool), "UTC", NOW, filling())
    assert plain(lasting) == "Pool near its limit since 08:43: 97 % of its limit, full in 5 h 20 m ± 40 m."
    falls = Falls(NOW - 86400.0, (NOW - 7200.0, NOW - 3600.0), (0.95, 0.98))
    held = anomaly_text.sentence(anomaly(**pool), "UTC", NOW, replace(filling(), falls=falls, is_held=True))
    assert plain(held).endswith(
        "97 % of its limit, rises; in the last day it fell back twice, at 95–98 %; full in 5 h 20 m only if it does "
        "not this time."
    )
    over = anomaly_text.sentence(anomaly(**pool, until=NOW - 60), "UTC", NOW, filling())
    assert plain(over) == "Pool near its limit from 08:43 to 08:52: 97 % of its limit."
