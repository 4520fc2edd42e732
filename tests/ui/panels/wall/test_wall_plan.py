"""Where services stand on the wall: what is not healthy never leaves, the rest takes turns in even pages."""

import pytest

from dashboard.engine.health import Health
from dashboard.engine.snapshot import Snapshot
from dashboard.ui.panels.wall import wall_plan
from dashboard.ui.panels.wall.wall_choice import WallChoice
from dashboard.ui.panels.wall.wall_plan import WallPlan
from tests.ui.panels.services import copies

ANY, TILES = WallChoice(), WallChoice(view="tiles")


def planned(snapshot: Snapshot, number: int, unhealthy: int, choice: WallChoice = TILES, turn: int = 0) -> WallPlan:
    return wall_plan.plan(copies(snapshot, number, unhealthy).services, choice, kiosk=True, turn=turn)


def round_of(snapshot: Snapshot, number: int, unhealthy: int, choice: WallChoice = TILES) -> list[WallPlan]:
    """Every page of the kiosk, once."""
    pages = planned(snapshot, number, unhealthy, choice).pages
    return [planned(snapshot, number, unhealthy, choice, turn) for turn in range(pages)]


@pytest.mark.parametrize("unhealthy", [0, 1, 8, 9, 13, 24, 25, 60, 200])
@pytest.mark.parametrize("number", [1, 2, 12, 13, 25, 37, 200])
def test_in_one_round_every_service_is_seen_and_what_is_not_healthy_all_the_time(
    snapshot: Snapshot, number: int, unhealthy: int
) -> None:
    unhealthy = min(unhealthy, number)
    pages = round_of(snapshot, number, unhealthy)
    urgent = [f"s{place}" for place in range(unhealthy)][: wall_plan.PINNED]
    shown: set[str] = set()
    for page in pages:
        assert [report.name for report in page.pinned] == urgent
        shown |= {report.name for report in (*page.pinned, *page.tiles)}
    assert shown == {f"s{place}" for place in range(number)}
    assert {page.surplus for page in pages} == {max(unhealthy - wall_plan.PINNED, 0)}
    # Those that are too many to be pinned come before all that is healthy.
    ahead = [report.health is not Health.HEALTHY for page in pages for report in page.tiles]
    assert ahead == sorted(ahead, reverse=True)


@pytest.mark.parametrize(("number", "unhealthy"), [(13, 0), (14, 1), (25, 0), (37, 5), (40, 12), (60, 24)])
def test_pages_differ_by_one_tile_at_most_and_keep_the_size_of_tiles(
    snapshot: Snapshot, number: int, unhealthy: int
) -> None:
    pages = round_of(snapshot, number, unhealthy)
    sizes = [len(page.tiles) for page in pages]
    assert max(sizes) - min(sizes) <= 1
    assert {page.places for page in pages} == {max(sizes)}


def test_two_unhealthy_services_beyond_those_that_are_pinned_are_rows_on_pages_of_their_own(snapshot: Snapshot) -> None:
    pages = round_of(snapshot, 40, 26)
    assert [page.more_rows for page in pages] == [True, False, False, False, False]
    assert [report.name for report in pages[0].tiles] == ["s24", "s25"]


def test_a_favourite_stays_on_the_screen_after_what_is_not_healthy(snapshot: Snapshot) -> None:
    choice = WallChoice(view="tiles", favourites=("s20", "s1"))
    assert [report.name for report in planned(snapshot, 30, 2, choice, 1).pinned] == ["s0", "s1", "s20"]


def test_while_the_source_is_down_no_data_is_not_urgent_beside_a_breach(snapshot: Snapshot) -> None:
    services = copies(snapshot, 30).services
    unknown = [report for report in services if report.health is Health.HEALTHY]
    assert wall_plan.plan(unknown, TILES, kiosk=True, believed=False).pinned == ()


def test_by_team_a_page_is_of_one_team(snapshot: Snapshot) -> None:
    pages = round_of(snapshot, 40, 1, WallChoice(view="tiles", by_team=True))
    assert [page.team for page in pages] == ["team 0", "team 0", "team 1", "team 1", "team 2", "team 2"]
    for page in pages:
        assert {report.info.team for report in page.tiles} == {page.team}


def test_many_services_are_cells_unless_the_address_wants_tiles(snapshot: Snapshot) -> None:
    few, many = wall_plan.COMPACT_FROM - 1, wall_plan.COMPACT_FROM
    assert [planned(snapshot, number, 0, ANY).is_compact for number in (few, many)] == [False, True]
    assert not planned(snapshot, many, 0, TILES).is_compact
    assert planned(snapshot, 3, 0, WallChoice(view="compact")).is_compact


def test_over_cells_the_surplus_is_named_in_turns(snapshot: Snapshot) -> None:
    pages = round_of(snapshot, 100, 40, ANY)
    assert len(pages) == 3
    assert [report.name for page in pages for report in page.tiles] == [f"s{place}" for place in range(24, 40)]
    assert all(len(page.cells) == 100 for page in pages), "every service has a cell all the time"


def test_where_the_page_scrolls_all_are_on_it_the_urgent_first(snapshot: Snapshot) -> None:
    services = copies(snapshot, 50, 3).services
    page = wall_plan.plan(services, ANY, kiosk=False, turn=7)
    assert (page.pages, len(page.pinned), len(page.tiles), len(page.cells)) == (1, 3, 21, 26)
    assert (*page.pinned, *page.tiles, *page.cells) == services


@pytest.mark.parametrize(
    ("number", "columns"), [(1, 1), (2, 2), (3, 3), (4, 2), (5, 3), (6, 3), (7, 4), (8, 4), (9, 3), (10, 4), (12, 4)]
)
def test_tiles_stand_in_columns_with_few_gaps(number: int, columns: int) -> None:
    assert wall_plan.columns(number) == columns
