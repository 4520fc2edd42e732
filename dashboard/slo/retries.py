"""Decides what to request again: rows of partial answers, and requests that the source refused.

Rows of a partial answer are used but stay open. They are requested again after some minutes, then at growing intervals,
and at once when the source answers completely again. Refused requests are left alone for longer.
"""

from collections.abc import Mapping, Sequence

import numpy as np

# Seconds until open rows are requested again: initially, and at most.
OPEN_MIN, OPEN_MAX = 300.0, 3600.0
# Seconds until then once the source answers completely; doubled if it alternates between both.
WHOLE_MIN = 60.0
# Seconds until a refused request is repeated: initially, and at most.
REFUSED_MIN, REFUSED_MAX = 600.0, 4 * 3600.0


class OpenRows:
    """Open rows of a level: for each objective those between two times, in epoch seconds; 0 for none."""

    def __init__(self) -> None:
        self.start = np.zeros(0, dtype=np.int64)
        self.end = np.zeros(0, dtype=np.int64)

    @property
    def any(self) -> bool:
        """Whether any objective has open rows."""
        return bool(self.end.any())

    def put(self, columns: np.ndarray, start: int, end: int) -> None:
        """Open rows of some objectives between two times, and everything between these and rows already open."""
        self.start[columns] = np.where(self.end[columns] > 0, np.minimum(self.start[columns], start), start)
        self.end[columns] = np.maximum(self.end[columns], end)

    def close(self, columns: np.ndarray, start: int, end: int) -> None:
        """Close rows of some objectives between two times; if rows on both sides are open, all of them stay open."""
        first, last = self.start[columns], self.end[columns]
        begins, ends = (start <= first) & (end > first), (start < last) & (end >= last)
        self.start[columns] = np.where(begins & ends, 0, np.where(begins, end, first))
        self.end[columns] = np.where(begins & ends, 0, np.where(ends, start, last))

    def forget(self, columns: np.ndarray | slice = slice(None)) -> None:
        """Drop the open rows of some objectives, or of all."""
        self.start[columns] = self.end[columns] = 0


class Retries:
    """When to repeat requests: for open rows, together for all levels; for refused requests, separately for each.

    Args:
        levels: the names of the levels.

    Attributes:
        open: level → its open rows.
    """

    def __init__(self, levels: Sequence[str]) -> None:
        self.open: Mapping[str, OpenRows] = {level: OpenRows() for level in levels}
        self._refused_until = {level: np.zeros(0) for level in levels}
        self._refused_s = {level: np.zeros(0) for level in levels}
        self._open_s, self._whole_s = OPEN_MIN, WHOLE_MIN
        self._opened_at = -np.inf
        self._asked_at = -np.inf
        self._is_whole = False

    @property
    def any_open(self) -> bool:
        """Whether there are rows of partial answers."""
        return any(rows.any for rows in self.open.values())

    def follow(self, columns: Sequence[int]) -> None:
        """Keep what is known about objectives that were at `columns`; -1 for a new one."""
        for level, rows in self.open.items():
            rows.start, rows.end = taken(rows.start, columns), taken(rows.end, columns)
            self._refused_until[level] = taken(self._refused_until[level], columns)
            self._refused_s[level] = taken(self._refused_s[level], columns)

    def forget(self) -> None:
        """Everything is requested again: nothing is open or refused."""
        for level, rows in self.open.items():
            rows.forget()
            self._refused_until[level][:] = self._refused_s[level][:] = 0.0

    def source_is_whole(self) -> None:
        """The source answers completely again: request open rows soon."""
        self._is_whole = True

    def are_due(self, now: float) -> bool:
        """Whether open rows should be requested at `now` (epoch seconds); the caller is expected to do so."""
        if not self.any_open:
            self._opened_at, self._open_s, self._whole_s, self._is_whole = -np.inf, OPEN_MIN, WHOLE_MIN, False
            return False
        wait_s = self._whole_s if self._is_whole else self._open_s
        # The first repetition waits for minutes, unless the source has recovered meanwhile.
        since = self._asked_at if self._is_whole else max(self._asked_at, self._opened_at)
        if 0 <= now - since < wait_s:
            return False
        if self._is_whole:
            self._whole_s = min(2 * self._whole_s, OPEN_MAX)
        else:
            self._open_s = min(2 * self._open_s, OPEN_MAX)
        self._asked_at, self._is_whole = now, False
        return True

    def answered(self, level: str, columns: np.ndarray, now: float, *, is_open: bool) -> None:
        """Record that some objectives were answered, and are no longer refused.

        Args:
            level: of the rows. `columns`: positions of the objectives.
            now: epoch seconds of the request.
            is_open: some of these rows stay open.
        """
        self._refused_until[level][columns] = self._refused_s[level][columns] = 0.0
        if is_open and self._opened_at == -np.inf:
            self._opened_at = now

    def refused_now(self, level: str, columns: np.ndarray, now: float) -> None:
        """Leave some objectives alone for a while after a refusal at `now` (epoch seconds)."""
        wait_s = np.clip(2 * self._refused_s[level][columns], REFUSED_MIN, REFUSED_MAX)
        self._refused_s[level][columns] = wait_s
        self._refused_until[level][columns] = now + wait_s

    def wait(self, level: str, columns: np.ndarray, now: float) -> None:
        """Leave some objectives alone for some minutes from `now` (epoch seconds)."""
        self._refused_until[level][columns] = now + OPEN_MIN

    def refused(self, level: str, now: float) -> frozenset[int]:
        """Positions of objectives for which it is too early at `now` (epoch seconds)."""
        until = self._refused_until[level]
        # After a clock was set back, no wait can be that long.
        return frozenset(np.flatnonzero((now < until) & (until <= now + REFUSED_MAX)).tolist())


def taken(values: np.ndarray, columns: Sequence[int]) -> np.ndarray:
    """Values at other positions: those that were at `columns`, 0 for -1."""
    # Position -1 is the last one: the appended zero.
    padded = np.append(values, values.dtype.type(0))
    at_columns: np.ndarray = padded[np.asarray(columns, dtype=np.intp)]
    return at_columns
