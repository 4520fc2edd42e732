"""A refresh has a deadline as a whole: a slow source makes numbers missing, and never holds up the next refresh."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from dashboard.engine import refresh_loop
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState
from dashboard.exceptions import SourceTimeout
from dashboard.slo.indicators import Query
from dashboard.sources.catalog import Catalog
from dashboard.sources.deadline import deadline, seconds_left
from dashboard.sources.lanes import Lane
from dashboard.sources.prometheus.client import threads
from dashboard.sources.prometheus.client.threads import DaemonPool
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.sources.protocol import Answer
from dashboard.timerange import Grid
from tests.misbehaving import NONE, Fault, misbehaving
from tests.servers import NOW, Server
from tests.steady import START, Clock, Steady, refreshed_with_search


def test_without_a_deadline_there_is_time_without_end() -> None:
    assert seconds_left() == float("inf")


def test_the_shorter_of_two_deadlines_holds_and_ends_with_its_block() -> None:
    with deadline(100):
        with deadline(1000):
            assert 99 < seconds_left() <= 100
        with deadline(1):
            assert seconds_left() <= 1
        assert seconds_left() > 99
    assert seconds_left() == float("inf")


def test_once_nobody_wants_the_answer_there_is_no_time_left() -> None:
    wanted = True
    with deadline(100, lambda: wanted), deadline(1000):
        assert 99 < seconds_left() <= 100
        wanted = False
        assert seconds_left() == float("-inf")
    assert seconds_left() == float("inf")


def test_threads_of_a_call_keep_its_deadline() -> None:
    pool = DaemonPool({Lane.REFRESH: 2})
    with deadline(50):
        inside = pool.submit(seconds_left)
    outside = pool.submit(seconds_left)
    assert 0 < inside.result() <= 50
    assert outside.result() == float("inf")


class Slow(Steady):
    """A source whose searches, or counts, are as slow as a test wants: they end with the deadline."""

    slow_search = slow_counts = False

    def discover(self, now: float) -> Catalog:
        if self.slow_search:
            raise SourceTimeout("too slow")
        return super().discover(now)

    def counts(self, grid: Grid) -> Answer:
        if self.slow_counts:
            # What the deadline does to a request that hangs, without the wait.
            assert seconds_left() < float("inf")
            raise SourceTimeout("too slow")
        return super().counts(grid)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_search_that_takes_too_long_does_not_hold_up_the_live_picture(clock: Clock) -> None:
    source = Slow(clock)
    poller = Poller(source, Settings(refresh=15), clock=clock)
    poller.tick()
    source.slow_search = True
    clock.now += 600
    refreshed_with_search(poller)
    assert poller.snapshot.source.state is SourceState.OK
    assert set(poller.snapshot.by_name) == {"shop", "cart"}
    assert poller.snapshot.source.notes == ("new services could not be looked for: too slow",)
    source.slow_search, source.names = False, ("shop", "cart", "new")
    clock.now += 60
    refreshed_with_search(poller)
    assert set(poller.snapshot.by_name) == {"shop", "cart", "new"}


def test_the_history_is_waited_for_and_what_comes_later_is_not(clock: Clock) -> None:
    source = Slow(clock)
    poller = Poller(source, Settings(refresh=15), clock=clock)
    poller.tick()
    source.slow_counts = True
    clock.now += 60
    poller.tick()
    assert (poller.snapshot.source.state, poller.snapshot.source.error) == (SourceState.STALE, "too slow")


@pytest.mark.servers
def test_a_server_that_hangs_costs_a_refresh_no_more_than_its_deadline(
    prometheus_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh_loop, "REFRESHES", 0)
    with misbehaving(prometheus_server.url) as proxy:
        clock = Clock(NOW)
        poller = Poller(PrometheusSource(proxy.url, timeout_s=20), Settings(refresh=5), clock=clock)
        poller.tick()
        assert poller.snapshot.source.state is SourceState.OK
        monkeypatch.setattr(refresh_loop, "REFRESH_MIN_S", 0.5)
        proxy.fault = Fault(hang=30.0)
        began = time.monotonic()
        clock.now += 5
        poller.tick()
        assert time.monotonic() - began < 10, "far below the source's own 20 s"
        assert poller.snapshot.source.state is SourceState.STALE
        proxy.fault = NONE
        poller.stop()


def dripping() -> socket.socket:
    """A server whose answers have a head that comes a byte a tenth of a second: no time limit of a read is reached."""
    bound = socket.create_server(("127.0.0.1", 0))

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10_000:
                connection.sendall(bytes([byte]))
                time.sleep(0.1)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(bound.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return bound


@pytest.mark.parametrize(
    "ask",
    [
        lambda source: source.query_values([Query("up")], Grid(0, 60, 15)),
        lambda source: source.query_values([Query("up", counter=True)], Grid(0, 60, 15)),
        lambda source: source.discover(START),
    ],
    ids=["values", "counters", "a search"],
)
def test_a_head_that_drips_is_waited_for_no_longer_than_the_deadline(
    ask: Callable[[PrometheusSource], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "GRACE_S", 0.2)
    with dripping() as server:
        source = PrometheusSource(f"http://127.0.0.1:{server.getsockname()[1]}")
        began = time.monotonic()
        with deadline(0.5), pytest.raises(SourceTimeout, match="the request hangs"):
            ask(source)
        assert time.monotonic() - began < 10
        source.close()
