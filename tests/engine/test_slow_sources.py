"""A source that is slow or dies, at any point of a refresh: nothing is called fresh after its patience is over.

GS_BENCH_SLOW=1 tries every delay between none and ten minutes at every point; else some are tried.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from dashboard import frames
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState
from dashboard.engine.viewers import on_demand, viewer_queue
from dashboard.engine.viewers.viewer_queue import Viewer
from dashboard.exceptions import SourceTimeout
from dashboard.slo.indicators import Query, Ratio
from dashboard.slo.objective import Slo
from dashboard.sources.catalog import Catalog
from dashboard.sources.protocol import Answer
from dashboard.timerange import Grid
from dashboard.web import status_json
from tests.engine.viewers.test_query_selections import Selecting
from tests.slow import SLOW
from tests.steady import START, Clock, Steady
from tests.web.test_routes import ask

BAD, VALID = Query("bad", counter=True), Query("valid", counter=True)
OWN = Slo("shop", "own", Ratio(VALID, bad=BAD), 0.9)
POINTS = ("first samples", "first counts", "first query values", "samples", "counts", "query values")
DELAYS = (0, 1, 29, 59, 61, 74, 76, 150, 299, 301, 450, 600) if SLOW else (76, 600)
# Seconds of scrape interval and refresh; the patience that follows lies between one and five minutes.
PACES = ((1.0, 5.0), (15.0, 15.0), (60.0, 15.0), (15.0, 60.0)) if SLOW else ((15.0, 15.0),)
WATCHED_S = 1500 if SLOW else 700


class Slow(Selecting):
    """A source with a delay at one point: seconds pass while it is asked there, and somebody looks at each of them.

    Args:
        point: one of `POINTS`. `delay`: seconds; `dies`: no answer comes at their end. `scrape`: its interval.
    """

    def __init__(self, point: str, delay: int, *, dies: bool, scrape: float) -> None:
        Steady.__init__(self, Clock(), ("shop", "cart"))
        self.lacks, self.failed_until = (), START
        self.delay, self.dies, self.scrape = delay, dies, scrape
        self.is_first, self.point = point.startswith("first"), point.removeprefix("first ")
        self.look: Callable[[], None] = lambda: None
        # The newest sample that was answered: nothing younger can be shown.
        self.newest = float("-inf")

    def discover(self, now: float) -> Catalog:
        catalog = super().discover(now)
        return replace(
            catalog,
            scrape_interval=self.scrape,
            services=tuple(replace(info, scrape_interval=self.scrape) for info in catalog.services),
        )

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        return self._delayed("samples", lambda: super(Slow, self).samples(grid, service))

    def counts(self, grid: Grid) -> Answer:
        return self._delayed("counts", lambda: super(Slow, self).counts(grid))

    def query_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        values = {query.key: np.full(len(grid), 0.0 if query == BAD else 10.0) for query in queries}
        return self._delayed("query values", lambda: Answer(frames.samples(values, grid), newest=self.clock.now))

    def pass_time(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.clock.now += 1
            self.look()

    def _delayed(self, point: str, answer: Callable[[], Answer]) -> Answer:
        # As the server saw it when it was asked, however long the answer was under way.
        answered = answer()
        if point == self.point and (self.is_first or self.newest > 0):
            self.pass_time(self.delay)
            if self.dies and self.delay:
                raise SourceTimeout("no answer in time")
        assert answered.newest is not None
        self.newest = max(self.newest, answered.newest)
        return answered


def stale_after_of(poller: Poller) -> float:
    return poller.snapshot.source.stale_after_s


def checked(poller: Poller, source: Slow, *, by_route: bool = False) -> None:
    """What is shown at this moment is not called fresh where it is old."""
    age = source.clock.now - source.newest
    snapshot = poller.read()
    if snapshot.source.state is SourceState.STARTING or age <= stale_after_of(poller) + 1:
        return
    assert snapshot.source.state is not SourceState.OK, f"{age} s after the last sample"
    # As soon as that is so, and now and then while it lasts: writing all of it takes its time.
    if not (age - stale_after_of(poller) <= 3 or age % 60 < 1 or by_route):
        return
    written = status_json.as_json(snapshot, source.clock.now)
    assert written["source"]["state"] != "ok"
    assert "healthy" not in {row["health"] for row in written["services"]}
    assert "acceptable" not in {row["state"] for row in written["slos"]}
    if by_route:
        assert ask(poller, "/readyz").status_code == 503
        assert ask(poller, "/api/v1/status").json()["source"]["state"] in ("stale", "down")


@pytest.mark.parametrize(("scrape", "refresh"), PACES, ids=lambda value: f"{value:g}s")
@pytest.mark.parametrize("dies", [False, True], ids=["slow", "dying"])
@pytest.mark.parametrize("point", POINTS)
def test_nothing_is_fresh_once_its_patience_is_over(point: str, dies: bool, scrape: float, refresh: float) -> None:
    for delay in DELAYS:
        source = Slow(point, delay, dies=dies, scrape=scrape)
        poller = Poller(source, Settings(refresh=refresh, slos=(OWN,)), clock=source.clock)
        source.look = lambda poller=poller, source=source: checked(poller, source)
        while source.clock.now < START + WATCHED_S:
            poller.tick()
            source.pass_time(refresh - source.clock.now % refresh)


@pytest.mark.parametrize("point", ["samples", "counts", "query values"])
def test_the_routes_say_so_in_the_second_after_the_patience(point: str) -> None:
    source = Slow(point, 0, dies=False, scrape=15.0)
    poller = Poller(source, Settings(refresh=15, slos=(OWN,)), clock=source.clock)
    poller.tick()
    assert ask(poller, "/readyz").status_code == 200
    source.clock.now += 60
    seen: list[int] = []

    def look() -> None:
        age = source.clock.now - source.newest
        if age in (stale_after_of(poller), stale_after_of(poller) + 1):
            seen.append(ask(poller, "/readyz").status_code)
            checked(poller, source, by_route=True)

    source.delay, source.look = 600, look
    poller.tick()
    # Where events are slow the new samples wait for them: that the picture is old is said too early then, never late.
    assert seen in ([200, 503], [503, 503] if point != "samples" else [])


def test_what_runs_beside_the_refreshes_never_makes_the_picture_old() -> None:
    """The search for services and the past may take ten minutes."""
    go_on = threading.Event()

    class Beside(Slow):
        hangs = False

        def discover(self, now: float) -> Catalog:
            assert not self.hangs or go_on.wait(60)
            return super().discover(now)

        def samples(self, grid: Grid, service: str | None = None) -> Answer:
            assert grid.step == 15 or go_on.wait(60)
            return super().samples(grid, service)

    source = Beside("samples", 0, dies=False, scrape=15.0)
    poller = Poller(source, Settings(refresh=15), clock=source.clock)
    poller.tick()
    source.hangs = True
    for _ in range(600 // 15):
        source.clock.now += 15
        poller.tick()
        poller.study(wait_s=0)
        assert poller.read().source.state is SourceState.OK
        assert poller.read().source.age(source.clock.now) == 0
    go_on.set()


def test_no_refresh_waits_for_fifty_tabs_whose_long_ranges_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many are asked for at once; whoever comes is told to come back."""
    monkeypatch.setattr(on_demand, "WAIT_S", 0.01)
    go_on = threading.Event()
    hanging: list[Grid] = []

    class Hanging(Slow):
        def samples(self, grid: Grid, service: str | None = None) -> Answer:
            if service is not None:
                hanging.append(grid)
                assert go_on.wait(60)
            return super().samples(grid, service)

    source = Hanging("samples", 0, dies=False, scrape=15.0)
    poller = Poller(source, Settings(refresh=15), clock=source.clock)
    poller.tick()
    try:
        for turn in range(4):
            source.clock.now += 15
            with ThreadPoolExecutor(50) as tabs:
                window, spans = poller.viewers.window, [(1 + tab % 7) * 86_400 for tab in range(50)]
                shown = [
                    tabs.submit(window, "shop", Grid.ending(START, span=span, step=300), Viewer(f"{turn} {tab}"))
                    for tab, span in enumerate(spans)
                ]
                poller.tick()
                assert poller.read().source.age(source.clock.now) == 0
                assert all(window.result(30).retry_s is not None for window in shown), "busy, not nothing"
        assert 0 < len(hanging) <= viewer_queue.RUNNING
    finally:
        go_on.set()


