"""The wall as HTML: urgent first, escaped, and never green without data."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dashboard.engine.health import Health, NearlyFull, NoDataSince
from dashboard.engine.snapshot import Snapshot, downgraded
from dashboard.engine.source_status import SourceState, Trouble
from dashboard.slo.report import State
from dashboard.timerange import DAY
from dashboard.ui.panels import wall, wall_tiles
from tests.ui.panels import HOSTILE, NOW


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


def copies(snapshot: Snapshot, number: int, unhealthy: int = 0) -> Snapshot:
    """A snapshot of so many services, the first of which are not healthy."""
    healthy = next(report for report in snapshot.services if report.health is Health.HEALTHY)
    services = tuple(
        replace(
            snapshot.services[0] if place < unhealthy else healthy,
            info=replace(healthy.info, name=f"s{place}", team=f"team {place % 3}", tier=place % 2 + 1),
        )
        for place in range(number)
    )
    return replace(snapshot, services=services, by_name={report.name: report for report in services})


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


@pytest.mark.parametrize("state", list(SourceState))
def test_tiles_are_marked_while_the_source_is_stale_or_down(snapshot: Snapshot, state: SourceState) -> None:
    marked = "gs-stale" in wall_tiles.tile(snapshot.services[0], state)
    assert marked == (state in (SourceState.STALE, SourceState.DOWN))


@pytest.mark.parametrize(
    ("left", "bar"),
    [
        (None, '<div class="gs-bar none"></div>'),
        (0.31, '<div class="gs-bar"><i style="width:31.0%"></i></div>'),
        (-2.5, '<div class="gs-bar"><i style="width:0.0%"></i></div>'),
        (1.5, '<div class="gs-bar"><i style="width:100.0%"></i></div>'),
    ],
)
def test_a_budget_is_a_bar_from_nothing_to_all_and_dashed_where_it_is_not_known(left: float | None, bar: str) -> None:
    assert wall_tiles.bar(left) == bar


def test_the_objective_in_the_worst_state_speaks_for_its_service(snapshot: Snapshot) -> None:
    report = snapshot.services[0]
    base = report.slos[0]
    silent = replace(base, state=State.NO_DATA, remaining=None)
    calm, spent, burning = (
        replace(base, state=state, remaining=left)
        for state, left in ((State.ACCEPTABLE, 0.1), (State.EXHAUSTED, -0.2), (State.CRITICAL, 0.9))
    )
    assert wall_tiles.worst(replace(report, slos=(silent, calm, burning, spent))) is spent
    assert wall_tiles.worst(replace(report, slos=(silent, calm, burning))) is burning
    assert wall_tiles.worst(replace(report, slos=(replace(calm, remaining=0.5), calm))) is calm
    assert wall_tiles.worst(replace(report, slos=(silent,))) is silent
    assert wall_tiles.worst(replace(report, slos=())) is None


def test_a_service_without_an_objective_says_why(snapshot: Snapshot) -> None:
    html = wall_tiles.tile(replace(snapshot.services[0], slos=()), SourceState.OK)
    assert "no SLO: requests are not counted here" in html
    assert "gs-bar" not in html


@pytest.mark.parametrize(
    ("values", "limit", "parts"),
    [
        (None, None, ["not measured"]),
        (pd.Series([np.nan, np.nan]), None, ["no data"]),
        (pd.Series([1.0, 2.0]), None, ["mask-image"]),
        (pd.Series([0.0, 0.0]), None, ["mask-image"]),
        (pd.Series([1.0, 2.0]), 4.0, ["mask-image", '<s style="bottom:87.0%"></s>']),
        (pd.Series([1.0, 10.0]), 4.0, ["mask-image", '<s style="bottom:36.4%"></s>']),
    ],
    ids=["not measured", "no data", "values", "zeros", "under the limit", "over the limit"],
)
def test_a_small_panel_draws_what_there_is_and_keeps_its_limit_in_sight(
    values: pd.Series | None, limit: float | None, parts: list[str]
) -> None:
    html = wall_tiles.mini("Errors", "1 %", values, limit=limit)
    assert all(part in html for part in parts)
    assert ("mask-image" in html) == ("mask-image" in parts)
    assert ("<s " in html) == (limit is not None)


def test_owner_reasons_and_resources_are_text(snapshot: Snapshot) -> None:
    report = snapshot.services[0]
    hostile = replace(
        report,
        info=replace(report.info, team=HOSTILE),
        slos=tuple(replace(slo, slo=replace(slo.slo, kind=HOSTILE)) for slo in report.slos),
        reasons=(NearlyFull(HOSTILE, 0.95),),
        current=replace(report.current, saturation={HOSTILE: 0.95}),
    )
    html = wall_tiles.tile(hostile, SourceState.OK)
    assert html.casefold().count("&lt;script&gt;") >= 4
    assert "<script" not in html.casefold()


def test_tiles_of_data_that_have_ended_are_of_the_past_with_their_numbers_and_none_is_green(snapshot: Snapshot) -> None:
    source = replace(snapshot.source, state=SourceState.STALE, trouble=Trouble.ENDED, data_end=snapshot.at)
    ended = downgraded(replace(snapshot, source=source))
    page = wall.wall(ended, NOW + DAY, kiosk=False)
    assert page.count('<span class="gs-chip gs-grey">past</span>') == len(ended.services)
    assert "gs-green" not in page
    assert "no data</span></div>" not in page, "of the past there are data"
    assert 'class="gs-bar none"' not in page
    assert "<b>Past</b> Data end 9 Oct" in page
