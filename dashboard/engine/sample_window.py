"""What is kept of the samples between ticks: a window that slides with time, of which only the tail is fetched."""

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

    Args:
        old, new: samples frames with (service, measure, detail) columns, whose rows overlap or touch.
        grid: the rows of the result; it ends with the last row of `new`.
    """
    first = new.index[0]
    start = pd.Timestamp(grid.start, unit="s", tz="UTC")
    head = old[(old.index >= start) & (old.index < first)]
    columns = old.columns.union(new.columns, sort=False)
    merged = pd.concat([head.reindex(columns=columns), new.reindex(columns=columns)])
    merged.index.name = "time"
    filled: pd.DataFrame = merged.dropna(axis=1, how="all")
    return filled


class SampleWindow:
    """Samples on a grid that slides with time, of which only the tail is fetched again.

    Attributes:
        frame: the samples, (service, measure, detail) columns; None before the first answer.
        grid: of the frame's rows; None where the next answer must be of the whole grid.
    """

    def __init__(self) -> None:
        self.frame: pd.DataFrame | None = None
        self.grid: Grid | None = None
        self._whole_at = -np.inf

    def advance(self, grid: Grid, fetch: Callable[[Grid], Answer]) -> Answer:
        """Slide to a later grid; returns the answer that the newest samples are from.

        Args:
            grid: where the window shall be.
            fetch: asks the source for a part of it: its tail, or all of it where a tail cannot be trusted.
        """
        part = self.part_to_fetch(grid)
        answer = fetch(part)
        if part != grid and (not answer.mergeable or not self.merge(answer.frame, part, grid)):
            part, answer = grid, fetch(grid)
        if part == grid:
            self.merge(answer.frame, grid, grid)
        # What is missing from half an answer must not stay missing.
        if answer.partial:
            self.forget()
        return answer

    def part_to_fetch(self, grid: Grid) -> Grid:
        """The part of `grid` to ask the source for: all of it, unless the samples that are held can be continued."""
        before = self.grid
        if before is None or before.step != grid.step or len(before) != len(grid):
            return grid
        moved_on = before.end <= grid.end and before.start <= grid.start < before.end
        if not moved_on or grid.end - self._whole_at >= max(FULL_EVERY, 4 * grid.step):
            return grid
        return grid.tail(max(before.end - OVERLAP - grid.step, before.start))

    def merge(self, samples: pd.DataFrame, part: Grid, grid: Grid) -> bool:
        """Take over what was fetched; False when a hole has just closed, after which the whole grid must be fetched.

        Args:
            samples: (service, measure, detail) columns on `part`.
            part: what `part_to_fetch` returned for `grid`, or all of it.
            grid: where the window shall be.
        """
        if part == grid:
            self.frame, self._whole_at = samples.dropna(axis=1, how="all"), grid.end
        else:
            assert self.frame is not None, "only a window that holds samples fetches a tail"
            if _hole_closed(self.frame, samples):
                return False
            self.frame = merge_tail(self.frame, samples, grid)
        self.grid = grid
        return True

    def forget(self) -> None:
        """Fetch the whole grid next time; the samples stay until then."""
        self.grid = None


def _hole_closed(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    # VictoriaMetrics answers differently near a gap for a short and for a long range; only a full fetch settles it.
    both = old.columns.intersection(new.columns)
    ended = old[both].iloc[-1].isna()
    back = new[both].iloc[-1].notna()
    return bool((ended & back).any())
