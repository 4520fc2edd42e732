"""The past of one objective in short rows, from which candidates are computed without further queries."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from dashboard import buckets
from dashboard.running_sums import running_sums
from dashboard.slo.event_rows import SECONDS, Rows
from dashboard.timerange import HOUR


@dataclass(frozen=True, eq=False)
class Counted:
    """Events of rows that end at `first, first + step, …`.

    Attributes:
        first: epoch seconds of the first row's end. `step`: seconds of a row.
        values: shape (rows, 3): bad events, valid events, seconds measured; 0 without data.
        scrape_s: seconds between two samples of the counters; 0 if each event is counted at its own time.
        lost_s: seconds at the start of a window whose events are not visible between its samples: a scrape interval, or
            none if a server uses the sample before the window, or has one at each of its ends.
        row_s: seconds of the objective's slices; 0 if events are counted.
    """

    first: int
    step: int
    values: np.ndarray
    scrape_s: float = 0.0
    row_s: int = 0
    lost_s: float | None = None

    @property
    def start(self) -> int:
        """Epoch seconds at which the first row begins."""
        return self.first - self.step

    @property
    def end(self) -> int:
        """Epoch seconds of the last row's end."""
        return self.start + len(self.values) * self.step

    @property
    def begin(self) -> int | None:
        """Epoch seconds at which the first measured row begins; None if nothing was measured."""
        measured = np.flatnonzero(self.values[:, SECONDS] > 0)
        return self.start + int(measured[0]) * self.step if len(measured) else None

    @cached_property
    def _total(self) -> np.ndarray:
        return running_sums(self.values)

    def increase(self, ends: np.ndarray, seconds: float) -> np.ndarray:
        """Events of windows as computed by `increase`: between the samples inside, extrapolated to the whole window.

        Args:
            ends: of the windows, epoch seconds. `seconds`: their length.

        Returns:
            Shape (ends, 3); measured seconds are not extrapolated.
        """
        lost = self.scrape_s if self.lost_s is None else self.lost_s
        between = min(max(seconds - lost, lost), seconds)
        sums = self.within(ends - between, ends)
        sums[:, :SECONDS] *= seconds / between
        return sums

    def until(self, moments: np.ndarray) -> np.ndarray:
        """Events and measured seconds until some times (epoch seconds), shape (moments, 3).

        A partial row counts proportionally.
        """
        place = np.clip((moments - self.start) / self.step, 0, len(self.values))
        whole = np.minimum(place.astype(np.intp), max(len(self.values) - 1, 0))
        low, high = self._total[whole], self._total[np.minimum(whole + 1, len(self.values))]
        sums: np.ndarray = low + (high - low) * (place - whole)[:, None]
        return sums

    def within(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Events and measured seconds after `starts` until `ends` (epoch seconds), shape (starts, 3)."""
        sums: np.ndarray = self.until(ends) - self.until(np.minimum(starts, ends))
        return sums

    def coarser(self, step: int) -> "Counted":
        """The rows merged to longer ones of `step` seconds, which end at its multiples; partial ones are left out."""
        if step <= self.step:
            return self
        edges = np.arange(-(-self.start // step) * step, self.end // step * step + 1, step, dtype=float)
        values = np.diff(self.until(edges), axis=0) if len(edges) > 1 else np.zeros((0, 3))
        first = int(edges[0]) + step if len(edges) else self.first
        return replace(self, first=first, step=step, values=values)


@dataclass(frozen=True, eq=False)
class Past:
    """The known past of an objective.

    Attributes:
        own: its rows with the current threshold. `others`: those of other latency thresholds, by their seconds.
        hours: of the time before the rows; None if unknown. `others_hours`: the same, by thresholds.
        since: epoch seconds from which on alerts are evaluated: earlier rows only fill their windows.
    """

    own: Counted
    others: Mapping[float, Counted] = field(default_factory=dict)
    hours: Counted | None = None
    since: float = 0.0
    others_hours: Mapping[float, Counted] = field(default_factory=dict)

    @property
    def at(self) -> int:
        """Epoch seconds of the newest row's end."""
        return self.own.end

    def rows(self, limit: float | None) -> Counted:
        """The rows of a latency threshold in seconds; None: the current one.

        Raises:
            ValueError: requests were not counted at this threshold; the message says what is possible.
        """
        if limit is None:
            return self.own
        rows = _at_bound(self.others, limit)
        if rows is None:
            possible = ", ".join(f"{bound:g}" for bound in sorted(self.others)) or "none"
            raise ValueError(f"{limit:g} s is no bound of its latency buckets: possible are {possible} s")
        return rows

    def reaching_back(self, limit: float | None) -> Counted:
        """All known hours of a threshold; None: the current one.

        Raises:
            ValueError: as for `rows`.
        """
        recent = self.rows(limit).coarser(HOUR)
        before = self.hours if limit is None else _at_bound(self.others_hours, limit)
        if before is None or before.start >= recent.start:
            return recent
        kept = before.values[: max(0, (recent.start - before.start) // HOUR)]
        return Counted(before.first, HOUR, np.concatenate([kept, recent.values]), row_s=recent.row_s)


def _at_bound(rows: Mapping[float, Counted], limit: float) -> Counted | None:
    return next((each for bound, each in rows.items() if buckets.same_bound(bound, limit)), None)


def of_rows(rows: Rows, column: int = 0) -> Counted:
    """Hours of one objective among those of many; `column`: its position."""
    return Counted(rows.first, rows.step, rows.values[:, column])
