"""Windows: rolling ones, and periods of the calendar that begin and end by the wall clock of a zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.slo.windows import Calendar, Rolling, Unit
from dashboard.timerange import DAY, HOUR

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia")


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, zone: str = "UTC") -> float:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)).timestamp()


def dates(bounds: tuple[float, float], zone: str = "UTC") -> list[str]:
    return [f"{datetime.fromtimestamp(moment, ZoneInfo(zone)):%Y-%m-%d %H:%M}" for moment in bounds]


def test_a_rolling_window_ends_now_and_its_days_have_24_hours() -> None:
    now = at(2026, 3, 30, 12, zone="Europe/Berlin")
    assert Rolling(28.0 * DAY).bounds(now) == (now - 28 * DAY, now)
    assert (Rolling(28.0 * DAY).duration, Rolling(6.0 * HOUR).duration, Rolling().duration) == ("28d", "6h", "30d")


@pytest.mark.parametrize(
    ("zone", "month", "hours"),
    [
        ("Europe/Berlin", 3, 743),
        ("Europe/Berlin", 10, 745),
        ("America/New_York", 3, 743),
        ("America/New_York", 11, 721),
        ("Australia/Lord_Howe", 4, 720.5),
        ("Australia/Lord_Howe", 10, 743.5),
        ("UTC", 2, 28 * 24),
    ],
)
def test_a_month_is_as_long_as_its_clocks_say(zone: str, month: int, hours: float) -> None:
    start, end = Calendar(Unit.MONTH, zone=zone).bounds(at(2026, month, 15, zone=zone))
    assert (end - start) / HOUR == hours


@pytest.mark.parametrize(
    ("unit", "count", "dated"),
    [
        (Unit.DAY, 1, ["2026-11-24 00:00", "2026-11-25 00:00"]),
        (Unit.WEEK, 1, ["2026-11-23 00:00", "2026-11-30 00:00"]),
        (Unit.MONTH, 1, ["2026-11-01 00:00", "2026-12-01 00:00"]),
        (Unit.QUARTER, 1, ["2026-10-01 00:00", "2027-01-01 00:00"]),
        (Unit.YEAR, 1, ["2026-01-01 00:00", "2027-01-01 00:00"]),
        (Unit.MONTH, 6, ["2026-07-01 00:00", "2027-01-01 00:00"]),
    ],
)
def test_periods_begin_where_people_expect_them(unit: Unit, count: int, dated: list[str]) -> None:
    window = Calendar(unit, count, "Europe/Berlin")
    assert dates(window.bounds(at(2026, 11, 24, 17)), "Europe/Berlin") == dated


def test_periods_follow_from_their_anchor_and_not_from_each_other() -> None:
    window = Calendar(Unit.MONTH, anchor=datetime(2026, 1, 31))
    assert dates(window.bounds(at(2026, 2, 5))) == ["2026-01-31 00:00", "2026-02-28 00:00"]
    assert dates(window.bounds(at(2026, 3, 5))) == ["2026-02-28 00:00", "2026-03-31 00:00"]
    assert dates(window.bounds(at(2026, 3, 31))) == ["2026-03-31 00:00", "2026-04-30 00:00"]
    assert dates(window.bounds(at(2025, 12, 31))) == ["2025-12-31 00:00", "2026-01-31 00:00"]


def test_a_boundary_that_the_clock_skips_is_the_first_instant_after_and_of_two_the_earlier() -> None:
    spring = Calendar(Unit.MONTH, zone="Europe/Berlin", anchor=datetime(2026, 1, 29, 2, 30))
    assert spring.bounds(at(2026, 4, 1))[0] == datetime(2026, 3, 29, 1, tzinfo=UTC).timestamp()
    autumn = Calendar(Unit.MONTH, zone="Europe/Berlin", anchor=datetime(2026, 1, 25, 2, 30))
    assert autumn.bounds(at(2026, 11, 1))[0] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()


def test_a_rolling_month_has_no_fixed_length() -> None:
    window = Calendar(Unit.MONTH, zone="Europe/Berlin", rolling=True)
    now = at(2026, 3, 31, 12, zone="Europe/Berlin")
    assert dates(window.bounds(now), "Europe/Berlin") == ["2026-02-28 12:00", "2026-03-31 12:00"]


@given(
    st.sampled_from(ZONES),
    st.sampled_from(list(Unit)),
    st.integers(1, 3),
    st.datetimes(datetime(2024, 1, 1), datetime(2025, 12, 31)),
    st.floats(at(2022, 1, 1), at(2030, 1, 1)),
)
def test_periods_tile_time(zone: str, unit: Unit, count: int, anchor: datetime, now: float) -> None:
    window = Calendar(unit, count, zone, anchor)
    start, end = window.bounds(now)
    assert start <= now < end
    assert end - start <= window.longest
    assert window.bounds(end)[0] == end
    assert window.bounds(start) == (start, end)
    assert window.bounds(start - 1)[1] == start
