"""Age is judged when a snapshot is read: whatever the poller does or does not do, old data are not believed."""

import threading

import pytest

from dashboard.engine.freshness import as_of, stale_after_s, unchanged_until
from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState, Trouble
from tests.steady import Clock, Steady


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def poller(clock: Clock) -> Poller:
    poller = Poller(Steady(clock), Settings(refresh=5), clock=clock)
    poller.tick()
    return poller


@pytest.mark.parametrize(
    ("scrape_interval", "refresh", "seconds"),
    [
        (1, 5, 60), (15, 5, 75), (15, 60, 180), (30, 15, 150), (60, 15, 300), (180, 15, 300), (15, 300, 300),
        (300, 15, 450), (3600, 15, 5400),
    ],
)  # fmt: skip
def test_patience_is_a_few_scrapes_and_at_most_five_minutes(
    scrape_interval: float, refresh: float, seconds: float
) -> None:
    assert stale_after_s(scrape_interval, refresh) == seconds


def test_what_is_fresh_is_read_as_it_is(poller: Poller, clock: Clock) -> None:
    assert poller.read() is poller.snapshot
    clock.now += 60
    assert poller.read() is poller.snapshot


def test_a_refresh_that_hangs_makes_the_picture_stale_then_down_with_growing_age(poller: Poller, clock: Clock) -> None:
    wait = poller.snapshot.source.stale_after_s
    began, seen = clock.now, []
    for seconds in (wait, wait + 1, 2 * wait, 3 * wait + 1, 100 * wait):
        clock.now = began + int(seconds)
        snapshot = poller.read()
        seen.append((snapshot.source.state, snapshot.by_name["shop"].health, snapshot.source.age(clock.now)))
    assert [state for state, _, _ in seen] == [SourceState.OK, *[SourceState.STALE] * 2, *[SourceState.DOWN] * 2]
    assert [health for _, health, _ in seen] == [Health.HEALTHY, *[Health.UNKNOWN] * 4]
    assert [age for _, _, age in seen] == [
        int(seconds) for seconds in (wait, wait + 1, 2 * wait, 3 * wait + 1, 100 * wait)
    ]
    assert poller.read().source.trouble is Trouble.NO_ANSWER


def test_nothing_is_acceptable_by_what_has_become_old(poller: Poller, clock: Clock) -> None:
    clock.now += 1000
    snapshot = poller.read()
    assert {str(slo.state) for slo in snapshot.slos} == {"no_data"}
    assert {str(slo.state) for slo in poller.snapshot.slos} == {"acceptable"}


def test_what_has_aged_is_made_once_for_all_who_read_it(poller: Poller, clock: Clock) -> None:
    clock.now += 100
    stale = poller.read()
    clock.now += 1
    assert poller.read() is stale
    clock.now += 10_000
    assert poller.read() is not stale


def test_a_new_snapshot_is_seen_at_once(poller: Poller, clock: Clock) -> None:
    clock.now += 1000
    assert poller.read().source.state is SourceState.DOWN
    poller.tick()
    assert poller.read() is poller.snapshot
    assert poller.read().source.state is SourceState.OK


def test_a_snapshot_is_believed_until_the_first_thing_in_it_is_old(poller: Poller, clock: Clock) -> None:
    until = unchanged_until(poller.snapshot, clock.now)
    assert as_of(poller.snapshot, until) is poller.snapshot
    assert as_of(poller.snapshot, until + 0.001) is not poller.snapshot


def test_a_snapshot_from_the_future_is_not_believed(poller: Poller, clock: Clock) -> None:
    seen = as_of(poller.snapshot, clock.now - 3600)
    assert (seen.source.state, seen.source.trouble) == (SourceState.STALE, Trouble.FROM_THE_FUTURE)
    assert seen.by_name["shop"].health is Health.UNKNOWN


def test_without_a_poller_the_source_is_down_at_once(poller: Poller, clock: Clock) -> None:
    seen = as_of(poller.snapshot, clock.now, is_polled=False)
    assert (seen.source.state, seen.source.trouble) == (SourceState.DOWN, Trouble.NOT_POLLED)
    assert {report.health for report in seen.services} == {Health.UNKNOWN}


class Panic(BaseException):
    """What a library in Rust raises when it panics."""


def test_nothing_a_library_raises_ends_the_poller(clock: Clock) -> None:
    class Panicking(Steady):
        refreshes = 0
        again = threading.Event()

        def samples(self, grid, service=None):  # type: ignore[no-untyped-def]
            self.refreshes += 1
            if self.refreshes > 1:
                self.again.set()
            raise Panic("assertion failed")

    source = Panicking(clock)
    poller = Poller(source, Settings(refresh=0.01), clock=clock)
    poller.start()
    try:
        assert source.again.wait(10), "the poller did not refresh again"
        assert poller.alive
        assert poller.read().source.state is SourceState.DOWN
        assert "assertion failed" in (poller.read().source.error or "")
    finally:
        poller.stop()


def test_a_thread_that_died_is_started_again_by_whoever_reads(poller: Poller, clock: Clock) -> None:
    loop = poller._loop
    loop._thread = threading.Thread(target=lambda: None)
    loop._thread.start()
    loop._thread.join()
    assert not poller.alive
    try:
        assert poller.read().source.trouble is Trouble.NOT_POLLED
        assert poller.alive
    finally:
        poller.stop()
    assert not poller._loop.restart_if_dead()


def test_a_clock_that_was_ahead_and_comes_back_heals_within_two_refreshes(poller: Poller, clock: Clock) -> None:
    source, right = poller.source, clock.now
    assert isinstance(source, Steady)
    clock.now, source.ends = right + 3600, right
    poller.tick()
    assert poller.read().source.state is SourceState.STALE
    for seconds in (5, 10):
        clock.now = source.ends = right + seconds
        poller.tick()
    snapshot = poller.read()
    assert snapshot.source.state is SourceState.OK
    assert snapshot.by_name["shop"].health is Health.HEALTHY
    assert {str(slo.state) for slo in snapshot.slos} == {"acceptable"}
