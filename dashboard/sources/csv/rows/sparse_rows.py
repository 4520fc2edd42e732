"""Rows an hour or more apart: each describes the time since the previous one, divided proportionally among steps."""

import numpy as np

from dashboard.sources.csv.rows.row_interval import usual_interval
from dashboard.sources.csv.tables.column_spans import LATE
from dashboard.sources.csv.tables.table import COUNTED, Key, most_of_each
from dashboard.sources.csv.tables.table_block import Overwritten, Put
from dashboard.timerange import HOUR, Grid

# Keys contain the index of a column above the time in one integer, so that they sort by both.
TIME_BITS = 32


class SparseRows:
    """Numbers by column and time; values on a grid follow from running sums, so that nothing is lost or counted twice.

    Attributes:
        base: seconds to which times are rounded, so that rows of pods written in sequence have the same time.
        columns: (service, measure, detail) → index of its column.
    """

    base = 60

    def __init__(self) -> None:
        self.columns: dict[Key, int] = {}
        self._keys = np.zeros(0, dtype=np.int64)
        self._values = np.zeros(0)
        # Seconds that each number covers; None after new rows.
        self._covered: np.ndarray | None = None
        self._intervals: dict[str, int] = {}

    @property
    def intervals(self) -> dict[str, int]:
        """Service → usual seconds between its rows."""
        self._covered_s()
        return self._intervals

    @property
    def rows(self) -> int:
        """The number of stored numbers."""
        return len(self._keys)

    @property
    def newest(self) -> float | None:
        """Epoch seconds of the newest row."""
        return float(self._times.max()) if self.rows else None

    @property
    def history_s(self) -> float:
        """Seconds from the start of the oldest interval to the newest row."""
        times = self._times
        return float(times.max() - times.min() + max(self.intervals.values(), default=HOUR)) if self.rows else 0.0

    def column_numbers(self, keys: list[Key]) -> np.ndarray:
        """The indices of the keys' columns, shape (keys,); missing columns are created."""
        return np.array([self.columns.setdefault(key, len(self.columns)) for key in keys], dtype=np.intp)

    def put(self, ends: np.ndarray, columns: np.ndarray, values: np.ndarray, how: Put = Put.LAST) -> list[Overwritten]:
        """Write single numbers; returns those that replaced others if the last one counts.

        Args:
            ends: epoch seconds of their rows, shape (values,). `columns`: indices of their columns, shape (values,).
            values: shape (values,). `how`: how to combine several at one time.
        """
        if not len(ends):
            return []
        keys = np.concatenate([self._keys, columns.astype(np.int64) << TIME_BITS | ends.astype(np.int64)])
        # Among equal keys, existing ones come first.
        order = np.argsort(keys, kind="stable")
        keys, numbers = keys[order], np.concatenate([self._values, values])[order]
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        last = np.append(first[1:], len(keys)) - 1
        combined = {Put.SUM: np.add.reduceat, Put.LARGEST: np.fmax.reduceat}
        self._keys, self._covered = keys[first], None
        self._values = numbers[last] if how is Put.LAST else combined[how](numbers, first)
        again = np.flatnonzero(np.diff(keys) == 0) + 1
        if how is not Put.LAST or not len(again):
            return []
        times = keys[again] & ((1 << TIME_BITS) - 1)
        return [Overwritten(times, keys[again] >> TIME_BITS, numbers[again] != numbers[again - 1])]

    def moments(self) -> dict[str, int]:
        """Service → number of rows in its fullest column."""
        numbered = np.bincount(self._keys >> TIME_BITS, minlength=len(self.columns))
        return most_of_each({key: int(numbered[column]) for key, column in self.columns.items()})

    def peak(self, columns: list[int]) -> float:
        """The maximum of columns (by index); NaN without any."""
        chosen = self._values[np.isin(self._keys >> TIME_BITS, columns)]
        return float(np.fmax.reduce(chosen)) if len(chosen) else np.nan

    def on_grid(self, grid: Grid, keys: list[Key], *, rates: bool) -> np.ndarray:
        """Values on a grid, shape (points, keys): counts summed, or per second; means of gauges.

        Counts over less than an interval are unknown.

        Args:
            grid: the points. `keys`: of the columns. `rates`: counts per second.
        """
        counted = np.array([measure in COUNTED for _, measure, _ in keys])
        sums, seconds = self._step_sums(grid, keys, counted)
        divisor = np.where(counted & (not rates), 1.0, seconds)
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(seconds > 0, sums / divisor, np.nan)
        # Budgets are stored by the hour: each hour takes its share of a daily row.
        if not rates and grid.step < HOUR:
            values[:, [self.intervals.get(service, HOUR) > grid.step for service, _, _ in keys]] = np.nan
        return values

    def measured_seconds(self, grid: Grid, keys: list[Key]) -> np.ndarray:
        """Seconds of each step covered by rows, shape (points, keys)."""
        return self._step_sums(grid, keys, np.ones(len(keys), dtype=bool))[1]

    @property
    def _times(self) -> np.ndarray:
        times: np.ndarray = self._keys & ((1 << TIME_BITS) - 1)
        return times

    def _covered_s(self) -> np.ndarray:
        """Seconds that each number covers, shape (values,)."""
        if self._covered is None:
            number, since = self._keys >> TIME_BITS, np.diff(self._times, prepend=0).astype(float)
            is_first = np.diff(number, prepend=-1) != 0
            self._intervals = self._usual_intervals(number[~is_first], since[~is_first])
            usual = np.full(len(self.columns), float(HOUR))
            for key, column in self.columns.items():
                usual[column] = self._intervals.get(key[0], HOUR)
            is_missing = since > LATE * usual[number]
            self._covered = np.where(is_first | is_missing, usual[number], since)
        return self._covered

    def _usual_intervals(self, column: np.ndarray, steps: np.ndarray) -> dict[str, int]:
        """Service → usual seconds between its rows, from the steps between rows of its columns, shape (steps,)."""
        places: dict[str, int] = {}
        service = np.zeros(len(self.columns), dtype=np.intp)
        for key, number in self.columns.items():
            service[number] = places.setdefault(key[0], len(places))
        order = np.argsort(service[column], kind="stable")
        ends = np.cumsum(np.bincount(service[column], minlength=len(places)))
        parts = zip(places, np.split(steps[order], ends[:-1]), strict=True) if places else ()
        return {name: usual_interval(part) for name, part in parts if len(part)}

    def _step_sums(self, grid: Grid, keys: list[Key], counted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sums over each step and its covered seconds, shape (points, keys); gauges weighted by seconds."""
        number = np.array([self.columns[key] for key in keys], dtype=np.int64)
        covered_s = self._covered_s()
        is_counted = np.zeros(len(self.columns), dtype=bool)
        is_counted[number] = counted
        amounts = np.where(is_counted[self._keys >> TIME_BITS], self._values, self._values * covered_s)
        edges = np.arange(grid.start - grid.step, grid.end + 1, grid.step)
        # The first row that ends at or after each edge, and the share of it before the edge.
        place = np.searchsorted(self._keys, number << TIME_BITS | edges[:, None])
        row = place.clip(max=max(self.rows - 1, 0))
        before = covered_s[row] - (self._times[row] - edges[:, None])
        is_cut = (place < self.rows) & (self._keys[row] >> TIME_BITS == number) & (before > 0)
        share = np.where(is_cut, before / covered_s[row], 0.0)
        sums, seconds = (
            np.diff(np.concatenate([[0.0], np.cumsum(part)])[place] + share * part[row], axis=0)
            for part in (amounts, covered_s)
        )
        return sums, seconds
