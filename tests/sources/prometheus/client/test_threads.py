"""Each lane has threads of its own, so many and no more, and what hangs neither blocks it nor grows without end."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest

from dashboard.exceptions import SourceTimeout, SourceUnavailable
from dashboard.sources.deadline import deadline
from dashboard.sources.lanes import Lane, asked_for
from dashboard.sources.prometheus.client import threads
from dashboard.sources.prometheus.client.threads import DaemonPool

SIZES = {Lane.REFRESH: 2, Lane.VIEWERS: 1}


@pytest.fixture
def pool() -> DaemonPool:
    return DaemonPool(SIZES)


@pytest.fixture
def go_on() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def hang(pool: DaemonPool, go_on: threading.Event, count: int) -> list[Future[bool]]:
    return [pool.submit(go_on.wait, 30) for _ in range(count)]


def until(holds: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if holds():
            return
        pause.wait(0.01)
    raise AssertionError("it never held")


def test_a_full_lane_keeps_nobody_of_another_one_waiting(pool: DaemonPool, go_on: threading.Event) -> None:
    with asked_for(Lane.VIEWERS):
        hang(pool, go_on, 50)
    assert pool.submit(lambda: "live").result(5) == "live"


def test_a_lane_runs_so_many_calls_at_once_in_as_many_threads(pool: DaemonPool, go_on: threading.Event) -> None:
    before, running, most = threading.active_count(), 0, 0
    lock = threading.Lock()

    def call() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        go_on.wait(30)
        with lock:
            running -= 1

    calls = [pool.submit(call) for _ in range(100)]
    until(lambda: running == 2)
    assert threading.active_count() - before <= 2
    go_on.set()
    for future in calls:
        future.result(5)
    assert most == 2


def test_calls_keep_their_order_and_what_they_raise_reaches_the_caller(pool: DaemonPool) -> None:
    order: list[int] = []
    with asked_for(Lane.VIEWERS):
        calls = [pool.submit(order.append, number) for number in range(20)]
        broken = pool.submit(int, "no number")
    for future in calls:
        future.result(5)
    assert order == list(range(20))
    with pytest.raises(ValueError, match="no number"):
        pool.result(broken)


@pytest.fixture
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "GRACE_S", 0.01)


@pytest.mark.usefixtures("no_grace")
def test_a_call_that_hangs_beyond_its_deadline_leaves_its_place_to_others(
    pool: DaemonPool, go_on: threading.Event
) -> None:
    with deadline(0.02):
        hanging = hang(pool, go_on, 3)
        for future in hanging:
            with pytest.raises(SourceTimeout, match="the request hangs"):
                pool.result(future)
    assert pool.submit(lambda: "next").result(5) == "next"
    assert hanging[2].cancelled(), "it never began"


@pytest.mark.usefixtures("no_grace")
def test_so_many_calls_may_hang_and_once_they_end_all_goes_on(
    pool: DaemonPool, go_on: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "HANGING_MAX", 3)
    for _ in range(3):
        (future,) = hang(pool, go_on, 1)
        until(future.running)
        with deadline(0.0), pytest.raises(SourceTimeout):
            pool.result(future)
    with pytest.raises(SourceUnavailable, match="3 requests hang: nothing more is sent"):
        hang(pool, go_on, 1)
    go_on.set()
    until(lambda: not pool._hanging)
    assert pool.submit(lambda: "again").result(5) == "again"
    assert pool._lanes[Lane.REFRESH].running <= 1


@pytest.mark.usefixtures("no_grace")
def test_a_timeout_of_the_call_itself_is_no_call_that_hangs(pool: DaemonPool) -> None:
    def call() -> None:
        raise TimeoutError("of the call")

    with deadline(5), pytest.raises(TimeoutError, match="of the call"):
        pool.result(pool.submit(call))
    assert not pool._hanging


def test_whoever_waits_when_the_pool_is_closed_is_told(pool: DaemonPool, go_on: threading.Event) -> None:
    futures = hang(pool, go_on, 5)
    pool.close()
    for future in futures:
        with pytest.raises(SourceUnavailable, match="closed"):
            future.result(5)
