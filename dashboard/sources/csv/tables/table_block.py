"""A block of a table: a fixed number of intervals for the columns with values in them."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

# Rows per block: less than a day of minutes, so that a block with a single row is small.
BLOCK_ROWS = 512


class Put(StrEnum):
    """How to combine several values of one cell."""

    LAST = "last"
    SUM = "sum"
    LARGEST = "largest"


@dataclass(frozen=True, slots=True, eq=False)
class Overwritten:
    """Values that replaced others in their cells.

    Attributes:
        ends: of their intervals in epoch seconds. `columns`: the table's indices. Both of shape (values,).
        differs: mask of values that differ from the replaced one, shape (values,).
    """

    ends: np.ndarray
    columns: np.ndarray
    differs: np.ndarray


class Block:
    """Values of `BLOCK_ROWS` intervals.

    Attributes:
        columns: the table's indices of its columns, in its own order, shape (columns,).
    """

    def __init__(self) -> None:
        self.columns = np.zeros(0, dtype=np.intp)
        self._values = np.empty((BLOCK_ROWS, 0))
        # The table's index of a column → its own index; -1 for missing ones.
        self._places = np.zeros(0, dtype=np.intp)

    @property
    def cells(self) -> int:
        """The number of allocated cells."""
        return int(self._values.size)

    def put(self, rows: np.ndarray, columns: np.ndarray, values: np.ndarray, how: Put) -> None:
        """Write single values to cells, possibly several to one cell.

        Args:
            rows: of the block, shape (values,). `columns`: the table's indices, shape (values,).
            values: shape (values,). `how`: whether they are summed, or the largest counts.
        """
        own = self._own(columns)
        if how is Put.SUM:
            # An empty cell starts at 0.
            self._values[rows, own] = np.nan_to_num(self._values[rows, own])
            np.add.at(self._values, (rows, own), values)
        else:
            order = np.argsort(values, kind="stable")
            rows, own, values = rows[order], own[order], values[order]
            self._values[rows, own] = np.fmax(self._values[rows, own], values)

    def overwrite(self, rows: np.ndarray, columns: np.ndarray, values: np.ndarray) -> np.ndarray | None:
        """Write single values, of which the last one in each cell counts; returns the old values, None without any.

        Args:
            rows: of the block, shape (values,). `columns`: the table's indices, shape (values,).
            values: shape (values,).

        Returns:
            The value replaced by each, NaN if there was none, shape (values,).
        """
        own = self._own(columns)
        first = int(rows.min())
        reached = self._values[first : int(rows.max()) + 1, : len(self.columns)]
        before = reached.copy()
        # Looking up one index per cell is faster than two.
        cells = rows * self._values.shape[1]
        cells += own
        self._values.reshape(-1)[cells] = values
        # Quick check, as nearly always all cells were empty.
        if _filled(reached) - _filled(before) == len(values):
            return None
        earlier = earlier_values(cells, values)
        return np.where(np.isnan(earlier), before[rows - first, own], earlier)

    def highest(self, rows: np.ndarray) -> np.ndarray:
        """The maximum of each of its columns over the range of the given rows."""
        highest: np.ndarray = np.fmax.reduce(self._values[rows.min() : rows.max() + 1, : len(self.columns)], axis=0)
        return highest

    def read(self, rows: slice, columns: np.ndarray) -> np.ndarray:
        """Values, shape (rows, columns), NaN if missing; `columns`: the table's indices."""
        places = self._places_of(columns)
        known = places >= 0
        values: np.ndarray
        if known.all():
            values = self._values[rows, places]
            return values
        values = np.full((rows.stop - rows.start, len(columns)), np.nan)
        values[:, known] = self._values[rows, places[known]]
        return values

    def holds(self, columns: np.ndarray) -> np.ndarray:
        """Mask of existing columns, shape (columns,); `columns`: the table's indices."""
        is_held: np.ndarray = self._places_of(columns) >= 0
        return is_held

    def value_counts(self) -> np.ndarray:
        """The number of values in each of its columns."""
        counts: np.ndarray = np.count_nonzero(~np.isnan(self._values[:, : len(self.columns)]), axis=0)
        return counts

    def drop(self, column: int) -> None:
        """Remove the values of a column (the table's index)."""
        place = self._places_of(np.array([column]))[0]
        if place >= 0:
            self._values[:, place] = np.nan

    def _places_of(self, columns: np.ndarray) -> np.ndarray:
        places: np.ndarray
        if not len(columns) or columns.max() < len(self._places):
            places = self._places[columns]
            return places
        known = columns < len(self._places)
        places = np.full(len(columns), -1, dtype=np.intp)
        places[known] = self._places[columns[known]]
        return places

    def _own(self, columns: np.ndarray) -> np.ndarray:
        """Its own indices of columns; missing columns are created."""
        own = self._places_of(columns)
        if len(own) and own.min() < 0:
            new = np.flatnonzero(np.bincount(columns[own < 0]))
            if new[-1] >= len(self._places):
                self._places = np.append(self._places, np.full(int(new[-1]) + 1 - len(self._places), -1, np.intp))
            self._places[new] = len(self.columns) + np.arange(len(new))
            self.columns = np.append(self.columns, new)
            self._widen(len(self.columns))
            own = self._places[columns]
        return own

    def _widen(self, columns: int) -> None:
        before = self._values.shape[1]
        if columns > before:
            widened = np.full((BLOCK_ROWS, max(columns, min(2 * before, before + 1024))), np.nan)
            widened[:, :before] = self._values
            self._values = widened


def earlier_values(cells: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The preceding value in the same cell for each value, NaN if there is none, shape (values,).

    Args:
        cells: index of each value's cell, shape (values,). `values`: in the order of writing.
    """
    order = np.argsort(cells, kind="stable")
    again = cells[order[1:]] == cells[order[:-1]]
    earlier = np.full(len(values), np.nan)
    earlier[order[1:][again]] = values[order[:-1][again]]
    return earlier


def _filled(values: np.ndarray) -> int:
    return values.size - int(np.count_nonzero(np.isnan(values)))
