"""What all viewers share is builds once, and holds nothing of the past."""

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

from dashboard.engine.poller import Poller
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import Grid
from dashboard.ui.live_chart import Broadcast
from dashboard.ui.panels.service.service_charts import broadcast
from dashboard.ui.panels.service.service_view import ServiceView
from dashboard.ui.shared_cache import SharedCache

NOW = 1_760_000_000.0


class Data:
    """Equal only to itself."""


def test_the_same_data_are_made_into_something_once() -> None:
    shared, data, builds = SharedCache[int](), Data(), []
    for _ in range(3):
        shared.of("checkout, 1 h", data, lambda: builds.append(1) or len(builds))
    assert len(builds) == 1
    assert shared.of("search, 1 h", data, lambda: 7) == 7
    assert shared.of("checkout, 1 h", Data(), lambda: 8) == 8


def test_a_value_may_build_on_the_one_before() -> None:
    shared = SharedCache[list[int]]()
    for number in range(3):
        grown = shared.following("checkout", Data(), lambda before, number=number: [*(before or []), number])
    assert grown == [0, 1, 2]
    assert shared.following("search", Data(), lambda before: before or [7]) == [7], "of the same choice"


def test_data_of_the_past_are_let_go() -> None:
    shared, data = SharedCache[int](), Data()
    past = weakref.ref(data)
    shared.of("checkout, 1 h", data, lambda: 1)
    del data
    shared.of("checkout, 1 h", Data(), lambda: 2)
    gc.collect()
    assert past() is None


def test_so_many_choices_are_kept() -> None:
    shared = SharedCache[int](kept=3)
    for number in range(10):
        shared.of(number, None, lambda: 0)
    assert len(shared) == 3


def test_two_viewers_get_the_same_message_and_the_next_refresh_a_new_one() -> None:
    clock = [NOW]
    poller = Poller(DemoSource(start=NOW), clock=lambda: clock[0])

    def seen() -> Broadcast:
        report = poller.snapshot.by_name["checkout"]
        end = int(report.samples.index[-1].timestamp())
        return broadcast(ServiceView(report, Grid.ending(end, span=3600, step=15)))

    poller.tick()
    first = seen()
    assert seen() is first
    clock[0] += 15
    poller.tick()
    assert seen() is not first
    assert seen().keyframe is first.keyframe, "which builds on what both have"


def test_threads_that_want_the_same_wait_for_the_one_that_makes_it() -> None:
    shared, data, builds = SharedCache[int](), Data(), []
    begun, go_on = threading.Event(), threading.Event()

    def slowly() -> int:
        begun.set()
        go_on.wait(timeout=5)
        builds.append(1)
        return 7

    with ThreadPoolExecutor(max_workers=4) as pool:
        waiting = [pool.submit(shared.of, "checkout, 1 h", data, slowly) for _ in range(4)]
        assert begun.wait(timeout=5)
        assert shared.of("search, 1 h", data, lambda: 8) == 8
        go_on.set()
        assert [future.result(timeout=5) for future in waiting] == [7, 7, 7, 7]
    assert len(builds) == 1
