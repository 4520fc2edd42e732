"""Nights in the time zone of the dashboard, also where clocks change."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.alerts.nights import night_of, nights_between

BERLIN = "Europe/Berlin"


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN)).timestamp()


@pytest.mark.parametrize(
    ("at", "night"),
    [
        ("2026-03-28T21:59", None),
        ("2026-03-28T22:00", "2026-03-28"),
        ("2026-03-29T00:30", "2026-03-28"),
        # After the hour that this night lacks.
        ("2026-03-29T06:59", "2026-03-28"),
        ("2026-03-29T07:00", None),
    ],
)
def test_a_night_goes_from_ten_to_seven(at: str, night: str | None) -> None:
    assert night_of(moment(at), BERLIN) == night


def test_nights_are_counted_by_their_beginning() -> None:
    assert nights_between(moment("2026-03-01T12:00"), moment("2026-03-31T12:00"), BERLIN) == 30
    assert nights_between(moment("2026-03-01T23:00"), moment("2026-03-02T23:00"), BERLIN) == 1
    assert nights_between(moment("2026-03-01T23:00"), moment("2026-03-02T06:00"), BERLIN) == 0
    assert nights_between(moment("2026-03-01T12:00"), moment("2026-03-01T22:30"), BERLIN) == 1
