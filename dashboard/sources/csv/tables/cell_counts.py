"""Counts by interval and cell; only nonzero ones are stored, at most as many as there are rows."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

# Keys contain the index of an interval above that of the cell in one integer, so that they sort by both.
CELL_BITS = 32
# Runs are merged unless one is twice as long as the next, so that each count is moved only a few times.
LONGER = 2
# Number of counts to process at once.
PART = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Counts, sorted by key.

    Attributes:
        keys: index of the interval << 32 | cell, ascending, unique. `counts`: of each.
    """

    keys: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, keys: np.ndarray) -> "Run":
        """The frequency of each key, shape (requests,); the array is sorted in place."""
        keys.sort()
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        return cls(keys[first], np.diff(first, append=len(keys)).astype(np.int32))

    def with_run(self, later: "Run") -> "Run":
        """Merge both; if they follow each other in time, like rows of a log, hardly anything is sorted."""
        begin, end = np.searchsorted(self.keys, later.keys[0]), np.searchsorted(later.keys, self.keys[-1], "right")
        keys = np.concatenate([self.keys[begin:], later.keys[:end]])
        counts = np.concatenate([self.counts[begin:], later.counts[:end]])
        if len(keys):
            order = np.argsort(keys, kind="stable")
            first = np.flatnonzero(np.diff(keys[order], prepend=-1))
            keys, counts = keys[order][first], np.add.reduceat(counts[order], first)
        return Run(
            np.concatenate([self.keys[:begin], keys, later.keys[end:]]),
            np.concatenate([self.counts[:begin], counts, later.counts[end:]]),
        )

    def between(self, first: int, last: int) -> "Run":
        """The part with the intervals from index `first` to index `last`."""
        begin, end = np.searchsorted(self.keys, [first << CELL_BITS, (last + 1) << CELL_BITS])
        return Run(self.keys[begin:end], self.counts[begin:end])


class CellCounts:
    """Counts in intervals that end at multiples of `base` seconds.

    Args:
        base: seconds of an interval.
        keep: seconds of intervals to keep, counted from the newest; 0 keeps all.

    Attributes:
        first, last: indices of the oldest and newest interval, which end at `index × base`.
        is_whole: nothing was dropped.
    """

    def __init__(self, base: int, *, keep: int = 0) -> None:
        self.base, self.keep = base, keep
        self.first, self.last = 0, -1
        self.is_whole = True
        self._runs: list[Run] = []

    @property
    def newest(self) -> float | None:
        """Epoch seconds of the end of the newest interval."""
        return float(self.last * self.base) if self.intervals else None

    @property
    def intervals(self) -> int:
        """The number of intervals from the oldest to the newest."""
        return self.last - self.first + 1

    def add(self, time: np.ndarray, cells: np.ndarray) -> None:
        """Count one more request for each time.

        Args:
            time: epoch seconds, shape (requests,). `cells`: indices of their cells, below 2^32, shape (requests,).
        """
        intervals = np.ceil(time / self.base).astype(np.int64)
        if self.keep and len(intervals):
            oldest = max(int(intervals.max()), self.last) - self.keep // self.base + 1
            recent = intervals >= oldest
            self.is_whole = self.is_whole and bool(recent.all())
            intervals, cells = intervals[recent], cells[recent]
            self._drop_before(oldest)
        if not len(intervals):
            return
        low, high = int(intervals.min()), int(intervals.max())
        self.first = min(self.first, low) if self.intervals else low
        self.last = max(self.last, high)
        self._runs.append(Run.of(intervals << CELL_BITS | cells))
        while len(self._runs) > 1 and len(self._runs[-2].keys) < LONGER * len(self._runs[-1].keys):
            later = self._runs.pop()
            self._runs[-1] = self._runs[-1].with_run(later)

    def between(self, first: int, last: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """The counts in the intervals from index `first` to index `last`, in parts of limited size.

        Yields:
            Indices of intervals, ascending, indices of cells, and counts, each of shape (counts,). A cell may occur
            several times, with counts to be summed.
        """
        for run in self._runs:
            part = run.between(first, last)
            for begin in range(0, len(part.keys), PART):
                keys = part.keys[begin : begin + PART]
                yield keys >> CELL_BITS, keys & ((1 << CELL_BITS) - 1), part.counts[begin : begin + PART]

    def _drop_before(self, oldest: int) -> None:
        if not self.intervals or self.first >= oldest:
            return
        self.is_whole = False
        self.first, self.last = oldest, max(self.last, oldest - 1)
        runs = (run.between(oldest, oldest + self.keep // self.base) for run in self._runs)
        # Copy, as a slice would keep the whole array in memory.
        self._runs = [Run(run.keys.copy(), run.counts.copy()) for run in runs if len(run.keys)]
