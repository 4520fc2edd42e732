"""A window that viewers ask for is fetched once for all of them, followed by its tail, and kept when it fails."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.engine.viewers import on_demand, viewer_queue
from dashboard.engine.viewers.on_demand import FAILED_FOR, WINDOWS_KEPT, OnDemandWindow, OnDemandWindows
from dashboard.engine.viewers.viewer_queue import Viewer
from dashboard.exceptions import SourceTimeout, SourceUnavailable
from dashboard.sources.protocol import Answer
from dashboard.timerange import DAY, HOUR, Grid
from tests.steady import START, Clock, Steady

SHOP = ("shop", "")


def day(end: float = START) -> Grid:
    """The last day in five minutes."""
    return Grid.ending(end, span=DAY, step=300)


@pytest.fixture
def source() -> Steady:
    return Steady(Clock())


@pytest.fixture
def windows(source: Steady) -> OnDemandWindows:
    return OnDemandWindows(source, source.clock)


# --- what is in a window ---------------------------------------------------------------------------------------------


def test_a_window_holds_the_signals_of_its_service_on_its_grid(windows: OnDemandWindows) -> None:
    window = windows.fetch(SHOP, day())
    assert window.frame.columns.names == ["measure", "detail"]
    assert window.frame["requests", ""].eq(10.0).all()
    assert (len(window.frame), window.grid, window.error) == (288, day(), None)
    assert len(window.costs) == 1


def test_a_breakdown_keeps_the_values_of_its_label(windows: OnDemandWindows) -> None:
    window = windows.fetch(("shop", "route"), day())
    assert set(window.frame.columns.get_level_values(0)) == {"shop", "cart"}
    assert window.frame["cart", "requests", ""].eq(1.0).all()


def test_what_lies_ahead_of_now_is_no_data_whatever_the_source_answers(
    source: Steady, windows: OnDemandWindows
) -> None:
    ahead = day(START + HOUR)
    shown = windows.fetch(SHOP, ahead).frame["requests", ""]
    assert shown.notna().sum() == len(ahead) - 12
    assert shown.iloc[:-12].eq(10.0).all()
    source.clock.now = START + HOUR / 2
    assert windows.fetch(SHOP, ahead).frame["requests", ""].notna().sum() == len(ahead) - 6, (
        "asked again as time goes on"
    )
    source.clock.now = START + HOUR
    assert windows.fetch(SHOP, ahead).frame["requests", ""].eq(10.0).all()
    asked = len(source.asked)
    windows.fetch(SHOP, ahead)
    assert len(source.asked) == asked, "and not any more once it has come"


def test_half_an_answer_is_marked_and_asked_for_whole_the_next_time(source: Steady, windows: OnDemandWindows) -> None:
    source.partial = True
    assert windows.fetch(SHOP, day()).partial
    source.partial, source.clock.now = False, START + 300
    assert not windows.fetch(SHOP, day(START + 300)).partial
    assert source.asked[-1] == day(START + 300)


# --- once for all ----------------------------------------------------------------------------------------------------


def test_viewers_of_one_window_get_the_same_object(source: Steady, windows: OnDemandWindows) -> None:
    first = windows.fetch(SHOP, day())
    assert windows.fetch(SHOP, day()) is first
    assert (len(source.asked), windows.queries) == (1, 1)


def test_a_later_grid_costs_its_tail_alone(source: Steady, windows: OnDemandWindows) -> None:
    windows.fetch(SHOP, day())
    source.clock.now = START + 300
    assert windows.fetch(SHOP, day(START + 300)).grid == day(START + 300)
    assert source.asked[-1].end == START + 300
    assert len(source.asked[-1]) < 10


@pytest.mark.parametrize(
    ("content", "grid"),
    [
        (("cart", ""), day()),
        (("shop", "route"), day()),
        (SHOP, Grid.ending(START, span=DAY, step=600)),
        (SHOP, Grid.ending(START, span=2 * DAY, step=300)),
        (SHOP, day(START - 2 * HOUR)),
    ],
    ids=["another service", "a breakdown", "another step", "another span", "the past"],
)
def test_another_window_is_fetched_whole_and_leaves_the_first_where_it_was(
    source: Steady, windows: OnDemandWindows, content: tuple[str, str], grid: Grid
) -> None:
    first = windows.fetch(SHOP, day())
    windows.fetch(content, grid)
    assert source.asked[-1] == grid
    assert windows.fetch(SHOP, day()) is first


class Slow(Steady):
    """A source that answers when it is let go on."""

    def __init__(self) -> None:
        super().__init__(Clock())
        self.asking, self.go_on = threading.Event(), threading.Event()

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        self.asking.set()
        assert self.go_on.wait(5)
        return super().samples(grid, service)


@pytest.fixture
def slow() -> Iterator[Slow]:
    source = Slow()
    yield source
    source.go_on.set()


def test_viewers_that_come_while_a_window_is_fetched_wait_for_that_one(slow: Slow) -> None:
    windows = OnDemandWindows(slow, slow.clock)
    with ThreadPoolExecutor(8) as viewers:
        waiting = [viewers.submit(windows.fetch, SHOP, day()) for _ in range(8)]
        assert slow.asking.wait(5)
        assert len(slow.asked) == 0, "nobody has an answer yet"
        slow.go_on.set()
        shown = {id(window.result(5)) for window in waiting}
    assert (len(shown), len(slow.asked)) == (1, 1)


def test_a_viewer_who_saw_no_window_and_asks_once_it_is_there_costs_nothing(
    source: Steady, windows: OnDemandWindows
) -> None:
    first = windows.fetch(SHOP, day())
    slot = windows._slot(SHOP, day())
    windows._refresh(slot, SHOP, day())
    assert (slot.newest, len(source.asked)) == (first, 1)


def test_a_slow_window_keeps_nobody_from_another(slow: Slow) -> None:
    windows = OnDemandWindows(slow, slow.clock)
    with ThreadPoolExecutor(1) as viewer:
        waiting = viewer.submit(windows.fetch, SHOP, day())
        assert slow.asking.wait(5)
        assert not windows.fetch(("shop", "route"), day()).frame.empty
        assert not waiting.done()
        slow.go_on.set()
        assert waiting.result(5).error is None


# --- windows that take long ------------------------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_demand, "WAIT_S", 0.02)


@pytest.mark.usefixtures("impatient")
def test_a_viewer_is_told_when_to_come_back_and_then_finds_the_window(slow: Slow) -> None:
    windows = OnDemandWindows(slow, slow.clock)
    busy = windows.fetch(SHOP, day())
    assert (busy.frame.shape, busy.error, busy.grid) == ((288, 0), None, day())
    assert busy.retry_s is not None
    again = windows.fetch(SHOP, day())
    assert again.retry_s is not None
    slow.go_on.set()
    done = came(windows, day())
    assert not done.frame.empty
    assert len(slow.asked) == 1, "both waited for one"


def test_a_viewer_that_looks_again_does_not_wait_again(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_demand, "WAIT_S", 0.5)
    windows, tab = OnDemandWindows(slow, slow.clock), Viewer("tab")
    began = time.monotonic()
    for _ in range(50):
        assert windows.fetch(SHOP, day(), tab).retry_s is not None
    assert time.monotonic() - began < 10, "once, and not fifty times"


@pytest.mark.usefixtures("impatient")
def test_while_the_tail_is_fetched_the_last_window_is_shown(slow: Slow) -> None:
    windows = OnDemandWindows(slow, slow.clock)
    slow.go_on.set()
    before = came(windows, day())
    slow.go_on.clear()
    slow.clock.now += 300
    busy = windows.fetch(SHOP, day(START + 300))
    assert busy.frame is before.frame
    assert (busy.grid, busy.retry_s is not None) == (day(), True)
    slow.go_on.set()
    assert came(windows, day(START + 300)).grid == day(START + 300)


@pytest.mark.usefixtures("impatient")
def test_a_window_that_its_viewer_gave_up_has_not_failed(slow: Slow) -> None:
    """The next who asks for it gets it, and no error of a request that was cut short."""
    is_open = True
    windows = OnDemandWindows(slow, slow.clock)
    windows.fetch(SHOP, day(), Viewer("tab", is_there=lambda: is_open))
    assert slow.asking.wait(5)
    slow.failure, is_open = SourceTimeout("the time for this refresh was over"), False
    slow.go_on.set()
    fetch = next(iter(windows._queue._running), None)
    assert fetch is None or fetch.done.wait(10)
    slow.failure = None
    assert came(windows, day()).error is None


def came(windows: OnDemandWindows, grid: Grid) -> OnDemandWindow:
    """The window, asked for as a page does it: again and again."""
    for _ in range(500):
        window = windows.fetch(SHOP, grid)
        if window.retry_s is None:
            return window
    raise AssertionError("it never came")


# --- failures --------------------------------------------------------------------------------------------------------


def failed(source: Steady, windows: OnDemandWindows, *, after: float) -> OnDemandWindow:
    """The window that is shown when the source fails so many seconds later."""
    source.failure = SourceUnavailable("connection refused")
    source.clock.now += after
    return windows.fetch(SHOP, day(source.clock.now))


def test_a_window_that_never_came_is_empty_with_its_error(source: Steady, windows: OnDemandWindows) -> None:
    window = failed(source, windows, after=0)
    assert (window.error, window.frame.shape) == ("connection refused", (288, 0))
    assert window.frame.columns.names == ["measure", "detail"]


def test_an_empty_breakdown_has_the_columns_of_one(source: Steady, windows: OnDemandWindows) -> None:
    source.failure = SourceUnavailable("connection refused")
    assert windows.fetch(("shop", "route"), day()).frame.columns.nlevels == 3


def test_a_window_that_fails_is_the_last_one_on_its_own_grid(source: Steady, windows: OnDemandWindows) -> None:
    before = windows.fetch(SHOP, day())
    window = failed(source, windows, after=300)
    assert window.frame is before.frame
    assert (window.grid, window.error) == (day(), "connection refused")


def test_nobody_asks_again_for_a_while_after_a_failure(source: Steady, windows: OnDemandWindows) -> None:
    window = failed(source, windows, after=0)
    source.failure = None
    source.clock.now += FAILED_FOR - 0.1
    assert windows.fetch(SHOP, day()) is window
    assert source.asked == []
    source.clock.now += 0.1
    assert windows.fetch(SHOP, day()).error is None


def test_each_failure_begins_the_wait_anew(source: Steady, windows: OnDemandWindows) -> None:
    failed(source, windows, after=0)
    again = failed(source, windows, after=FAILED_FOR)
    source.failure = None
    source.clock.now += FAILED_FOR - 0.1
    assert windows.fetch(SHOP, day()) is again


def test_another_window_need_not_wait_for_one_that_failed(source: Steady, windows: OnDemandWindows) -> None:
    failed(source, windows, after=0)
    source.failure = None
    assert windows.fetch(("cart", ""), day()).error is None


def test_after_a_failure_the_whole_window_is_fetched(source: Steady, windows: OnDemandWindows) -> None:
    windows.fetch(SHOP, day())
    failed(source, windows, after=300)
    source.failure = None
    source.clock.now += 300
    windows.fetch(SHOP, day(source.clock.now))
    assert source.asked[-1] == day(source.clock.now)


# --- what is kept ----------------------------------------------------------------------------------------------------


def test_the_window_that_nobody_looked_at_for_longest_goes_first(
    source: Steady, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer_queue, "BEGIN", 1000.0)
    windows = OnDemandWindows(source, source.clock)
    first = windows.fetch(SHOP, day())
    for number in range(WINDOWS_KEPT - 1):
        windows.fetch((f"service-{number}", ""), day())
    assert windows.fetch(SHOP, day()) is first
    windows.fetch(("one more", ""), day())
    assert windows.fetch(SHOP, day()) is first, "it was looked at since"
    queries = windows.queries
    windows.fetch(("service-0", ""), day())
    assert windows.queries == queries + 1
    assert len(windows._slots) == WINDOWS_KEPT


def test_what_is_forgotten_is_fetched_whole(source: Steady, windows: OnDemandWindows) -> None:
    first = windows.fetch(SHOP, day())
    windows.forget()
    source.clock.now += 300
    assert windows.fetch(SHOP, day(source.clock.now)) is not first
    assert source.asked[-1] == day(source.clock.now)
