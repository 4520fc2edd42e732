"""One call beside the refreshes at a time: its result is taken by the poller, whatever it is."""

import threading

import pytest

from dashboard.engine.background import Background
from dashboard.sources.deadline import seconds_left
from dashboard.sources.lanes import Lane, current_lane


class Panic(BaseException):
    """As libraries in Rust raise it."""


def test_a_result_is_there_once_and_then_the_next_call_may_begin() -> None:
    background = Background[int]("test", 60)
    for number in range(3):
        assert background.is_idle
        background.start(lambda number=number: number)
        assert background.has_ended(10)
        assert not background.is_idle
        assert background.take() == number
        assert not background.has_ended()


def test_while_a_call_runs_nobody_is_held_up() -> None:
    background, go_on = Background[bool]("test", 60), threading.Event()
    background.start(lambda: go_on.wait(30))
    assert not background.has_ended()
    assert not background.is_idle
    go_on.set()
    assert background.has_ended(None)
    assert background.take()


@pytest.mark.parametrize("fault", [RuntimeError("it broke"), Panic("it broke")], ids=["an exception", "a panic"])
def test_what_a_call_raises_is_raised_where_it_is_taken(fault: BaseException) -> None:
    def call() -> int:
        raise fault

    background = Background[int]("test", 60)
    background.start(call)
    assert background.has_ended(10)
    with pytest.raises(type(fault), match="it broke"):
        background.take()
    assert background.is_idle


def test_it_asks_in_a_lane_of_its_own_and_with_a_deadline() -> None:
    background = Background[tuple[Lane, float]]("test", 60)
    background.start(lambda: (current_lane(), seconds_left()))
    assert background.has_ended(10)
    lane, left_s = background.take()
    assert lane is Lane.BACKGROUND
    assert 50 < left_s <= 60
