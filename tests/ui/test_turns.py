"""So many pages are drawn at once; who waits for something else lets another draw."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.exceptions import DashboardError
from dashboard.ui import problems, turns
from tests.live import until

LONG_S = 10.0


@pytest.fixture(autouse=True)
def nobody_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_turns", turns.Turns(turns.AT_ONCE))


class Drawing:
    """Pages that are drawn until they may go on; how many there are at once is counted."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.begun = threading.Semaphore(0)
        self.now, self.most = 0, 0
        self._lock = threading.Lock()

    def draw(self) -> None:
        with turns.turn():
            with self._lock:
                self.now += 1
                self.most = max(self.most, self.now)
            self.begun.release()
            assert self.go_on.wait(LONG_S)
            with self._lock:
                self.now -= 1


def test_so_many_are_drawn_at_once_and_all_in_the_end() -> None:
    drawing = Drawing()
    with ThreadPoolExecutor(20) as viewers:
        pages = [viewers.submit(drawing.draw) for _ in range(20)]
        for _ in range(turns.AT_ONCE):
            assert drawing.begun.acquire(timeout=LONG_S)
        drawing.go_on.set()
        for page in pages:
            page.result(LONG_S)
    assert drawing.most == turns.AT_ONCE


def test_who_waits_for_something_else_lets_another_draw() -> None:
    arrived = threading.Event()

    def waits() -> None:
        with turns.turn(), turns.away():
            assert arrived.wait(LONG_S)

    def draws() -> None:
        with turns.turn():
            arrived.set()

    with ThreadPoolExecutor(turns.AT_ONCE + 1) as viewers:
        waiting = [viewers.submit(waits) for _ in range(turns.AT_ONCE)]
        viewers.submit(draws).result(LONG_S)
        for page in waiting:
            page.result(LONG_S)


def test_a_turn_within_a_turn_is_the_same_one() -> None:
    def draws() -> None:
        for _ in range(2 * turns.AT_ONCE):
            with turns.turn(), turns.turn(), turns.away(), turns.turn():
                pass

    with ThreadPoolExecutor(1) as viewers:
        viewers.submit(draws).result(LONG_S)


def test_away_without_a_turn_takes_none() -> None:
    with turns.away():
        pass
    assert turns._turns.free == turns.AT_ONCE


def test_a_turn_goes_to_whoever_has_waited_for_longest() -> None:
    line, drawn = turns.Turns(1), []

    def waits() -> None:
        line.take()
        drawn.append("waited")
        line.give_back()

    line.take()
    with ThreadPoolExecutor(1) as viewer:
        page = viewer.submit(waits)
        until(lambda: line.waiting == 1, "wait for a turn")
        line.give_back()
        line.take()
        drawn.append("came again")
        line.give_back()
        page.result(LONG_S)
    assert drawn == ["waited", "came again"]
    assert line.free == 1


@pytest.mark.parametrize("error", [DashboardError("it is gone"), ValueError("a fault"), SystemExit()])
def test_what_fails_gives_its_turn_back(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problems, "banner", lambda text: None)

    def fails() -> None:
        with problems.shown():
            raise error

    for _ in range(turns.AT_ONCE + 1):
        # In threads of their own, as pages are.
        with ThreadPoolExecutor(1) as viewer:
            page = viewer.submit(fails)
            if isinstance(error, DashboardError):
                page.result(LONG_S)
            else:
                with pytest.raises(type(error)):
                    page.result(LONG_S)
