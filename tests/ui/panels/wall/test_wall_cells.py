"""Services as cells: every one in its team, the urgent ones first, and small enough for a thousand."""

import re
from dataclasses import replace
from html import escape

import pytest

from dashboard.engine.health import Health
from dashboard.engine.snapshot import Snapshot
from dashboard.ui.panels.wall import wall_cells
from tests.ui.panels import HOSTILE
from tests.ui.panels.services import copies, named


def linked(html: str) -> list[str]:
    """Services in the order of their cells."""
    return re.findall(r"service\?service=(\w+)", html)


@pytest.mark.parametrize("number", [1, 12, 200, wall_cells.NAMED, wall_cells.NAMED + 1, 1000])
def test_each_service_has_one_cell_with_its_name(snapshot: Snapshot, number: int) -> None:
    html = wall_cells.cells(copies(snapshot, number, unhealthy=5, teams=9).services, 0.0)
    assert sorted(linked(html)) == sorted(f"s{place}" for place in range(number))
    assert all(f">s{place}</span>" in html for place in range(number))
    assert ("gs-marks" in html) == (number > wall_cells.NAMED)


def test_within_a_team_the_urgent_stand_first(snapshot: Snapshot) -> None:
    services = copies(snapshot, 9, teams=2).services
    sick = [replace(report, health=Health.BREACHING) if report.name == "s6" else report for report in services]
    assert linked(wall_cells.cells(sick, 0.0)) == ["s6", "s0", "s2", "s4", "s8", "s1", "s3", "s5", "s7"]


@pytest.mark.parametrize("teams", [1, 9, 60, 1000])
def test_a_thousand_cells_fit_the_kiosk_beside_what_is_pinned(snapshot: Snapshot, teams: int) -> None:
    html = wall_cells.cells(copies(snapshot, 1000, unhealthy=40, teams=teams).services, 24.0)
    lines, across = (int(match) for match in re.findall(r"--lines:(\d+);--across:(\d+)", html)[0])
    wide = int(re.findall(r"--wide:(\d+)", html)[0])
    height = 100 - wall_cells.ABOVE - 24.0
    assert height / lines >= 1.8, "a mark has 1.8 % of the height"
    assert wall_cells.WIDTH / wide / across >= 1.8, "and as much of the width"


@pytest.mark.parametrize("number", [120, wall_cells.NAMED])
def test_names_fit_the_kiosk_even_of_as_many_teams_as_services(snapshot: Snapshot, number: int) -> None:
    html = wall_cells.cells(copies(snapshot, number, teams=number).services, 24.0)
    lines = int(re.findall(r"--lines:(\d+)", html)[0])
    assert (100 - wall_cells.ABOVE - 24.0) / lines >= 1.8
    assert len(linked(html)) == number


def test_of_more_than_there_is_room_for_healthy_ones_are_counted(snapshot: Snapshot) -> None:
    html = wall_cells.cells(copies(snapshot, wall_cells.MOST + 30, unhealthy=7).services, 0.0)
    assert len(linked(html)) == wall_cells.MOST
    assert sum(map(int, re.findall(r"(\d+) healthy not shown", html))) == 30
    assert {f"s{place}" for place in range(7)} <= set(linked(html))


def test_names_are_text_and_long_ones_keep_their_ends(snapshot: Snapshot) -> None:
    healthy = snapshot.services[-1]
    services = [named(healthy, HOSTILE, HOSTILE), named(healthy, "recommendation-frontend-gateway", "web")]
    html = wall_cells.cells(services, 0.0)
    assert "<script" not in html
    assert '<span class="m"><em>recommendation-frontend-</em>gateway</span>' in html


def test_a_cell_that_is_not_healthy_has_its_colour_and_its_budget(snapshot: Snapshot) -> None:
    risky = next(report for report in snapshot.services if report.health is Health.AT_RISK)
    html = wall_cells.cells([risky, replace(snapshot.services[-1], slos=())], 0.0)
    assert html.count('<a class="gs-amber" ') == 1
    assert html.count('<u style="--w:') == 1
    assert html.count('<u class="none"></u>') == 1
    assert '<em class="gs-amber" title="1 at risk">▲ 1</em>' in html


@pytest.mark.parametrize("number", [3, wall_cells.NAMED + 1])
def test_who_is_on_it_stands_at_the_cell(snapshot: Snapshot, number: int) -> None:
    services = copies(snapshot, number, unhealthy=3).services
    attended = {"s0": "Mona", "s1": f"{HOSTILE} Kim"}
    html = wall_cells.cells(services, 0.0, attended)
    assert html.count("data-on") == 2
    assert 'title="Acknowledged by Mona (name as given)" href="service?service=s0"' in html
    assert ">s0<s>Mo</s></span>" in html
    assert "<script" not in html
    assert f"Acknowledged by {escape(HOSTILE)} Kim" in html
    assert len(re.findall("<s>", html)) == 2
    assert "data-on" not in wall_cells.cells(services, 0.0)
