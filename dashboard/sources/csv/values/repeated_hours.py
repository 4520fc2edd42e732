"""Resolves local times in the hour that clocks repeat in autumn, by the order of a file's rows.

If the order does not decide, the time is unknown: a wrong guess would silently be off by an hour.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

# Assumed maximum of disorder and gaps in seconds if too few rows show them, as logs are out of order by minutes at
# most; and the factor by which other rows may exceed the observed ones.
DISORDER_S, GAP_S, MARGIN = 900.0, 1500.0, 1.5
# Minimum number of rows to estimate them; number of newest rows to use while following; and seconds around the hour.
SHOWN_BY, NEWEST_ROWS, NEAR_S = 20, 1000, 6 * 3600
# Seconds between rows of two autumns.
AUTUMNS_APART_S = 30 * 86_400
# Share of the remaining part of the hour added to disorder and to gaps; values in between are undecided.
SPARE = 0.4


@dataclass(slots=True)
class RowOrder:
    """The observed order of a file's rows so far.

    Attributes:
        newest: epoch seconds of the newest row; None before the first.
        disorder, gap: maximum seconds by which a row is before the newest earlier one, or after it.
    """

    newest: float | None = None
    disorder: float = DISORDER_S
    gap: float = GAP_S

    def take(self, seconds: np.ndarray) -> None:
        """Continue with rows in the order of their file, in epoch seconds, NaN for unreadable times."""
        # A maximum is NaN if one of the numbers is.
        is_missing = seconds.dtype.kind == "f" and len(seconds) > 0 and np.isnan(seconds.max())
        known = seconds[~np.isnan(seconds)] if is_missing else seconds
        if len(known):
            latest = self.learned(known[-NEWEST_ROWS:])
            self.disorder, self.gap = latest.disorder, latest.gap
            self.newest = max(float(known.max()), -np.inf if self.newest is None else self.newest)

    def learned(self, known: np.ndarray) -> "RowOrder":
        """Learn from rows, epoch seconds in order of time; with few rows, the previous values are lower bounds."""
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
    """Epoch seconds of the rows in a repeated hour, shape (repeated,); NaN if undecided.

    Args:
        seconds: of all rows in the order of the file, NaN if repeated or unreadable.
        repeated: indices of the repeated ones, ascending.
        first, second: their times in either pass of the hour.
        order: of the rows before.
    """
    times, folds = seconds.copy(), np.zeros(len(seconds))
    times[repeated], folds[repeated] = first, second - first
    step = 1
    if _is_newest_first(times, folds == 0):
        # In reverse order, the earlier rows are not neighbours.
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
    """For each autumn, the rows from the first repeated one to the last, and their indices."""
    repeated, is_known = np.flatnonzero(folds), (folds == 0) & ~np.isnan(times)
    for group in np.split(repeated, np.flatnonzero(np.diff(times[repeated]) > AUTUMNS_APART_S) + 1):
        near = np.flatnonzero(is_known & (np.abs(times - times[group[0]]) <= NEAR_S))
        before, after = times[near[near < group[0]]], times[near[near > group[-1]]]
        # Late rows do not show the order of those before them.
        after = after[after > times[group].max()]
        places = np.arange(group[0], group[-1] + 1)
        places = places[~np.isnan(times[places])]
        yield (
            _Walk(
                first=times[places],
                is_repeated=folds[places] > 0,
                fold=float(folds[group[0]]),
                # Examine each side separately, as the repeated hour is between them.
                order=_of_both(order, before, after),
                before=float(before.max()) if len(before) else order.newest,
                after=float(after.min()) if len(after) else None,
                known=np.concatenate([before, after]),
            ),
            places,
        )


def _of_both(order: RowOrder, before: np.ndarray, after: np.ndarray) -> RowOrder:
    """The order of the rows before and after the hour; the larger values count."""
    shown = [order.learned(side) for side in (before, after) if len(side) >= SHOWN_BY]
    shown = shown or [order.learned(before), order.learned(after)]
    return RowOrder(None, max(each.disorder for each in shown), max(each.gap for each in shown))


@dataclass(frozen=True, slots=True)
class _Walk:
    """Rows around one repeated hour in order of time.

    Attributes:
        first: epoch seconds; for repeated rows, in the first pass. `is_repeated`: shape (rows,).
        fold: seconds by which clocks go back. `order`: observed disorder and gaps.
        before, after: epoch seconds of the newest row before, and of the oldest after; None without one.
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
        """Epoch seconds, NaN if undecided."""
        if self._spare <= 0:
            return self._by_count()
        if self.before is not None and not np.isnan(self._next(float(self.first[0]), self.before)):
            times = self._from(self.before)
            return times if self._goes_back(times) or self._meets_after(times) else self._ambiguous
        # Without earlier rows the first pass is unknown: only one start may be consistent with later rows.
        begins = (float(self.first[0]), float(self.first[0]) + self.fold)
        walked = [self._from(begin) for begin in begins]
        fitting = [times for times in walked if not np.isnan(times).any() and self._meets_after(times)]
        return fitting[0] if len(fitting) == 1 else self._ambiguous

    @property
    def _spare(self) -> float:
        return self.fold - self.order.disorder - self.order.gap

    @property
    def _ambiguous(self) -> np.ndarray:
        return np.where(self.is_repeated, np.nan, self.first)

    def _next(self, first: float, newest: float) -> float:
        """The only one of two times that can follow the newest earlier one; NaN if both or none can."""
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
        """Whether some rows are in the first pass, and some in the second."""
        later = (times > self.first)[self.is_repeated]
        return bool(later.any()) and not later.all()

    def _meets_after(self, times: np.ndarray) -> bool:
        """Whether no hour is missing between the newest row and the following ones."""
        if self.after is None:
            return True
        newest = np.nanmax(times) if not np.isnan(times).all() else -np.inf
        return bool(self.after - newest <= self.order.gap + SPARE * self._spare)

    def _by_count(self) -> np.ndarray:
        """Resolve rows as far apart as the hour is long by their number: each time occurs twice as often."""
        times = self._ambiguous
        _, counts = np.unique(self.known, return_counts=True)
        if len(counts) < 3 or len(set(counts.tolist())) > 1:
            return times
        for first in np.unique(self.first[self.is_repeated]):
            places = np.flatnonzero(self.is_repeated & (self.first == first))
            if len(places) == 2 * counts[0]:
                times[places] = first
                times[places[counts[0] :]] += self.fold
        return times
