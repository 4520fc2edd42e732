"""A window rolls or follows a calendar; what is missing is assumed with a warning, what has no meaning is refused."""

from datetime import datetime

import pytest

from dashboard.openslo.time_windows import DEFAULT_START, read_window, read_zone
from dashboard.slo.windows import Calendar, Rolling, Unit, Window
from tests.openslo.nodes import fields_of, rejection, scope_of, value_of, warnings

DAY = 86400.0
ZONED = "calendar: {startTime: '2026-01-05 00:00:00', timeZone: Europe/Berlin}"
WINDOW = "timeWindow[0]"
AT_MIDNIGHT = "missing: periods of {} are assumed to begin with those of the calendar, at midnight"


def read(entry: str, *, is_v1: bool = True, zone: str = "UTC") -> tuple[Window, list[str]]:
    """The window of an entry, and its warnings."""
    scope = scope_of(is_v1=is_v1, zone=zone)
    window = read_window(fields_of(f"timeWindow: [{{{entry}}}]", ("timeWindow",), scope), scope)
    return window, warnings(scope)


def refused(entry: str, *, is_v1: bool = True) -> str:
    """Line, key and sentence of an entry that is refused."""
    return rejection(lambda: read(entry, is_v1=is_v1))


def dated(start: datetime, unit: Unit = Unit.MONTH, count: int = 1) -> Calendar:
    return Calendar(unit, count, "Europe/Berlin", start)


@pytest.mark.parametrize(
    ("entry", "window"),
    [
        ("duration: 14d, isRolling: true", Rolling(14 * DAY)),
        ("duration: 2m, isRolling: true", Rolling(120.0)),
        ("duration: 6h, isRolling: true", Rolling(21600.0)),
        ("duration: 4w, isRolling: true", Rolling(28 * DAY)),
        ("duration: 2M, isRolling: true", Calendar(Unit.MONTH, 2, "Asia/Tokyo", rolling=True)),
        ("duration: 1d, isRolling: false, " + ZONED, dated(datetime(2026, 1, 5), Unit.DAY)),
        ("duration: 2w, isRolling: false, " + ZONED, dated(datetime(2026, 1, 5), Unit.WEEK, 2)),
        ("duration: 3M, isRolling: false, " + ZONED, dated(datetime(2026, 1, 5), Unit.MONTH, 3)),
        ("duration: 1Q, isRolling: false, " + ZONED, dated(datetime(2026, 1, 5), Unit.QUARTER)),
        ("duration: 1Y, isRolling: false, " + ZONED, dated(datetime(2026, 1, 5), Unit.YEAR)),
    ],
)
def test_a_window_as_v1_writes_it_needs_no_warning(entry: str, window: Window) -> None:
    assert read(entry, zone="Asia/Tokyo") == (window, [])


@pytest.mark.parametrize(
    ("entry", "window"),
    [
        ("unit: Minute, count: 90", Rolling(5400.0)),
        ("unit: Hour, count: 12", Rolling(43200.0)),
        ("unit: Day, count: 30", Rolling(30 * DAY)),
        ("unit: week", Rolling(7 * DAY)),
        ("unit: Second, count: 120", Rolling(120.0)),
        ("unit: Month", Calendar(Unit.MONTH, rolling=True)),
        ("unit: Quarter, count: 2", Calendar(Unit.QUARTER, 2, rolling=True)),
        ("unit: Year, count: 1", Calendar(Unit.YEAR, rolling=True)),
    ],
)
def test_a_unit_and_a_count_are_a_window_of_older_versions(entry: str, window: Window) -> None:
    assert read(f"{entry}, isRolling: true", is_v1=False) == (window, [])
    said = [f"1: {WINDOW}.unit: unit and count are read: openslo/v1 writes duration: 30d"]
    assert read(f"{entry}, isRolling: true") == (window, said)


