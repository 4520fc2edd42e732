"""Writes numbers of wide and tidy rows to a table, with exact cells even for early, late or rewritten rows."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from dashboard.sources.csv.rows.repeated_rows import RepeatedRows
from dashboard.sources.csv.rows.row_memory import RowMemory, identities, last_of_each
from dashboard.sources.csv.rows.rows import CellValues
from dashboard.sources.csv.tables.column_spans import EARLY_OR_LATE
from dashboard.sources.csv.tables.table import Key, most_of_each
from dashboard.sources.csv.tables.table_block import Overwritten, Put, earlier_values


class Cells(Protocol):
    """A target for numbers, by column and time in steps of `base` seconds."""

    base: int

    def column_numbers(self, keys: list[Key]) -> np.ndarray:
        """The indices of the keys' columns; missing columns are created."""

    def put(self, ends: np.ndarray, columns: np.ndarray, values: np.ndarray, how: Put = Put.LAST) -> list[Overwritten]:
        """Write single values; returns those that replaced others if the last one counts."""

    def moments(self) -> dict[str, int]:
        """Service → number of intervals with numbers."""


class ReadAnew(Exception):
    """Everything must be read again: the table's interval was too long or guessed, or rows are uneven.

    Attributes:
        interval: seconds between rows; None: to be detected. `is_guess`: it is based on few rows.
        is_uneven: some rows are early or late.
    """

    def __init__(self, interval: int | None, *, is_guess: bool = False, is_uneven: bool) -> None:
        super().__init__(interval, is_guess, is_uneven)
        self.interval = interval
        self.is_guess = is_guess
        self.is_uneven = is_uneven


@dataclass(slots=True)
class TableWriter:
    """Determines which rows belong to one cell.

    If all rows have the same delay, those of one cell have the same time, and the later one counts. Otherwise, and if
    texts distinguish rows, the counts of a cell are summed, each row of a time and texts once.

    Attributes:
        is_uneven: some rows are early or late, or are distinguished by texts.
        repeated: times at which later rows replaced earlier ones.
    """

    is_uneven: bool = False
    repeated: RepeatedRows = field(default_factory=RepeatedRows)
    # Delay of all rows after the ends of their intervals, in seconds.
    _lag: float | None = None
    _memory: RowMemory = field(default_factory=RowMemory)
    # Column → number of times with counts of uneven rows.
    _moments: Counter[Key] = field(default_factory=Counter)

    def put(self, table: Cells, cells: CellValues, interval: int | None = None) -> None:
        """Write the numbers of rows.

        Args:
            table: the target. `cells`: the numbers.
            interval: seconds between these rows, possibly longer than that of other files; None: unknown.

        Raises:
            ReadAnew: these are the first early or late rows.
        """
        if not len(cells.time):
            return
        # Services times signals may be many: only create columns with numbers.
        used = np.flatnonzero(np.bincount(cells.column, minlength=len(cells.keys)))
        number = np.zeros(len(cells.keys), dtype=np.intp)
        number[used] = table.column_numbers([cells.keys[place] for place in used])
        # Rows slightly after the full minute describe the minute before, like those exactly on it.
        own = interval if interval is not None and interval % table.base == 0 else table.base
        ends = _nearest(cells.time, own)
        # Rows of interleaved files lie between the intervals of each, and not just slightly early or late.
        if own > table.base and np.ptp(cells.time - ends) > EARLY_OR_LATE * own:
            ends = ends if (cells.time % table.base).any() else _nearest(cells.time, table.base)
        columns = number[cells.column]
        if self._is_even(cells, cells.time - ends):
            overwritten = table.put(ends, columns, cells.value)
            keys = {int(number[place]): cells.keys[place] for place in used} if overwritten else {}
            for again in overwritten if cells.is_judged else ():
                self.repeated.note(keys, again.columns, again.ends, again.differs)
        elif cells.adds:
            is_count = cells.is_count
            table.put(ends[is_count], columns[is_count], cells.value[is_count], Put.SUM)
            table.put(ends[~is_count], columns[~is_count], cells.value[~is_count], Put.LARGEST)
        else:
            self._put_each(table, cells, ends, columns)

    def unnamed(self, table: Cells) -> set[str]:
        """Services with rows of several indistinguishable instances; `table`: the target of writes."""
        if not self.repeated:
            return set()
        moments = most_of_each(self._moments) if self.is_uneven else table.moments()
        return set(self.repeated.unnamed(moments))

    def _is_even(self, cells: CellValues, lags: np.ndarray) -> bool:
        if self.is_uneven:
            return False
        if self._lag is None:
            # The first rows.
            self._lag = float(lags[0])
            self.is_uneven = cells.series is not None or cells.adds
        if not self.is_uneven and (
            cells.series is not None or cells.adds or lags.min() != self._lag or lags.max() != self._lag
        ):
            raise ReadAnew(None, is_uneven=True)
        return not self.is_uneven

    def _put_each(self, table: Cells, cells: CellValues, ends: np.ndarray, columns: np.ndarray) -> None:
        identity = identities(cells.time, columns, cells.series)
        # In the order of identities.
        places = last_of_each(identity)
        is_count = cells.is_count[places]
        counts, others = places[is_count], places[~is_count]
        before = self._memory.exchanged(identity[counts], cells.value[counts], cells.time[counts])
        table.put(ends[counts], columns[counts], cells.value[counts] - np.nan_to_num(before), Put.SUM)
        table.put(ends[others], columns[others], cells.value[others], Put.LARGEST)
        if cells.is_judged:
            self._note(cells, identity, counts, before)

    def _note(self, cells: CellValues, identity: np.ndarray, counts: np.ndarray, before: np.ndarray) -> None:
        """Record which counts replaced others.

        Args:
            cells: all numbers. `identity`: of each. `counts`: indices of the written ones.
            before: the replaced values, NaN if there were none.
        """
        new = np.bincount(cells.column[counts][np.isnan(before)], minlength=len(cells.keys))
        self._moments.update({key: count for key, count in zip(cells.keys, new.tolist(), strict=True) if count})
        earlier = np.full(len(identity), np.nan)
        if len(np.unique(identity)) < len(identity):
            earlier = earlier_values(identity, cells.value)
        first = np.isnan(earlier[counts])
        earlier[counts[first]] = before[first]
        again = np.flatnonzero(~np.isnan(earlier))
        if len(again):
            series = None if cells.series is None else cells.series[again]
            moments = identities(cells.time[again], np.zeros(len(again), dtype=np.intp), series)
            differs = earlier[again] != cells.value[again]
            self.repeated.note(dict(enumerate(cells.keys)), cells.column[again], moments, differs)


def _nearest(time: np.ndarray, interval: int) -> np.ndarray:
    """The multiples of an interval nearest to times in epoch seconds."""
    nearest: np.ndarray = time + interval // 2
    # Integer division is several times as fast.
    nearest = nearest if nearest.dtype.kind == "i" else np.floor(nearest).astype(np.int64)
    nearest //= interval
    nearest *= interval
    return nearest
