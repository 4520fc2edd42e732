"""A hundred viewers: what they cost the source, the server's memory, and each other's refresh.

The whole chain is real: a Prometheus that scrapes the demo's target, `golden-signals serve` on it, and viewers over
WebSockets from this process. python -m pytest tests/bench/test_viewers.py -s
GS_BENCH_VIEWERS=100 GS_BENCH_SECONDS=600 for what the README reports; without them a short run with few viewers.
GS_BENCH_CROWDS=600,800,1000 GS_BENCH_SECONDS=120 python -m pytest tests/bench/test_viewers.py -k crowd -s
for how many it carries; it ends with the first crowd whose refreshes take too long. Nothing else may run meanwhile.
"""

import asyncio
import os
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import numpy as np
import psutil
import pytest

from dashboard.sources.demo.openmetrics import openmetrics
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import HOUR, Grid
from tests.bench.viewers import Viewer, finished
from tests.servers import Server, filled, free_port

pytestmark = pytest.mark.servers
VIEWERS = int(os.environ.get("GS_BENCH_VIEWERS", "20"))
SECONDS = float(os.environ.get("GS_BENCH_SECONDS", "6"))
PAGES = ("/", "/?embed=true", "/service?service=checkout", "/service?service=search", "/service?service=cart&span=6h")
CROWDS = [int(number) for number in os.environ.get("GS_BENCH_CROWDS", "5").split(",")]
FULL = VIEWERS >= 100 or max(CROWDS) >= 100
# So many must be carried, with refreshes of so many milliseconds (95th percentile); beyond the last it is too much.
CARRIED, CARRIED_MS, TOO_LONG_MS = 600, 250, 1000
REFRESH = 5.0 if FULL else 2.0


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port = free_port()
    target = Server([sys.executable, "-m", "dashboard.cli", "demo", "--target", "--port", str(port)], port, "/metrics")
    target.start()
    folder = tmp_path_factory.mktemp("scraped")
    # Hours of history, so that answers and pictures have their full size from the beginning.
    end = int(time.time()) // 15 * 15
    history = openmetrics(DemoSource(start=end), Grid.between(end - 7 * HOUR, end, step=15))
    made = filled("prometheus", folder, "\n".join([*history, ""]))
    made.stop()
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 5s}\n"
        "scrape_configs:\n- {job_name: demo, honor_labels: true, static_configs: "
        f"[{{targets: ['127.0.0.1:{port}']}}]}}\n",
        encoding="utf-8",
    )
    made.start()
    yield made
    made.stop()
    target.stop()


@pytest.fixture(scope="module")
def dashboard(upstream: Server) -> Iterator[Server]:
    for _ in range(100):
        answer = httpx.get(f"{upstream.url}/api/v1/query", params={"query": "count_over_time(http_requests_total[1m])"})
        if any(float(row["value"][1]) >= 3 for row in answer.json()["data"]["result"]):
            break
        time.sleep(0.5)
    port = free_port()
    command = [sys.executable, "-m", "dashboard.cli", "serve", "--prometheus", upstream.url, "--port", str(port)]
    # Each start is a first one.
    command += ["--state", ":memory:"]
    made = Server([*command, "--refresh", f"{REFRESH:g}s"], port, "/readyz")
    made.start()
    yield made
    made.stop()


