"""A table that grows in place: evenly spaced intervals × (service, measure, detail), written by plain assignment."""

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.exceptions import InvalidData
from dashboard.timerange import HOUR, Grid

Key = tuple[str, str, str]
COUNTED = ("requests", "errors", "latency", "failed_latency")
# Cells of one table: 400 MB of numbers, far above 30 days of a thousand services by the minute and signal.
CELLS_MAX = 50_000_000
# A gauge that was never above this is a share of its limit.
SHARE_MAX = 1.5
# A column is of a slower pace than its table when in its newest rows less than this share is filled, and so regularly.
SPARSE, REGULAR, LOOKED_AT = 0.6, 0.8, 2000


class Table:
    """Numbers for the intervals that end at `first, first + base, …`.

    Args:
        base: seconds of an interval. `empty`: what a cell holds that nothing was written to: NaN where a missing row
            says nothing, 0 where it says that there was none.
        keep: seconds after which rows are dropped, counted from the newest; 0 keeps all.
    """

    def __init__(self, base: int, *, empty: float = np.nan, keep: int = 0, dtype: str = "f8") -> None:
        self.base, self.empty, self.keep = base, empty, keep
        self.first = 0
        self.rows = 0
        self.columns: dict[Key, int] = {}
        self._values = np.empty((0, 0), dtype)
        self._peaks = np.empty(0)
        self._apart = np.empty(0, dtype=int)
        self._apart_at = (0, 0)

    @property
    def newest(self) -> float | None:
        """Epoch seconds of the newest interval's end."""
        return float(self.first + (self.rows - 1) * self.base) if self.rows else None

    def numbers(self, keys: list[Key]) -> np.ndarray:
        """The columns of the keys, made where they are new."""
        for key in keys:
            self.columns.setdefault(key, len(self.columns))
        return np.array([self.columns[key] for key in keys], dtype=np.intp)

    def put(self, ends: np.ndarray, columns: np.ndarray, values: np.ndarray, *, adding: bool = False) -> None:
        """Write values at ends (multiples of the base) and column numbers; the later of two wins, or they add up."""
        if not len(ends):
            return
        self._reach(int(ends.min()), int(ends.max()))
        rows = (ends - self.first) // self.base
        if adding:
            block = self._values[rows.min() : rows.max() + 1]
            block[rows - rows.min(), columns] = np.nan_to_num(block[rows - rows.min(), columns])
            np.add.at(block, (rows - rows.min(), columns), values)
        else:
            self._values[rows, columns] = values
        self._remember(int(rows.min()), int(rows.max()) + 1)

    def add(self, ends: np.ndarray, columns: np.ndarray, values: np.ndarray) -> None:
        """Add a block, shape (rows, columns): `ends` evenly spaced, columns all different."""
        if self.keep:
            kept = ends > max(int(ends[-1]), int(self.newest or 0)) - self.keep
            ends, values = ends[kept], values[kept]
        if len(ends):
            self._reach(int(ends[0]), int(ends[-1]))
            begin = (int(ends[0]) - self.first) // self.base
            self._values[begin : begin + len(ends), columns] += values.astype(self._values.dtype)

    def peak(self, chosen: list[int]) -> float:
        """The highest value that was put into some columns; NaN without any."""
        return float(np.fmax.reduce(self._peaks[chosen]))

    def on(self, grid: Grid, keys: list[Key], *, rates: bool) -> np.ndarray:
        """Values on a grid, shape (points, keys): counts summed, or per second when `rates`; means of gauges.

        Where a step is shorter than an interval, rates and gauges are those of the interval it lies in, and counts
        are unknown.
        """
        points = np.arange(grid.start, grid.end + 1, grid.step)
        counted = np.array([measure in COUNTED for _, measure, _ in keys])
        chosen = [self.columns[key] for key in keys]
        if grid.step >= self.base:
            sums, rows = self._stepped(points, grid.step, chosen, counted)
            per = np.where(counted, rows * self.base if rates else 1.0, rows)
            with np.errstate(divide="ignore", invalid="ignore"):
                made = np.where(rows > 0, sums / per, np.nan)
        else:
            made = self._within(points, chosen, counted) / np.where(counted, self.base, 1)
        if not rates:
            made[:, grid.step < self.base * self._spacing()[chosen]] = np.nan
        return made

    def measured(self, grid: Grid, keys: list[Key]) -> np.ndarray:
        """Seconds of each step that rows tell of, shape (points, keys); of counts."""
        points = np.arange(grid.start, grid.end + 1, grid.step)
        chosen = [self.columns[key] for key in keys]
        return self._stepped(points, grid.step, chosen, np.ones(len(keys), dtype=bool))[1] * float(self.base)

    def _within(self, points: np.ndarray, chosen: list[int], counted: np.ndarray) -> np.ndarray:
        at = -((self.first - points) // self.base)
        inside = (at >= 0) & (at < self.rows)
        made = np.full((len(points), len(chosen)), np.nan)
        if inside.any():
            begin = int(at[inside][0])
            made[inside] = self._block(begin, int(at[inside][-1]) + 1, chosen, counted)[at[inside] - begin]
        return made

    def _block(self, begin: int, end: int, chosen: list[int], counted: np.ndarray) -> np.ndarray:
        """Values of rows [begin, end); one that tells of several intervals is spread over them."""
        values: np.ndarray = self._values[begin:end, chosen].astype("f8")
        spacing = self._spacing()[chosen]
        for place in np.flatnonzero(spacing > 1):
            apart = int(spacing[place])
            told = self._values[begin : min(end + apart - 1, self.rows), chosen[place]]
            even = pd.Series(told / apart if counted[place] else told).bfill(limit=apart - 1)
            values[:, place] = even.to_numpy()[: end - begin]
        return values

    def _spacing(self) -> np.ndarray:
        """How many intervals a value of each column tells of: a source may hold rows of several paces."""
        if self._apart_at != (self.rows, len(self.columns)):
            self._apart = np.ones(len(self.columns), dtype=int)
            known = ~np.isnan(self._values[max(0, self.rows - LOOKED_AT) : self.rows, : len(self.columns)])
            for column in np.flatnonzero(known.mean(axis=0) < SPARSE):
                steps = np.diff(np.flatnonzero(known[:, column]))
                if len(steps) >= 3 and (steps == np.median(steps)).mean() >= REGULAR:
                    self._apart[column] = int(np.median(steps))
            self._apart_at = self.rows, len(self.columns)
        return self._apart

    def _stepped(
        self, points: np.ndarray, step: int, chosen: list[int], counted: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The sum over each step, and the rows in it that tell of anything."""
        low, high = (np.clip((edge - self.first) // self.base + 1, 0, self.rows) for edge in (points - step, points))
        begin, end = int(low[0]), int(high[-1])
        values = self._block(begin, end, chosen, counted)
        zero = np.zeros((1, len(chosen)))
        total = np.vstack([zero, np.cumsum(np.nan_to_num(values), axis=0)])
        known = np.vstack([zero, np.cumsum(~np.isnan(values), axis=0)])
        return total[high - begin] - total[low - begin], known[high - begin] - known[low - begin]

    def _remember(self, begin: int, end: int) -> None:
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
        held = self._values.shape
        if first != self.first or rows > held[0] or columns > held[1]:
            room = rows if not self.rows else max(rows, min(2 * rows, CELLS_MAX // max(columns, 1)))
            grown = np.empty((room, columns), self._values.dtype)
            dropped = max(0, first - self.first) // self.base if self.rows else 0
            begin = max(0, self.first - first) // self.base if self.rows else 0
            before = self._values[dropped : self.rows]
            end = begin + len(before)
            grown[begin:end, : held[1]] = before
            grown[begin:end, held[1] :] = self.empty
            grown[:begin] = self.empty
            self._values, self.first, self.rows = grown, first, end
        # Only what is reached is filled: memory that was never touched costs nothing.
        self._values[self.rows : rows] = self.empty
        self.rows = rows


def check_room(first: int, last: int, base: int, columns: int) -> None:
    """Whether a table from `first` to `last` (epoch seconds) may be made.

    Raises:
        InvalidData: it would be too large.
    """
    if ((last - first) // base + 1) * columns > CELLS_MAX:
        raise InvalidData(
            f"rows from {pd.Timestamp(first, unit='s')} to {pd.Timestamp(last, unit='s')} are too far apart for "
            f"one table of {base} s intervals: split the file, or correct its times"
        )


def frame_of(
    table: Table | None, grid: Grid, *, rates: bool, service: str | None = None, part: bool = False
) -> pd.DataFrame:
    """A samples or counts frame from a table; gauges are told apart by whether they ever exceeded a limit.

    `service`: only this one; with `part` all whose name begins so, named by the rest.
    """
    if table is None or not table.rows:
        return frames.samples({}, grid)
    wanted = [key for key in table.columns if _chosen(key[0], service, part) and (rates or key[1] in COUNTED)]
    if not wanted or (not rates and grid.step < table.base):
        return frames.samples({}, grid)
    named = gauges(table)
    skipped = len(service) if service and part else 0
    columns = [
        (name[skipped:], named.get(detail, measure) if measure == "gauge" else measure, detail)
        for name, measure, detail in wanted
    ]
    values = table.on(grid, wanted, rates=rates)
    requests = [] if rates or grid.step != HOUR else [key for key in wanted if key[1] == "requests"]
    if requests:
        values = np.hstack([values, table.measured(grid, requests)])
        columns += [(name, "measured", "") for name, _, _ in requests]
    made = pd.DataFrame(values, grid.index(), frames.column_index(columns))
    return made.dropna(axis=1, how="all")


def _chosen(name: str, service: str | None, part: bool) -> bool:
    return service is None or (name.startswith(service) if part else name == service)


def gauges(table: Table) -> dict[str, str]:
    """Gauge → `saturation` when it looks like a share of a limit, else `usage`."""
    places: dict[str, list[int]] = {}
    for (_, measure, detail), column in table.columns.items():
        if measure == "gauge":
            places.setdefault(detail, []).append(column)
    return {name: "usage" if table.peak(columns) > SHARE_MAX else "saturation" for name, columns in places.items()}
