"""Numbers as people read them: never 0 for what is missing, no rounding across a threshold."""

from collections.abc import Callable

import pytest

from dashboard.ui.text import units


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (units.percent, 0.31, "31 %"),
        (units.percent, 0.0412, "4.1 %"),
        (units.percent, 0.0007, "0.07 %"),
        (units.percent, 0.0, "0 %"),
        (units.percent, -0.5, "−50 %"),
        (units.percent, 99.99, "9999 %"),
        (units.percent, 968.98, "96,898 %"),
        (units.percent, -999.0, "−99,900 %"),
        (units.brief_percent, 6.04, "604 %"),
        (units.brief_percent, -968.98, "−96.9k %"),
        (units.latency, 0.399, "399 ms"),
        (units.latency, 0.0042, "4.2 ms"),
        (units.latency, 1.725, "1.73 s"),
        (units.rate, 127.4, "127/s"),
        (units.rate, 1250.0, "1.25k/s"),
        (units.count, 4000312, "4,000,312"),
        (units.burn, 14.4, "14.4×"),
        (units.burn, 1.03, "1.03×"),
        (units.duration, 59.6, "59 s"),
        (units.duration, 19200, "5 h 20 m"),
        (units.duration, 140400, "1 day 15 h"),
        (units.duration, 9 * 86400, "9 days"),
        (units.objective, 0.9995, "99.95 %"),
        (units.size, 0, "0 B"),
        (units.size, 1250, "1.25 kB"),
        (units.size, 3_400_000, "3.4 MB"),
        (units.change, 0.31, "+31 %"),
        (units.change, -0.054, "−5 %"),
        (units.change, 0.002, "±0 %"),
        (units.change, -0.002, "±0 %"),
        (units.signed_duration, -4500, "−1 h 15 m"),
    ],
)
def test_a_number_reads_well(write: Callable[[float], str], value: float, text: str) -> None:
    assert write(value) == text.replace(" ", units.NBSP)


@pytest.mark.parametrize("write", [units.percent, units.latency, units.rate, units.burn, units.duration])
@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_what_is_missing_is_a_dash(write: Callable[[float | None], str], value: float | None) -> None:
    assert write(value) == "–"


def test_an_sli_has_the_digits_its_budget_needs() -> None:
    assert units.sli(0.9969, 0.995) == f"99.690{units.NBSP}%"
    assert units.sli(0.999993, 0.9999) == f"99.9993{units.NBSP}%"
    assert units.sli(None, 0.99) == units.sli(float("nan"), 0.99) == "–"


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (units.percent, 0.0996, "10 %"),
        (units.percent, 0.00996, "1.0 %"),
        (units.percent, 0.9997, "99.97 %"),
        (units.percent, 0.999999, "99.99 %"),
        (units.percent, 1.0, "100 %"),
        (units.share, 0.9896, "99 %"),
        (units.share, 0.9952, "99 %"),
        (units.share, 0.999999, "99 %"),
        (units.share, 1.0, "100 %"),
        (units.share, 1.034, "103 %"),
        (units.share, 0.034, "3.4 %"),
        (units.share, 0.0, "0 %"),
        (units.share, None, "–"),
        (units.percent, 1.004, "100 %"),
        (units.latency, 0.0, "0 ms"),
        (units.latency, 0.00996, "10 ms"),
        (units.latency, 0.9996, "1.00 s"),
        (units.latency, 9.996, "10 s"),
        (units.short, 999.6, "1k"),
        (units.short, 1.2e9, "1.2G"),
        (units.short, 99.6, "100"),
        (units.short, -1250.0, "−1.25k"),
        (units.burn, 0.97, "0.97×"),
        (units.burn, 1.05, "1.1×"),
        (units.duration, 3600, "1 h"),
        (units.duration, 2 * 86400 + 3600, "2 days 1 h"),
        (units.duration, 3 * 86400, "3 days"),
        (units.duration, 6.49 * 86400, "about 6 days"),
        (units.duration, 6.51 * 86400, "about 7 days"),
        (units.duration, 6.995 * 86400, "7 days"),
        (units.duration, 30.04 * 86400, "about 30 days"),
        (units.signed_duration, -6.51 * 86400, "about −7 days"),
        (units.signed_duration, -3 * 86400, "−3 days"),
        (units.signed_duration, -3600, "−1 h"),
        (units.duration, 0, "0 s"),
        (units.signed_duration, 90, "1 m 30 s"),
        (units.size, 999.6, "1 kB"),
    ],
)
def test_rounding_never_crosses_into_another_form(write: Callable[[float], str], value: float, text: str) -> None:
    assert write(value) == text.replace(" ", units.NBSP)


@pytest.mark.parametrize(("low", "high", "said"), [("4 min", "6 min", "4 min – 6 min"), ("4 min", "4 min", "4 min")])
def test_a_range_whose_ends_are_alike_is_one_value(low: str, high: str, said: str) -> None:
    assert units.between(low, high) == said


def test_no_data_have_no_age() -> None:
    assert units.age(None) == "no data yet"
    assert units.plain(units.age(35.0)) == "data 35 s old"
    assert units.signed_duration(None) == "–"


def test_a_sentence_has_one_capital_and_one_full_stop() -> None:
    assert units.sentence("no data yet.") == units.sentence("no data yet") == "No data yet."
