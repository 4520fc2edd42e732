"""The wall of a thousand services against that of twelve: what a refresh weighs, and what it costs.

python -m pytest tests/bench/test_wall.py -s         GS_BENCH_ROUNDS=20 for what the README reports
"""

import asyncio
import os
import re
import time
from dataclasses import replace

import numpy as np
import psutil
import pytest

from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.sources.demo.source import DemoSource
from dashboard.ui.panels.wall import wall, wall_choice, wall_tiles
from dashboard.ui.panels.wall.wall_choice import WallChoice
from tests.bench.viewers import Viewer
from tests.browser.test_wall import server
from tests.ui.panels.services import copies, named

NOW = 1_760_000_000.0
ROUNDS = int(os.environ.get("GS_BENCH_ROUNDS", "5"))
FULL = ROUNDS >= 20
UNHEALTHY, VIEWERS = 40, 10
HEAVIEST = 150 * 1024
ANY = WallChoice()
CHOICES = {
    "all": ANY,
    "tiles": WallChoice(view="tiles"),
    "teams": WallChoice(view="tiles", by_team=True),
    "found": WallChoice(find="s1"),
}


@pytest.fixture(scope="module")
def twelve() -> Snapshot:
    poller = Poller(DemoSource(start=NOW), Settings(title="Shop"), clock=lambda: NOW)
    poller.tick()
    return poller.snapshot


def many(snapshot: Snapshot, unhealthy: int = UNHEALTHY) -> Snapshot:
    """A thousand services of twenty teams, with names as long as those of real ones."""
    drawn = copies(snapshot, 1000, unhealthy=unhealthy, teams=20)
    return replace(drawn, services=tuple(longer(report) for report in drawn.services))


def longer(report: ServiceReport) -> ServiceReport:
    """A report whose service has a name of about twenty letters."""
    return named(report, f"{report.name}-checkout-frontend", report.info.team, report.info.tier)


def as_refreshed(snapshot: Snapshot) -> Snapshot:
    """The snapshot as one of the next refresh: nothing that was made of it before holds."""
    return replace(snapshot, services=tuple(replace(report) for report in snapshot.services))


def spent(snapshot: Snapshot, choice: WallChoice, *, kiosk: bool) -> float:
    """CPU seconds of the first viewer of a refresh, for whom all is built."""
    refreshed = as_refreshed(snapshot)
    began = time.process_time()
    wall.wall(refreshed, NOW, kiosk=kiosk, choice=choice)
    return time.process_time() - began


def shared(snapshot: Snapshot, choice: WallChoice, *, kiosk: bool) -> float:
    """CPU seconds of each further viewer in the same second, the reading of the address included."""
    query = {"find": [choice.find], "view": [choice.view], "group": ["team"] if choice.by_team else []}
    began = time.process_time()
    for _ in range(20):
        wall.wall(snapshot, NOW, kiosk=kiosk, choice=wall_choice.chosen(query, snapshot.services))
    return (time.process_time() - began) / 20


@pytest.mark.parametrize("kiosk", [True, False])
@pytest.mark.parametrize("name", CHOICES if FULL else ("all", "tiles"))
def test_a_thousand_services_weigh_and_cost_little_more_than_twelve(twelve: Snapshot, name: str, kiosk: bool) -> None:
    choice, thousand = CHOICES[name], many(twelve)
    size = len(wall.wall(thousand, NOW, kiosk=kiosk, choice=choice).encode())
    # Alternating, so that whatever else runs slows both.
    pairs = [(spent(twelve, ANY, kiosk=kiosk), spent(thousand, choice, kiosk=kiosk)) for _ in range(ROUNDS)]
    few, all_of_them = np.median(np.array(pairs), axis=0) * 1000
    again = shared(thousand, choice, kiosk=kiosk) * 1000
    print(
        f"\n{name}{', kiosk' if kiosk else ''}: {size / 1024:.0f} KiB; a new picture {all_of_them:.1f} ms of CPU, "
        f"of twelve services {few:.1f} ms, {all_of_them / few:.2f} ×; each further viewer {again:.2f} ms"
    )
    assert size <= HEAVIEST
    assert all_of_them <= 2 * few
    assert again <= few


@pytest.mark.skipif(not FULL, reason="two servers under load: GS_BENCH_ROUNDS=20")
def test_a_refresh_costs_the_server_at_most_twice_that_of_twelve_services() -> None:
    """The whole way, messages included: viewers over WebSockets at two servers."""

    async def measured() -> tuple[list[tuple[float, float]], list[int]]:
        viewers = [[Viewer(f"{server.url}/?embed=true") for _ in range(VIEWERS)] for server in servers]
        for viewer in (*viewers[0], *viewers[1]):
            await viewer.open()
            await viewer.refresh()
        sizes = [group[0].received // 2 for group in viewers]
        processes = [psutil.Process(server.process.pid) for server in servers if server.process is not None]
        pairs = [
            tuple([await _spent(*each) for each in zip(processes, viewers, strict=True)]) for _ in range(4 * ROUNDS)
        ]
        for viewer in (*viewers[0], *viewers[1]):
            assert not viewer.errors
            await viewer.close()
        return pairs, sizes

    servers = [server(12, 3), server(1000, UNHEALTHY)]
    try:
        for each in servers:
            each.start()
        pairs, sizes = asyncio.run(measured())
    finally:
        for each in servers:
            each.stop()
    few, all_of_them = np.median(np.array(pairs), axis=0) * 1000
    print(
        f"\na refresh of one viewer: {few:.1f} ms of CPU of twelve services, {all_of_them:.1f} ms of a thousand, "
        f"{all_of_them / few:.2f} ×; {sizes[0] / 1024:.0f} and {sizes[1] / 1024:.0f} KiB"
    )
    assert all_of_them <= 2 * few
    assert sizes[1] <= HEAVIEST


async def _spent(process: psutil.Process, viewers: list[Viewer]) -> float:
    """CPU seconds of the server for one refresh of one viewer."""
    before = process.cpu_times()
    for _ in range(5):
        for viewer in viewers:
            await viewer.refresh()
    after = process.cpu_times()
    return (after.user + after.system - before.user - before.system) / len(viewers) / 5


@pytest.mark.parametrize("unhealthy", [0, 24, 25, 300, 1000] if FULL else [25])
def test_every_service_that_is_not_healthy_is_on_every_page_of_the_kiosk(twelve: Snapshot, unhealthy: int) -> None:
    snapshot = many(twelve, unhealthy)
    wanted = {report.name for report in snapshot.services if report.health is not Health.HEALTHY}
    for turn in range(3):
        html = wall.wall(snapshot, NOW, kiosk=True, turn=turn)
        assert len(html.encode()) <= HEAVIEST
        coloured = re.findall(r'<a class="gs-(?:red|amber|grey)" href="service\?service=([\w-]+)"', html)
        assert set(coloured) == wanted


def test_what_is_kept_of_walls_is_bounded(twelve: Snapshot) -> None:
    thousand = many(twelve)
    for place in range(70):
        wall.wall(thousand, NOW, kiosk=False, choice=WallChoice(find=f"s{place}", view="tiles"))
    assert len(wall._walls) <= 64
    assert len(wall._bodies) <= 64
    assert len(wall_tiles._cache) <= wall_tiles.KEPT
