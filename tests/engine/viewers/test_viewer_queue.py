"""Viewers share few threads: each has its turn, none takes all, and what nobody waits for any more is not fetched."""

import threading
from collections.abc import Callable, Iterator

import pytest

from dashboard.engine.viewers import viewer_queue
from dashboard.engine.viewers.viewer_queue import (
    BEGIN_EACH,
    FORGOTTEN_S,
    NOBODY,
    RETRY_MAX_S,
    RETRY_MIN_S,
    RUNNING,
    RUNNING_EACH,
    WAITING,
    WAITING_EACH,
    Fetch,
    Viewer,
    ViewerQueue,
)
from dashboard.sources.deadline import seconds_left
from dashboard.sources.lanes import Lane, current_lane
from tests.steady import Clock


class Desk:
    """A queue whose fetches hang until they are let go on, and what ran so far."""

    def __init__(self) -> None:
        self.clock = Clock(0)
        self.queue = ViewerQueue(self.clock)
        self.began: list[str] = []
        self.left: list[float] = []
        self.go_on = threading.Event()

    def ask(self, name: str, viewer: Viewer = NOBODY) -> Fetch | None:
        return self.queue.ask(name, lambda: self._run(name), viewer)

    def wanted(self, name: str, viewer: Viewer = NOBODY) -> Fetch:
        fetch = self.ask(name, viewer)
        assert fetch is not None
        return fetch

    def full(self) -> list[Fetch]:
        """All threads are busy, for viewers that are nobody's business."""
        fetches = [self.wanted(f"long {number}") for number in range(RUNNING)]
        self.until(lambda: len(self.began) == RUNNING)
        return fetches

    def finish(self, *fetches: Fetch) -> None:
        self.go_on.set()
        assert all(fetch.done.wait(10) for fetch in fetches)

    def until(self, holds: Callable[[], bool]) -> None:
        pause = threading.Event()
        for _ in range(1000):
            if holds():
                return
            pause.wait(0.01)
        raise AssertionError("it never held")

    def _run(self, name: str) -> None:
        self.began.append(name)
        assert self.go_on.wait(30)
        self.left.append(seconds_left())


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.go_on.set()


def tab(key: str, page: str = "", is_there: Callable[[], bool] = lambda: True) -> Viewer:
    return Viewer(key, page, is_there)


# --- what is bounded -------------------------------------------------------------------------------------------------


def test_so_many_are_fetched_at_once_in_as_many_threads_that_end(desk: Desk) -> None:
    before = threading.active_count()
    fetches = [desk.wanted(f"{number}", tab(f"tab {number}")) for number in range(20)]
    desk.until(lambda: len(desk.began) == RUNNING)
    assert threading.active_count() - before <= RUNNING
    desk.finish(*fetches)
    assert sorted(desk.began) == sorted(str(number) for number in range(20))
    desk.until(lambda: desk.queue._threads == 0)


def test_so_many_wait_and_the_next_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer_queue, "BEGIN", 1000.0)
    desk = Desk()
    desk.full()
    for number in range(WAITING):
        desk.wanted(f"waiting {number}", tab(f"tab {number}"))
    assert desk.ask("one more", tab("late")) is None
    assert desk.ask("waiting 0", tab("late")) is not None, "who joins another takes no place"
    assert desk.queue.retry_s(None) == RETRY_MAX_S
    desk.go_on.set()


def test_a_tab_that_rotates_through_ranges_waits_for_the_newest_alone(desk: Desk) -> None:
    desk.full()
    rotating = tab("rotating")
    fetches = [desk.wanted(f"range {number}", rotating) for number in range(12)]
    assert [fetch.is_wanted() for fetch in fetches] == [False] * (12 - WAITING_EACH) + [True] * WAITING_EACH
    other = desk.wanted("other", tab("other"))
    assert len(desk.queue._waiting) <= WAITING_EACH + 2
    desk.finish(other, *fetches)
    assert len([name for name in desk.began if name.startswith("range")]) == WAITING_EACH


def test_one_tab_never_has_all_threads(desk: Desk) -> None:
    fetches = [desk.wanted(f"mine {number}", tab("mine")) for number in range(WAITING_EACH)]
    desk.until(lambda: len(desk.began) == RUNNING_EACH)
    other = desk.wanted("other", tab("other"))
    desk.until(lambda: "other" in desk.began)
    assert len(desk.began) == RUNNING_EACH + 1
    desk.finish(other, *fetches)
    assert len(desk.began) == WAITING_EACH + 1, "once another has ended, the next has its turn"


def test_so_many_fetches_of_a_tab_begin_at_once_and_then_some_a_second(desk: Desk) -> None:
    desk.go_on.set()
    greedy = tab("greedy")

    def begun(count: int) -> int:
        fetches = [desk.ask(f"{desk.clock.now} {number}", greedy) for number in range(count)]
        assert all(fetch.done.wait(10) for fetch in fetches if fetch is not None)
        return sum(fetch is not None for fetch in fetches)

    assert begun(int(BEGIN_EACH) + 5) == BEGIN_EACH
    assert desk.ask("another's", tab("modest")) is not None
    desk.clock.now += 3
    assert begun(20) == 6


