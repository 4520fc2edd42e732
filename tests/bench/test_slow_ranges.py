"""Fifty tabs ask for long ranges that take ten seconds each: the live picture is refreshed as if nobody did.

The whole chain is real: a Prometheus, before it a proxy that holds long ranges back, and tabs over WebSockets.
GS_BENCH_SLOW=1 python -m pytest tests/bench/test_slow_ranges.py -s; tests/engine/test_slow_sources.py holds the
small part.
"""

import asyncio
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.bench.viewers import Viewer
from tests.live import dashboard, scraping, until
from tests.misbehaving import Fault, misbehaving

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not os.environ.get("GS_BENCH_SLOW"), reason="takes a minute: GS_BENCH_SLOW=1"),
]
TABS, SECONDS, HELD_S = 50, 40.0, 10.0
SPANS = ("6h", "12h", "24h", "3d", "7d")
SERVICES = ("checkout", "search", "cart", "catalog")
LOOKED_S = 0.05


class Ticks(threading.Thread):
    """When refreshes were seen to have ended, and how long /healthz took."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.ended = url, threading.Event()
        self.seen: list[float] = []
        self.healthy_after: list[float] = []

    def run(self) -> None:
        last = ""
        while not self.ended.wait(LOOKED_S):
            began = time.monotonic()
            httpx.get(f"{self.url}/healthz", timeout=30)
            self.healthy_after.append(time.monotonic() - began)
            lines = httpx.get(f"{self.url}/metrics", timeout=30).text.splitlines()
            count = next(line for line in lines if line.startswith("golden_signals_ticks_total"))
            if count != last:
                last = count
                self.seen.append(time.monotonic())

    @property
    def gaps(self) -> np.ndarray:
        """Seconds between two refreshes: shape (refreshes − 1,)."""
        return np.diff(self.seen)


@contextmanager
def watched(url: str) -> Iterator[Ticks]:
    ticks = Ticks(url)
    ticks.start()
    try:
        yield ticks
    finally:
        ticks.ended.set()
        ticks.join(60)


def looked_at(url: str) -> list[float]:
    """Tabs that rotate through services and spans; returns the seconds that each refresh of a page took."""
    return asyncio.run(_looked_at(url))


async def _looked_at(url: str) -> list[float]:
    tabs = [
        Viewer(f"{url}/service?service={SERVICES[number % len(SERVICES)]}&span={SPANS[number % len(SPANS)]}")
        for number in range(TABS)
    ]
    ends = asyncio.get_running_loop().time() + SECONDS

    async def rotates(tab: Viewer) -> None:
        await tab.open()
        await tab.watch(2.0, until=ends, after=0.0)

    await asyncio.gather(*(rotates(tab) for tab in tabs))
    for tab in tabs:
        with suppress(OSError):
            await tab.close()
    assert not [error for tab in tabs for error in tab.errors]
    return [seconds for tab in tabs for seconds in tab.spent]


@pytest.mark.parametrize("refresh", [1.0, 5.0], ids=lambda seconds: f"{seconds:g}s")
def test_no_refresh_is_late_while_fifty_tabs_wait_for_long_ranges(tmp_path: Path, refresh: float) -> None:
    # The tabs have a process of their own: here they would slow the proxy and the look at the refreshes.
    with (
        scraping("prometheus", tmp_path) as server,
        misbehaving(server.url) as proxy,
        dashboard("serve", "--prometheus", proxy.url, "--refresh", f"{refresh:g}s") as running,
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart,
    ):
        until(lambda: httpx.get(f"{running.url}/readyz").status_code == 200, "ready", seconds=90)
        with watched(running.url) as before:
            time.sleep(4 * max(refresh, 5.0))
        proxy.fault = Fault(members='"stats":{}', shortest=5 * 3600, hang=HELD_S)
        with watched(running.url) as during:
            drawn = apart.submit(looked_at, running.url).result()
        late, healthy_after = during.gaps - refresh, np.array(during.healthy_after)
        print(
            f"\n{TABS} tabs, {len(drawn)} refreshes of pages, the longest took {max(drawn):.1f} s, {proxy.hanging} "
            f"ranges held back for {HELD_S:g} s: {len(late)} refreshes, the latest {late.max():.2f} s late "
            f"({(before.gaps - refresh).max():.2f} s without tabs); /healthz p99 "
            f"{np.quantile(healthy_after, 0.99):.2f} s, at most {healthy_after.max():.2f} s; "
            f"load {os.getloadavg()[0]:.0f}"
        )
        assert proxy.hanging > 0
        assert late.max() <= 1.0
        assert healthy_after.max() < 1.0
