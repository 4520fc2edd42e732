"""What the address holds: ranges between two moments, and services that nobody has."""

from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.engine.source_status import SourceState, SourceStatus
from dashboard.timerange import DAY
from dashboard.ui import selection
from dashboard.ui.selection import Range

NOW = 1_760_000_000.0  # Thu 9 Oct 2025, 08:53:20 UTC
NOT_TIMES = "from and to in the address need ISO 8601 times, such as 2026-11-22T18:00Z"
NOT_A_SPAN = "from must lie between a minute and 31 days before to"


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("begin", "end", "span", "until"),
    [
        ("2025-10-08T10:00Z", "2025-10-08T12:00Z", 7200, "2025-10-08T12:00"),
        ("2025-10-08T10:00", "2025-10-08T12:00", 7200, "2025-10-08T12:00"),
        ("2025-10-08T10:00+02:00", "2025-10-08T12:00+02:00", 7200, "2025-10-08T10:00"),
        ("2025-10-08T10:00 02:00", "2025-10-08T12:00 02:00", 7200, "2025-10-08T10:00"),
        ("2025-10-08", "2025-10-09", 86400, "2025-10-09T00:00"),
        ("2025-10-08T10:00Z", "2025-10-08T10:01Z", 60, "2025-10-08T10:01"),
        ("2025-09-08T10:00Z", "2025-10-09T10:00Z", 31 * 86400, "2025-10-09T10:00"),
    ],
)
def test_two_moments_of_the_address_are_a_range(begin: str, end: str, span: int, until: str) -> None:
    assert selection.between(begin, end) == Range(span, at(until))


@pytest.mark.parametrize(
    ("begin", "end", "problem"),
    [
        ("soon", "later", NOT_TIMES),
        ("2025-10-08T10:00Z", None, NOT_TIMES),
        (None, "2025-10-08T10:00Z", NOT_TIMES),
        ("2025-13-08T10:00Z", "2025-10-08T10:00Z", NOT_TIMES),
        ("2025-10-08T10:00Z", "<script>", NOT_TIMES),
        ("9" * 5000, "9" * 5000, NOT_TIMES),
        ("2025-10-08T12:00Z", "2025-10-08T10:00Z", NOT_A_SPAN),
        ("2025-10-08T10:00:00Z", "2025-10-08T10:00:59Z", NOT_A_SPAN),
        ("2025-09-08T09:59Z", "2025-10-09T10:00Z", NOT_A_SPAN),
        ("0001-01-01T00:00Z", "9999-12-31T23:59Z", NOT_A_SPAN),
    ],
)
def test_a_range_that_makes_no_sense_is_a_problem_and_no_range(
    begin: str | None, end: str | None, problem: str
) -> None:
    assert selection.between(begin, end) == Range(problem=problem)


@pytest.mark.parametrize("empty", [None, ""])
def test_an_address_without_a_range_is_no_problem(empty: str | None) -> None:
    assert selection.between(empty, empty) == Range()


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("0001-01-01T00:00+14:00", "0001-01-01T01:00+14:00"),
        ("9999-12-31T22:00-14:00", "9999-12-31T23:00-14:00"),
        ("1969-12-31T23:59Z", "1970-01-01T01:00Z"),
        ("2200-01-01T00:00Z", "2200-01-01T01:00Z"),
    ],
)
def test_years_whose_local_time_cannot_be_computed_are_a_problem(begin: str, end: str) -> None:
    problem = "from and to in the address must lie between the years 1970 and 2200"
    assert selection.between(begin, end) == Range(problem=problem)
    assert problem in opened(**{"from": begin, "to": end})


def chosen() -> None:
    """A page of its own: what was selected, as it is."""
    import streamlit as st

    from dashboard.ui import selection

    st.text(repr(selection.selected({"shop": "shop", "auth": "auth"}, time_zone="UTC", now=1_760_000_000.0)))


def opened(**query: str) -> str:
    test = AppTest.from_function(chosen)
    for name, value in query.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return str(test.text[0].value)


def test_the_most_urgent_service_is_shown_where_the_address_names_none() -> None:
    assert opened() == "Selection(service='shop', span=3600, compare=0, compared='', end=None, problem=None)"


def test_the_address_names_service_span_comparison_and_range() -> None:
    query = {"service": "auth", "span": "6h", "compare": "last week"}
    assert opened(**query).startswith("Selection(service='auth', span=21600, compare=604800, compared='last week'")
    query |= {"from": "2025-10-08T10:00Z", "to": "2025-10-08T12:00Z"}
    assert "span=7200" in opened(**query)
    assert f"end={at('2025-10-08T12:00')}" in opened(**query)


@pytest.mark.parametrize("name", ["nobody", "<script>", "Shop", " shop", "s" * 10_000])
def test_a_service_that_nobody_has_is_said_and_another_one_shown(name: str) -> None:
    text = opened(service=name)
    assert "no service is called" in text
    assert "showing" in text
    assert len(text) < 400


@pytest.mark.parametrize("query", [{"span": "9y"}, {"compare": "tomorrow"}, {"span": ""}])
def test_a_span_that_is_no_choice_is_the_usual_one(query: dict[str, str]) -> None:
    assert "span=3600, compare=0" in opened(**query)


@pytest.mark.parametrize(
    ("data_end", "history_s", "span"),
    [
        (None, 30 * DAY, "1h"),
        (NOW, 30 * DAY, "24h"),
        (NOW, None, "24h"),
        (NOW, 600.0, "15m"),
        (NOW, 3 * 3600.0, "6h"),
    ],
    ids=["alive", "a month", "of unknown length", "a load test of ten minutes", "three hours"],
)
def test_a_page_opens_with_the_last_day_of_data_that_have_ended(
    data_end: float | None, history_s: float | None, span: str
) -> None:
    source = SourceStatus("csv", "a.csv", SourceState.STALE, data_end=data_end, history_s=history_s)
    assert selection.opening_span(source) == span