@pytest.mark.parametrize(
    ("entry", "key", "said"),
    [
        ("unit: Day, count: 0.5", "unit", "a count of 0.5 is not a window: write a whole number above 0, such as 30"),
        ("unit: Day, count: 0", "unit", "a count of 0 is not a window: write a whole number above 0, such as 30"),
        ("unit: Day, count: -3", "unit", "a count of -3 is not a window: write a whole number above 0, such as 30"),
        ("unit: Day, count: many", "count", "'many' is not a number: write for example 30"),
        ("unit: Day, count: 1831", "unit", "1831d is longer than 5 years: write for example 30d"),
        ("unit: Year, count: 6", "unit", "6Y is longer than 5 years: write for example 30d"),
        ("unit: Dya", "unit", "'Dya' is not known; did you mean day?"),
        (
            "unit: Fortnight",
            "unit",
            "'Fortnight' is not known; known are day, hour, minute, month, quarter, second, week, year",
        ),
    ],
)
def test_a_unit_and_a_count_that_are_no_window(entry: str, key: str, said: str) -> None:
    assert refused(f"{entry}, isRolling: true", is_v1=False) == f"1: {WINDOW}.{key}: {said}"


@pytest.mark.parametrize(
    ("entry", "window", "said"),
    [
        ("duration: 30d", Rolling(30 * DAY), [f"{WINDOW}.isRolling: missing: read as isRolling: true, write that"]),
        (
            "duration: 1M, " + ZONED,
            dated(datetime(2026, 1, 5)),
            [f"{WINDOW}.isRolling: missing: read as isRolling: false, write that"],
        ),
        (
            "duration: 1M, isRolling: true, " + ZONED,
            Calendar(Unit.MONTH, 1, "Europe/Berlin", rolling=True),
            [f"{WINDOW}.calendar: is ignored but for its timeZone: the window is rolling"],
        ),
        (
            "duration: 7d, isRolling: true, " + ZONED,
            Rolling(7 * DAY),
            [f"{WINDOW}.calendar: is ignored but for its timeZone: the window is rolling"],
        ),
        (
            "duration: 1m, isRolling: true",
            Rolling(60.0),
            [f"{WINDOW}.duration: is one minute: a month is 1M"],
        ),
        (
            "duration: 3m, isRolling: false, " + ZONED,
            dated(datetime(2026, 1, 5), Unit.MONTH, 3),
            [f"{WINDOW}.duration: 3m is read as 3M: m is a minute, a month is M"],
        ),
        (
            "duration: 1M, isRolling: false",
            Calendar(Unit.MONTH, 1, "UTC", DEFAULT_START),
            [f"{WINDOW}.startTime: {AT_MIDNIGHT.format('1M')}"],
        ),
        (
            "duration: 1w, isRolling: false, calendar: {timeZone: Europe/Berlin}",
            dated(DEFAULT_START, Unit.WEEK),
            [f"{WINDOW}.calendar.startTime: {AT_MIDNIGHT.format('1w')}"],
        ),
        (
            "duration: 1M, isRolling: false, calendar: {startTime: '2026-01-05 00:00:00'}",
            Calendar(Unit.MONTH, 1, "UTC", datetime(2026, 1, 5)),
            [f"{WINDOW}.calendar.timeZone: missing: read as UTC, write the zone"],
        ),
    ],
    ids=[
        "rolling is assumed", "a calendar does not roll", "the zone of a rolling month", "a zone of fixed days",
        "one minute", "minutes of a calendar are months", "no calendar", "no start", "no zone",
    ],
)  # fmt: skip
def test_what_is_assumed_has_a_warning(entry: str, window: Window, said: list[str]) -> None:
    assert read(entry) == (window, [f"1: {warning}" for warning in said])


@pytest.mark.parametrize(
    ("entry", "key", "said"),
    [
        ("isRolling: true", "duration", "missing: write for example duration: 30d"),
        (
            "duration: 45s, isRolling: true",
            "duration",
            "45s is not a window: the shortest unit is a minute; write for example 30d",
        ),
        (
            "duration: 12h, isRolling: false, " + ZONED,
            "duration",
            "12h is not a calendar period: write days, weeks or months, such as 1M",
        ),
        (
            "duration: 2M, isRolling: false",
            "startTime",
            "missing: write when one of the periods of 2M begins: '2026-01-01 00:00:00'",
        ),
        (
            "duration: 61m, isRolling: false",
            "",
            "61M is longer than 5 years: write for example 1M",
        ),
        ("duration: 30d, isRolling: 5", "isRolling", "'5' is neither true nor false: write one of them"),
        ("duration: 1M, isRolling: false, calendar: noon", "calendar",
         "is text: expected a map with startTime, timeZone"),
    ],
)  # fmt: skip
def test_a_window_that_is_refused(entry: str, key: str, said: str) -> None:
    path = f"{WINDOW}.{key}" if key else WINDOW
    assert refused(entry) == f"1: {path}: {said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x: 1", "1: timeWindow: missing: write for example timeWindow: [{duration: 30d, isRolling: true}]"),
        (
            "timeWindow: []",
            "1: timeWindow: lists 0 windows: an SLO has exactly one, such as "
            "timeWindow: [{duration: 30d, isRolling: true}]",
        ),
        ("timeWindow: [30d]", "1: timeWindow[0]: is text: expected a map with duration, isRolling, calendar, unit"),
    ],
    ids=["no window", "an empty list", "a text"],
)
def test_an_slo_has_one_window(text: str, said: str) -> None:
    scope = scope_of()
    assert rejection(lambda: read_window(fields_of(text, ("timeWindow",), scope), scope)) == said


