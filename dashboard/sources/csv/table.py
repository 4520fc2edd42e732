"""A table that grows in place: evenly spaced intervals × (service, measure, detail), written by plain assignment."""

from enum import StrEnum

import numpy as np
import pandas as pd

from dashboard.exceptions import InvalidData
from dashboard.timerange import Grid

Key = tuple[str, str, str]
# Requests of which nobody can tell whether they failed: a measure of tables alone.
UNTOLD = "untold"
COUNTED = ("requests", "errors", "latency", "failed_latency", UNTOLD)
# What cannot be known of an interval with such requests: which of them are failures.
OUTCOMES = ("errors", "latency", "failed_latency")
# Cells of one table: 400 MB of numbers, far above 30 days of a thousand services by the minute and signal.
CELLS_MAX = 50_000_000
# A column has a longer interval than its table when in its newest rows less than this share is filled, and so
# regularly.
SPARSE, REGULAR, NEWEST_ROWS = 0.6, 0.8, 2000


class Put(StrEnum):
    """What counts of several values that are written to one cell."""

    LAST = "last"
    SUM = "sum"
    LARGEST = "largest"


class Table:
    """Numbers for the intervals that end at `first, first + base, …`.

    Args:
        base: seconds of an interval.
        empty: what a cell holds that nothing was written to: NaN where a missing row says nothing, 0 where it says
            that there was none.
        keep: seconds after which rows are dropped, counted from the newest; 0 keeps all.
        dtype: of the cells, as numpy names it.

    Attributes:
        first: epoch seconds of the oldest interval's end. `rows`: how many intervals there are.
        columns: (service, measure, detail) → number of its column.
    """

    def __init__(self, base: int, *, empty: float = np.nan, keep: int = 0, dtype: str = "f8") -> None:
        self.base, self.empty, self.keep = base, empty, keep
        self.first = 0
        self.rows = 0
        self.columns: dict[Key, int] = {}
        self._values = np.empty((0, 0), dtype)
        self._peaks = np.empty(0)
        # How many intervals a value of each column tells of, and (rows, columns) when that was found out.
        self._spans = np.empty(0, dtype=int)
        self._spans_of = (0, 0)

    @property
    def newest(self) -> float | None:
        """Epoch seconds of the newest interval's end."""
        return float(self.first + (self.rows - 1) * self.base) if self.rows else None

    @property
    def history_s(self) -> float:
        """Seconds from the oldest interval to the newest."""
        return float(self.rows * self.base)

    def column_numbers(self, keys: list[Key]) -> np.ndarray:
        """The numbers of the keys' columns, shape (keys,); columns are made where they are new."""
        for key in keys:
            self.columns.setdefault(key, len(self.columns))
        return np.array([self.columns[key] for key in keys], dtype=np.intp)

    def put(self, ends: np.ndarray, columns: np.ndarray, values: np.ndarray, how: Put = Put.LAST) -> None:
        """Write single values.

        Args:
            ends: of their intervals in epoch seconds, multiples of the base, shape (values,).
            columns: numbers of their columns, shape (values,).
            values: what is written, shape (values,).
            how: what counts where there are several for one cell.
        """
        if not len(ends):
            return
        self._reach(int(ends.min()), int(ends.max()))
        rows = (ends - self.first) // self.base
        if how is Put.SUM:
            block = self._values[rows.min() : rows.max() + 1]
            # An empty cell begins at 0.
            block[rows - rows.min(), columns] = np.nan_to_num(block[rows - rows.min(), columns])
            np.add.at(block, (rows - rows.min(), columns), values)
        elif how is Put.LARGEST:
            order = np.argsort(values, kind="stable")
            rows, columns = rows[order], columns[order]
            self._values[rows, columns] = np.fmax(self._values[rows, columns], values[order])
        else:
            self._values[rows, columns] = values
        self._remember_peaks(int(rows.min()), int(rows.max()) + 1)

    def add(self, ends: np.ndarray, columns: np.ndarray, values: np.ndarray) -> None:
        """Add a block of counts to what is there.

        Args:
            ends: of its intervals in epoch seconds, evenly spaced, shape (rows,).
            columns: numbers of its columns, all different, shape (columns,).
            values: shape (rows, columns).
        """
        if self.keep:
            recent = ends > max(int(ends[-1]), int(self.newest or 0)) - self.keep
            ends, values = ends[recent], values[recent]
        if len(ends):
            self._reach(int(ends[0]), int(ends[-1]))
            begin = (int(ends[0]) - self.first) // self.base
            self._values[begin : begin + len(ends), columns] += values.astype(self._values.dtype)

    def peak(self, columns: list[int]) -> float:
        """The highest value that was written to some columns (numbers); NaN without any."""
        return float(np.fmax.reduce(self._peaks[columns]))

    def on_grid(self, grid: Grid, keys: list[Key], *, rates: bool) -> np.ndarray:
        """Values on a grid, shape (points, keys): counts summed, or per second; means of gauges.

        Where a step is shorter than an interval, rates and gauges are those of the interval it lies in, and counts
        are unknown.

        Args:
            grid: where values are wanted. `keys`: of which columns. `rates`: counts per second.
        """
        ends = np.arange(grid.start, grid.end + 1, grid.step)
        counted = np.array([measure in COUNTED for _, measure, _ in keys])
        columns = [self.columns[key] for key in keys]
        if grid.step >= self.base:
            sums, rows = self._step_sums(ends, grid.step, columns, counted)
            divisor = np.where(counted, rows * self.base if rates else 1.0, rows)
            with np.errstate(divide="ignore", invalid="ignore"):
                values = np.where(rows > 0, sums / divisor, np.nan)
        else:
            values = self._at(ends, columns, counted) / np.where(counted, self.base, 1)
        if not rates:
            values[:, grid.step < self.base * self._interval_spans()[columns]] = np.nan
        return values

    def measured_seconds(self, grid: Grid, keys: list[Key]) -> np.ndarray:
        """Seconds of each step that rows tell of, shape (points, keys); of counts."""
        ends = np.arange(grid.start, grid.end + 1, grid.step)
        columns = [self.columns[key] for key in keys]
        return self._step_sums(ends, grid.step, columns, np.ones(len(keys), dtype=bool))[1] * float(self.base)

    def _at(self, ends: np.ndarray, columns: list[int], counted: np.ndarray) -> np.ndarray:
        """The value of the interval that holds each moment; NaN outside of the table."""
        row = -((self.first - ends) // self.base)
        inside = (row >= 0) & (row < self.rows)
        values = np.full((len(ends), len(columns)), np.nan)
        if inside.any():
            begin = int(row[inside][0])
            values[inside] = self._block(begin, int(row[inside][-1]) + 1, columns, counted)[row[inside] - begin]
        return values

    def _block(self, begin: int, end: int, columns: list[int], counted: np.ndarray) -> np.ndarray:
        """Values of rows [begin, end); one that tells of several intervals is spread over them."""
        values: np.ndarray = self._values[begin:end, columns].astype("f8")
        spans = self._interval_spans()[columns]
        for place in np.flatnonzero(spans > 1):
            span = int(spans[place])
            sparse = self._values[begin : min(end + span - 1, self.rows), columns[place]]
            spread = pd.Series(sparse / span if counted[place] else sparse).bfill(limit=span - 1)
            values[:, place] = spread.to_numpy()[: end - begin]
        return values

    def _interval_spans(self) -> np.ndarray:
        """How many intervals a value of each column tells of: a source may hold rows of several intervals."""
        if self._spans_of != (self.rows, len(self.columns)):
            self._spans = np.ones(len(self.columns), dtype=int)
            filled = ~np.isnan(self._values[max(0, self.rows - NEWEST_ROWS) : self.rows, : len(self.columns)])
            for column in np.flatnonzero(filled.mean(axis=0) < SPARSE):
                steps = np.diff(np.flatnonzero(filled[:, column]))
                if len(steps) >= 3 and (steps == np.median(steps)).mean() >= REGULAR:
                    self._spans[column] = int(np.median(steps))
            self._spans_of = self.rows, len(self.columns)
        return self._spans

    def _step_sums(
        self, ends: np.ndarray, step: int, columns: list[int], counted: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The sum over each step, and the rows in it that tell of anything; both of shape (steps, columns)."""
        low, high = (np.clip((edge - self.first) // self.base + 1, 0, self.rows) for edge in (ends - step, ends))
        begin, end = int(low[0]), int(high[-1])
        values = self._block(begin, end, columns, counted)
        # Differences of running sums: any grid costs one pass over the rows.
        zero = np.zeros((1, len(columns)))
        total = np.vstack([zero, np.cumsum(np.nan_to_num(values), axis=0)])
        rows = np.vstack([zero, np.cumsum(~np.isnan(values), axis=0)])
        return total[high - begin] - total[low - begin], rows[high - begin] - rows[low - begin]

    def _remember_peaks(self, begin: int, end: int) -> None:
        peaks = np.full(len(self.columns), np.nan)
        peaks[: len(self._peaks)] = self._peaks
        self._peaks = np.fmax(peaks, np.fmax.reduce(self._values[begin:end], axis=0))

    def _reach(self, low: int, high: int) -> None:
        """Make room for rows from `low` to `high` and for all columns."""
        first = min(low, self.first) if self.rows else low
        last = max(high, int(self.newest or high))
        if self.keep:
            first = max(first, last - self.keep + self.base)
        rows, columns = (last - first) // self.base + 1, len(self.columns)
        check_room(first, last, self.base, columns)
        if first != self.first or rows > self._values.shape[0] or columns > self._values.shape[1]:
            self._grow(first, rows, columns)
        # Only what is reached is filled: memory that was never touched costs nothing.
        self._values[self.rows : rows] = self.empty
        self.rows = rows

    def _grow(self, first: int, rows: int, columns: int) -> None:
        """Move the values to a larger array that begins at `first`, with room for as many rows again."""
        room = rows if not self.rows else max(rows, min(2 * rows, CELLS_MAX // max(columns, 1)))
        grown = np.empty((room, columns), self._values.dtype)
        dropped = max(0, first - self.first) // self.base if self.rows else 0
        begin = max(0, self.first - first) // self.base if self.rows else 0
        before = self._values[dropped : self.rows]
        end, width = begin + len(before), self._values.shape[1]
        grown[begin:end, :width] = before
        grown[begin:end, width:] = self.empty
        grown[:begin] = self.empty
        self._values, self.first, self.rows = grown, first, end


def check_room(first: int, last: int, base: int, columns: int) -> None:
    """Refuse a table that would be too large.

    Args:
        first, last: epoch seconds of its oldest and newest interval's end.
        base: seconds of an interval. `columns`: how many there are.

    Raises:
        InvalidData: it would be too large.
    """
    if ((last - first) // base + 1) * columns > CELLS_MAX:
        raise InvalidData(
            f"rows from {pd.Timestamp(first, unit='s')} to {pd.Timestamp(last, unit='s')} are too far apart for "
            f"one table of {base} s intervals: split the file, or correct its times"
        )
