"""From flags to intervals: one row of a test is no anomaly, and an anomaly is one thing from its start to its end.

An interval opens when a series was flagged in two of the last three rows, or once far beyond the level. It closes when
the series was inside its band for ten minutes, or was not measured for so long. What is flagged right after a gap does
not count: a service that comes back, after a deploy or an outage of its scraping, starts cold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

# Of so many rows, as many must be flagged.
ROWS, FLAGGED = 3, 2
# Once is enough where the probability is below the level to this power.
EXTREME = 2.0
# Seconds inside the band after which an interval is over.
CALM = 600.0
# Seconds without a measure that are a gap, and those after it in which nothing is flagged.
GAP, COLD = 600.0, 600.0


Row = tuple[float, float, float]


@dataclass(slots=True)
class Stretch:
    """An interval of one series: its place, from the first flag to the last row outside, and its strangest row.

    `newest`, `peak`: value, low and high end of the band of the last and of the strangest row.
    """

    place: int
    since: float
    last: float
    newest: Row
    peak_at: float
    peak: Row
    p_value: float
    until: float | None = None


class Intervals:
    """Opens and closes intervals of many series; keeps those that ended within `memory_s` seconds.

    Args:
        series: how many. `level`: the probability below which a row lies outside its band, one for each series.
    """

    def __init__(self, series: int, *, level: np.ndarray, memory_s: float) -> None:
        self._level = level
        self._memory = memory_s
        self._recent = np.zeros((ROWS, series), dtype=bool)
        self._measured = np.full(series, -np.inf)
        self._cold = np.full(series, -np.inf)
        self._first = np.full(series, np.nan)
        self.open: dict[int, Stretch] = {}
        self.closed: list[Stretch] = []

    def keep(self, places: Sequence[int], *, level: np.ndarray) -> "Intervals":
        """Other series: the places of those that stay, -1 for a new one, about which nothing is known."""
        made = Intervals(len(places), level=level, memory_s=self._memory)
        chosen = np.array(places, dtype=int)
        for name in ("_recent", "_measured", "_cold", "_first"):
            old, new = getattr(self, name), getattr(made, name)
            old = np.concatenate([old, new[..., :1]], axis=-1) if new.size else old
            setattr(made, name, old[..., chosen])
        moved = {old: new for new, old in enumerate(places) if old >= 0}
        made.open = {moved[old]: replace(one, place=moved[old]) for old, one in self.open.items() if old in moved}
        made.closed = [replace(one, place=moved[one.place]) for one in self.closed if one.place in moved]
        return made

    def update(self, at: float, p: np.ndarray, flagged: np.ndarray, rows: np.ndarray, *, spacing: float) -> None:
        """The next row of every series.

        Args:
            at: epoch seconds. `p`: probabilities, NaN where nothing can be said. `flagged`: outside the band, and not
                likely to be one of the many that chance puts there. `rows`: value and band of each, shape (series, 3).
            `spacing`: seconds since the row before.
        """
        known = ~np.isnan(p)
        self._cold = np.where(known & (at - self._measured > GAP) & np.isfinite(self._measured), at + COLD, self._cold)
        self._measured = np.where(known, at, self._measured)
        flagged = flagged & known & (at > self._cold)
        self._recent = np.concatenate([self._recent[1:], flagged[None]])
        counted = self._recent.sum(axis=0)
        self._first = np.where(flagged & (counted == 1), at - spacing, self._first)
        extreme = flagged & (p < self._level**EXTREME)
        for place in np.flatnonzero(flagged & ((counted >= FLAGGED) | extreme)).tolist():
            if place not in self.open:
                row = _row(rows[place])
                self.open[place] = Stretch(place, float(self._first[place]), at, row, at, row, float(p[place]))
        self._go_on(at, p, known & (p < self._level), rows)

    def _go_on(self, at: float, p: np.ndarray, outside: np.ndarray, rows: np.ndarray) -> None:
        for place, one in list(self.open.items()):
            if outside[place]:
                one.last, one.newest = at, _row(rows[place])
                # Far out all probabilities are the same smallest number: then the distance from the band tells.
                if (p[place], -_beyond(one.newest)) < (one.p_value, -_beyond(one.peak)):
                    one.peak_at, one.peak, one.p_value = at, one.newest, float(p[place])
            elif at - one.last >= CALM:
                one.until = one.last
                self.closed.append(self.open.pop(place))
        self.closed = [one for one in self.closed if at - (one.until or at) <= self._memory]

    def __iter__(self) -> Iterator[Stretch]:
        """All that is known, those that last first."""
        yield from self.open.values()
        yield from reversed(self.closed)


def _beyond(row: Row) -> float:
    """How far a value lies outside of its band; 0 inside, and where it has none."""
    value, low, high = row
    return float(np.nanmax([value - high, low - value, 0.0]))


def _row(values: np.ndarray) -> Row:
    value, low, high = values.tolist()
    return value, low, high
