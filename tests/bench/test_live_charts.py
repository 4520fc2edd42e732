"""Live charts: what a refresh of twelve charts costs the server, against an empty refresh of the same app.

GS_BENCH_ROUNDS=20 python -m pytest tests/bench/test_live_charts.py -s     for what the README reports
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.bench.viewers import Viewer
from tests.servers import Server, free_port

ROUNDS = int(os.environ.get("GS_BENCH_ROUNDS", "3"))
FULL = ROUNDS >= 20
VIEWERS = 10


@pytest.fixture
def app() -> Iterator[Server]:
    port = free_port()
    made = Server([sys.executable, str(Path(__file__).with_name("chart_app.py")), str(port)], port, "/_stcore/health")
    made.start()
    yield made
    made.stop()


async def opened(url: str) -> list[Viewer]:
    viewers = [Viewer(url) for _ in range(VIEWERS)]
    for viewer in viewers:
        await viewer.open()
        await viewer.refresh()
    return viewers


async def spent(server: psutil.Process, viewers: list[Viewer]) -> float:
    """CPU seconds of the server for one refresh of one viewer."""
    before = server.cpu_times()
    for viewer in viewers:
        await viewer.refresh()
    after = server.cpu_times()
    return (after.user + after.system - before.user - before.system) / len(viewers)


def test_twelve_charts_cost_hardly_more_than_an_empty_refresh(app: Server) -> None:
    async def measured() -> tuple[list[float], list[float], int]:
        assert app.process is not None
        server = psutil.Process(app.process.pid)
        empty, charts = await opened(f"{app.url}/"), await opened(f"{app.url}/?charts=12")
        pairs = [(await spent(server, empty), await spent(server, charts)) for _ in range(5 * ROUNDS)]
        sent = charts[0].received // (len(charts[0].spent) + 1)
        for viewer in empty + charts:
            assert not viewer.errors
            await viewer.close()
        return [one for one, _ in pairs], [other for _, other in pairs], sent

    nothing, twelve, sent = asyncio.run(measured())
    empty, charts = sum(nothing) / len(nothing), sum(twelve) / len(twelve)
    print(
        f"\nempty refresh {empty * 1000:.1f} ms CPU, 12 charts x 4 series x 720 points {charts * 1000:.1f} ms CPU "
        f"({charts / empty:.2f} times), {sent / 1024:.0f} KiB"
    )
    # Even CPU time grows a little beside something else, and in few rounds that may fall on one side.
    assert charts <= (1.35 if FULL else 3) * empty
