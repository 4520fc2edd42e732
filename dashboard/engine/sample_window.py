"""What is kept of the samples between ticks: a window that slides with time, of which only the tail is asked for."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from dashboard.sources.protocol import Answer
from dashboard.timerange import Grid

# Grafana's overlap: wide enough for late scrapes and for a remote write that is half a minute behind.
OVERLAP = 600
# Whatever drifts in ways nobody foresaw is put right this often, in seconds.
FULL_EVERY = 1800


def merge_tail(old: pd.DataFrame, new: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    """The samples on `grid` when `new` holds everything from its first row on and `old` what came before.

    The overlap is replaced, not updated: a point or a series that the new answer no longer has is gone. A series
    that the new answer brings is NaN before it. Columns without any value are dropped.
    """
    first = new.index[0]
    start = pd.Timestamp(grid.start, unit="s", tz="UTC")
    head = old[(old.index >= start) & (old.index < first)]
    columns = old.columns.union(new.columns, sort=False)
    merged = pd.concat([head.reindex(columns=columns), new.reindex(columns=columns)])
    merged.index.name = "time"
    filled: pd.DataFrame = merged.dropna(axis=1, how="all")
    return filled


class Window:
    """Samples on a grid that slides with time, of which only the tail is asked for again."""

    def __init__(self) -> None:
        self.frame: pd.DataFrame | None = None
        self.grid: Grid | None = None
        self._full_at = -np.inf

    def plan(self, grid: Grid) -> Grid:
        """The part of `grid` to ask the source for: all of it, unless what is held can be continued."""
        held = self.grid
        if held is None or held.step != grid.step or len(held) != len(grid):
            return grid
        moved_on = held.end <= grid.end and held.start <= grid.start < held.end
        if not moved_on or grid.end - self._full_at >= max(FULL_EVERY, 4 * grid.step):
            return grid
        return grid.tail(max(held.end - OVERLAP - grid.step, held.start))

    def accept(self, answer: pd.DataFrame, asked: Grid, grid: Grid) -> bool:
        """Merge an answer; False when a hole has just closed, after which the whole grid must be asked again."""
        if asked == grid:
            self.frame, self._full_at = answer.dropna(axis=1, how="all"), grid.end
        else:
            assert self.frame is not None, "only a held window plans a tail"
            if _hole_closed(self.frame, answer):
                return False
            self.frame = merge_tail(self.frame, answer, grid)
        self.grid = grid
        return True

    def follow(self, grid: Grid, ask: Callable[[Grid], Answer]) -> Answer:
        """Slide to `grid` by asking for its tail, or for all of it where a tail cannot be trusted."""
        asked = self.plan(grid)
        answer = ask(asked)
        if asked != grid and (not answer.mergeable or not self.accept(answer.frame, asked, grid)):
            asked, answer = grid, ask(grid)
        if asked == grid:
            self.accept(answer.frame, grid, grid)
        if answer.partial:
            self.forget()
        return answer

    def forget(self) -> None:
        """Drop everything: the next plan asks for the whole grid."""
        self.grid = None


def _hole_closed(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    # VictoriaMetrics answers differently near a gap for a short and for a long range; only a full fetch settles it.
    both = old.columns.intersection(new.columns)
    ended = old[both].iloc[-1].isna()
    back = new[both].iloc[-1].notna()
    return bool((ended & back).any())
