"""What is to be asked for again although it was asked for: rows of answers in part, and what the source refused.

Rows of an answer in part are used and stay open. They are asked for again after some minutes, then after longer and
longer, and at once when the source has become whole. What was refused is left alone for longer still.
"""

from collections.abc import Mapping, Sequence

import numpy as np

# Seconds until open rows are asked for again: the first time, and at the most.
OPEN_MIN, OPEN_MAX = 300.0, 3600.0
# So long once the source says that it is whole; one that says so by turns is believed less and less often.
WHOLE_MIN = 60.0
# Seconds until what was refused is asked for again: the first time, and at the most.
REFUSED_MIN, REFUSED_MAX = 600.0, 4 * 3600.0


class OpenRows:
    """Which rows of a level are open: of each objective those between two moments, in epoch seconds; 0 for none."""

    def __init__(self) -> None:
        self.start = np.zeros(0, dtype=np.int64)
        self.end = np.zeros(0, dtype=np.int64)

    @property
    def any(self) -> bool:
        """Some objective has open rows."""
        return bool(self.end.any())

    def put(self, columns: np.ndarray, start: int, end: int) -> None:
        """Open rows of some objectives between two moments; those that lie between these and open ones, too."""
        self.start[columns] = np.where(self.end[columns] > 0, np.minimum(self.start[columns], start), start)
        self.end[columns] = np.maximum(self.end[columns], end)

    def close(self, columns: np.ndarray, start: int, end: int) -> None:
        """Close rows of some objectives between two moments; where rows on both sides are open, all of them stay so."""
        first, last = self.start[columns], self.end[columns]
        begins, ends = (start <= first) & (end > first), (start < last) & (end >= last)
        self.start[columns] = np.where(begins & ends, 0, np.where(begins, end, first))
        self.end[columns] = np.where(begins & ends, 0, np.where(ends, start, last))

    def forget(self, columns: np.ndarray | slice = slice(None)) -> None:
        """Nothing is open of some objectives, or of any."""
        self.start[columns] = self.end[columns] = 0


class Retries:
    """When to ask again for what is open, of all levels together, and for what was refused, of each by itself.

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
        """Rows of answers in part are held."""
        return any(rows.any for rows in self.open.values())

    def follow(self, columns: Sequence[int]) -> None:
        """Keep what is known of objectives that were at `columns`; -1 for a new one."""
        for level, rows in self.open.items():
            rows.start, rows.end = taken(rows.start, columns), taken(rows.end, columns)
            self._refused_until[level] = taken(self._refused_until[level], columns)
            self._refused_s[level] = taken(self._refused_s[level], columns)

    def forget(self) -> None:
        """Everything is asked for anew: nothing is open, and nothing was refused."""
        for level, rows in self.open.items():
            rows.forget()
            self._refused_until[level][:] = self._refused_s[level][:] = 0.0

    def source_is_whole(self) -> None:
        """The source answers in full again: ask soon for what is open."""
        self._is_whole = True

    def are_due(self, now: float) -> bool:
        """Open rows are to be asked for at `now` (epoch seconds); whoever asks is expected to do so."""
        if not self.any_open:
            self._opened_at, self._open_s, self._whole_s, self._is_whole = -np.inf, OPEN_MIN, WHOLE_MIN, False
            return False
        wait_s = self._whole_s if self._is_whole else self._open_s
        # A first repetition waits for minutes, unless the source has recovered meanwhile.
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
        """Note that some objectives were answered, and are not refused any more.

        Args:
            level: of the rows. `columns`: places of the objectives.
            now: epoch seconds of the request.
            is_open: some of these rows stay open.
        """
        self._refused_until[level][columns] = self._refused_s[level][columns] = 0.0
        if is_open and self._opened_at == -np.inf:
            self._opened_at = now

    def refused_now(self, level: str, columns: np.ndarray, now: float) -> None:
        """Leave some objectives alone for a while from `now` (epoch seconds)."""
        wait_s = np.clip(2 * self._refused_s[level][columns], REFUSED_MIN, REFUSED_MAX)
        self._refused_s[level][columns] = wait_s
        self._refused_until[level][columns] = now + wait_s

    def wait(self, level: str, columns: np.ndarray, now: float) -> None:
        """Leave some objectives alone for some minutes from `now` (epoch seconds)."""
        self._refused_until[level][columns] = now + OPEN_MIN

    def refused(self, level: str, now: float) -> frozenset[int]:
        """The places of objectives that it is too early to ask for again at `now` (epoch seconds)."""
        until = self._refused_until[level]
        # After a clock that was set back nothing is as far ahead as that.
        return frozenset(np.flatnonzero((now < until) & (until <= now + REFUSED_MAX)).tolist())


def taken(values: np.ndarray, columns: Sequence[int]) -> np.ndarray:
    """Values at other places: those that were at `columns`, 0 for -1."""
    # The place -1 is the last one: the zero that is appended.
    padded = np.append(values, values.dtype.type(0))
    at_columns: np.ndarray = padded[np.asarray(columns, dtype=np.intp)]
    return at_columns
