"""Local times of the hour that clocks repeat in autumn: the order of a file's rows tells which of two is meant.

Where it does not tell, neither is taken: rows that are an hour off would be counted in silence.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

# How far rows fall back behind the newest before them, and leap ahead of it, where too few rows show it: logs are out
# of order by minutes at most. What rows show, others may exceed by this factor.
DISORDER_S, GAP_S, MARGIN = 900.0, 1500.0, 1.5
# This many rows show it; of a file that continues, the newest; of an autumn, those within this many seconds.
SHOWN_BY, NEWEST_ROWS, NEAR_S = 20, 1000, 6 * 3600
# Rows of two autumns are months apart.
AUTUMNS_APART_S = 30 * 86_400
# What neither disorder nor gaps need of the hour is left to each by this share; in between nothing is told.
SPARE = 0.4


@dataclass(slots=True)
class RowOrder:
    """What the rows of a file so far say of its order.

    Attributes:
        newest: epoch seconds of the newest row; None before the first.
        disorder, gap: how far rows fall back behind the newest before them, and leap ahead of it, at most; seconds.
    """

    newest: float | None = None
    disorder: float = DISORDER_S
    gap: float = GAP_S

    def take(self, seconds: np.ndarray) -> None:
        """Go on by rows in the order of their file, in epoch seconds, NaN where a time could not be read."""
        # A maximum is NaN where one of the numbers is.
        is_missing = seconds.dtype.kind == "f" and len(seconds) > 0 and np.isnan(seconds.max())
        known = seconds[~np.isnan(seconds)] if is_missing else seconds
        if len(known):
            latest = self.learned(known[-NEWEST_ROWS:])
            self.disorder, self.gap = latest.disorder, latest.gap
            self.newest = max(float(known.max()), -np.inf if self.newest is None else self.newest)

    def learned(self, known: np.ndarray) -> "RowOrder":
        """With what rows show, epoch seconds in order of time; where they are few, it is at least what it was."""
        if len(known) < 2:
            return self
        newest = np.maximum.accumulate(known)
        disorder, gap = float((newest - known).max()) * MARGIN, float(np.diff(newest).max()) * MARGIN
        if len(known) < SHOWN_BY:
            disorder, gap = max(disorder, self.disorder), max(gap, self.gap)
        return replace(self, disorder=disorder, gap=gap)


def resolved(
    seconds: np.ndarray, repeated: np.ndarray, first: np.ndarray, second: np.ndarray, order: RowOrder
) -> np.ndarray:
    """Epoch seconds of the rows whose hour is repeated, shape (repeated,); NaN where it is not told which is meant.

    Args:
        seconds: of all rows in the order of the file, NaN where they are repeated or cannot be read.
        repeated: places of the repeated ones, ascending.
        first, second: their times in either pass.
        order: what the rows before say of the order.
    """
    times, folds = seconds.copy(), np.zeros(len(seconds))
    times[repeated], folds[repeated] = first, second - first
    step = 1
    if _is_newest_first(times, folds == 0):
        # Then the rows that were read before are no neighbours.
        step, order = -1, replace(order, newest=None)
    times, folds = times[::step], folds[::step]
    for walk, places in list(_walks(times, folds, order)):
        times[places] = walk.times()
    resolved: np.ndarray = times[::step][repeated]
    return resolved


def _is_newest_first(times: np.ndarray, is_known: np.ndarray) -> bool:
    read = ~np.isnan(times)
    if (read & is_known).any():
        halves = np.array_split(times[read], 2)
        return bool(len(halves[1]) and halves[1].mean() < halves[0].mean())
    steps = np.diff(times[read])
    return int((steps < 0).sum()) > int((steps > 0).sum())


def _walks(times: np.ndarray, folds: np.ndarray, order: RowOrder) -> Iterator[tuple["_Walk", np.ndarray]]:
    """Of each autumn the rows from the first repeated one to the last, and their places."""
    repeated, is_known = np.flatnonzero(folds), (folds == 0) & ~np.isnan(times)
    for group in np.split(repeated, np.flatnonzero(np.diff(times[repeated]) > AUTUMNS_APART_S) + 1):
        near = np.flatnonzero(is_known & (np.abs(times - times[group[0]]) <= NEAR_S))
        before, after = times[near[near < group[0]]], times[near[near > group[-1]]]
        # Rows that come late say nothing of those before them.
        after = after[after > times[group].max()]
        places = np.arange(group[0], group[-1] + 1)
        places = places[~np.isnan(times[places])]
        yield (
            _Walk(
                first=times[places],
                is_repeated=folds[places] > 0,
                fold=float(folds[group[0]]),
                # Each side by itself: between them lies the hour.
                order=_of_both(order, before, after),
                before=float(before.max()) if len(before) else order.newest,
                after=float(after.min()) if len(after) else None,
                known=np.concatenate([before, after]),
            ),
            places,
        )


def _of_both(order: RowOrder, before: np.ndarray, after: np.ndarray) -> RowOrder:
    """What the rows before and after the hour show of the order; the wilder of the two counts."""
    shown = [order.learned(side) for side in (before, after) if len(side) >= SHOWN_BY]
    shown = shown or [order.learned(before), order.learned(after)]
    return RowOrder(None, max(each.disorder for each in shown), max(each.gap for each in shown))


@dataclass(frozen=True, slots=True)
class _Walk:
    """Rows about one repeated hour in order of time.

    Attributes:
        first: epoch seconds; of repeated rows if they are of the first pass. `is_repeated`: shape (rows,).
        fold: seconds that clocks go back. `order`: how far rows fall back and leap ahead.
        before, after: epoch seconds of the newest row before, and of the oldest after; None without any.
        known: epoch seconds of the rows near it, before and after.
    """

    first: np.ndarray
    is_repeated: np.ndarray
    fold: float
    order: RowOrder
    before: float | None
    after: float | None
    known: np.ndarray

    def times(self) -> np.ndarray:
        """Epoch seconds, NaN where it is not told."""
        if self._spare <= 0:
            return self._by_count()
        if self.before is not None and not np.isnan(self._next(float(self.first[0]), self.before)):
            times = self._from(self.before)
            return times if self._goes_back(times) or self._meets_after(times) else self._untold
        # Nothing before tells the pass the rows begin in: only one of them may fit what follows.
        begins = (float(self.first[0]), float(self.first[0]) + self.fold)
        walked = [self._from(begin) for begin in begins]
        fitting = [times for times in walked if not np.isnan(times).any() and self._meets_after(times)]
        return fitting[0] if len(fitting) == 1 else self._untold

    @property
    def _spare(self) -> float:
        return self.fold - self.order.disorder - self.order.gap

    @property
    def _untold(self) -> np.ndarray:
        return np.where(self.is_repeated, np.nan, self.first)

    def _next(self, first: float, newest: float) -> float:
        """The one of two times that can follow the newest before; NaN where both or none can."""
        low = newest - self.order.disorder - SPARE * self._spare
        high = newest + self.order.gap + SPARE * self._spare
        fitting = [time for time in (first, first + self.fold) if low <= time <= high]
        return fitting[0] if len(fitting) == 1 else np.nan

    def _from(self, newest: float) -> np.ndarray:
        times = self.first.copy()
        for place, (first, is_repeated) in enumerate(zip(times.tolist(), self.is_repeated.tolist(), strict=True)):
            time = self._next(first, newest) if is_repeated else first
            times[place] = time
            newest = max(newest, time) if time == time else newest
        return times

    def _goes_back(self, times: np.ndarray) -> bool:
        """Some row is of the first pass, and some of the second."""
        later = (times > self.first)[self.is_repeated]
        return bool(later.any()) and not later.all()

    def _meets_after(self, times: np.ndarray) -> bool:
        """Between the newest row and those after it no hour is missing."""
        if self.after is None:
            return True
        newest = np.nanmax(times) if not np.isnan(times).all() else -np.inf
        return bool(self.after - newest <= self.order.gap + SPARE * self._spare)

    def _by_count(self) -> np.ndarray:
        """Rows that lie as far apart as the hour is long do not fall back: each time is there twice as often."""
        times = self._untold
        _, counts = np.unique(self.known, return_counts=True)
        if len(counts) < 3 or len(set(counts.tolist())) > 1:
            return times
        for first in np.unique(self.first[self.is_repeated]):
            places = np.flatnonzero(self.is_repeated & (self.first == first))
            if len(places) == 2 * counts[0]:
                times[places] = first
                times[places[counts[0] :]] += self.fold
        return times
