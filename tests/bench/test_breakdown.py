"""A breakdown by instance of a service that has hundreds of living pods and thousands of dead ones.

A real Prometheus holds the series; the CPU is that of this process alone. A thread that only sleeps tells how long the
others are held up meanwhile. python -m pytest tests/bench/test_breakdown.py -s
GS_BENCH_PODS=300,3000 for what must hold; without it a tenth of that.
"""

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from dashboard import frames
from dashboard.engine.health import Health
from dashboard.engine.snapshot import ServiceReport
from dashboard.engine.viewers.on_demand import OnDemandWindow, OnDemandWindows
from dashboard.ranking import FETCHED, LISTED
from dashboard.signals.current import CurrentValues
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import HOUR, Grid
from dashboard.ui.panels.service import breakdown
from dashboard.ui.panels.service.service_view import ServiceView
from tests import remote_write
from tests.servers import NOW, Server, prometheus

pytestmark = pytest.mark.servers
LIVING, DEAD = map(int, os.environ.get("GS_BENCH_PODS", "30,300").split(","))
FULL = LIVING >= 300
STEP = 15
# Newer samples are there already, so that refreshes find something.
END = NOW + 60
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# A dead pod was there for so many scrapes.
LIFE = 24
SLICE = 600
GRID = Grid.ending(NOW, span=HOUR, step=STEP)


@dataclass
class Spent:
    """What a work took: seconds of CPU, of time, and the longest time for which a thread beside it was held up."""

    cpu: float = 0.0
    wall: float = 0.0
    held_up: float = 0.0


def pods() -> Iterator[tuple[str, np.ndarray]]:
    """Names and the moments of their scrapes."""
    times = np.arange(NOW - HOUR - 300, END + 1, STEP)
    for number in range(LIVING):
        yield f"10.0.{number // 250}.{number % 250}:8080", times
    rng = np.random.default_rng(14)
    for number, first in enumerate(rng.integers(0, len(times) - LIFE, DEAD)):
        yield f"10.1.{number // 250}.{number % 250}:8080", times[first : first + LIFE]


def counters(pod: str, number: int) -> Iterator[tuple[dict[str, str], float]]:
    """Labels and events per scrape of the counters of one pod; each is a little worse than the one before."""
    base = {"job": "shop", "instance": pod}
    failed = 0.1 + number % 97 / 97
    for code, rate in (("200", 100.0), ("404", 1.0), ("500", failed)):
        yield {**base, "__name__": "http_requests_total", "code": code}, rate
    for place, bound in enumerate((*BOUNDS, "+Inf")):
        yield {**base, "__name__": "http_request_duration_seconds_bucket", "le": str(bound)}, 102.0 * (place + 1) / 12


def fill(url: str) -> None:
    """Write all series, in slices of time: what is older than an hour before the newest is not taken."""
    every = list(pods())
    begin = min(times[0] for _, times in every)
    for start in range(int(begin), END + 1, SLICE):
        batch = []
        for number, (pod, times) in enumerate(every):
            here = times[(times >= start) & (times < start + SLICE)]
            if len(here):
                counted = (here - times[0]) / STEP + 1
                batch += [
                    remote_write.labelled(labels) + remote_write.encoded_samples(here * 1000, np.floor(rate * counted))
                    for labels, rate in counters(pod, number)
                ]
        for first in range(0, len(batch), 5000):
            remote_write.send(url, batch[first : first + 5000])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("pods")
    upstream = prometheus(folder)
    upstream.command.append("--web.enable-remote-write-receiver")
    upstream.start()
    fill(upstream.url)
    yield upstream
    upstream.stop()


@contextmanager
def measured() -> Iterator[Spent]:
    """What is spent inside, by all threads of this process."""
    spent, gaps, done = Spent(), [0.0], threading.Event()

    def beat() -> None:
        last = time.perf_counter()
        while not done.wait(0.002):
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    thread = threading.Thread(target=beat)
    thread.start()
    cpu, wall = time.process_time(), time.perf_counter()
    try:
        yield spent
    finally:
        spent.cpu, spent.wall = time.process_time() - cpu, time.perf_counter() - wall
        done.set()
        thread.join()
        spent.held_up = max(gaps)


def awaited(fetch: Callable[[], OnDemandWindow]) -> OnDemandWindow:
    """A window once it has come, however often it must be asked for again."""
    for _ in range(600):
        window = fetch()
        if window.retry_s is None:
            assert window.error is None, window.error
            return window
        time.sleep(0.1)
    raise AssertionError("it never came")


def test_a_breakdown_of_many_pods_costs_what_is_shown(server: Server) -> None:
    source = PrometheusSource(server.url)
    try:
        catalog = source.discover(NOW)
        source.adopt(catalog)
        shop = next(info for info in catalog.services if info.name == "shop")
        report = ServiceReport(shop, Health.UNKNOWN, (), CurrentValues(), (), frames.samples({}, GRID), None)
        now = [float(NOW)]
        windows = OnDemandWindows(source, lambda: now[0])
        points: list[int] = []

        def shown() -> str:
            grid = Grid.ending(int(now[0]), span=HOUR, step=STEP)
            window = awaited(lambda: windows.fetch(("shop", "instance"), grid))
            points.append(sum(cost.points for cost in window.costs))
            return breakdown.table(window, None, ServiceView(report, grid), "instance")

        # As the web server does: what the tests hold is not looked through for circles.
        gc.collect()
        gc.freeze()
        with measured() as idle:
            time.sleep(1.0)
        with measured() as first:
            html = shown()
        refreshes = []
        for _ in range(END // STEP - NOW // STEP):
            now[0] += STEP
            with measured() as refresh:
                html = shown()
            refreshes.append(refresh)
        with measured() as whole:
            all_points = sum(cost.points for cost in source.breakdown(GRID, "shop", "instance").costs)
    finally:
        gc.unfreeze()
        source.close()
    cpu = [refresh.cpu for refresh in refreshes]
    # What else runs on this machine holds up now one refresh and now another.
    held_up = float(np.median([refresh.held_up for refresh in refreshes]))
    print(
        f"\n{LIVING} living and {DEAD} dead pods: first load {first.cpu:.2f} s CPU, {first.wall:.1f} s; refreshes "
        f"{', '.join(f'{seconds:.3f}' for seconds in cpu)} s CPU, mean {np.mean(cpu):.3f}; others held up "
        f"{first.held_up * 1000:.0f}, then {', '.join(f'{each.held_up * 1000:.0f}' for each in refreshes)} ms, "
        f"by nothing {idle.held_up * 1000:.0f} ms; "
        f"all points of all pods {whole.cpu:.2f} s CPU, {whole.wall:.1f} s"
    )
    assert html.count("<tr><td title=") == LISTED
    assert "more, " in html
    assert points[0] <= all_points * FETCHED / (LIVING + DEAD)
    if FULL:
        assert first.cpu < whole.cpu / 2
        assert first.cpu <= 0.5
        assert np.mean(cpu) <= 0.1
        assert max(first.held_up, held_up) <= idle.held_up + 0.05
