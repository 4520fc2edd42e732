"""Determines how many intervals of a table each number covers, as services may have longer intervals than the table.

A number covers the time since the previous number. If that is missing, or much earlier than usual, it covers the usual
number of intervals; if numbers are irregular, a single interval.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.sources.csv.tables.table_block import BLOCK_ROWS, Block

# Share of an interval by which rows may be early or late.
EARLY_OR_LATE = 0.2
# If the time since the previous row is longer than this many usual intervals, a row is missing, and the next one only
# covers one interval.
LATE = 1.5
# A column has the interval of its table if it has this many numbers in this share of its time span.
FILLED, NUMBERS = 0.6, 20
# Otherwise this many of its newest steps determine its interval, if this share are multiples of it, as rows may be
# missing.
NEWEST, REGULAR = 100, 0.8
# With few rows, the total length of steps beyond one interval must be at least this, as one may be missing.
SURE = 3


@dataclass(slots=True)
class ColumnSpans:
    """The coverage of the columns of a table.

    Attributes:
        usual: usual number of intervals covered by a number of each column, shape (columns,).
        is_irregular: mask of columns with rare and irregular numbers of unknown coverage, shape (columns,).
    """

    usual: np.ndarray = field(default_factory=lambda: np.ones(0, dtype=int))
    is_irregular: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    # Spans by the numbers of each column alone; 0 if unknown.
    _own: np.ndarray = field(default_factory=lambda: np.ones(0, dtype=int))
    _is_known: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def forget(self, columns: np.ndarray) -> None:
        """Invalidate columns after numbers were written to them."""
        self._is_known[columns[columns < len(self._is_known)]] = False

    def knows(self, width: int) -> bool:
        """Whether nothing was written since; `width`: number of columns."""
        return len(self._is_known) == width and bool(self._is_known.all())

    def learn(self, blocks: Mapping[int, Block], groups: Mapping[str, Sequence[int]], width: int) -> None:
        """Examine all columns that were written to since.

        Args:
            blocks: index of a block of a table → its values. `width`: number of columns.
            groups: service → the columns of its counts, which come from the same rows.
        """
        new = width - len(self._own)
        self._own = np.append(self._own, np.ones(new, dtype=int))
        self._is_known = np.append(self._is_known, np.zeros(new, dtype=bool))
        columns = np.flatnonzero(~self._is_known)
        self._is_known[columns], self._own[columns] = True, 1
        for column, places in _far_apart(blocks, columns).items():
            self._own[column] = usual_span(places)
        own = self._own.copy()
        # Rows may lack some numbers: zero failures, or unreadable ones.
        for group in groups.values() if (own != 1).any() else ():
            spans = own[group]
            if (spans != spans[0]).any():
                own[group] = spans[spans > 0].min()
        self.usual, self.is_irregular = np.maximum(1, own), own == 0


def _far_apart(blocks: Mapping[int, Block], columns: np.ndarray) -> dict[int, np.ndarray]:
    """Column → indices of the intervals with its newest values, ascending; without columns that fill the time.

    Args:
        blocks: of a table, by index. `columns`: indices of those to examine.
    """
    left = columns
    places: dict[int, np.ndarray] = {}
    for number in sorted(blocks, reverse=True):
        if not len(left):
            break
        here = left[blocks[number].holds(left)]
        filled = ~np.isnan(blocks[number].read(slice(0, BLOCK_ROWS), here))
        count, first = filled.sum(axis=0), np.argmax(filled, axis=0)
        extent = BLOCK_ROWS - np.argmax(filled[::-1], axis=0) - first
        is_filled = (count >= NUMBERS) & (count >= FILLED * extent)
        done = [here[is_filled]]
        for place in np.flatnonzero(~is_filled & (count > 0)).tolist():
            column = int(here[place])
            rows = number * BLOCK_ROWS + np.flatnonzero(filled[:, place])
            rows = np.append(rows, places.get(column, rows[:0]))
            # The newest rows suffice.
            places[column] = rows
            if len(rows) > NEWEST:
                done.append(here[place : place + 1])
        left = np.setdiff1d(left, np.concatenate(done), assume_unique=True)
        for column in here[is_filled].tolist():
            places.pop(column, None)
    return places


def usual_span(places: np.ndarray) -> int:
    """The usual distance of a column's numbers in intervals; 0 if unknown.

    Args:
        places: indices of the intervals with a number, ascending.
    """
    steps = np.diff(places)[-NEWEST:]
    if not len(steps):
        return 0
    # Of two candidates use the shorter one: missing rows are more common than additional ones.
    usual = int(np.sort(steps)[(len(steps) - 1) // 2])
    if usual == 1:
        return 1
    times = np.maximum(1, np.round(steps / usual))
    is_regular = (np.abs(steps - times * usual) <= EARLY_OR_LATE * usual).mean() >= REGULAR
    return usual if is_regular and len(steps) * (usual - 1) >= SURE else 0


def reach(usual: int) -> int:
    """The maximum number of intervals that a number covers; `usual`: the usual number."""
    return math.floor(LATE * usual)


def spread(written: np.ndarray, usual: int, counted: np.ndarray, rows: slice) -> np.ndarray:
    """Spread numbers over the intervals they cover: counts in equal shares, other numbers unchanged.

    Args:
        written: shape (intervals, columns), NaN if missing; extended on both sides by the maximum coverage.
        usual: usual number of intervals covered by a number. `counted`: mask of columns with counts.
        rows: the wanted intervals.
    """
    place, count = np.arange(len(written))[:, None], len(written)
    is_number = ~np.isnan(written)
    # The last number before each interval, and the first one in or after it; out of range if there is none.
    before = np.maximum.accumulate(np.where(is_number, place, -2 * count), axis=0)[:-1]
    before = np.vstack([np.full((1, written.shape[1]), -2 * count), before])[rows]
    after = np.minimum.accumulate(np.where(is_number, place, 3 * count)[::-1], axis=0)[::-1][rows]
    distance = after - before
    covered = np.where(distance <= LATE * usual, distance, usual)
    values = np.take_along_axis(written, np.minimum(after, count - 1), axis=0) / np.where(counted, covered, 1)
    values[(after >= count) | (place[rows] <= after - covered)] = np.nan
    return values
