"""Requests with their traces, shared by viewers: what was known stays until the next is there."""

from threading import Event

from dashboard.engine.viewers.exemplar_windows import KEPT, SLOWEST, ExemplarWindows, worst
from dashboard.engine.viewers.viewer_queue import ViewerQueue
from dashboard.oncall.exemplar import Exemplar
from dashboard.sources.exemplars import ExemplarsAnswer
from tests.steady import Clock, Steady


class Remembering(Steady):
    """Answers with one request, once it may."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.may = Event()

    def exemplars(self, service: str, start: int, end: int) -> ExemplarsAnswer:
        assert self.may.wait(20)
        return ExemplarsAnswer((Exemplar(float(end), str(end), 0.1, None, {}),))


def test_the_answer_of_a_minute_ago_is_shown_while_the_next_is_on_its_way() -> None:
    clock = Clock()
    source = Remembering(clock)
    windows = ExemplarWindows(source, clock, ViewerQueue())
    source.may.set()
    first = windows.fetch("shop", 0, 3600, wait_s=20)
    assert first.exemplars is not None
    source.may.clear()
    clock.now += 60
    shown = windows.fetch("shop", 60, 3660, wait_s=0)
    assert shown.exemplars == first.exemplars
    assert shown.retry_s is not None
    source.may.set()
    assert windows.fetch("shop", 60, 3660, wait_s=20).exemplars != first.exemplars


def test_however_many_fail_the_slowest_are_kept_too() -> None:
    failed = tuple(Exemplar(float(number), f"f{number}", 0.1, True, {}) for number in range(100))
    slow = tuple(Exemplar(float(number), f"s{number}", 10.0 + number, None, {}) for number in range(9))
    kept = worst((*slow, *failed))
    assert len(kept) == KEPT
    assert [each.trace for each in kept[-SLOWEST:]] == ["s8", "s7", "s6", "s5", "s4"]
    assert all(each.failed for each in kept[:-SLOWEST])
    assert worst(failed[:3]) == tuple(reversed(failed[:3])), "the newest first"
