"""Turns flags into intervals: a single flagged row is not an anomaly, and an anomaly is one interval.

An interval opens if a series was flagged in two of the last three rows, or once far beyond the level. It closes if the
series was inside its band, or not measured, for ten minutes. Flags right after a gap do not count: a service that comes
back after a deploy or an outage of its scraping starts cold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

# Number of rows, and how many of them must be flagged.
ROWS, FLAGGED = 3, 2
# A single flag suffices if the probability is below the level to this power.
EXTREME = 2.0
# Seconds inside the band after which an interval is closed.
CALM = 600.0
# Seconds without data that make a gap, and seconds after it in which nothing is flagged.
GAP, COLD = 600.0, 600.0


class BandRow(NamedTuple):
    """A value and its band, in the signal's unit; NaN if that side is open or nothing is known."""

    value: float
    low: float
    high: float

    @property
    def distance(self) -> float:
        """The distance of the value from its band; 0 inside, or without a band."""
        return float(np.nanmax([self.value - self.high, self.low - self.value, 0.0]))


@dataclass(slots=True)
class Interval:
    """An interval in which one series was unusual, from the first flag to the last row outside.

    Attributes:
        series: its index.
        since, last: epoch seconds of its start and of the newest row outside its band.
        newest, peak: that row, and the most extreme one. `peak_at`: epoch seconds of the latter.
        p_value: of the most extreme row.
        until: epoch seconds of its end, None while it is open.
    """

    series: int
    since: float
    last: float
    newest: BandRow
    peak_at: float
    peak: BandRow
    p_value: float
    until: float | None = None

    def extend(self, at: float, row: BandRow, p_value: float) -> None:
        """Add one more row outside the band.

        Args:
            at: epoch seconds.
            row: its value and band.
            p_value: probability of that row, 0–1.
        """
        self.last, self.newest = at, row
        # Far out, all probabilities are the same smallest number: then the distance from the band decides.
        if (p_value, -row.distance) < (self.p_value, -self.peak.distance):
            self.peak_at, self.peak, self.p_value = at, row, p_value


class IntervalTracker:
    """Opens and closes intervals of many series.

    Args:
        series: number of series.
        level: the probability below which a row lies outside its band, shape (series,).
        memory_s: seconds for which a closed interval is kept.
    """

    def __init__(self, series: int, *, level: np.ndarray, memory_s: float) -> None:
        self._level = level
        self._memory = memory_s
        self._recent = np.zeros((ROWS, series), dtype=bool)
        self._measured_at = np.full(series, -np.inf)
        self._cold_until = np.full(series, -np.inf)
        self._first_flag = np.full(series, np.nan)
        self.open: dict[int, Interval] = {}
        self.closed: list[Interval] = []

    def reindexed(self, places: Sequence[int], *, level: np.ndarray) -> "IntervalTracker":
        """Replace the series; the state of those that stay is kept.

        Args:
            places: indices of those that stay, -1 for a new one.
            level: of each series, shape (places,).
        """
        tracker = IntervalTracker(len(places), level=level, memory_s=self._memory)
        index = np.array(places, dtype=int)
        for name in ("_recent", "_measured_at", "_cold_until", "_first_flag"):
            old, new = getattr(self, name), getattr(tracker, name)
            old = np.concatenate([old, new[..., :1]], axis=-1) if new.size else old
            setattr(tracker, name, old[..., index])
        moved = {old: new for new, old in enumerate(places) if old >= 0}
        tracker.open = {
            moved[number]: replace(interval, series=moved[number])
            for number, interval in self.open.items()
            if number in moved
        }
        tracker.closed = [
            replace(interval, series=moved[interval.series]) for interval in self.closed if interval.series in moved
        ]
        return tracker

    def update(self, ends: np.ndarray, p: np.ndarray, flagged: np.ndarray, rows: np.ndarray, *, spacing: float) -> None:
        """Process the next rows of all series.

        Args:
            ends: epoch seconds, ascending, all after those of earlier rows; at least one.
            p: probabilities, shape (ends, series); NaN where nothing is known.
            flagged: outside the band, after control of false discoveries; same shape.
            rows: value, low and high end of the band of each, shape (ends, series, 3).
            spacing: seconds between a row and the one before.
        """
        measured = ~np.isnan(p)
        counted = flagged & measured & self._warm(ends, measured)
        recent = np.concatenate([self._recent[1:], counted])
        self._recent = recent[-ROWS:]
        outside = measured & (p < self._level)
        has_flags = counted.any(axis=1)
        # Most rows contain nothing unusual, so nothing opens in them, and nothing open could close.
        for place, at in enumerate(ends.tolist()):
            if has_flags[place]:
                flags = recent[place : place + ROWS].sum(axis=0)
                self._open(at, p[place], counted[place], flags, rows[place], spacing=spacing)
            if self.open:
                self._extend_or_close(at, p[place], outside[place], rows[place])
        last = float(ends[-1])
        self.closed = [interval for interval in self.closed if last - (interval.until or last) <= self._memory]

    def _warm(self, ends: np.ndarray, measured: np.ndarray) -> np.ndarray:
        """Mask of series without a gap in the ten minutes before each end, shape (ends, series)."""
        moments = ends[:, None]
        measured_at = _newest(self._measured_at, np.where(measured, moments, -np.inf))
        before = measured_at[:-1]
        returned = measured & (moments - before > GAP) & np.isfinite(before)
        cold_until = _newest(self._cold_until, np.where(returned, moments + COLD, -np.inf))[1:]
        self._measured_at, self._cold_until = measured_at[-1], cold_until[-1]
        return np.asarray(moments > cold_until)

    def _open(
        self, at: float, p: np.ndarray, counted: np.ndarray, flags: np.ndarray, rows: np.ndarray, *, spacing: float
    ) -> None:
        """Open intervals at a row.

        Args:
            at: epoch seconds. `p`: probabilities, shape (series,). `counted`: flags that count, same shape.
            flags: how many of the last rows were flagged. `rows`: values and bands, shape (series, 3).
            spacing: seconds since the previous row.
        """
        # An interval starts at the row before its first flag, as the change happened between the two.
        self._first_flag = np.where(counted & (flags == 1), at - spacing, self._first_flag)
        extreme = counted & (p < self._level**EXTREME)
        for series in np.flatnonzero(counted & ((flags >= FLAGGED) | extreme)).tolist():
            if series not in self.open:
                row = BandRow(*rows[series].tolist())
                since = float(self._first_flag[series])
                self.open[series] = Interval(series, since, at, row, at, row, float(p[series]))

    def _extend_or_close(self, at: float, p: np.ndarray, outside: np.ndarray, rows: np.ndarray) -> None:
        for series, interval in list(self.open.items()):
            if outside[series]:
                interval.extend(at, BandRow(*rows[series].tolist()), float(p[series]))
            elif at - interval.last >= CALM:
                interval.until = interval.last
                self.closed.append(self.open.pop(series))

    def __iter__(self) -> Iterator[Interval]:
        """All known intervals, open ones first."""
        yield from self.open.values()
        yield from reversed(self.closed)


def _newest(before: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """The newest of the given times up to each row, preceded by that before all rows: shape (rows + 1, series)."""
    return np.asarray(np.maximum.accumulate(np.concatenate([before[None], moments])))
