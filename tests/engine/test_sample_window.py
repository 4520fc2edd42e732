"""A merged tail is what a full fetch would have given."""

import numpy as np
import pandas as pd
import pytest

from dashboard import frames
from dashboard.engine.sample_window import OVERLAP, SampleWindow, merge_tail
from dashboard.sources.protocol import Answer
from dashboard.timerange import HOUR, Grid

A, B, C = (("shop", "requests", ""), ("shop", "errors", "server"), ("cart", "requests", ""))
START = 1_700_000_000 // HOUR * HOUR


def upstream(grid: Grid, gone: int | None = None) -> pd.DataFrame:
    """A pure function of time: one steady series, one that ends at `gone`, one that begins there."""
    at = np.arange(grid.start, grid.end + 1, grid.step, dtype=float)
    ends = np.where(at < (gone or np.inf), np.cos(at), np.nan)
    begins = np.where(at >= (gone or 0), at % 7, np.nan)
    return frames.samples({A: np.sin(at), B: ends, C: begins}, grid).dropna(axis=1, how="all")


def equal(left: pd.DataFrame, right: pd.DataFrame) -> None:
    columns = sorted(right.columns)
    assert sorted(left.columns) == columns
    pd.testing.assert_frame_equal(left[columns], right[columns], rtol=1e-12, check_freq=False)


def follow(
    ticks: list[int], *, step: int = 15, span: int = 3600, gone: int | None = None
) -> tuple[SampleWindow, Grid, list[Grid]]:
    window, fetched = SampleWindow(), []
    for now in ticks:
        grid = Grid.ending(now, span=span, step=step)
        part = window.part_to_fetch(grid)
        fetched.append(part)
        if not window.merge(upstream(part, gone), part, grid):
            window.merge(upstream(grid, gone), grid, grid)
    return window, grid, fetched


def test_steady_ticks_ask_only_for_the_tail_and_hold_what_a_full_fetch_gives() -> None:
    window, grid, fetched = follow([START + 15 * i for i in range(40)])
    assert len(fetched[0]) == 240
    assert {len(part) for part in fetched[1:]} == {(OVERLAP + 15) // 15 + 1}
    assert window.frame is not None
    equal(window.frame, upstream(grid))


def test_series_that_vanish_and_appear_are_as_in_a_full_fetch() -> None:
    gone = START + 200
    window, grid, _ = follow([START + 15 * i for i in range(300)], gone=gone)
    assert window.frame is not None
    equal(window.frame, upstream(grid, gone))
    assert B not in window.frame.columns


def test_a_gap_that_has_just_closed_is_fetched_whole() -> None:
    window = SampleWindow()
    grid = Grid.ending(START, span=3600, step=15)
    holed = upstream(grid)
    holed.iloc[-3:, 0] = np.nan
    assert window.merge(holed, grid, grid)
    later = Grid.ending(START + 15, span=3600, step=15)
    part = window.part_to_fetch(later)
    assert part != later
    assert not window.merge(upstream(part), part, later)


@pytest.mark.parametrize(
    ("later", "why"),
    [
        (Grid.ending(START + 15, span=1800, step=15), "another span"),
        (Grid.ending(START + 30, span=7200, step=30), "another step"),
        (Grid.ending(START + 8000, span=3600, step=15), "away for longer than the span"),
        (Grid.ending(START - 300, span=3600, step=15), "the clock went back"),
        (Grid.ending(START + 1815, span=3600, step=15), "half an hour has passed"),
    ],
)
def test_everything_is_asked_again_after(later: Grid, why: str) -> None:
    window, _, _ = follow([START])
    assert window.part_to_fetch(later) == later, why


def test_the_overlap_is_replaced_not_updated() -> None:
    grid = Grid(START, START + 60, 15)
    new = upstream(grid.tail(START + 30)).drop(columns=[B])
    merged = merge_tail(upstream(grid), new, grid)
    assert merged[B].notna().tolist() == [True, True, True, False, False]


class Halves:
    """A source that can lose one of two instances with all that it ever measured; each gives 1 per second.

    Attributes:
        whole: both are there. `asked`: the grids that were fetched.
    """

    def __init__(self) -> None:
        self.whole = True
        self.asked: list[Grid] = []

    def fetch(self, grid: Grid) -> Answer:
        self.asked.append(grid)
        values = {A: np.full(len(grid), 2.0 if self.whole else 1.0)}
        return Answer(frames.samples(values, grid), partial=not self.whole)

    def points(self) -> list[int]:
        """How many points each fetch was of, since the last time."""
        counts = [len(grid) for grid in self.asked]
        self.asked.clear()
        return counts


def grid_at(seconds: int) -> Grid:
    return Grid.ending(START + seconds, span=3600, step=15)


TAIL = (OVERLAP + 15) // 15 + 1


def test_an_answer_in_part_takes_nothing_away_and_only_tails_are_fetched_while_it_lasts() -> None:
    window, source = SampleWindow(), Halves()
    window.advance(grid_at(0), source.fetch)
    source.whole = False
    source.points()
    for seconds in range(15, 315, 15):
        answer = window.advance(grid_at(seconds), source.fetch)
        assert answer.partial
    assert window.frame is not None
    assert (window.frame[A].iloc[:-20] == 2).all(), "what came in full stays"
    assert (window.frame[A].iloc[-20:] == 1).all()
    assert source.points().count(240) == 1, "all is asked for once in five minutes"


def test_once_the_source_is_whole_all_is_fetched_and_then_tails_again() -> None:
    window, source = SampleWindow(), Halves()
    source.whole = False
    window.advance(grid_at(0), source.fetch)
    source.points()
    source.whole = True
    assert not window.advance(grid_at(15), source.fetch).partial
    assert source.points() == [TAIL, 240]
    assert window.frame is not None
    assert (window.frame[A] == 2).all()
    window.advance(grid_at(30), source.fetch)
    assert source.points() == [TAIL]


def test_what_is_in_part_from_the_start_is_shown() -> None:
    window, source = SampleWindow(), Halves()
    source.whole = False
    window.advance(grid_at(0), source.fetch)
    window.advance(grid_at(0), source.fetch)
    assert window.frame is not None
    assert window.frame[A].tolist() == [1.0] * 240
