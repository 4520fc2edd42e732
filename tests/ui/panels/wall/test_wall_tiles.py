"""One service on the wall as a tile and as a row: what it says, in which colour, and that nothing is cut."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dashboard.engine.health import BudgetSpent, Burning, Health, NearlyFull
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.slo.report import State
from dashboard.ui.panels.wall import wall_minis, wall_tiles
from dashboard.ui.panels.wall.wall_tiles import Shown
from tests.ui.panels import HOSTILE
from tests.ui.panels.services import named


@pytest.mark.parametrize("state", list(SourceState))
def test_tiles_are_marked_while_the_source_is_stale_or_down(snapshot: Snapshot, state: SourceState) -> None:
    marked = "gs-stale" in wall_tiles.tile(Shown(snapshot.services[0], state))
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
    html = wall_tiles.tile(Shown(replace(snapshot.services[0], slos=()), SourceState.OK))
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
    html = wall_minis.mini("Errors", "1 %", values, limit=limit)
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
    html = wall_tiles.tile(Shown(hostile, SourceState.OK))
    assert html.casefold().count("&lt;script&gt;") >= 4
    assert "<script" not in html.casefold()


def test_a_long_name_keeps_its_ends_and_an_owner_its_words(snapshot: Snapshot) -> None:
    report = snapshot.by_name["checkout"]
    html = wall_tiles.tile(Shown(named(report, "billing-frontend-europe", "payments", 1), SourceState.OK))
    assert '<span class="name m" title="billing-frontend-europe"><em>billing-frontend</em>-europe</span>' in html
    assert '<span class="of"><span>tier 1</span><span> · payments</span></span>' in html


@pytest.fixture
def checkout(snapshot: Snapshot) -> ServiceReport:
    """A service whose errors are far over what its SLO allows, and whose latency is over its threshold."""
    report = snapshot.by_name["checkout"]
    failing = replace(report.current, latency={"0.95": 9.0}, errors={"server": 0.5})
    return replace(report, current=failing)


@pytest.mark.parametrize("as_row", [False, True])
@pytest.mark.parametrize(
    ("health", "emphasised"),
    [(Health.BREACHING, True), (Health.AT_RISK, True), (Health.HEALTHY, False), (Health.UNKNOWN, False)],
)
def test_a_number_over_its_limit_is_coloured_only_where_the_state_says_so_too(
    checkout: ServiceReport, health: Health, emphasised: bool, as_row: bool
) -> None:
    drawn = (wall_tiles.row if as_row else wall_tiles.tile)(Shown(replace(checkout, health=health), SourceState.OK))
    assert (' over"' in drawn or '"over' in drawn) == emphasised
    assert "50\xa0%" in drawn


@pytest.mark.parametrize("health", list(Health))
def test_a_budget_has_the_colour_of_its_tile(checkout: ServiceReport, health: Health) -> None:
    html = wall_tiles.tile(Shown(replace(checkout, health=health), SourceState.OK))
    colours = {
        name for name in ("red", "amber", "green", "grey") if f'"gs-{name}"' in html or f"gs-tile gs-{name}" in html
    }
    assert len(colours) == 1


def test_a_tile_says_every_reason_and_a_row_the_first_and_how_many_more(checkout: ServiceReport) -> None:
    slo = checkout.slos[0].slo
    reasons = (Burning(slo, 14.6, 3600), BudgetSpent(slo), NearlyFull("pool", 0.97))
    report = replace(checkout, reasons=reasons, anomalies=())
    tile, row = (
        drawn(Shown(report, SourceState.OK)).replace("\xa0", " ") for drawn in (wall_tiles.tile, wall_tiles.row)
    )
    assert (
        f"{slo.kind} budget burning at 14.6× the allowed rate (1 h)"
        f'<span class="more"> · {slo.kind} budget spent · pool nearly full: 97 % of its limit</span>'
    ) in tile
    assert "wordy" in tile, "its four panels stand in one line"
    assert f'<div class="gs-why">{slo.kind} budget burning at 14.6× (1 h) · +2 more</div>' in row


def test_a_row_tells_what_is_over_its_limit(checkout: ServiceReport) -> None:
    report = replace(checkout, health=Health.BREACHING)
    assert "<small>errors</small> 50\xa0%" in wall_tiles.row(Shown(report, SourceState.OK))
    slow = replace(report, current=replace(report.current, errors={"server": 0.0}))
    assert "<small>p95</small> 9.00\xa0s" in wall_tiles.row(Shown(slow, SourceState.OK))


def test_a_tile_is_built_once_for_every_wall_of_a_snapshot(snapshot: Snapshot) -> None:
    report = snapshot.services[0]
    cached_tile = wall_tiles.cached_tile
    assert cached_tile(snapshot, report) is cached_tile(snapshot, report)
    assert cached_tile(snapshot, replace(report, health=Health.UNKNOWN)) != cached_tile(snapshot, report)
