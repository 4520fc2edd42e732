"""Refreshes lie on the beat of the clock; failures slow them down, and the thread ends when it is told to."""

import threading

import pytest

from dashboard.engine.poller import Poller
from dashboard.engine.refresh_loop import BACKOFF_MAX, Beat, RefreshLoop, seconds_to_next
from dashboard.engine.settings import Settings
from dashboard.sources.protocol import Answer
from dashboard.timerange import Grid
from tests.steady import START, Clock, Steady


@pytest.mark.parametrize(("now", "seconds"), [(900.0, 15.0), (901.0, 14.0), (914.5, 0.5)])
def test_the_next_refresh_lies_on_a_multiple(now: float, seconds: float) -> None:
    assert seconds_to_next(now, 15.0, 0) == seconds


@pytest.mark.parametrize(("failures", "about"), [(1, 15.0), (2, 30.0), (3, BACKOFF_MAX), (100_000, BACKOFF_MAX)])
def test_each_failure_doubles_the_wait_up_to_a_minute(failures: int, about: float) -> None:
    waits = {seconds_to_next(900.0, 15.0, failures) for _ in range(50)}
    assert min(waits) >= 0.8 * about
    assert max(waits) <= 1.2 * about
    assert len(waits) > 1, "many dashboards do not ask at once"


def test_no_source_is_asked_more_than_about_once_a_second_after_a_failure() -> None:
    assert seconds_to_next(900.0, 0.1, 1) >= 0.8


def test_the_thread_refreshes_again_and_again_until_it_is_stopped() -> None:
    third = threading.Event()
    refreshes: list[int] = []

    def refresh() -> float:
        refreshes.append(len(refreshes))
        if len(refreshes) == 3:
            third.set()
        return 0.0 if len(refreshes) < 3 else 60.0

    loop = RefreshLoop(refresh)
    assert not loop.alive
    loop.start()
    loop.start()
    assert third.wait(5)
    assert loop.alive
    loop.stop()
    assert (loop.alive, loop.stopping, len(refreshes)) == (False, True, 3)


def test_a_loop_that_is_stopped_before_it_starts_refreshes_nothing() -> None:
    refreshes: list[int] = []
    loop = RefreshLoop(lambda: float(refreshes.append(1) or 60))
    loop.stop()
    loop.start()
    loop.stop()
    assert (refreshes, loop.alive, loop.stopping) == ([], False, True)


def test_stopping_does_not_wait_for_a_refresh_that_hangs() -> None:
    """A request to a source may take half a minute; whoever presses Ctrl-C does not wait for it."""
    refreshing, go_on = threading.Event(), threading.Event()

    def refresh() -> float:
        refreshing.set()
        go_on.wait(5)
        return 60.0

    loop = RefreshLoop(refresh)
    loop.start()
    assert refreshing.wait(5)
    loop.stop()
    assert (loop.alive, loop.stopping) == (True, True), "it goes on by itself"
    assert loop._thread is not None
    assert loop._thread.daemon, "and does not keep the process from ending"
    go_on.set()


def test_no_wait_is_longer_than_from_one_refresh_to_the_next() -> None:
    waits = [seconds_to_next(now, 15.0, 0) for now in (0.0, 14.999, 15.0, 1_760_000_007.25)]
    assert all(0 < wait <= 15 for wait in waits)
    assert waits[-1] == pytest.approx(2.75)


@pytest.mark.parametrize(
    ("began", "ended", "wait_s"),
    [(900.0, 901.0, 14.0), (899.999, 901.0, 14.0), (900.0, 914.5, 0.5), (900.0, 915.2, 0.0), (900.0, 946.0, 0.0)],
    ids=["in time", "woken a moment early", "just in time", "a little late", "three refreshes late"],
)
def test_a_refresh_that_took_longer_than_its_time_delays_the_next_by_no_more(
    began: float, ended: float, wait_s: float
) -> None:
    assert Beat(15.0).wait_s(began, ended, 0) == pytest.approx(wait_s)


def test_a_source_that_is_always_too_slow_is_given_its_rest() -> None:
    beat, now, waits = Beat(15.0), 900.0, []
    for _ in range(4):
        began, now = now, now + 16.0
        waits.append(beat.wait_s(began, now, 0))
        now += waits[-1]
    assert waits == [0.0, 13.0, 0.0, 13.0]


def test_one_that_fails_is_left_alone_however_long_it_took() -> None:
    assert Beat(15.0).wait_s(900.0, 930.5, 1) >= 0.8 * 15


def test_the_poller_begins_at_once_what_is_due_already() -> None:
    clock = Clock(START)

    class Late(Steady):
        def samples(self, grid: Grid, service: str | None = None) -> Answer:
            clock.now += 15.2
            return super().samples(grid, service)

    poller = Poller(Late(clock), Settings(refresh=15), clock=clock)
    poller.study = lambda wait_s=None: False  # type: ignore[method-assign]
    assert poller._refresh() == 0.0


# --- a thread that died ----------------------------------------------------------------------------------------------


# Pytest reports every thread that ends by an exception; here one has to.
DIES = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


def died() -> tuple[RefreshLoop, threading.Event]:
    """A loop whose thread ended without being told to, as one that is killed does, and what its next refresh sets."""
    ended, again = threading.Event(), threading.Event()

    def refresh() -> float:
        if not ended.is_set():
            ended.set()
            raise SystemExit
        again.set()
        return 60.0

    loop = RefreshLoop(refresh)
    loop.start()
    assert ended.wait(5)
    thread = loop._thread
    assert thread is not None
    thread.join(5)
    return loop, again


@DIES
def test_a_thread_that_died_is_started_anew_once() -> None:
    loop, again = died()
    assert not loop.alive
    assert loop.restart_if_dead()
    assert again.wait(5)
    assert loop.alive
    assert not loop.restart_if_dead()
    loop.stop()


@DIES
def test_one_that_was_told_to_end_stays_ended() -> None:
    loop, again = died()
    loop.stop()
    assert not loop.restart_if_dead()
    assert not again.is_set()


def test_one_that_was_never_started_is_not_started_by_whoever_looks() -> None:
    loop = RefreshLoop(lambda: 60.0)
    assert not loop.restart_if_dead()
    assert not loop.alive
