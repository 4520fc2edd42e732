"""A duration is a whole number and a unit; other ways to write one are read with a warning, and nonsense is refused."""

import pytest

from dashboard.openslo.diagnostics import Diagnostics
from dashboard.openslo.duration_shorthand import (
    UNITS,
    Duration,
    check_length,
    duration_of,
    exact_text,
    read_duration,
    read_exact_seconds,
    read_seconds,
)
from tests.openslo.nodes import rejection, value_of, warnings

DAY = 86400


@pytest.mark.parametrize(
    ("duration", "seconds", "seconds_max"),
    [
        (Duration(45, "s"), 45, 45),
        (Duration(5, "m"), 300, 300),
        (Duration(2, "h"), 7200, 7200),
        (Duration(30, "d"), 30 * DAY, 30 * DAY),
        (Duration(4, "w"), 28 * DAY, 28 * DAY),
        (Duration(1, "M"), None, 31 * DAY),
        (Duration(2, "Q"), None, 184 * DAY),
        (Duration(3, "Y"), None, 1098 * DAY),
    ],
    ids=str,
)
def test_a_unit_of_the_calendar_has_only_a_greatest_length(
    duration: Duration, seconds: int | None, seconds_max: int
) -> None:
    assert (duration.seconds, duration.seconds_max) == (seconds, seconds_max)


@pytest.mark.parametrize("text", ["5m", "12h", "30d", "4w", "1M", "1Q", "1Y", "1825d"])
def test_the_shorthand_is_read_without_a_warning(text: str) -> None:
    diagnostics = Diagnostics()
    duration = read_duration(value_of(text), diagnostics, example="30d")
    assert (str(duration), warnings(diagnostics)) == (text, [])


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("30s", "30s"),
        ("05m", "5m"),
        ("-1h", "1h"),
        ("+2d", "2d"),
        ("30 days", "30d"),
        ("1 Day", "1d"),
        ("12H", "12h"),
        ("7D", "7d"),
        ("4W", "4w"),
        ("2 hrs", "2h"),
        ("10 mins", "10m"),
        ("10 MINUTES", "10m"),
        ("3 mo", "3M"),
        ("month", "1M"),
        ("1q", "1Q"),
        ("quarter", "1Q"),
        ("2y", "2Y"),
        ("1 year", "1Y"),
        ("1h30m", "90m"),
        ("1d12h", "36h"),
        ("90m30s", "5430s"),
        ("1.5d", "36h"),
        ("'30d '", "30d"),
    ],
)
def test_other_ways_to_write_a_duration_get_a_warning(text: str, duration: str) -> None:
    diagnostics = Diagnostics()
    assert str(read_duration(value_of(text), diagnostics, example="30d")) == duration
    shown = text.strip("'").strip()
    remedy = "OpenSLO has no seconds, and other tools refuse them" if duration.endswith("s") else "write that"
    expected = [] if text == "'30d '" else [f"1: value: '{shown}' is read as {duration}: {remedy}"]
    assert warnings(diagnostics) == expected


@pytest.mark.parametrize(
    "text",
    ["30", "0d", "0 days", "5 parsecs", "soon", "d5", "1h-30m", "9999999999h1m1s1ms1", "1e3s", "5 m m"],
)
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    said = rejection(lambda: read_duration(value_of(f"'{text}'"), Diagnostics(), example="28d"))
    assert said == f"1: value: '{text}' is not a duration: write for example 28d"


def test_a_long_text_is_shown_by_its_beginning() -> None:
    said = rejection(lambda: read_duration(value_of("9" * 400), Diagnostics(), example="28d"))
    assert said == f"1: value: '{'9' * 60}…' is not a duration: write for example 28d"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1d]", "1: value: is a list: expected a text"),
        ("{d: 1}", "1: value: is a map: expected a text"),
        ("", "1: value: is empty: expected a text"),
    ],
    ids=["a list", "a map", "nothing"],
)
def test_only_a_text_is_a_duration(text: str, said: str) -> None:
    assert rejection(lambda: read_duration(value_of(text), Diagnostics(), example="28d")) == said


