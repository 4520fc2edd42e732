"""Evenly spaced rows of events for many objectives; the sum between any two times takes constant time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from dashboard.running_sums import running_sums
from dashboard.timerange import HOUR

BAD, VALID, SECONDS = range(3)
# What remains in floating point after subtracting equal sums.
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """What an answer may lack, by objective, in the order of the request.

    Attributes:
        warned: something may be missing: the data are used and requested again. `partial`: something is missing.
    """

    warned: np.ndarray
    partial: np.ndarray

    def of(self, places: np.ndarray) -> "Gaps":
        """The gaps of some objectives, by position."""
        return Gaps(self.warned[places], self.partial[places])


@dataclass(frozen=True, eq=False)
class Rows:
    """Events of steps that end at `first, first + step, …`. Immutable: methods return new rows.

    Attributes:
        first: epoch seconds of the first row's end. `step`: seconds of a row.
        values: shape (rows, objectives, 3): bad events, valid events, measured seconds; 0 if nothing was measured.
        partial: mask of rows from partial answers, shape (rows, objectives); None if there are none.
    """

    first: int
    step: int
    values: np.ndarray
    partial: np.ndarray | None = None

    @cached_property
    def _total(self) -> np.ndarray:
        """A running sum makes the sum of any window one subtraction; computed on first use."""
        return running_sums(self.values)

    @classmethod
    def nothing(cls, end: int, step: int, rows: int, objectives: int) -> Self:
        """Empty rows.

        Args:
            end: epoch seconds of the last row's end. `step`: seconds of a row.
            rows, objectives: how many.
        """
        return cls(end - (rows - 1) * step, step, np.zeros((rows, objectives, 3)))

    @property
    def start(self) -> int:
        """Epoch seconds at which the first row begins."""
        return self.first - self.step

    @property
    def end(self) -> int:
        """Epoch seconds of the last row's end."""
        return self.first + (len(self.values) - 1) * self.step

    @property
    def ends(self) -> np.ndarray:
        """Epoch seconds of all ends."""
        return self.first + np.arange(len(self.values)) * self.step

    def reaching(self, end: int) -> Self:
        """As many rows, moved to a later end; new rows are empty."""
        by = (end - self.end) // self.step
        if by <= 0:
            # Never move back: that would drop data.
            return self
        partial = None if self.partial is None else _moved(self.partial, by)
        return type(self)(self.first + by * self.step, self.step, _moved(self.values, by), partial)

    def put(self, ends: np.ndarray, objectives: np.ndarray, values: np.ndarray, gaps: Gaps | None = None) -> Self:
        """Replace rows of some objectives; ends outside are ignored.

        An incomplete answer never removes events: the larger of each count is kept.

        Args:
            ends: epoch seconds, each a multiple of the step from the first. `objectives`: their positions.
            values: shape (ends, objectives, 3).
            gaps: objectives for which the answer may lack something; None for a complete answer.
        """
        place = (ends - self.first) // self.step
        inside = (place >= 0) & (place < len(self.values))
        cells = np.ix_(place[inside], objectives)
        # Copy, because published snapshots share the old rows.
        replaced = self.values.copy()
        if gaps is None:
            replaced[cells] = values[inside]
        else:
            replaced[cells] = np.where(
                gaps.warned[:, None], _at_least(self.values[cells], values[inside]), values[inside]
            )
        marks = self._marked(cells, replaced, gaps)
        return type(self)(self.first, self.step, replaced, marks)

    def _marked(self, cells: tuple[np.ndarray, ...], replaced: np.ndarray, gaps: Gaps | None) -> np.ndarray | None:
        """Mask of rows from partial answers after `cells` were replaced; None if there are none."""
        if self.partial is None and (gaps is None or not gaps.partial.any()):
            return None
        marks = np.zeros(self.values.shape[:2], dtype=bool) if self.partial is None else self.partial.copy()
        # A row with a complete answer stays complete.
        in_full = (self.values[cells][:, :, SECONDS] > 0) & ~marks[cells]
        partial = False if gaps is None else gaps.partial
        marks[cells] = partial & ~in_full & (replaced[cells][:, :, SECONDS] > 0)
        return marks if marks.any() else None

    def unmarked(self, objectives: np.ndarray, end: int) -> Self:
        """Treat the rows of some objectives up to `end` (epoch seconds) as complete."""
        if self.partial is None or not len(objectives):
            return self
        marks = self.partial.copy()
        marks[np.ix_(self.ends <= end, objectives)] = False
        return type(self)(self.first, self.step, self.values, marks if marks.any() else None)

    def in_full(self, ends: np.ndarray, objectives: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Existing rows, and which of them are measured and complete, shape (ends, objectives).

        Args:
            ends: epoch seconds of existing rows. `objectives`: their positions.
        """
        cells = np.ix_((ends - self.first) // self.step, objectives)
        values = self.values[cells]
        in_full = values[:, :, SECONDS] > 0
        return values, in_full if self.partial is None else in_full & ~self.partial[cells]

    def only_partial(self) -> Self:
        """Only the rows from partial answers; the others are empty."""
        marks = np.zeros(self.values.shape[:2], dtype=bool) if self.partial is None else self.partial
        return type(self)(self.first, self.step, np.where(marks[:, :, None], self.values, 0.0))

    def rearranged(self, rows: int, columns: Sequence[int]) -> Self:
        """The newest rows, with other columns.

        Args:
            rows: their number; additional rows are empty.
            columns: the previous position of each objective; -1 for a new one.
        """
        first = self.end - (rows - 1) * self.step
        partial = None if self.partial is None else _rearranged(self.partial, rows, columns)
        return type(self)(first, self.step, _rearranged(self.values, rows, columns), partial)

    def measured_at(self) -> np.ndarray:
        """Epoch seconds of each objective's newest measured row; 0 if there is none."""
        return self.newest_of(self.values[:, :, SECONDS] > 0)

    def newest_of(self, there: np.ndarray) -> np.ndarray:
        """Epoch seconds of each objective's newest row in the mask `there`, shape (rows, objectives); 0 if none."""
        last = len(there) - 1 - np.argmax(there[::-1], axis=0)
        newest: np.ndarray = np.where(there.any(axis=0), self.ends[last], 0.0)
        return newest

    def sums(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Events after `starts` up to `ends` (epoch seconds, one for each objective), shape (objectives, 3).

        A row on an edge counts proportionally; a range that ends before it starts is empty.
        """
        sums: np.ndarray = self._until(np.maximum(starts, ends)) - self._until(starts)
        return sums

    def _until(self, moments: np.ndarray) -> np.ndarray:
        place = np.clip((moments - self.start) / self.step, 0, len(self.values))
        whole = np.minimum(place.astype(np.intp), len(self.values) - 1)
        column = np.arange(len(moments))
        # Between two row ends, events are assumed to be evenly spread.
        low, high = self._total[whole, column], self._total[whole + 1, column]
        until: np.ndarray = low + (high - low) * (place - whole)[:, None]
        return until


@dataclass(frozen=True, slots=True, eq=False)
class CountedRows:
    """Events of an answer: of objectives at `columns`, rows that end at `ends`, shape (rows, objectives, 3).

    Rows are `step` seconds long. `sliced`: by objective, whether a row is a slice, and so one event at its end;
    otherwise events are spread over it. `gaps`: what the answer may lack; None if it is complete.
    """

    columns: np.ndarray
    ends: np.ndarray
    counts: np.ndarray
    step: int
    sliced: np.ndarray
    gaps: Gaps | None = None

    def put_into(self, rows: Rows) -> Rows:
        """Merge it into rows, which are moved to its end if that is later."""
        for places, ends, counts in self._by_rows_of(rows.step):
            gaps = None if self.gaps is None else self.gaps.of(places)
            rows = rows.reaching(int(ends[-1])).put(ends, self.columns[places], counts, gaps)
        return rows

    def moved_on(self, until: np.ndarray) -> np.ndarray:
        """A copy of `until` (times by objective) in which those of this answer are moved to its end."""
        moved = until.copy()
        moved[self.columns] = np.maximum(moved[self.columns], self.ends[-1])
        return moved

    def is_confirmed_by(self, rows: Rows) -> np.ndarray:
        """For which objectives the answer lacks nothing: it has everything that complete rows of the same time have.

        At least as many rows as the answer adds must agree. The newest row is ignored if late samples may change it.
        """
        confirmed = np.zeros(len(self.columns), dtype=bool)
        for places, ends, added in self._by_rows_of(rows.step):
            inside = (ends >= rows.first) & (ends <= rows.end)
            held, in_full = rows.in_full(ends[inside], self.columns[places])
            new = len(ends) - in_full.sum(axis=0)
            if self.step < HOUR:
                in_full[ends[inside] > rows.end - self.step] = False
            has_all = (added[inside][:, :, :SECONDS] >= held[:, :, :SECONDS] * (1 - TOLERANCE)).all(axis=2)
            seen = (in_full & (held[:, :, VALID] > 0)).sum(axis=0)
            confirmed[places] = (has_all | ~in_full).all(axis=0) & (seen >= new)
        return confirmed

    def _by_rows_of(self, step: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Convert to rows of another length: yields positions of objectives, ends, and their counts."""
        parts = self.step // step
        spread = ~self.sliced & (parts > 1)
        if not spread.all():
            kept = np.flatnonzero(~spread)
            yield kept, *coarser(self.ends, self.counts[:, kept], step)
        if spread.any():
            cut = np.flatnonzero(spread)
            yield cut, *finer(self.ends, self.counts[:, cut], parts, step)


def _moved(rows: np.ndarray, by: int) -> np.ndarray:
    moved = np.zeros_like(rows)
    if by < len(rows):
        moved[:-by] = rows[by:]
    return moved


def _rearranged(rows: np.ndarray, count: int, columns: Sequence[int]) -> np.ndarray:
    rearranged = np.zeros((count, len(columns), *rows.shape[2:]), dtype=rows.dtype)
    common = min(count, len(rows))
    for column, before in enumerate(columns):
        if before >= 0:
            rearranged[count - common :, column] = rows[len(rows) - common :, before]
    return rearranged


def _at_least(held: np.ndarray, added: np.ndarray) -> np.ndarray:
    """Combine two answers that may both lack something: the larger of each count."""
    both = (held[..., SECONDS:] > 0) & (added[..., SECONDS:] > 0)
    return np.where(both, np.maximum(held, added), np.where(held[..., SECONDS:] > 0, held, added))


def coarser(ends: np.ndarray, values: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Sum rows to the longer rows in which they end.

    Args:
        ends: epoch seconds, in order. `values`: shape (ends, objectives, 3).
        step: seconds of a longer row.

    Returns:
        Ends of the longer rows, and their values.
    """
    longer, first = np.unique(-(-ends // step) * step, return_index=True)
    return longer, np.add.reduceat(values, first, axis=0)


def finer(ends: np.ndarray, values: np.ndarray, parts: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Split rows into shorter ones; their events are assumed to be evenly spread.

    Args:
        ends: epoch seconds. `values`: shape (ends, objectives, 3).
        parts: number of shorter rows per row. `step`: seconds of each.

    Returns:
        Ends of the shorter rows, and their values.
    """
    shorter = (ends[:, None] - np.arange(parts - 1, -1, -1) * step).ravel()
    return shorter, np.repeat(values / parts, parts, axis=0)
