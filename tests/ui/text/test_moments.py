"""Moments as text, in the time zone of the page."""

import pytest

from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import moments

NOW = 1_760_000_000.0  # Thu 9 Oct 2025, 08:53:20 UTC


@pytest.mark.parametrize(
    ("later", "words"),
    [
        (3600, "09:53"),
        (15 * 3600, "23:53"),
        (20 * 3600, "10 Oct 04:53"),
        (9 * 86400, "18 Oct"),
        (99 * 86400, "16 Jan 2026"),
    ],
)
def test_a_moment_is_as_exact_as_it_matters(later: float, words: str) -> None:
    assert moments.near(NOW + later, "UTC", NOW).replace("\xa0", " ") == words


BERLIN, SAO_PAULO = "Europe/Berlin", "America/Sao_Paulo"


def test_a_day_has_its_year_only_where_it_is_another_one() -> None:
    assert moments.day(NOW, "UTC", NOW) == "9\u00a0Oct"
    assert moments.day(NOW - 300 * DAY, "UTC", NOW) == "13\u00a0Dec 2024"


def test_a_day_is_that_of_the_page_s_time_zone() -> None:
    assert moments.exact(NOW + 15 * HOUR, "UTC", NOW) == "9\u00a0Oct 23:53"
    assert moments.exact(NOW + 15 * HOUR, BERLIN, NOW) == "10\u00a0Oct 01:53"


@pytest.mark.parametrize(("ago", "words"), [(0, "08:53"), (64799, "14:53"), (64800, "8\u00a0Oct 14:53")])
def test_a_moment_of_the_past_has_its_day_from_eighteen_hours_ago_on(ago: float, words: str) -> None:
    assert moments.lately(NOW - ago, "UTC", NOW) == words


@pytest.mark.parametrize(
    ("seconds", "zone", "words"),
    [
        (3600, "UTC", "9\u00a0Oct 2025 08:53 – 09:53 UTC"),
        (90, BERLIN, "9\u00a0Oct 2025 10:53:20 – 10:54:50 CEST"),
        (15 * HOUR, BERLIN, "9\u00a0Oct 2025 10:53 – 10\u00a0Oct 2025 01:53 CEST"),
        (20 * DAY, BERLIN, "9\u00a0Oct 2025 10:53 CEST – 29\u00a0Oct 2025 09:53 CET"),
    ],
)
def test_a_range_of_the_past_has_its_year_and_its_zone(seconds: float, zone: str, words: str) -> None:
    assert moments.between(NOW, NOW + seconds, zone) == words


def test_the_clock_names_its_zone() -> None:
    assert moments.clock(NOW, "UTC") == "Thu 9 Oct, 08:53 UTC"
    assert moments.clock(NOW, BERLIN) == "Thu 9 Oct, 10:53 CEST"


def test_a_zone_has_the_name_and_the_offset_of_its_season() -> None:
    winter = NOW + 90 * DAY
    assert (moments.zone_name(NOW, BERLIN), moments.zone_name(winter, BERLIN)) == ("CEST", "CET")
    assert (moments.offset(NOW, BERLIN), moments.offset(winter, BERLIN)) == (120, 60)
    assert (moments.zone_name(NOW, SAO_PAULO), moments.offset(NOW, SAO_PAULO)) == ("-03", -180)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "times in UTC"),
        (120, "times in Here, UTC+2"),
        (345, "times in Here, UTC+5:45"),
        (-210, "times in Here, UTC−3:30"),
    ],
)
def test_the_zone_of_a_page_is_said_with_its_offset(minutes: int, words: str) -> None:
    assert moments.zone_of_page("Here", minutes) == words
