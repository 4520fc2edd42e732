"""The wall as HTML: urgent first, escaped, and never green without data."""

import re
from dataclasses import replace

import pytest

from dashboard.engine.health import DataEnd, Health, NoDataSince
from dashboard.engine.snapshot import Snapshot, downgraded
from dashboard.engine.source_status import SourceState, Trouble
from dashboard.timerange import DAY
from dashboard.ui.panels.wall import wall
from dashboard.ui.panels.wall.wall_choice import WallChoice
from tests.ui.panels import HOSTILE, NOW
from tests.ui.panels.services import copies, named


def rendered(snapshot: Snapshot, now: float = NOW) -> str:
    return wall.wall(snapshot, now, kiosk=False)


def test_twelve_tiles_the_most_urgent_first(snapshot: Snapshot) -> None:
    html = rendered(snapshot)
    assert html.count('class="gs-tile') == 12
    assert html.index("at risk") < html.index("<i>✓</i> healthy")


@pytest.mark.parametrize("state", [SourceState.STALE, SourceState.DOWN, SourceState.STARTING])
def test_nothing_is_green_while_the_source_is_not_believed(snapshot: Snapshot, state: SourceState) -> None:
    old = replace(snapshot.source, state=state, error="connection refused")
    html = rendered(downgraded(replace(snapshot, source=old)))
    assert "gs-green" not in html
    assert "healthy" not in html
    assert "connection refused" in html


def test_a_hostile_name_is_text(snapshot: Snapshot) -> None:
    name = '<script>alert("x")</script>\n\u202e'
    report = snapshot.services[0]
    hostile = replace(report, info=replace(report.info, name=name))
    html = rendered(replace(snapshot, services=(hostile,)))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "service=%3Cscript%3E" in html


def test_a_service_without_data_says_so_and_has_no_line(snapshot: Snapshot) -> None:
    report = snapshot.services[-1]
    silent = replace(
        report, health=Health.UNKNOWN, reasons=(NoDataSince(NOW - 600),), samples=report.samples * float("nan"), slos=()
    )
    html = rendered(replace(snapshot, services=(silent,)))
    assert "no data since 08:43" in html
    assert "gs-nothing" in html
    assert "mask-image" not in html


def names(html: str) -> list[str]:
    """Services that have a tile."""
    return re.findall(r'class="gs-tile [^>]*service=(\w+)"', html)


def test_in_the_kiosk_what_is_healthy_takes_turns_and_what_is_not_stays(snapshot: Snapshot) -> None:
    crowded = copies(snapshot, 30, unhealthy=2)
    pages = [names(wall.wall(crowded, NOW, kiosk=True, turn=turn)) for turn in range(3)]
    assert [len(page) for page in pages] == [11, 11, 12], "pages differ by one tile at most"
    assert all(page[:2] == ["s0", "s1"] for page in pages)
    assert sorted({name for page in pages for name in page}) == sorted(crowded.by_name)
    assert names(wall.wall(crowded, NOW, kiosk=True, turn=3)) == pages[0], "then it begins anew"
    assert "page 3 of 3" in wall.wall(crowded, NOW, kiosk=True, turn=2)


def test_outside_the_kiosk_nothing_turns(snapshot: Snapshot) -> None:
    crowded = copies(snapshot, 30, unhealthy=2)
    pages = {wall.wall(crowded, NOW, kiosk=False, turn=turn) for turn in range(3)}
    assert len(pages) == 1
    html = pages.pop()
    assert "page 1" not in html
    assert all(f'service={name}"' in html for name in crowded.by_name)


def test_without_a_service_it_says_what_to_do(snapshot: Snapshot) -> None:
    assert "No service was found" in rendered(replace(snapshot, services=()))


def test_a_wall_of_one_service_is_one_column_and_of_twelve_four(snapshot: Snapshot) -> None:
    columns = {
        number: f'class="gs-grid c{wanted} ' for number, wanted in ((1, 1), (2, 2), (3, 3), (4, 2), (9, 3), (12, 4))
    }
    for number, grid in columns.items():
        assert grid in rendered(replace(snapshot, services=snapshot.services[:number]))


def test_a_kiosk_has_the_whole_screen(snapshot: Snapshot) -> None:
    assert 'class="gs-wall gs-full"' in wall.wall(snapshot, NOW, kiosk=True)
    assert "gs-full" not in rendered(snapshot)


