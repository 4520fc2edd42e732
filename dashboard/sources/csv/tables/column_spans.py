"""How many intervals of a table a number of a column tells of: services of longer intervals may stand beside others.

A number tells of the time since the number before it. Where that is missing, or lies much further away than usual, it
tells of the usual number of intervals; where numbers come irregularly, of a single one.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.sources.csv.tables.table_block import BLOCK_ROWS, Block

# Rows that are early or late by this share of an interval are meant by it.
EARLY_OR_LATE = 0.2
# A row tells of the time since the one before it, unless that is longer than this many usual intervals: then one is
# missing, and it tells of one interval alone.
LATE = 1.5
# A column has the interval of its table when this many numbers fill this share of the time from the first to the last.
FILLED, NUMBERS = 0.6, 20
# Else this many of its newest distances tell its interval, where this share are multiples of it: rows may be missing.
NEWEST, REGULAR = 100, 0.8
# Of few rows the distance has to be a long one, or one of them may be missing: distances times intervals beyond one.
SURE = 3


@dataclass(slots=True)
class ColumnSpans:
    """What is known of the columns of a table.

    Attributes:
        usual: how many intervals a number of each column tells of as a rule, shape (columns,).
        is_irregular: where numbers are far apart and do not tell of how many intervals, shape (columns,).
    """

    usual: np.ndarray = field(default_factory=lambda: np.ones(0, dtype=int))
    is_irregular: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    # As the numbers of each column tell by themselves; 0 if they do not.
    _own: np.ndarray = field(default_factory=lambda: np.ones(0, dtype=int))
    _is_known: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def forget(self, columns: np.ndarray) -> None:
        """Numbers were written to these columns."""
        self._is_known[columns[columns < len(self._is_known)]] = False

    def knows(self, width: int) -> bool:
        """Whether nothing was written since; `width`: how many columns there are."""
        return len(self._is_known) == width and bool(self._is_known.all())

    def learn(self, blocks: Mapping[int, Block], groups: Mapping[str, Sequence[int]], width: int) -> None:
        """Look at all columns that were written to since.

        Args:
            blocks: number of a block of a table → its values. `width`: how many columns there are.
            groups: service → the columns of its counts, which are all told by the same rows.
        """
        new = width - len(self._own)
        self._own = np.append(self._own, np.ones(new, dtype=int))
        self._is_known = np.append(self._is_known, np.zeros(new, dtype=bool))
        columns = np.flatnonzero(~self._is_known)
        self._is_known[columns], self._own[columns] = True, 1
        for column, places in _far_apart(blocks, columns).items():
            self._own[column] = usual_span(places)
        own = self._own.copy()
        # Rows may lack some of the numbers: failures if there are none, or what nobody can read.
        for group in groups.values() if (own != 1).any() else ():
            spans = own[group]
            if (spans != spans[0]).any():
                own[group] = spans[spans > 0].min()
        self.usual, self.is_irregular = np.maximum(1, own), own == 0


def _far_apart(blocks: Mapping[int, Block], columns: np.ndarray) -> dict[int, np.ndarray]:
    """Column → numbers of the intervals that hold its newest values, ascending; without those that fill the time.

    Args:
        blocks: of a table, by their numbers. `columns`: numbers of those that are looked at.
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
            # Only the newest rows tell, and many of them nothing more.
            places[column] = rows
            if len(rows) > NEWEST:
                done.append(here[place : place + 1])
        left = np.setdiff1d(left, np.concatenate(done), assume_unique=True)
        for column in here[is_filled].tolist():
            places.pop(column, None)
    return places


def usual_span(places: np.ndarray) -> int:
    """How many intervals the numbers of a column are apart, as a rule; 0 if they do not tell it.

    Args:
        places: numbers of the intervals that hold one, ascending.
    """
    steps = np.diff(places)[-NEWEST:]
    if not len(steps):
        return 0
    # Of two the shorter one: that a row is missing is more usual than one between.
    usual = int(np.sort(steps)[(len(steps) - 1) // 2])
    if usual == 1:
        return 1
    times = np.maximum(1, np.round(steps / usual))
    is_regular = (np.abs(steps - times * usual) <= EARLY_OR_LATE * usual).mean() >= REGULAR
    return usual if is_regular and len(steps) * (usual - 1) >= SURE else 0


def reach(usual: int) -> int:
    """How many intervals a number tells of at most; `usual`: as a rule."""
    return math.floor(LATE * usual)


def spread(written: np.ndarray, usual: int, counted: np.ndarray, rows: slice) -> np.ndarray:
    """Numbers in each of the intervals that they tell of: shares of counts, and of all else what they are.

    Args:
        written: shape (intervals, columns), NaN if there is none; as many more as one can reach before and behind.
        usual: how many intervals a number tells of as a rule. `counted`: which columns are counts.
        rows: those of the intervals that are wanted.
    """
    place, count = np.arange(len(written))[:, None], len(written)
    is_number = ~np.isnan(written)
    # The last number before each interval, and the first one in it or after it; beyond all if there is none.
    before = np.maximum.accumulate(np.where(is_number, place, -2 * count), axis=0)[:-1]
    before = np.vstack([np.full((1, written.shape[1]), -2 * count), before])[rows]
    after = np.minimum.accumulate(np.where(is_number, place, 3 * count)[::-1], axis=0)[::-1][rows]
    distance = after - before
    covered = np.where(distance <= LATE * usual, distance, usual)
    values = np.take_along_axis(written, np.minimum(after, count - 1), axis=0) / np.where(counted, covered, 1)
    values[(after >= count) | (place[rows] <= after - covered)] = np.nan
    return values
