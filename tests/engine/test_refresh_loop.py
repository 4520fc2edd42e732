"""Refreshes lie on the beat of the clock; failures slow them down, and the thread ends when it is told to."""

import threading

import pytest

from dashboard.engine.refresh_loop import BACKOFF_MAX, RefreshLoop, seconds_to_next


@pytest.mark.parametrize(("now", "seconds"), [(900.0, 15.0), (901.0, 14.0), (914.5, 0.5)])
def test_the_next_refresh_lies_on_a_multiple(now: float, seconds: float) -> None:
    assert seconds_to_next(now, 15.0, 0) == seconds


@pytest.mark.parametrize(("failures", "about"), [(1, 15.0), (2, 30.0), (3, BACKOFF_MAX), (100, BACKOFF_MAX)])
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