def test_tiles_of_data_that_have_ended_are_of_the_past_with_their_numbers_and_none_is_green(snapshot: Snapshot) -> None:
    source = replace(snapshot.source, state=SourceState.STALE, trouble=Trouble.ENDED, data_end=snapshot.at)
    services = tuple(replace(report, reasons=(DataEnd(snapshot.at),)) for report in snapshot.services)
    ended = downgraded(replace(snapshot, source=source, services=services))
    page = wall.wall(ended, NOW + DAY, kiosk=False)
    assert page.count('<span class="gs-chip gs-grey">past</span>') == len(ended.services)
    assert "gs-green" not in page
    assert "no data</span></div>" not in page, "of the past there are data"
    assert 'class="gs-bar none"' not in page
    assert "<b>Past</b> Data end 9 Oct" in page
    assert page.casefold().count("data end") == 1, "said above all services, and not by each of them"


def test_the_wall_says_what_a_choice_leaves_out(snapshot: Snapshot) -> None:
    crowd = copies(snapshot, 12, unhealthy=4)
    page = wall.wall(crowd, NOW, kiosk=True, choice=WallChoice(teams=("team 1",), problem="no team is called 'x<y'"))
    assert names(page) == ["s1", "s4", "s7", "s10"]
    assert "team team 1: 4 of 12 services · 3 not healthy outside of this choice" in page
    assert "no team is called &#x27;x&lt;y&#x27;" in page
    nothing = wall.wall(crowd, NOW, kiosk=True, choice=WallChoice(find="<b>"))
    assert "None of 12 services matches. Empty the search, or choose all teams and all tiers." in nothing
    assert "“&lt;b&gt;”: 0 of 12 services" in nothing


def test_walls_are_shared_by_choice_second_and_zone_and_only_the_newest_are_kept(snapshot: Snapshot) -> None:
    crowd = copies(snapshot, 12)
    choice = WallChoice(find="s1")
    first = wall.wall(crowd, NOW, kiosk=False, choice=choice)
    assert wall.wall(crowd, NOW + 0.5, kiosk=False, choice=WallChoice(find="s1")) is first
    berlin = wall.wall(replace(crowd, time_zone="Europe/Berlin"), NOW, kiosk=False, choice=choice)
    assert "10:53</b> CEST" in berlin
    assert wall.wall(crowd, NOW, kiosk=False, choice=choice) is first, "another zone does not take its place"
    for place in range(100):
        wall.wall(crowd, NOW, kiosk=False, choice=WallChoice(find=f"s{place}"))
    assert len(wall._walls) <= 64
    assert len(wall._bodies) <= 64


def test_outside_the_kiosk_a_star_keeps_a_service_on_the_screen(snapshot: Snapshot) -> None:
    crowd = replace(snapshot, services=(named(snapshot.services[-1], HOSTILE), *snapshot.services[:2]))
    page = wall.wall(crowd, NOW, kiosk=False, choice=WallChoice(favourites=(HOSTILE,)))
    assert page.count('aria-pressed="true"') == 1
    assert page.count('aria-pressed="false"') == 2
    assert "<script" not in page
    assert "data-fav" not in wall.wall(crowd, NOW, kiosk=True, choice=WallChoice(favourites=(HOSTILE,)))


def test_by_team_tiles_stand_under_the_name_of_theirs(snapshot: Snapshot) -> None:
    page = wall.wall(copies(snapshot, 12), NOW, kiosk=False, choice=WallChoice(by_team=True))
    heads = [(page.index(f'gs-team">team {team} <small>4</small>'), names(page).index(f"s{team}")) for team in range(3)]
    assert heads == sorted(heads)
    assert names(page) == ["s0", "s3", "s6", "s9", "s1", "s4", "s7", "s10", "s2", "s5", "s8", "s11"]


def test_many_that_are_not_healthy_are_rows_with_their_first_reason(snapshot: Snapshot) -> None:
    page = wall.wall(copies(snapshot, 40, unhealthy=30), NOW, kiosk=True, choice=WallChoice(view="tiles"))
    assert page.count('class="gs-row ') == 30
    assert page.count('class="gs-rows short fill"') == 1
    assert "and 6 more not healthy · page 1 of 4" in page
