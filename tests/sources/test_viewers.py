"""Fifty tabs that ask a slow server for long ranges, each for its own: no refresh is late, and threads are few.

GS_BENCH_SLOW=1 runs it with the times of life: ranges that take ten seconds, for a minute.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.engine.viewers import on_demand
from dashboard.engine.viewers.on_demand import OnDemandWindow
from dashboard.engine.viewers.viewer_queue import RUNNING, Viewer
from dashboard.sources.lanes import Lane
from dashboard.sources.prometheus.source import CONCURRENT, PrometheusSource
from dashboard.timerange import HOUR, Grid
from tests.misbehaving import Fault, misbehaving
from tests.servers import NOW, Server
from tests.slow import SLOW, slow

TABS, REFRESH_S, WAIT_S = 50, 1.0, 2.0
RANGE_S, WATCHED_S = (10.0, 60.0) if SLOW else (3.0, 6.0)
# How late a refresh may be: here, where other tests run beside, by less than one range takes.
LATE_S = 1.0 if SLOW else 2.0


class Tab:
    """One tab that rotates through ranges: it asks, and asks again as it is told to."""

    def __init__(self, number: int, poller: Poller, ends: float) -> None:
        self.number, self.poller, self.ends = number, poller, ends
        self.waited: list[float] = []
        self.busy = self.came = 0

    def watch(self) -> None:
        turn = 0
        while time.monotonic() < self.ends:
            grid = Grid.ending(NOW - self.number * HOUR, span=6 * HOUR + turn * 600, step=300)
            began = time.monotonic()
            window = self.poller.viewers.window("checkout", grid, Viewer(f"tab {self.number}", f"{turn}"))
            self.waited.append(time.monotonic() - began)
            turn += self._seen(window)
            time.sleep(0.05)

    def _seen(self, window: OnDemandWindow) -> int:
        """1 when it goes on to the next range: after one that came, and after three answers that the source is busy."""
        assert window.error is None
        self.came += window.retry_s is None
        self.busy += window.retry_s is not None
        return int(window.retry_s is None or self.busy % 3 == 0)


def published(poller: Poller, ends: float) -> list[Snapshot]:
    """The snapshots until a moment, looked for a hundred times a second."""
    snapshots = [poller.snapshot]
    while time.monotonic() < ends:
        if (snapshot := poller.snapshot) is not snapshots[-1]:
            snapshots.append(snapshot)
        time.sleep(0.01)
    return snapshots


@pytest.mark.servers
@slow
def test_fifty_tabs_that_ask_for_long_ranges_delay_no_refresh(
    prometheus_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_demand, "WAIT_S", WAIT_S)
    began = time.monotonic()
    with misbehaving(prometheus_server.url) as proxy:
        source = PrometheusSource(proxy.url)
        poller = Poller(source, Settings(refresh=REFRESH_S), clock=lambda: NOW + time.monotonic() - began)
        poller.tick()
        while poller.study():
            pass
        proxy.fault = Fault(hang=RANGE_S, only="step=300")
        poller.start()
        ends = time.monotonic() + WATCHED_S
        tabs = [Tab(number, poller, ends) for number in range(TABS)]
        with ThreadPoolExecutor(TABS) as pool:
            watching = [pool.submit(tab.watch) for tab in tabs]
            snapshots = published(poller, ends - 0.5)
            # Those of the proxy, a thread for each request, and of the tabs are the test's own.
            own = [thread.name for thread in threading.enumerate() if thread.name in ("source", "viewers", "poller")]
            for tab in watching:
                tab.result()
        poller.stop()
    moments = [snapshot.at for snapshot in snapshots[1:]]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert len(gaps) >= (WATCHED_S - 2) / (REFRESH_S + LATE_S)
    assert max(gaps) <= REFRESH_S + LATE_S, f"refreshes at {moments}"
    assert {snapshot.source.state for snapshot in snapshots} == {SourceState.OK}
    assert len(own) <= sum(CONCURRENT.values()) + RUNNING + 1
    assert all(tab.busy for tab in tabs if not tab.came), "everybody is told something"
    assert max(max(tab.waited) for tab in tabs) < WAIT_S + LATE_S
    assert proxy.hanging <= (WATCHED_S / RANGE_S + 2) * CONCURRENT[Lane.VIEWERS]