# --- a clock that jumps ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ahead", "during"), [(90, 1), (3600, 5), (400 * 86_400, 5)])
def test_a_clock_that_jumps_forward_and_back_heals_within_two_refreshes(ahead: int, during: int) -> None:
    """With a search and the past read beside, and a range that somebody looks at."""

    class Real(Slow):
        """Knows nothing of the future."""

        def samples(self, grid: Grid, service: str | None = None) -> Answer:
            self.ends = self.truth
            return super().samples(grid, service)

        truth = float(START)

    source = Real("samples", 0, dies=False, scrape=15.0)
    poller = Poller(source, Settings(refresh=15), clock=source.clock)

    def turn(seconds: float) -> None:
        source.truth += seconds
        source.clock.now += seconds
        poller.tick()
        poller.study(wait_s=10)
        window()

    def window() -> None:
        shown = poller.viewers.window("shop", Grid.ending(source.clock.now, span=86_400, step=300))
        assert shown.error is None

    for _ in range(3):
        turn(15)
    assert poller.read().source.state is SourceState.OK
    source.clock.now += ahead
    for _ in range(during):
        turn(15)
    source.clock.now -= ahead
    turn(15)
    turn(15)
    snapshot = poller.read()
    assert snapshot.source.state is SourceState.OK
    assert {str(report.health) for report in snapshot.services} == {"healthy"}
    assert {str(slo.state) for slo in snapshot.slos} == {"acceptable"}
    shown = poller.viewers.window("shop", Grid.ending(source.clock.now, span=86_400, step=300))
    assert shown.frame["requests", ""].notna().all(), "the range is whole, too"
