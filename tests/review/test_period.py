"""Periods of a review: their names, their bounds in a zone with summer time, those before them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.review.period import FORMS, Period

BERLIN = "Europe/Berlin"


def local(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN)).timestamp()


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("2026-10", "2026-10-01", "2026-11-01"),
        ("2026-Q4", "2026-10-01", "2027-01-01"),
        ("2026-W01", "2025-12-29", "2026-01-05"),
        ("2026-W53", "2026-12-28", "2027-01-04"),
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-03-29", "2026-03-29", "2026-03-30"),
        ("2026-10-20..2026-10-31", "2026-10-20", "2026-11-01"),
    ],
)
def test_a_name_is_whole_days_of_its_zone_and_comes_back(name: str, start: str, end: str) -> None:
    period = Period.parse(name, BERLIN)
    assert (period.start, period.end, period.name) == (local(start), local(end), name)
    assert period.holds(period.start)
    assert not period.holds(period.end)


def test_a_month_with_the_end_of_summer_time_is_an_hour_longer() -> None:
    october = Period.parse("2026-10", BERLIN)
    assert october.end - october.start == 31 * 86400 + 3600


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("2026-02", ["2025-11", "2025-12", "2026-01"]),
        ("2026-Q1", ["2025-Q2", "2025-Q3", "2025-Q4"]),
        ("2026-W02", ["2025-W51", "2025-W52", "2026-W01"]),
        ("2026-04-01..2026-04-07", ["2026-03-11..2026-03-17", "2026-03-18..2026-03-24", "2026-03-25..2026-03-31"]),
    ],
)
def test_periods_before_adjoin_and_are_of_the_same_kind(name: str, before: list[str]) -> None:
    period = Period.parse(name, BERLIN)
    earlier = period.earlier(3)
    assert [each.name for each in earlier] == before
    ends = [each.end for each in earlier]
    assert ends == [*(each.start for each in earlier[1:]), period.start]
    assert [Period.parse(each.name, BERLIN) for each in earlier] == list(earlier)


@pytest.mark.parametrize(
    "name", ["", "October", "2026-13", "2026-W54", "2026-Q5", "2026-02-30", "2026-10-01..", "1..2..3", "0000"]
)
def test_what_is_no_period_says_what_is_expected(name: str) -> None:
    with pytest.raises(ValueError, match="is no period") as refused:
        Period.parse(name, BERLIN)
    assert str(refused.value) == f'"{name}" is no period: write {FORMS}'


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("2026-w41", "2026-W41"),
        ("2026-q4", "2026-Q4"),
        ("2026-10-01 .. 2026-10-14", "2026-10-01..2026-10-14"),
        ("20261001..20261014", "2026-10-01..2026-10-14"),
    ],
)
def test_a_period_has_one_name_however_it_was_written(written: str, name: str) -> None:
    # Notes and signatures are kept by it.
    assert Period.parse(written, BERLIN).name == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("2026-10-14..2026-10-01", '"2026-10-14..2026-10-01": the last day lies before the first'),
        ("9998", '"9998" lies too far away: a review is of a year from 2000 to 2028'),
        ("9999", f'"9999" is no period: write {FORMS}'),
        ("1999-12", '"1999-12" lies too far away: a review is of a year from 2000 to 2028'),
    ],
)
def test_what_cannot_be_reviewed_is_named_as_it_was_written(name: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"before|away|write") as refused:
        Period.checked(name, datetime(2026, 11, 30, tzinfo=UTC).timestamp(), BERLIN)
    assert str(refused.value) == said
