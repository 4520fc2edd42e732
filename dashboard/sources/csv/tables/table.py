"""A table that grows where rows are: evenly spaced intervals × (service, measure, detail), in blocks of time.

A block has the columns that have a value in its time, so that services that come and go, as pods do, and a row of
another season take no more room than their rows.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.tables.column_spans import ColumnSpans, reach, spread
from dashboard.sources.csv.tables.table_block import BLOCK_ROWS, Block, Overwritten, Put
from dashboard.timerange import Grid

Key = tuple[str, str, str]
# Requests of which nobody can tell whether they failed: a measure of tables alone.
UNTOLD = "untold"
COUNTED = ("requests", "errors", "latency", "failed_latency", UNTOLD)
# What cannot be known of an interval with such requests: which of them are failures.
OUTCOMES = ("errors", "latency", "failed_latency")
# Cells of one table: 1.2 GB of numbers, those of 30 days of 800 services by the minute and four signals.
CELLS_MAX = 150_000_000
# This many cells are added up at once.
PART_CELLS = 1 << 22


class Table:
    """Numbers for intervals that end at multiples of `base` seconds; NaN where no row told any.

    Args:
        base: seconds of an interval.

    Attributes:
        columns: (service, measure, detail) → number of its column.
    """

    def __init__(self, base: int) -> None:
        self.base = base
        self.columns: dict[Key, int] = {}
        # Numbers of the oldest and newest interval, which end at `number × base`.
        self._first, self._last = 0, -1
        self._width = 0
        self._blocks: dict[int, Block] = {}
        self._peaks = np.empty(0)
        self._spans = ColumnSpans()

    @property
    def rows(self) -> int:
        """How many intervals there are from the oldest to the newest."""
        return self._last - self._first + 1

    @property
    def newest(self) -> float | None:
        """Epoch seconds of the newest interval's end."""
        return float(self._last * self.base) if self.rows else None

    @property
    def history_s(self) -> float:
        """Seconds from the beginning of what the oldest row tells of to the newest."""
        return float((self._last - self._oldest + 1) * self.base)

    @property
    def intervals(self) -> dict[str, int]:
        """Service → seconds between its rows, where these are more than an interval of the table."""
        spans = self._interval_spans()
        seconds_of: dict[str, int] = {}
        for (service, measure, _), column in self.columns.items():
            if measure == "requests" and spans[column] > 1:
                seconds_of[service] = int(spans[column]) * self.base
        return seconds_of

    @property
    def irregular(self) -> set[str]:
        """Services whose rows are so far apart, and so irregularly, that nobody can say how long each tells of."""
        self._interval_spans()
        is_irregular = self._spans.is_irregular
        return {
            service
            for (service, measure, _), column in self.columns.items()
            if measure == "requests" and is_irregular[column]
        }

    @property
    def cells(self) -> int:
        """How many numbers there is room for."""
        return sum(block.cells for block in self._blocks.values())

    def column_numbers(self, keys: list[Key]) -> np.ndarray:
        """The numbers of the keys' columns, shape (keys,); columns are made where they are new."""
        for key in keys:
            if key not in self.columns:
                self.columns[key] = self._width
                self._width += 1
        return np.array([self.columns[key] for key in keys], dtype=np.intp)

    def put(self, ends: np.ndarray, columns: np.ndarray, values: np.ndarray, how: Put = Put.LAST) -> list[Overwritten]:
        """Write single values; returns those that took the place of others where the last one counts.

        Args:
            ends: of their intervals in epoch seconds, multiples of the base, shape (values,).
            columns: numbers of their columns, shape (values,).
            values: what is written, shape (values,).
            how: what counts where there are several for one cell.

        Raises:
            InvalidData: the table would be too large.
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
        """Service → how many intervals its column with the most of them has a number for."""
        numbered = np.zeros(self._width, dtype=int)
        for block in self._blocks.values():
            numbered[block.columns] += block.told()
        return most_of_each({key: int(numbered[column]) for key, column in self.columns.items()})

    def removed(self, key: Key) -> tuple[np.ndarray, np.ndarray]:
        """Give up a column: the ends of its intervals in epoch seconds, and their values, both of shape (values,)."""
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
        """The highest value that was written to some columns (numbers); NaN without any."""
        return float(np.fmax.reduce(self._peaks[columns]))

    def on_grid(self, grid: Grid, keys: list[Key], *, rates: bool) -> np.ndarray:
        """Values on a grid, shape (points, keys): counts summed, or per second; means of gauges.

        Where a step is shorter than an interval, rates and gauges are those of the interval it lies in, and counts
        are unknown.

        Args:
            grid: where values are wanted. `keys`: of which columns. `rates`: counts per second.
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
        """Seconds of each step that rows tell of, shape (points, keys); of counts."""
        columns = np.array([self.columns[key] for key in keys], dtype=np.intp)
        return self._step_sums(grid, columns, np.ones(len(keys), dtype=bool))[1] * float(self.base)

    def _step_sums(self, grid: Grid, columns: np.ndarray, counted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The sum over each step, and the rows in it that tell of anything; both of shape (points, columns)."""
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
        """The intervals from `begin` up to `end` in parts of bounded size; those without any value are left out."""
        # What a value is spread over may begin in blocks before it that hold none.
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
        """Values of intervals [begin, end); one that tells of several intervals is spread over them."""
        values = self._written(begin, end, columns)
        spans = self._interval_spans()[columns]
        for span in np.unique(spans[spans > 1]).tolist():
            places, around = np.flatnonzero(spans == span), reach(span)
            written = self._written(begin - around, end + around, columns[places])
            values[:, places] = spread(written, span, counted[places], slice(around, around + end - begin))
        return values

    def _written(self, begin: int, end: int, columns: np.ndarray) -> np.ndarray:
        """Values of intervals [begin, end) as they were written."""
        values = np.full((end - begin, len(columns)), np.nan)
        for number in range(begin // BLOCK_ROWS, (end - 1) // BLOCK_ROWS + 1):
            block, first = self._blocks.get(number), number * BLOCK_ROWS
            low, high = max(begin, first), min(end, first + BLOCK_ROWS)
            if block is not None:
                values[low - begin : high - begin] = block.read(slice(low - first, high - first), columns)
        return values

    def _interval_spans(self) -> np.ndarray:
        """How many intervals a value of each column tells of, shape (columns,)."""
        if not self._spans.knows(self._width):
            groups: dict[str, list[int]] = {}
            for (service, measure, _), column in self.columns.items():
                if measure in COUNTED:
                    groups.setdefault(service, []).append(column)
            self._spans.learn(self._blocks, groups, self._width)
        return self._spans.usual

    @property
    def _oldest(self) -> int:
        """The number of the oldest interval that a row tells of."""
        return self._first - int(self._interval_spans().max(initial=1)) + 1

    def _check_room(self) -> None:
        if self.cells > CELLS_MAX:
            raise InvalidData(
                f"rows of {len(self.columns)} signals every {self.base} s are more than {CELLS_MAX // 10**6} million "
                "numbers: split the files, or leave out columns"
            )


def most_of_each(numbers: Mapping[Key, int]) -> dict[str, int]:
    """Service → the largest number of its columns."""
    most: dict[str, int] = {}
    for (service, _, _), number in numbers.items():
        most[service] = max(most.get(service, 0), number)
    return most


def _by_block(numbers: np.ndarray) -> Iterator[tuple[int, slice | np.ndarray]]:
    """Blocks of intervals by their numbers, each with the places of its intervals."""
    first, last = int(numbers.min()) // BLOCK_ROWS, int(numbers.max()) // BLOCK_ROWS
    if first == last:
        yield first, slice(None)
        return
    # Rows follow each other in time, as a rule.
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