@pytest.mark.parametrize(
    ("text", "start", "is_usual"),
    [
        ("2026-02-01 12:30:00", datetime(2026, 2, 1, 12, 30), True),
        ("1971-01-01 00:00:00", datetime(1971, 1, 1), True),
        ("2099-12-31 23:59:59", datetime(2099, 12, 31, 23, 59, 59), True),
        ("2026-02-01T12:30:00", datetime(2026, 2, 1, 12, 30), False),
        ("2026-02-01 12:30:00.9", datetime(2026, 2, 1, 12, 30), False),
        ("2026-02-01", datetime(2026, 2, 1), False),
        ("2026-02-01 12:30", datetime(2026, 2, 1, 12, 30), False),
        ("2026-07-01T00:00:00Z", datetime(2026, 7, 1, 2), False),
        ("2026-01-01T00:00:00-05:00", datetime(2026, 1, 1, 6), False),
        ("monday", datetime(2024, 1, 1), False),
        ("SUNDAY", datetime(2024, 1, 7), False),
    ],
)
def test_a_start_is_a_local_time_of_the_zone(text: str, start: datetime, is_usual: bool) -> None:
    entry = f"duration: 1M, isRolling: false, calendar: {{startTime: '{text}', timeZone: Europe/Berlin}}"
    warning = f"1: {WINDOW}.calendar.startTime: '{text}' is read as {start:%Y-%m-%d %H:%M:%S}: write that"
    assert read(entry) == (dated(start), [] if is_usual else [warning])


@pytest.mark.parametrize(
    "text",
    ["noon", "20260101", "1970-12-31 23:59:59", "2100-01-01", "0001-01-01T00:00:00+14:00", "2026-13-01", "Mon", "5"],
)
def test_what_is_no_start_is_refused(text: str) -> None:
    said = refused(f"duration: 1M, isRolling: false, calendar: {{startTime: '{text}', timeZone: UTC}}")
    what = f"'{text}' is not the start of a period: write for example '2026-01-01 00:00:00'"
    assert said == f"1: {WINDOW}.calendar.startTime: {what}"


@pytest.mark.parametrize(
    ("text", "zone", "said"),
    [
        ("Europe/Berlin", "Europe/Berlin", []),
        ("UTC", "UTC", []),
        ("europe/berlin", "Europe/Berlin", ["1: value: is read as Europe/Berlin: write that"]),
        ("EUROPE/BERLIN", "Europe/Berlin", ["1: value: is read as Europe/Berlin: write that"]),
    ],
)
def test_a_zone_is_an_iana_name_in_any_letters(text: str, zone: str, said: list[str]) -> None:
    scope = scope_of()
    assert (read_zone(value_of(text), scope), warnings(scope)) == (zone, said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Europe/Berlim", "'Europe/Berlim' is not an IANA time zone; did you mean Europe/Berlin?"),
        ("../../etc/passwd", "'../../etc/passwd' is not an IANA time zone: write for example Europe/Berlin"),
        ("Europe/", "'Europe/' is not an IANA time zone; did you mean Europe/"),
        ("'a\\0b'", "'a\\\\0b' is not an IANA time zone: write for example Europe/Berlin"),
    ],
)
def test_what_is_no_zone_is_refused(text: str, said: str) -> None:
    assert rejection(lambda: read_zone(value_of(text), scope_of())).startswith(f"1: value: {said}")
