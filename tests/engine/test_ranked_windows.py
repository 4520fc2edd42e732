"""Of a label with hundreds of values the worst are fetched, and followed while they are the worst."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from dashboard.engine.viewers.on_demand import NAMES_BYTES, OnDemandWindow, OnDemandWindows
from dashboard.ranking import FETCHED, LISTED, Ranking
from dashboard.sources.protocol import Answer
from dashboard.timerange import HOUR, Grid
from tests.steady import START, Clock, Steady


class Pods(Steady):
    """A source of many values, of which a test says which are the worst.

    Attributes:
        worst: the values, the worst first; None: there are few. `rankings`: so often it was asked for them.
        asked_for: the values of each breakdown; empty: all.
    """

    def __init__(self) -> None:
        super().__init__(Clock(), tuple(f"pod-{number:03}" for number in range(300)))
        self.worst: list[str] | None = list(self.names)
        self.rankings = 0
        self.asked_for: list[tuple[str, ...]] = []

    def ranking(self, grid: Grid, service: str, label: str) -> Ranking | None:
        self.rankings += 1
        worst = self.worst
        return None if worst is None else Ranking(tuple(worst), np.arange(len(worst), 0, -1.0), queries=2)

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        return self.breakdown_of((), grid, service, label)

    def breakdown_of(self, values: Sequence[str], grid: Grid, service: str, label: str) -> Answer:
        self.asked_for.append(tuple(values))
        answer = self._answer(grid, 1.0)
        kept = answer.frame.columns.get_level_values(0).isin(values or self.names)
        return replace(answer, frame=answer.frame.loc[:, kept])


@pytest.fixture
def source() -> Pods:
    return Pods()


@pytest.fixture
def windows(source: Pods) -> OnDemandWindows:
    return OnDemandWindows(source, source.clock)


def fetched(source: Pods, windows: OnDemandWindows, *, after: int = 0, names: Sequence[str] = ()) -> OnDemandWindow:
    """The last hour, so many seconds later than at first."""
    source.clock.now = START + after
    return windows.fetch(("shop", "pod", *names), Grid.ending(START + after, span=HOUR, step=15))


def names_in(window: OnDemandWindow) -> set[str]:
    return set(window.frame.columns.get_level_values(0))


def test_the_worst_are_fetched_and_the_others_are_told(source: Pods, windows: OnDemandWindows) -> None:
    window = fetched(source, windows)
    assert window.names == source.names[:FETCHED]
    assert (names_in(window), source.asked_for) == (set(window.names), [window.names])
    assert window.others.values == source.names[FETCHED:]
    assert window.others.bad.sum() == 260 * 261 / 2
    assert windows.queries == 3


def test_a_minute_passes_before_they_are_ranked_again(source: Pods, windows: OnDemandWindows) -> None:
    for after in range(0, 75, 15):
        assert fetched(source, windows, after=after).names == source.names[:FETCHED]
        assert source.rankings == (1 if after < 60 else 2)
    assert [len(grid) < 60 for grid in source.asked] == [False, True, True, True, True]


def test_while_those_that_are_listed_were_fetched_a_tail_is_enough(source: Pods, windows: OnDemandWindows) -> None:
    before = fetched(source, windows)
    assert source.worst is not None
    source.worst[:FETCHED] = source.worst[:FETCHED][::-1]
    after = fetched(source, windows, after=60)
    assert (after.names, source.rankings) == (before.names, 2)
    assert len(source.asked[-1]) < 60


def test_a_value_that_becomes_one_of_the_worst_comes_with_its_past(source: Pods, windows: OnDemandWindows) -> None:
    fetched(source, windows)
    assert source.worst is not None
    source.worst.insert(LISTED - 1, source.worst.pop())
    after = fetched(source, windows, after=60)
    assert "pod-299" in after.names
    assert names_in(after) == set(after.names)
    assert after.frame["pod-299", "requests", ""].eq(1.0).all()
    assert "pod-039" in after.others.values


def test_values_that_are_named_are_fetched_without_a_ranking(source: Pods, windows: OnDemandWindows) -> None:
    window = fetched(source, windows, names=["pod-299", "pod-007"])
    assert (names_in(window), source.rankings) == ({"pod-299", "pod-007"}, 0)
    assert window.others.values == ()


def test_of_a_label_with_few_values_all_are_fetched(source: Pods, windows: OnDemandWindows) -> None:
    source.worst = None
    window = fetched(source, windows)
    assert (names_in(window), window.names, window.others.values) == (set(source.names), (), ())
    source.worst = list(source.names)
    assert fetched(source, windows, after=60).names == source.names[:FETCHED], "as soon as there are many"


def test_names_that_are_too_long_for_a_query_are_others(source: Pods, windows: OnDemandWindows) -> None:
    source.names = tuple(f"{number:03}{'é' * 500}" for number in range(50))
    source.worst = list(source.names)
    window = fetched(source, windows)
    assert len(window.names) == NAMES_BYTES // 1003
    assert len(window.others.values) == 50 - len(window.names)
    source.names = ("x" * 9000, "y")
    source.worst = list(source.names)
    assert fetched(source, windows, after=60).names == source.names[:1], "one is always asked for"


def test_where_none_had_requests_not_all_are_fetched(source: Pods, windows: OnDemandWindows) -> None:
    source.worst = []
    assert fetched(source, windows).frame.empty
    assert source.asked_for == [("",)]


def test_a_source_that_cannot_rank_is_asked_for_all() -> None:
    source = Steady(Clock())
    windows = OnDemandWindows(source, source.clock)
    window = windows.fetch(("shop", "pod"), Grid.ending(START, span=HOUR, step=15))
    assert (names_in(window), window.names) == ({"shop", "cart"}, ())
