"""What is kept of the samples between ticks: a window that slides with time, of which only the tail is fetched."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.sources.protocol import Answer
from dashboard.timerange import Grid

# Grafana's overlap: wide enough for late scrapes and for a remote write that is half a minute behind.
OVERLAP = 600
# Whatever drifts in ways nobody foresaw is put right this often, in seconds.
FULL_EVERY = 1800
# So often all is asked for again, in seconds, while some of it was answered in part.
PARTIAL_EVERY = 300


def merge_tail(old: pd.DataFrame, new: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    """The samples on `grid` when `new` holds everything from its first row on and `old` what came before.

    The overlap is replaced, not updated: a point or a series that the new answer no longer has is gone. A series
    that the new answer brings is NaN before it. Columns without any value are dropped.

    Args:
        old, new: samples frames with (service, measure, detail) columns, whose rows overlap or touch.
        grid: the rows of the result; it ends with the last row of `new`, or of `old` where `new` has none.
    """
    start, end = (pd.Timestamp(moment, unit="s", tz="UTC") for moment in (grid.start, grid.end))
    first, last = old.index.searchsorted(start), old.index.searchsorted(end, side="right")
    # Of thousands of services each copy is a large one: rows that lie side by side are looked at where they are.
    head = old.iloc[first : min(last, old.index.searchsorted(new.index[0])) if len(new) else last]
    if not old.columns.equals(new.columns):
        columns = old.columns.union(new.columns, sort=False)
        head, new = head.reindex(columns=columns), new.reindex(columns=columns)
    merged = pd.concat([head, new])
    merged.index.name = "time"
    return _without_empty_columns(merged)


def _without_empty_columns(samples: pd.DataFrame) -> pd.DataFrame:
    """Without columns that hold no value; the same frame where all do: of thousands of services it is large."""
    is_empty = np.isnan(samples.to_numpy()).all(axis=0)
    return samples.loc[:, ~is_empty] if is_empty.any() else samples


class SampleWindow:
    """Samples on a grid that slides with time, of which only the tail is fetched again.

    Attributes:
        frame: the samples, (service, measure, detail) columns; None before the first answer.
        grid: of the frame's rows; None where the next answer must be of the whole grid.
    """

    def __init__(self) -> None:
        self.frame: pd.DataFrame | None = None
        self.grid: Grid | None = None
        # When all of the grid was last asked for, and until when its rows are from answers in full.
        self._all_at = self._in_full_until = -np.inf

    def advance(self, grid: Grid, fetch: Callable[[Grid], Answer]) -> Answer:
        """Slide to a later grid; returns the answer that the newest samples are from.

        Args:
            grid: where the window shall be.
            fetch: asks the source for a part of it: its tail, or all of it where a tail cannot be trusted.
        """
        part = self.part_to_fetch(grid)
        answer = fetch(part)
        if part != grid and not self._continued(answer, part, grid):
            part, answer = grid, fetch(grid)
        if part == grid:
            self.merge(answer.frame, grid, grid, in_full=answer.in_full)
        return answer

    def _continued(self, answer: Answer, part: Grid, grid: Grid) -> bool:
        """Take over a tail; False where all must be fetched."""
        # What lies before the tail has changed.
        if not answer.mergeable or (answer.changed_since or np.inf) < part.start - part.step:
            return False
        # The source has become whole: what was missing before this tail must not stay missing.
        if answer.in_full and self._in_full_until < part.start - part.step:
            return False
        return self.merge(answer.frame, part, grid, in_full=answer.in_full)

    def part_to_fetch(self, grid: Grid) -> Grid:
        """The part of `grid` to ask the source for: all of it, unless the samples that are held can be continued."""
        before = self.grid
        if before is None or before.step != grid.step or len(before) != len(grid):
            return grid
        moved_on = before.end <= grid.end and before.start <= grid.start < before.end
        every = FULL_EVERY if self._in_full_until >= before.end else PARTIAL_EVERY
        if not moved_on or grid.end - self._all_at >= max(every, 4 * grid.step):
            return grid
        return grid.tail(max(before.end - OVERLAP - grid.step, before.start))

    def merge(self, samples: pd.DataFrame, part: Grid, grid: Grid, *, in_full: bool = True) -> bool:
        """Take over what was fetched; False when a hole has just closed, after which the whole grid must be fetched.

        Args:
            samples: (service, measure, detail) columns on `part`.
            part: what `part_to_fetch` returned for `grid`, or all of it.
            grid: where the window shall be.
            in_full: False for an answer in part: rows that were answered in full stay as they are.
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
        """Columns, and arrays by name, for the next process; None where nothing is held that can be continued."""
        if self.frame is None or self.grid is None:
            return None
        grid = np.array([self.grid.start, self.grid.end, self.grid.step])
        until = np.array([self._in_full_until])
        columns = cast("list[tuple[str, str, str]]", self.frame.columns.tolist())
        return columns, {"values": self.frame.to_numpy(), "grid": grid, "in full until": until}

    def restore(self, columns: Sequence[tuple[str, str, str]], arrays: Mapping[str, np.ndarray]) -> None:
        """Go on with what another process held; where it cannot be continued, all is fetched.

        Args:
            columns: (service, measure, detail) each. `arrays`: as `saved` gave them.
        """
        grid = Grid(*arrays["grid"].tolist())
        self.frame = pd.DataFrame(arrays["values"], index=grid.index(), columns=frames.column_index(list(columns)))
        self.grid, self._in_full_until = grid, float(arrays["in full until"][0])
        # What may have drifted is put right later, not while a start waits.
        self._all_at = grid.end

    def forget(self) -> None:
        """Fetch the whole grid next time; the samples stay until then."""
        self.grid, self._in_full_until = None, -np.inf


def _hole_closed(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    # VictoriaMetrics answers differently near a gap for a short and for a long range; only a full fetch settles it.
    both = old.columns.intersection(new.columns)
    ended = old[both].iloc[-1].isna()
    back = new[both].iloc[-1].notna()
    return bool((ended & back).any())
