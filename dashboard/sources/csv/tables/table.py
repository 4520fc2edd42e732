"""A growing table: evenly spaced intervals × (service, measure, detail), stored in blocks of time.

A block only has the columns with values in its time, so that short-lived services, such as pods, and outlying rows need
no more memory than their rows.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.tables.column_spans import ColumnSpans, reach, spread
from dashboard.sources.csv.tables.table_block import BLOCK_ROWS, Block, Overwritten, Put
from dashboard.timerange import Grid

Key = tuple[str, str, str]
# Requests with an unknown outcome; only used in tables.
UNKNOWN_OUTCOME = "unknown_outcome"
COUNTED = ("requests", "errors", "latency", "failed_latency", UNKNOWN_OUTCOME)
# Measures that are unknown in an interval with such requests.
OUTCOMES = ("errors", "latency", "failed_latency")
# Maximum number of cells: 1.2 GB, for 30 days of 800 services by the minute with four signals.
CELLS_MAX = 150_000_000
# Number of cells to sum at once.
PART_CELLS = 1 << 22


class Table:
    """Numbers for intervals that end at multiples of `base` seconds; NaN without a row.

    Args:
        base: seconds of an interval.

    Attributes:
        columns: (service, measure, detail) → index of its column.
    """

    def __init__(self, base: int) -> None:
        self.base = base
        self.columns: dict[Key, int] = {}
        # Indices of the oldest and newest interval, which end at `index × base`.
        self._first, self._last = 0, -1
        self._width = 0
        self._blocks: dict[int, Block] = {}
        self._peaks = np.empty(0)
        self._spans = ColumnSpans()

    @property
    def rows(self) -> int:
        """The number of intervals from the oldest to the newest."""
        return self._last - self._first + 1

    @property
    def newest(self) -> float | None:
        """Epoch seconds of the end of the newest interval."""
        return float(self._last * self.base) if self.rows else None

    @property
    def history_s(self) -> float:
        """Seconds from the start of the oldest row's coverage to the newest row."""
        return float((self._last - self._oldest + 1) * self.base)

    @property
    def intervals(self) -> dict[str, int]:
        """Service → seconds between its rows, if longer than the table's interval."""
        spans = self._interval_spans()
        seconds_of: dict[str, int] = {}
        for (service, measure, _), column in self.columns.items():
            if measure == "requests" and spans[column] > 1:
                seconds_of[service] = int(spans[column]) * self.base
        return seconds_of

    @property
    def irregular(self) -> set[str]:
        """Services with rare and irregular rows of unknown coverage."""
        self._interval_spans()
        is_irregular = self._spans.is_irregular
        return {
            service
            for (service, measure, _), column in self.columns.items()
            if measure == "requests" and is_irregular[column]
        }

    @property
    def cells(self) -> int:
        """The number of allocated cells."""
        return sum(block.cells for block in self._blocks.values())

    def column_numbers(self, keys: list[Key]) -> np.ndarray:
        """The indices of the keys' columns, shape (keys,); missing columns are created."""
        for key in keys:
            if key not in self.columns:
                self.columns[key] = self._width
                self._width += 1
        return np.array([self.columns[key] for key in keys], dtype=np.intp)

    def put(self, ends: np.ndarray, columns: np.ndarray, values: np.ndarray, how: Put = Put.LAST) -> list[Overwritten]:
        """Write single values; returns those that replaced others if the last one counts.

        Args:
            ends: of their intervals in epoch seconds, multiples of the base, shape (values,).
            columns: indices of their columns, shape (values,).
            values: shape (values,).
            how: how to combine several values of a cell.

        Raises:
            InvalidData: the table would become too large.
        """
        if not len(ends):
            return []
        numbers = ends // self.base
        low, high = int(numbers.min()), int(numbers.max())
        self._first = min(self._first, low) if self.rows else low
        self._last = max(self._last, high)
        self._peaks = np.append(self._peaks, np.full(self._width - len(self._peaks), np.nan))
        self._spans.forget(columns)
        overwritten = []
        for block_number, chosen in _by_block(numbers):
            block = self._blocks.setdefault(block_number, Block())
            rows = numbers[chosen] - block_number * BLOCK_ROWS
            if how is not Put.LAST:
                block.put(rows, columns[chosen], values[chosen], how)
            elif (before := block.overwrite(rows, columns[chosen], values[chosen])) is not None:
                again = ~np.isnan(before)
                differs = before[again] != values[chosen][again]
                overwritten.append(Overwritten(ends[chosen][again], columns[chosen][again], differs))
            self._peaks[block.columns] = np.fmax(self._peaks[block.columns], block.highest(rows))
        self._check_room()
        return overwritten

    def moments(self) -> dict[str, int]:
        """Service → number of intervals with values in its fullest column."""
        numbered = np.zeros(self._width, dtype=int)
        for block in self._blocks.values():
            numbered[block.columns] += block.value_counts()
        return most_of_each({key: int(numbered[column]) for key, column in self.columns.items()})

    def removed(self, key: Key) -> tuple[np.ndarray, np.ndarray]:
        """Remove a column; returns its interval ends in epoch seconds and its values, both of shape (values,)."""
        column = self.columns.pop(key)
        ends, values = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
        for number, block in self._blocks.items():
            read = block.read(slice(0, BLOCK_ROWS), np.array([column]))[:, 0]
            rows = np.flatnonzero(~np.isnan(read))
            ends.append((number * BLOCK_ROWS + rows) * self.base)
            values.append(read[rows])
            block.drop(column)
        return np.concatenate(ends), np.concatenate(values)

    def peak(self, columns: list[int]) -> float:
        """The maximum of columns (by index); NaN without values."""
        return float(np.fmax.reduce(self._peaks[columns]))

    def on_grid(self, grid: Grid, keys: list[Key], *, rates: bool) -> np.ndarray:
        """Values on a grid, shape (points, keys): counts summed, or per second; means of gauges.

        If a step is shorter than an interval, rates and gauges are those of its interval, and counts are unknown.

        Args:
            grid: the points. `keys`: of the columns. `rates`: counts per second.
        """
        counted = np.array([measure in COUNTED for _, measure, _ in keys])
        columns = np.array([self.columns[key] for key in keys], dtype=np.intp)
        if grid.step >= self.base:
            values, rows = self._step_sums(grid, columns, counted)
            divisor = np.where(counted, rows * self.base if rates else 1.0, rows)
            with np.errstate(divide="ignore", invalid="ignore"):
                np.divide(values, divisor, out=values)
            values[rows == 0] = np.nan
        else:
            numbers = -(-np.arange(grid.start, grid.end + 1, grid.step) // self.base)
            read = self._read(int(numbers[0]), int(numbers[-1]) + 1, columns, counted)
            values = read[numbers - numbers[0]] / np.where(counted, self.base, 1)
        if not rates:
            values[:, grid.step < self.base * self._interval_spans()[columns]] = np.nan
        return values

    def measured_seconds(self, grid: Grid, keys: list[Key]) -> np.ndarray:
        """Seconds of each step covered by rows of counts, shape (points, keys)."""
        columns = np.array([self.columns[key] for key in keys], dtype=np.intp)
        return self._step_sums(grid, columns, np.ones(len(keys), dtype=bool))[1] * float(self.base)

    def _step_sums(self, grid: Grid, columns: np.ndarray, counted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The sum over each step, and its number of covered rows; both of shape (points, columns)."""
        sums, rows = (np.zeros((len(grid), len(columns))) for _ in range(2))
        first, last = ((edge // self.base) for edge in (grid.start - grid.step, grid.end))
        for begin, end in self._parts(max(first + 1, self._oldest), min(last, self._last) + 1, len(columns)):
            values = self._read(begin, end, columns, counted)
            step = -((grid.start - np.arange(begin, end) * self.base) // grid.step)
            is_first = np.flatnonzero(np.diff(step, prepend=-1))
            numbered = ~np.isnan(values)
            np.copyto(values, 0.0, where=~numbered)
            if len(is_first) < len(step):
                values, numbered = (
                    np.add.reduceat(part, is_first, axis=0) for part in (values, numbered.astype(np.int32))
                )
            sums[step[is_first]] += values
            rows[step[is_first]] += numbered
        return sums, rows

    def _parts(self, begin: int, end: int, columns: int) -> Iterator[tuple[int, int]]:
        """The intervals from `begin` up to `end` in parts of limited size, without empty ones."""
        # A value may be spread back over intervals in earlier, empty blocks.
        back = -(-(reach(int(self._interval_spans().max(initial=1))) - 1) // BLOCK_ROWS)
        numbers = {number - before for number in self._blocks for before in range(back + 1)}
        at_once = max(1, PART_CELLS // (max(columns, 1) * BLOCK_ROWS)) * BLOCK_ROWS
        part: list[int] = []
        for number in sorted(numbers):
            low, high = max(number * BLOCK_ROWS, begin), min((number + 1) * BLOCK_ROWS, end)
            if low >= high:
                continue
            if part and (low != part[1] or high - part[0] > at_once):
                yield part[0], part[1]
                part = []
            part = [part[0], high] if part else [low, high]
        if part:
            yield part[0], part[1]

    def _read(self, begin: int, end: int, columns: np.ndarray, counted: np.ndarray) -> np.ndarray:
        """Values of intervals [begin, end); those that cover several intervals are spread."""
        values = self._written(begin, end, columns)
        spans = self._interval_spans()[columns]
        for span in np.unique(spans[spans > 1]).tolist():
            places, around = np.flatnonzero(spans == span), reach(span)
            written = self._written(begin - around, end + around, columns[places])
            values[:, places] = spread(written, span, counted[places], slice(around, around + end - begin))
        return values

    def _written(self, begin: int, end: int, columns: np.ndarray) -> np.ndarray:
        """Values of intervals [begin, end) as written."""
        values = np.full((end - begin, len(columns)), np.nan)
        for number in range(begin // BLOCK_ROWS, (end - 1) // BLOCK_ROWS + 1):
            block, first = self._blocks.get(number), number * BLOCK_ROWS
            low, high = max(begin, first), min(end, first + BLOCK_ROWS)
            if block is not None:
                values[low - begin : high - begin] = block.read(slice(low - first, high - first), columns)
        return values

    def _interval_spans(self) -> np.ndarray:
        """The number of intervals that a value of each column covers, shape (columns,)."""
        if not self._spans.knows(self._width):
            groups: dict[str, list[int]] = {}
            for (service, measure, _), column in self.columns.items():
                if measure in COUNTED:
                    groups.setdefault(service, []).append(column)
            self._spans.learn(self._blocks, groups, self._width)
        return self._spans.usual

    @property
    def _oldest(self) -> int:
        """The index of the oldest interval covered by a row."""
        return self._first - int(self._interval_spans().max(initial=1)) + 1

    def _check_room(self) -> None:
        if self.cells > CELLS_MAX:
            raise InvalidData(
                f"rows of {len(self.columns)} signals every {self.base} s are more than {CELLS_MAX // 10**6} million "
                "numbers: split the files, or leave out columns"
            )


def most_of_each(numbers: Mapping[Key, int]) -> dict[str, int]:
    """Service → the maximum over its columns."""
    most: dict[str, int] = {}
    for (service, _, _), number in numbers.items():
        most[service] = max(most.get(service, 0), number)
    return most


def _by_block(numbers: np.ndarray) -> Iterator[tuple[int, slice | np.ndarray]]:
    """Indices of blocks, each with the positions of its intervals."""
    first, last = int(numbers.min()) // BLOCK_ROWS, int(numbers.max()) // BLOCK_ROWS
    if first == last:
        yield first, slice(None)
        return
    # Rows are usually sorted by time.
    if (numbers[1:] >= numbers[:-1]).all():
        order, ordered = None, numbers
    else:
        order = np.argsort((numbers - first * BLOCK_ROWS).astype(np.uint32), kind="stable")
        ordered = numbers[order]
    end = 0
    while end < len(ordered):
        begin, block = end, int(ordered[end]) // BLOCK_ROWS
        end = int(np.searchsorted(ordered, (block + 1) * BLOCK_ROWS))
        yield block, slice(begin, end) if order is None else order[begin:end]
