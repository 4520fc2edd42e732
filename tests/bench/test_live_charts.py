"""Live charts: what a refresh of twelve charts costs the server and the wire, against an empty refresh of the same app.

GS_BENCH_ROUNDS=20 python -m pytest tests/bench/test_live_charts.py -s     for what the README reports
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence

import psutil
import pytest

from tests.bench import chart_pictures
from tests.bench.viewers import Viewer, finished
from tests.servers import Server, free_port

ROUNDS = int(os.environ.get("GS_BENCH_ROUNDS", "3"))
FULL = ROUNDS >= 20
# The longest time between two keyframes, and some more.
TICKS = 5 * ROUNDS if FULL else 15
VIEWERS = 10
KIB = 1024


@pytest.fixture
def app() -> Iterator[Server]:
    port = free_port()
    served = Server([sys.executable, "-m", "tests.bench.chart_app", str(port)], port, "/_stcore/health")
    served.start()
    yield served
    served.stop()


async def opened(url: str, count: int = VIEWERS) -> list[Viewer]:
    viewers = [Viewer(url) for _ in range(count)]
    for viewer in viewers:
        await viewer.open()
        await viewer.refresh()
    return viewers


async def spent(server: psutil.Process, viewers: Sequence[Viewer]) -> float:
    """CPU seconds of the server for one refresh of one viewer, with what its browser fetches."""
    before = server.cpu_times()
    for viewer in viewers:
        await viewer.refresh()
    after = server.cpu_times()
    return (after.user + after.system - before.user - before.system) / len(viewers)


async def measured(app: Server) -> tuple[list[float], list[float], float]:
    """CPU seconds of each empty refresh, and of each with charts; bytes on the wire of one of these."""
    assert app.process is not None
    server = psutil.Process(app.process.pid)
    empty, charts = await opened(app.url), await opened(f"{app.url}/?tick=0")
    (first,) = await opened(f"{app.url}/?tick=0", 1)
    pairs, before = [], sum(viewer.received for viewer in charts)
    for tick in range(1, TICKS + 1):
        for viewer in (first, *charts):
            viewer.url = f"{app.url}/?tick={tick}"
        # What is made once for all viewers is no cost of each of them: see below.
        await first.refresh()
        pairs.append((await spent(server, empty), await spent(server, charts)))
    received = sum(viewer.received for viewer in charts) - before
    for viewer in (*empty, *charts, first):
        assert not viewer.errors
        await viewer.close()
    return [one for one, _ in pairs], [other for _, other in pairs], received / TICKS / VIEWERS


def test_twelve_charts_cost_hardly_more_than_an_empty_refresh(app: Server) -> None:
    nothing, twelve, sent = finished(measured(app))
    empty, charts = sum(nothing) / len(nothing), sum(twelve) / len(twelve)
    print(
        f"\nempty refresh {empty * 1000:.1f} ms CPU, 12 charts x 4 series x 720 points {charts * 1000:.1f} ms CPU "
        f"({charts / empty:.2f} times), {sent / KIB:.1f} KiB"
    )
    assert sent <= 24 * KIB
    # Even CPU time grows a little beside something else, and in few rounds that may fall on one side.
    assert charts <= (1.35 if FULL else 3) * empty


def test_in_the_long_run_little_is_sent() -> None:
    """From one keyframe to the next several times: messages grow, and with the next keyframe are short again."""
    ticks = 500 if FULL else 150
    messages, keyframes, broadcast, begun = [], {}, None, time.process_time()
    for tick in range(ticks):
        broadcast = chart_pictures.broadcast(tick, broadcast)
        messages.append(len(broadcast.message))
        keyframes[broadcast.keyframe.name] = len(broadcast.keyframe.zipped)
    cpu = (time.process_time() - begun) / ticks
    average = (sum(messages) + sum(keyframes.values())) / ticks
    print(
        f"\n{ticks} refreshes: messages of {min(messages) / KIB:.1f} to {max(messages) / KIB:.1f} KiB, "
        f"{len(keyframes)} keyframes of {max(keyframes.values()) / KIB:.0f} KiB: {average / KIB:.1f} KiB a refresh; "
        f"made once for all viewers in {cpu * 1000:.0f} ms CPU"
    )
    assert len(keyframes) >= 3
    assert average <= 24 * KIB
