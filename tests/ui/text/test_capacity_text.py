"""Capacity in words: as exactly as a forecast may be, never 0 for what is not known."""

import pytest

from dashboard.capacity.outlook import Outlook
from dashboard.capacity.surplus import GIB
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import capacity_text
from dashboard.ui.text.units import plain


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "not within 90 d"), (240, "4 m"), (5 * HOUR + 19 * 60, "5 h 20 m"), (33 * HOUR, "1 d 9 h"),
        (47.9 * HOUR, "2 d"), (31.2 * DAY, "31 d"),
    ],
)  # fmt: skip
def test_a_time_to_full_has_two_units_and_days_alone_from_three_on(seconds: float | None, said: str) -> None:
    assert plain(capacity_text.short(seconds)) == said


@pytest.mark.parametrize(
    ("outlook", "said"),
    [
        (Outlook(), "–"),
        (Outlook(31 * DAY, 25 * DAY, 39 * DAY), "25 – 39 d"),
        (Outlook(31 * DAY, 25 * DAY, None), "from 25 d on"),
        (Outlook(5 * HOUR, 4 * HOUR + 50 * 60, 6 * HOUR), "4 h 50 m – 6 h"),
        (Outlook(0.0, 0.0, 0.0), "–"),
    ],
)
def test_no_interval_is_told_where_there_is_none(outlook: Outlook, said: str) -> None:
    assert plain(capacity_text.interval(outlook)) == said


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (12.6 * GIB, "bytes", "12.6 GiB"), (1.54 * 1024 * GIB, "bytes", "1.54 TiB"), (GIB / 4, "bytes", "256 MiB"),
        (3.9, "cores", "3.9 cores"), (1.0, "cores", "1 core"), (1430.0, "connections", "1,430"),
    ],
)  # fmt: skip
def test_amounts_are_told_in_their_units(value: float, unit: str, said: str) -> None:
    assert plain(capacity_text.quantity(value, unit)) == said


@pytest.mark.parametrize(("per_second", "said"), [(1434.0, "1,430/s"), (188.4, "188/s"), (76.2, "76.2/s")])
def test_loads_have_three_digits(per_second: float, said: str) -> None:
    assert capacity_text.rate(per_second) == said