def total(server: Server, name: str, part: str = "") -> float:
    """The sum of the server's own series that begin with `name` and hold `part`."""
    lines = httpx.get(f"{server.url}/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name) and part in line)


def state(upstream: Server, dashboard: Server) -> np.ndarray:
    """Queries that Prometheus has answered, ticks of the dashboard, and the time: shape (3,)."""
    queries = total(upstream, "prometheus_http_requests_total{", "/api/v1/query")
    return np.array([queries, total(dashboard, "golden_signals_ticks_total"), time.monotonic()])


def megabytes(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 1e6


async def watched(url: str, pages: list[str], seconds: float) -> list[Viewer]:
    """Viewers spread over the refresh interval, all at once, for so long."""
    viewers = [Viewer(url + page) for page in pages]
    try:
        for viewer in viewers:
            await viewer.open()
            await viewer.refresh()
            viewer.spent.clear()
        until = asyncio.get_running_loop().time() + seconds
        apart = REFRESH / len(viewers)
        async with asyncio.TaskGroup() as group:
            for number, viewer in enumerate(viewers):
                group.create_task(viewer.watch(REFRESH, until=until, after=number * apart))
    finally:
        for viewer in viewers:
            await viewer.close()
    return viewers


def test_a_hundred_viewers_cost_the_source_what_one_costs(upstream: Server, dashboard: Server) -> None:
    assert dashboard.process is not None
    server = psutil.Process(dashboard.process.pid)

    async def measured() -> None:
        few = await watched(dashboard.url, list(PAGES), 2 * REFRESH)
        one, before = megabytes(server), state(upstream, dashboard)
        await watched(dashboard.url, list(PAGES), max(SECONDS / 5, 3 * REFRESH))
        alone, alone_ticks, alone_s = state(upstream, dashboard) - before

        cpu, before = server.cpu_times(), state(upstream, dashboard)
        pages = [PAGES[number % len(PAGES)] for number in range(VIEWERS)]
        watching = asyncio.create_task(watched(dashboard.url, pages, SECONDS))
        sizes = []
        while not watching.done():
            await asyncio.sleep(min(5.0, SECONDS / 20))
            sizes.append(megabytes(server))
        many = await watching
        together, ticks, lasted = state(upstream, dashboard) - before
        after = server.cpu_times()
        busy = (after.user + after.system - cpu.user - cpu.system) / lasted

        spent = np.array([one for viewer in many for one in viewer.spent]) * 1000
        # What one collection of garbage frees is no growth: fifths are compared by their medians.
        fifth = len(sizes) // 5
        settled, final = (float(np.median(part)) for part in (sizes[fifth : 2 * fifth], sizes[-fifth:]))
        grown = (final - one) / len(many)
        print(
            f"\n{len(many)} viewers for {lasted:.0f} s, {len(spent)} refreshes: p50 {np.quantile(spent, 0.5):.0f} ms, "
            f"p95 {np.quantile(spent, 0.95):.0f} ms, max {spent.max():.0f} ms, {busy:.0%} of a core; "
            f"upstream queries {together / lasted:.2f}/s, with one viewer a page {alone / alone_s:.2f}/s; "
            f"memory {one:.0f} MB before, {settled:.0f} MB in the second fifth, {final:.0f} MB in the last: "
            f"{grown:.2f} MB a viewer"
        )
        assert not [error for viewer in few + many for error in viewer.errors]
        # A round of breakdowns more or less, two in a short run, is no cost of viewers. By the tick, since something
        # else may run beside it, and then fewer ticks and refreshes fall into a second.
        assert together / ticks <= 1.1 * alone / alone_ticks + (25 if FULL else 50) / ticks
        if FULL:
            assert np.quantile(spent, 0.95) < 500
            assert grown < 0.5
            assert final <= settled * 1.05

    finished(measured())


@dataclass(frozen=True)
class Crowd:
    """What so many viewers cost: milliseconds of their refreshes, shares of a core, and MB of the server."""

    viewers: int
    spent: np.ndarray
    server: float
    client: float
    memory: float

    def __str__(self) -> str:
        p50, p95, p99 = np.quantile(self.spent, (0.5, 0.95, 0.99))
        return (
            f"{self.viewers} viewers, {len(self.spent)} refreshes: p50 {p50:.0f} ms, p95 {p95:.0f} ms, "
            f"p99 {p99:.0f} ms, max {self.spent.max():.0f} ms; server {self.server:.0%} of a core, "
            f"{self.memory:.0f} MB; viewers {self.client:.0%} of a core"
        )


async def crowd_of(number: int, dashboard: Server) -> Crowd:
    assert dashboard.process is not None
    server, client = psutil.Process(dashboard.process.pid), psutil.Process()
    pages = [PAGES[place % len(PAGES)] for place in range(number)]
    viewers = [Viewer(dashboard.url + page) for page in pages]
    try:
        for viewer in viewers:
            await viewer.open()
            await viewer.refresh()
            viewer.spent.clear()
        began, costs = time.monotonic(), [sum(process.cpu_times()[:2]) for process in (server, client)]
        until = asyncio.get_running_loop().time() + max(SECONDS / 2 if not FULL else SECONDS, REFRESH)
        async with asyncio.TaskGroup() as group:
            for place, viewer in enumerate(viewers):
                group.create_task(viewer.watch(REFRESH, until=until, after=place * REFRESH / number))
        lasted = time.monotonic() - began
        busy = [
            (sum(process.cpu_times()[:2]) - cost) / lasted
            for process, cost in zip((server, client), costs, strict=True)
        ]
    finally:
        for viewer in viewers:
            await viewer.close()
    assert not [error for viewer in viewers for error in viewer.errors]
    spent = np.array([seconds for viewer in viewers for seconds in viewer.spent]) * 1000
    return Crowd(number, spent, *busy, megabytes(server))


def test_a_crowd_is_carried(dashboard: Server) -> None:
    """From the fewest to the most, until it is too much."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * max(CROWDS) + 1000)), hard))
    carried = 0
    for number in sorted(CROWDS):
        try:
            crowd = finished(crowd_of(number, dashboard))
        except (ExceptionGroup, TimeoutError) as error:
            print(f"\n{number} viewers: some were not answered at all: {error!r}")
            break
        print(f"\n{crowd}")
        slow = np.quantile(crowd.spent, 0.95)
        if slow > TOO_LONG_MS:
            break
        carried = number if slow <= CARRIED_MS else carried
    print(f"carried with p95 of {CARRIED_MS} ms at most: {carried} viewers at a refresh of {REFRESH:g} s")
    if FULL:
        assert carried >= min(CARRIED, max(CROWDS))
