"""Counts requests of a log by service, outcome and latency, and converts the counts to samples frames.

A known service without counted requests has zero requests, from the oldest row of the log to the newest.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard import buckets, frames
from dashboard.sources.csv.rows.rows import RequestRows
from dashboard.sources.csv.tables.cell_counts import CellCounts
from dashboard.timerange import DAY, HOUR, Grid

# Seconds of the stored intervals of a log, and of those of its newest day.
LOG_INTERVAL, LOG_FINE_INTERVAL = 60, 15
# Outcomes of a request, as encoded in cells.
GOOD, FAILED, CLIENT, UNKNOWN_OUTCOME = range(4)
OUTCOMES = 4
Measure = tuple[str, str]


class RequestCounts:
    """Counts for groups of requests, such as services.

    Args:
        bounds: of latency in seconds, ascending.
        only_newest_day: older data, and intervals shorter than a minute, are not stored.

    Attributes:
        groups: name → index. `timed`: groups with some known duration.
        measures: (measure, detail) of all data of a group, in the order of columns.
    """

    def __init__(self, bounds: tuple[float, ...], *, only_newest_day: bool = False) -> None:
        self.groups: dict[str, int] = {}
        self.timed: set[str] = set()
        self._minutes = CellCounts(LOG_INTERVAL, keep=DAY if only_newest_day else 0)
        self._fine = None if only_newest_day else CellCounts(LOG_FINE_INTERVAL, keep=DAY)
        self._details = [buckets.bound_text(bound) for bound in (*bounds, np.inf)]
        # After the bounds: requests with an unknown duration, which are within none.
        self._kinds = len(self._details) + 1
        self._known_columns: dict[tuple[Measure, ...], tuple[tuple[str, ...], pd.MultiIndex]] = {}
        latency = [(measure, detail) for measure in ("latency", "failed_latency") for detail in self._details]
        self.measures: list[Measure] = [("requests", ""), ("errors", "server"), ("errors", "client"), *latency]

    @property
    def newest(self) -> float | None:
        """Epoch seconds of the end of the newest interval."""
        return (self._fine or self._minutes).newest

    @property
    def history_s(self) -> float:
        """Seconds from the oldest row to the newest, in whole minutes."""
        return float(self._minutes.intervals * LOG_INTERVAL)

    def measures_of(self, name: str) -> list[Measure]:
        """The measures of a group: latency only if some duration is known."""
        is_timed = name in self.timed
        return [measure for measure in self.measures if is_timed or not measure[0].endswith("latency")]

    def add(self, requests: RequestRows, group: np.ndarray, names: Sequence[str]) -> None:
        """Count the requests of a chunk.

        Args:
            requests: of the log. `group`: of each, an index of `names`, shape (requests,).
            names: of their groups, unique.
        """
        # Only add groups with requests: a name may only occur in rejected rows.
        numbers = np.zeros(len(names), dtype=np.int64)
        for place in np.flatnonzero(np.bincount(group, minlength=len(names))).tolist():
            numbers[place] = self.groups.setdefault(names[place], len(self.groups))
        outcome = requests.failed * FAILED + requests.refused * CLIENT + requests.unknown_outcome * UNKNOWN_OUTCOME
        cells = (numbers[group] * OUTCOMES + outcome) * self._kinds + requests.bucket
        timed = np.bincount(group[requests.bucket < len(self._details)], minlength=len(names))
        self.timed.update(names[place] for place in np.flatnonzero(timed).tolist())
        for counts in (self._minutes, self._fine):
            if counts is not None:
                counts.add(requests.time, cells)

    def frame(
        self,
        grid: Grid,
        *,
        rates: bool,
        shown: dict[str, str] | None = None,
        measures: Container[Measure] | None = None,
    ) -> pd.DataFrame:
        """A samples frame, shape (points, columns); no columns if nothing was counted.

        Args:
            grid: the points.
            rates: requests per second; False: counts, with the measured seconds of each hour.
            shown: group → its name in the frame; None: all, under their own names.
            measures: the wanted columns of each group; None: all.
        """
        counts = self._counts_for(grid)
        names = {name: name for name in self.groups} if shown is None else shown
        wanted = self.measures if measures is None else [measure for measure in self.measures if measure in measures]
        is_unknown = not rates and grid.step < counts.base
        if is_unknown or not names or not wanted or not counts.intervals:
            return frames.samples({}, grid)
        chosen = np.array([self.groups[name] for name in names])
        values, measured_s = self._on_grid(counts, grid, chosen, wanted)
        if not (measured_s > 0).any():
            return frames.samples({}, grid)
        if rates:
            with np.errstate(divide="ignore", invalid="ignore"):
                values /= measured_s[:, None, None]
        values[measured_s == 0] = np.nan
        untimed = [name not in self.timed for name in names]
        if any(untimed):
            latency = [measure.endswith("latency") for measure, _ in wanted]
            values[:, np.outer(untimed, latency)] = np.nan
        # Coverage is stored by the hour.
        if not rates and grid.step == HOUR:
            seconds = np.where(measured_s > 0, measured_s, np.nan)[:, None, None]
            values = np.concatenate([values, np.broadcast_to(seconds, (*values.shape[:2], 1))], axis=2)
            wanted = [*wanted, ("measured", "")]
        return _frame(values, grid, self._columns(tuple(names.values()), tuple(wanted), is_all=shown is None))

    def _columns(self, names: tuple[str, ...], measures: tuple[Measure, ...], *, is_all: bool) -> pd.MultiIndex:
        """Columns of a frame; for all groups, the same object until a group is added.

        Args:
            names: of groups in the frame. `measures`: (measure, detail) of each. `is_all`: these are all groups.
        """
        known, columns = self._known_columns.get(measures, ((), None))
        if columns is None or known != names:
            # With thousands of services it is slow to build columns one by one, or to compare them.
            details = (np.tile(level, len(names)) for level in zip(*measures, strict=True))
            levels = [np.repeat(names, len(measures)), *details]
            columns = pd.MultiIndex.from_arrays([level.astype(object) for level in levels], names=frames.LEVELS)
            self._known_columns |= {measures: (names, columns)} if is_all else {}
        return columns

    def _counts_for(self, grid: Grid) -> CellCounts:
        """The best counts for a grid: the fine ones if they reach back far enough, or contain all requests."""
        fine = self._fine
        if fine is None or not fine.intervals or grid.step >= LOG_INTERVAL:
            return self._minutes
        return fine if fine.is_whole or grid.start - grid.step >= (fine.first - 1) * fine.base else self._minutes

    def _on_grid(
        self, counts: CellCounts, grid: Grid, chosen: np.ndarray, measures: Sequence[Measure]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Counts of each step, shape (points, groups, measures), and the measured seconds, shape (points,).

        If a step is shorter than an interval, both are those of its interval.
        """
        ends = np.arange(grid.start, grid.end + 1, grid.step)
        base = counts.base
        if grid.step < base:
            intervals = -(-ends // base)
            whole = Grid(int(intervals[0]) * base, int(intervals[-1]) * base, base)
            values, seconds = self._on_grid(counts, whole, chosen, measures)
            return values[intervals - intervals[0]], seconds[intervals - intervals[0]]
        low, high = (np.clip(edge // base, counts.first - 1, counts.last) for edge in (ends - grid.step, ends))
        sums = np.zeros((len(grid), len(chosen), len(measures)))
        unknown_outcome = np.zeros(sums.shape[:2])
        for intervals, cells, counted in counts.between(int(low[0]) + 1, int(high[-1])):
            step = -((grid.start - intervals * base) // grid.step)
            # Rows in order of time fall into a few steps.
            begin, end = int(step[0]), int(step[-1]) + 1
            part = self._chosen(step - begin, cells, counted, chosen)
            unknown_outcome[begin:end] += part.added(part.outcome == UNKNOWN_OUTCOME, end - begin)
            part.add_to(sums[begin:end], measures, self._details)
        # At points with unknown statuses, the number of failures is unknown.
        outcomes = [number for number, (measure, _) in enumerate(measures) if measure != "requests"]
        if unknown_outcome.any() and outcomes:
            sums[:, :, outcomes] = np.where(unknown_outcome[:, :, None] > 0, np.nan, sums[:, :, outcomes])
        return sums, (high - low) * float(base)

    def _chosen(self, step: np.ndarray, cells: np.ndarray, counted: np.ndarray, chosen: np.ndarray) -> "_Part":
        """Counts of the chosen groups (indices); `step`, `cells`, `counted`: of each count, shape (counts,)."""
        kinds = self._kinds
        place = np.full(len(self.groups), -1)
        place[chosen] = np.arange(len(chosen))
        group = place[cells // (OUTCOMES * kinds)]
        if len(chosen) < len(self.groups):
            keep = group >= 0
            step, cells, counted, group = step[keep], cells[keep], counted[keep], group[keep]
        row = step * len(chosen) + group
        return _Part(row, cells // kinds % OUTCOMES, cells % kinds, counted, len(chosen))


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Some of the counts, each array of shape (counts,).

    Attributes:
        row: index of the step × `groups` + index of the group. `outcome`, `bucket`: of the counted requests.
        groups: their number.
    """

    row: np.ndarray
    outcome: np.ndarray
    bucket: np.ndarray
    counted: np.ndarray
    groups: int

    def added(self, wanted: np.ndarray, steps: int) -> np.ndarray:
        """Sums of the `wanted` counts, shape (steps, groups)."""
        sums = np.bincount(self.row[wanted], self.counted[wanted], minlength=steps * self.groups)
        return sums.reshape(steps, self.groups)

    def add_to(self, sums: np.ndarray, measures: Sequence[Measure], details: Sequence[str]) -> None:
        """Add the counts to the sums so far.

        Args:
            sums: shape (steps, groups, measures). `measures`: (measure, detail) of its columns.
            details: of all bounds, in order.
        """
        failed = self.outcome == FAILED
        of_measure = {"requests": self.outcome >= 0, "server": failed, "client": self.outcome == CLIENT}
        for number, (measure, detail) in enumerate(measures):
            if not measure.endswith("latency"):
                sums[:, :, number] += self.added(of_measure[detail or measure], len(sums))
        for measure, wanted in (("latency", ~failed), ("failed_latency", failed)):
            numbers = [number for number, (name, _) in enumerate(measures) if name == measure]
            if numbers:
                bounds = [details.index(measures[number][1]) for number in numbers]
                # The columns of one measure are adjacent.
                sums[:, :, numbers[0] : numbers[-1] + 1] += self._cumulative(wanted, len(sums), bounds)

    def _cumulative(self, wanted: np.ndarray, steps: int, bounds: list[int]) -> np.ndarray:
        """Requests at or below each of the given bounds (indices, ascending), shape (steps, groups, bounds)."""
        # Bounds between two wanted ones make no difference.
        kind = np.searchsorted(bounds, self.bucket)
        wanted = wanted & (kind < len(bounds))
        cell = self.row[wanted] * len(bounds) + kind[wanted]
        sums = np.bincount(cell, self.counted[wanted], minlength=steps * self.groups * len(bounds))
        by_bound = sums.reshape(steps, self.groups, len(bounds))
        return np.cumsum(by_bound, axis=2, out=by_bound)


def _frame(values: np.ndarray, grid: Grid, columns: pd.MultiIndex) -> pd.DataFrame:
    """A samples frame of values, shape (points, names, measures), without empty columns."""
    flat = values.reshape(len(grid), -1)
    holds = ~np.isnan(flat).all(axis=0)
    frame = pd.DataFrame(flat, index=grid.index(), columns=columns, copy=False)
    return frame if holds.all() else frame.loc[:, holds]