@pytest.mark.parametrize(
    ("text", "unit", "duration"), [("5", "m", "5m"), ("0.5", "m", "30s"), ("90", "m", "90m"), ("60", "m", "1h")]
)
def test_a_bare_number_has_the_default_unit_where_there_is_one(text: str, unit: str, duration: str) -> None:
    diagnostics = Diagnostics()
    assert str(read_duration(value_of(text), diagnostics, example="5m", default_unit=unit)) == duration
    assert warnings(diagnostics) == []


@pytest.mark.parametrize("text", ["0", "-5", "0.001", "1e400"])
def test_a_bare_number_that_is_no_whole_second_is_refused(text: str) -> None:
    said = rejection(lambda: read_duration(value_of(text), Diagnostics(), example="5m", default_unit="m"))
    assert said == f"1: value: '{text}' is not a duration: write for example 5m"


@pytest.mark.parametrize(
    ("longest", "longer"),
    [("1830d", "1831d"), ("261w", "262w"), ("43920h", "43921h"), ("59M", "60M"), ("19Q", "20Q"), ("5Y", "6Y")],
)
def test_five_years_are_the_longest(longest: str, longer: str) -> None:
    assert str(read_duration(value_of(longest), Diagnostics(), example="30d")) == longest
    said = rejection(lambda: read_duration(value_of(longer), Diagnostics(), example="30d"))
    assert said == f"1: value: {longer} is longer than 5 years: write for example 30d"


def test_the_length_of_any_duration_can_be_checked() -> None:
    node = value_of("x")
    assert check_length(Duration(5, "Y"), node, example="1M") == Duration(5, "Y")
    said = rejection(lambda: check_length(Duration(6, "Y"), node, example="1M"))
    assert said == "1: value: 6Y is longer than 5 years: write for example 1M"


@pytest.mark.parametrize(("text", "seconds"), [("5m", 300), ("1h", 3600), ("2d", 172800), ("1w", 604800)])
def test_the_seconds_of_a_fixed_length(text: str, seconds: int) -> None:
    assert read_seconds(value_of(text), Diagnostics(), example="5m") == seconds


@pytest.mark.parametrize("text", ["1M", "1Q", "1Y"])
def test_the_calendar_has_no_seconds(text: str) -> None:
    said = rejection(lambda: read_seconds(value_of(text), Diagnostics(), example="5m"))
    expected = "has no fixed length: write it in minutes, hours, days or weeks, such as 5m"
    assert said == f"1: value: {text} {expected}"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "1s"),
        (90, "90s"),
        (60, "1m"),
        (3599, "3599s"),
        (3600, "1h"),
        (5400, "90m"),
        (DAY, "1d"),
        (7 * DAY, "7d"),
        (36 * 3600, "36h"),
        (0, "None"),
        (-60, "None"),
        (0.5, "None"),
    ],
)
def test_seconds_in_the_largest_unit_that_holds_them(seconds: float, text: str) -> None:
    assert str(duration_of(seconds)) == text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90.5s", 90.5), ("5m", 300), ("0.25h", 900), ("1.5d", 129600), ("1w", 604800), ("1830d", 158112000)],
)
def test_an_annotation_may_hold_any_seconds(text: str, seconds: float) -> None:
    assert read_exact_seconds(value_of(text), 7.0) == seconds


@pytest.mark.parametrize("text", ["5", "0s", "-5m", "1M", "m", "soon", "1831d", "1h30m", "1e400s", "inf s"])
def test_an_annotation_that_is_no_duration_is_refused(text: str) -> None:
    said = rejection(lambda: read_exact_seconds(value_of(text), 7.0))
    assert said == f"1: value: '{text}' is not a duration: write for example 5m"


def test_without_an_annotation_the_default_counts() -> None:
    assert read_exact_seconds(None, 7.5) == 7.5


@pytest.mark.parametrize("seconds", [1, 90, 300, 5400, DAY, 0.5, 90.25, 1e-3, 123456.789])
def test_an_annotation_reads_back_as_it_was_written(seconds: float) -> None:
    assert read_exact_seconds(value_of(exact_text(seconds)), 0.0) == seconds


def test_every_word_for_a_unit_stands_for_one_unit() -> None:
    assert (UNITS["mo"], UNITS["min"], UNITS["H"], UNITS["sec"]) == ("M", "m", "h", "s")
    assert set(UNITS.values()) == set("smhdwMQY")
