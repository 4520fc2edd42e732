"""The samples kept between refreshes: a window that slides with time; only its tail is fetched again."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.sources.protocol import Answer
from dashboard.timerange import Grid

# The same overlap as Grafana's: enough for late scrapes, and for a remote write half a minute behind.
OVERLAP = 600
# Seconds between two fetches of the whole window, which correct any drift nobody foresaw.
FULL_EVERY = 1800
# Seconds between two fetches of the whole window while a part of it was answered partially.
PARTIAL_EVERY = 300


def merge_tail(old: pd.DataFrame, new: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    """The samples on `grid`: `new` is complete from its first row on, `old` has the rows before.

    The overlap is replaced, not updated: points and series that the new answer lacks disappear. New series are NaN
    before it. Columns without any value are dropped.

    Args:
        old, new: frames with (service, measure, detail) columns, whose rows overlap or touch.
        grid: rows of the result; it ends with the last row of `new`, or of `old` if `new` is empty.
    """
    start, end = (pd.Timestamp(moment, unit="s", tz="UTC") for moment in (grid.start, grid.end))
    first, last = old.index.searchsorted(start), old.index.searchsorted(end, side="right")
    # With thousands of services copies are large, so adjacent rows are views.
    head = old.iloc[first : min(last, old.index.searchsorted(new.index[0])) if len(new) else last]
    if not old.columns.equals(new.columns):
        columns = old.columns.union(new.columns, sort=False)
        head, new = head.reindex(columns=columns), new.reindex(columns=columns)
    merged = pd.concat([head, new])
    merged.index.name = "time"
    return _without_empty_columns(merged)


def _without_empty_columns(samples: pd.DataFrame) -> pd.DataFrame:
    """Drop columns without values; returns the same frame if there are none, as a copy would be large."""
    is_empty = np.isnan(samples.to_numpy()).all(axis=0)
    return samples.loc[:, ~is_empty] if is_empty.any() else samples


class SampleWindow:
    """Samples on a grid that slides with time; only the tail is fetched again.

    Attributes:
        frame: the samples, (service, measure, detail) columns; None before the first answer.
        grid: rows of the frame; None if the whole grid has to be fetched next.
    """

    def __init__(self) -> None:
        self.frame: pd.DataFrame | None = None
        self.grid: Grid | None = None
        # When the whole grid was last fetched, and the end of the rows with complete answers.
        self._all_at = self._in_full_until = -np.inf

    def advance(self, grid: Grid, fetch: Callable[[Grid], Answer]) -> Answer:
        """Slide to a later grid; returns the answer with the newest samples.

        Args:
            grid: the new grid.
            fetch: asks the source for a part of it: the tail, or the whole grid if a tail cannot be trusted.
        """
        part = self.part_to_fetch(grid)
        answer = fetch(part)
        if part != grid and not self._continued(answer, part, grid):
            part, answer = grid, fetch(grid)
        if part == grid:
            self.merge(answer.frame, grid, grid, in_full=answer.in_full)
        return answer

    def _continued(self, answer: Answer, part: Grid, grid: Grid) -> bool:
        """Merge a tail; False if the whole grid has to be fetched."""
        # Rows before the tail have changed.
        if not answer.mergeable or (answer.changed_since or np.inf) < part.start - part.step:
            return False
        # The source answers completely again: fetch what was missing before this tail.
        if answer.in_full and self._in_full_until < part.start - part.step:
            return False
        return self.merge(answer.frame, part, grid, in_full=answer.in_full)

    def part_to_fetch(self, grid: Grid) -> Grid:
        """The part of `grid` to request: the whole grid, unless the kept samples can be continued."""
        before = self.grid
        if before is None or before.step != grid.step or len(before) != len(grid):
            return grid
        moved_on = before.end <= grid.end and before.start <= grid.start < before.end
        every = FULL_EVERY if self._in_full_until >= before.end else PARTIAL_EVERY
        if not moved_on or grid.end - self._all_at >= max(every, 4 * grid.step):
            return grid
        return grid.tail(max(before.end - OVERLAP - grid.step, before.start))

    def merge(self, samples: pd.DataFrame, part: Grid, grid: Grid, *, in_full: bool = True) -> bool:
        """Merge fetched samples; False if a gap has just closed, so that the whole grid must be fetched.

        Args:
            samples: (service, measure, detail) columns on `part`.
            part: what `part_to_fetch` returned for `grid`, or the whole grid.
            grid: the new grid.
            in_full: False for a partial answer: rows with complete answers are not replaced.
        """
        if in_full:
            if part != grid and _hole_closed(self._held, samples):
                return False
            self._in_full_until = grid.end
        else:
            samples = samples[samples.index > pd.Timestamp(max(self._in_full_until, 0.0), unit="s", tz="UTC")]
        keeps_rows = part != grid or (not in_full and self._in_full_until > grid.start)
        self.frame = merge_tail(self._held, samples, grid) if keeps_rows else _without_empty_columns(samples)
        self._all_at = grid.end if part == grid else self._all_at
        self.grid = grid
        return True

    @property
    def _held(self) -> pd.DataFrame:
        assert self.frame is not None, "only a window that holds samples is continued"
        return self.frame

    def saved(self) -> tuple[list[tuple[str, str, str]], dict[str, np.ndarray]] | None:
        """Columns, and arrays by name, for the next process; None if there is nothing to continue with."""
        if self.frame is None or self.grid is None:
            return None
        grid = np.array([self.grid.start, self.grid.end, self.grid.step])
        until = np.array([self._in_full_until])
        columns = cast("list[tuple[str, str, str]]", self.frame.columns.tolist())
        return columns, {"values": self.frame.to_numpy(), "grid": grid, "in full until": until}

    def restore(self, columns: Sequence[tuple[str, str, str]], arrays: Mapping[str, np.ndarray]) -> None:
        """Continue with the data of another process; if that is impossible, everything is fetched.

        Args:
            columns: (service, measure, detail) each. `arrays`: as returned by `saved`.
        """
        grid = Grid(*arrays["grid"].tolist())
        self.frame = pd.DataFrame(arrays["values"], index=grid.index(), columns=frames.column_index(list(columns)))
        self.grid, self._in_full_until = grid, float(arrays["in full until"][0])
        # Corrections of drift can wait, so that they do not delay the start.
        self._all_at = grid.end

    def forget(self) -> None:
        """Fetch the whole grid next time; samples are kept until then."""
        self.grid, self._in_full_until = None, -np.inf


def _hole_closed(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    # VictoriaMetrics answers differently near a gap for short and long ranges; only a full fetch is reliable.
    both = old.columns.intersection(new.columns)
    ended = old[both].iloc[-1].isna()
    back = new[both].iloc[-1].notna()
    return bool((ended & back).any())
