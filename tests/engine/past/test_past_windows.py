"""Pasts that viewers try objectives on: read once for all, anew after an hour, not again at once after a failure."""

from dashboard.engine.default_slos import availability
from dashboard.engine.past.past_rows import Wanted
from dashboard.engine.past.past_windows import KEPT, PastWindows
from dashboard.engine.viewers.viewer_queue import Viewer, ViewerQueue
from dashboard.exceptions import SourceUnavailable
from dashboard.slo.indicators import Column
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.protocol import Answer
from dashboard.timerange import DAY, HOUR, Grid

START = 1_760_000_400


class Counting(DemoSource):
    """Counts what it is asked, and fails while it is told to."""

    asked, fails = 0, False

    def counts_of(self, columns: list[Column], grid: Grid) -> Answer:  # type: ignore[override]
        self.asked += 1
        if self.fails:
            raise SourceUnavailable("down")
        return super().counts_of(columns, grid)


class Clock:
    now = float(START)

    def __call__(self) -> float:
        return self.now


def wanted(source: DemoSource, at: float, service: str = "cart") -> Wanted:
    catalog = source.discover(at)
    return Wanted(availability(service), catalog.named(service), catalog, at, span_s=float(DAY), hours_s=0.0)


def test_one_past_is_read_once_for_all_who_look() -> None:
    source, clock = Counting(start=START), Clock()
    pasts = PastWindows(source, clock, ViewerQueue())
    first = pasts.fetch(wanted(source, START), Viewer("a"), wait_s=20)
    assert first.past is not None
    asked = source.asked
    assert pasts.fetch(wanted(source, START + 600), Viewer("b"), wait_s=20).past is first.past
    assert source.asked == asked
    assert pasts.queries == asked == first.parts
    later = pasts.fetch(wanted(source, START + HOUR), Viewer("b"), wait_s=20)
    assert later.past is not None
    assert later.past.at == START + HOUR
    assert source.asked == 2 * asked


def test_a_failure_is_said_and_not_asked_for_again_at_once() -> None:
    source, clock = Counting(start=START), Clock()
    source.fails = True
    pasts = PastWindows(source, clock, ViewerQueue())
    failed = pasts.fetch(wanted(source, START), Viewer("a"), wait_s=20)
    assert (failed.past, failed.error, failed.retry_s) == (None, "down", None)
    asked, source.fails = source.asked, False
    assert pasts.fetch(wanted(source, START), Viewer("a"), wait_s=20).error == "down"
    assert source.asked == asked
    clock.now += HOUR
    assert pasts.fetch(wanted(source, START), Viewer("b"), wait_s=20).past is not None


def test_they_are_bounded_in_number() -> None:
    source = Counting(start=START)
    pasts = PastWindows(source, Clock(), ViewerQueue())
    services = [info.name for info in source.discover(START).services][: KEPT + 2]
    for service in services:
        assert pasts.fetch(wanted(source, START, service), wait_s=20).past is not None
    asked = source.asked
    pasts.fetch(wanted(source, START, services[-1]), wait_s=20)
    assert source.asked == asked
    pasts.fetch(wanted(source, START, services[0]), wait_s=20)
    assert source.asked > asked
    pasts.forget()
    pasts.fetch(wanted(source, START, services[0]), wait_s=20)
    assert source.asked > asked + 1
