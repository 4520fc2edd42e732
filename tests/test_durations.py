"""Durations are read as people write them."""

import pytest

from dashboard.durations import parse_duration, promql_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15s", 15), ("1h30m", 5400), ("30d", 2592000), ("1 h", 3600), ("250ms", 0.25), ("2w", 1209600)],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "15", "s", "1x", "-5s", "0s", "1h nonsense"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"write for example 15s|longer than zero"):
        parse_duration(text)


@pytest.mark.parametrize(("seconds", "text"), [(90, "90s"), (3600, "1h"), (240, "4m"), (2592000, "30d"), (5400, "90m")])
def test_promql_gets_whole_units(seconds: int, text: str) -> None:
    assert promql_duration(seconds) == text