def test_budgets_and_pages_of_tabs_that_left_are_not_kept(desk: Desk) -> None:
    desk.go_on.set()
    for number in range(200):
        desk.clock.now += 1
        fetch = desk.wanted("page", tab(f"tab {number}", "a page"))
        assert fetch.done.wait(10)
    assert len(desk.queue._budgets) < 10
    assert len(desk.queue._pages) < 10


# --- what is given up ------------------------------------------------------------------------------------------------


def test_equal_fetches_are_one_and_it_stays_while_one_viewer_waits(desk: Desk) -> None:
    desk.full()
    first, second = tab("first", "a"), tab("second", "a")
    fetch = desk.wanted("month", first)
    assert desk.ask("month", second) is fetch
    desk.ask("week", tab("first", "b"))
    assert fetch.is_wanted(), "the second still waits"
    desk.ask("week", tab("second", "b"))
    assert not fetch.is_wanted()
    assert fetch.done.is_set()
    desk.go_on.set()


def test_what_a_closed_tab_waited_for_is_not_fetched(desk: Desk) -> None:
    full, is_open = desk.full(), True
    fetch = desk.wanted("month", tab("closing", is_there=lambda: is_open))
    is_open = False
    desk.finish(fetch, *full)
    assert "month" not in desk.began


def test_a_page_that_shows_something_else_gives_up_what_it_waited_for(desk: Desk) -> None:
    full = desk.full()
    month = desk.wanted("month", tab("tab", "span=30d"))
    week = desk.wanted("week", tab("tab", "span=7d"))
    desk.finish(month, week, *full)
    assert "month" not in desk.began
    assert "week" in desk.began


def test_a_viewer_that_is_called_away_waits_no_longer(desk: Desk) -> None:
    class CalledAwayError(BaseException):
        """As what ends a run of a page."""

    calls = iter([None, CalledAwayError()])

    def leave() -> None:
        if (call := next(calls)) is not None:
            raise call

    full = desk.full()
    viewer = Viewer("tab", leave=leave)
    month = desk.wanted("month", viewer)
    with pytest.raises(CalledAwayError):
        month.wait(viewer, 60)
    assert not month.done.is_set()
    desk.finish(month, *full)
    assert month.wait(NOBODY, 0), "what has ended is there at once"


def test_what_nobody_asked_for_again_is_not_fetched(desk: Desk) -> None:
    full = desk.full()
    forgotten, remembered = desk.wanted("forgotten", tab("left")), desk.wanted("remembered", tab("stayed"))
    desk.clock.now += FORGOTTEN_S
    desk.ask("remembered", tab("stayed"))
    desk.clock.now += 1
    desk.finish(forgotten, remembered, *full)
    assert "forgotten" not in desk.began
    assert "remembered" in desk.began


def test_a_fetch_under_way_asks_for_nothing_more_once_its_tab_is_closed(desk: Desk) -> None:
    is_open = True
    fetch = desk.wanted("month", tab("closing", is_there=lambda: is_open))
    desk.until(lambda: desk.began == ["month"])
    is_open = False
    desk.finish(fetch)
    assert desk.left == [float("-inf")]


# --- how it runs -----------------------------------------------------------------------------------------------------


def test_fetches_run_in_the_lane_of_viewers_and_no_longer_than_they_may() -> None:
    queue, seen = ViewerQueue(), []
    fetch = queue.ask("month", lambda: seen.append((current_lane(), seconds_left())), NOBODY)
    assert fetch is not None
    assert fetch.done.wait(10)
    ((lane, left_s),) = seen
    assert lane is Lane.VIEWERS
    assert 0 < left_s <= viewer_queue.FETCH_S


def test_a_fault_of_one_fetch_leaves_the_others_as_they_were(caplog: pytest.LogCaptureFixture) -> None:
    queue, seen = ViewerQueue(), []

    def break_down() -> None:
        raise RuntimeError("it broke")

    broken = queue.ask("broken", break_down, NOBODY)
    whole = queue.ask("whole", lambda: seen.append("whole"), NOBODY)
    assert broken is not None
    assert whole is not None
    assert broken.done.wait(10)
    assert whole.done.wait(10)
    assert seen == ["whole"]
    assert "What a viewer asked for could not be fetched" in caplog.text


def test_who_is_later_is_told_to_come_back_later(desk: Desk) -> None:
    under_way = desk.full()
    queue = [desk.wanted(f"{number}", tab(f"tab {number}")) for number in range(40)]
    waits = [desk.queue.retry_s(fetch) for fetch in (*under_way, *queue)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (RETRY_MIN_S, RETRY_MAX_S)
    desk.go_on.set()


def test_everybody_goes_when_the_queue_is_closed(desk: Desk) -> None:
    fetches = [*desk.full(), desk.wanted("waiting", tab("tab"))]
    desk.queue.close()
    assert all(fetch.done.is_set() for fetch in fetches)
    assert desk.ask("late", tab("tab")) is None
