"""The process has one poller: the first that runs stays, one that ended is replaced, and none is an error."""

from collections.abc import Iterator

import pytest

from dashboard.engine import running_poller
from dashboard.engine.poller import Poller
from dashboard.exceptions import DashboardError
from tests.steady import Clock, Steady


@pytest.fixture(autouse=True)
def nothing_runs() -> Iterator[None]:
    """Neither before nor after a test: pages of other tests look here, too."""
    running_poller.use(None)
    yield
    running_poller.use(None)


@pytest.fixture
def pollers() -> Iterator[tuple[Poller, Poller]]:
    first, second = (Poller(Steady(Clock(), (name,)), clock=Clock()) for name in ("shop", "cart"))
    yield first, second
    first.stop()
    second.stop()


def test_where_nothing_is_polled_the_message_says_how_to_start() -> None:
    with pytest.raises(DashboardError, match="start the dashboard with `golden-signals serve` or `demo`"):
        running_poller.current()


def test_the_one_that_is_used_is_current_and_does_not_run(pollers: tuple[Poller, Poller]) -> None:
    running_poller.use(pollers[0])
    assert running_poller.current() is pollers[0]
    assert not pollers[0].alive


def test_the_one_that_is_started_is_current_and_runs(pollers: tuple[Poller, Poller]) -> None:
    assert running_poller.start(pollers[0]) is pollers[0]
    assert running_poller.current() is pollers[0]
    assert pollers[0].alive


def test_a_second_start_keeps_the_first_that_still_runs(pollers: tuple[Poller, Poller]) -> None:
    first, second = pollers
    running_poller.start(first)
    assert running_poller.start(second) is first
    assert running_poller.current() is first
    assert not second.alive


def test_one_that_has_ended_is_replaced(pollers: tuple[Poller, Poller]) -> None:
    first, second = pollers
    running_poller.start(first)
    first.stop()
    assert running_poller.start(second) is second
    assert second.alive


def test_one_that_was_only_used_is_replaced_by_one_that_starts(pollers: tuple[Poller, Poller]) -> None:
    first, second = pollers
    running_poller.use(first)
    assert running_poller.start(second) is second
    assert running_poller.current() is second
