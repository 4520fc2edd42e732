"""Decides what to request from a source: rows of events that are missing or have to be counted again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from dashboard.slo.event_rows import Gaps
from dashboard.slo.newest_plan import NewestPlan, newest_end
from dashboard.slo.objective import Slo
from dashboard.slo.retries import Retries, taken
from dashboard.timerange import HOUR, Grid

# Fine rows cover the longest window for which hours are too coarse, and the current hour.
FINE_SPAN = 7 * HOUR
# The newest fine rows are requested again, as late samples change them.
OVERLAP = 600
# Prometheus returns at most 11,000 points.
POINTS_MAX = 10_000


class Level(StrEnum):
    """Where rows are kept: fine rows of the last hours, all hours, fine rows of the oldest hour, the newest scrape."""

    FINE = "fine"
    HOURS = "hours"
    EDGE = "edge"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class EventRequest:
    """A request for the events of these objectives on this grid."""

    slos: tuple[Slo, ...]
    grid: Grid
    level: Level


class RequestPlan:
    """What is due, based on how far the answers reach.

    Attributes:
        base: seconds of the shortest fine row.
        steps: seconds of each objective's fine rows, multiples of `base`.
        hours_until: end of each objective's complete hours, which may be summed, in epoch seconds; 0 if there are
            none. It is kept while everything is requested again.
        has_fine_rows: objectives with fine rows; those with rows of an hour or longer have none.
        scrapes: seconds between two samples of each objective; empty if the source is not scraped.
        newest: what is due for objectives that are counted up to the newest scrape.
        newest_is_partial: objectives whose newest complete rows came in a partial answer.
        now: epoch seconds of the last call of `due`.
        retries: rows that are requested again although they were answered, and rows that are left alone.
    """

    def __init__(self, base: int) -> None:
        self.base = base
        self.slos: tuple[Slo, ...] = ()
        self.steps: tuple[int, ...] = ()
        self.hours_until = np.zeros(0, dtype=np.int64)
        self.has_fine_rows = np.zeros(0, dtype=bool)
        self.scrapes: tuple[float, ...] = ()
        self.newest = NewestPlan()
        self.newest_is_partial = np.zeros(0, dtype=bool)
        self._reach = {level: np.zeros(0, dtype=np.int64) for level in Level}
        self._row_s: list[int] = []
        self.retries = Retries(tuple(Level))
        self.now = 0.0
        self._newest_was_open = False

    def follow(
        self, slos: Sequence[Slo], steps: Sequence[int], columns: Sequence[int], *, scrapes: Sequence[float] = ()
    ) -> None:
        """Plan for these objectives from now on.

        Args:
            slos: all objectives.
            steps: seconds of each one's fine rows; if they change, fine rows are requested again.
            columns: the previous position of each objective; -1 for a new one.
            scrapes: seconds between two samples of each; empty if the source is not scraped.
        """
        base = min((HOUR, *steps)) if steps else self.base
        before = taken(np.array(self.steps, dtype=np.int64), columns)
        same = (before == np.asarray(steps, dtype=np.int64)) & (base == self.base)
        self.base, self.slos, self.steps = base, tuple(slos), tuple(steps)
        self.hours_until = taken(self.hours_until, columns)
        reaches = {level: taken(reach, columns) for level, reach in self._reach.items()}
        self._reach = {
            level: reach if level is Level.HOURS else np.where(same, reach, 0) for level, reach in reaches.items()
        }
        self.newest_is_partial = taken(self.newest_is_partial, columns)
        self.retries.follow(columns)
        self.retries.open[Level.FINE].forget(np.flatnonzero(~same))
        self._row_s = [slo.row_s or step for slo, step in zip(slos, steps, strict=True)]
        self.has_fine_rows = np.array(self._row_s, dtype=np.int64) < HOUR
        # A slice is judged when it is over.
        counted = np.array([not slo.row_s for slo in slos], dtype=bool)
        self.scrapes = tuple(scrapes)
        self.newest.follow(columns, counted & self.has_fine_rows & bool(scrapes))

    def forget(self) -> None:
        """Request everything again."""
        self._reach = {level: np.zeros_like(reach) for level, reach in self._reach.items()}
        self.newest.forget()
        self.retries.forget()

    def reopen(self, since: float) -> None:
        """Request everything after `since` (epoch seconds) again: the source has other events there now."""
        # The newest fine rows are requested again anyway, and hours once the next one has closed.
        for level, until in ((Level.FINE, since + OVERLAP), (Level.HOURS, since)):
            reach = self._reach[level]
            self._reach[level] = np.where(reach > until, np.int64(since // HOUR) * HOUR, reach)
        edges = self._reach[Level.EDGE]
        self._reach[Level.EDGE] = np.where(edges > since, 0, edges)

    def reach(self, level: Level) -> np.ndarray:
        """The end of gapless answers by objective, in epoch seconds; 0 if there are none."""
        return self._reach[level]

    def due(self, now: float) -> list[EventRequest]:
        """What to request at `now`; empty while no row has closed."""
        self.now = now
        requests: list[EventRequest] = []
        # Depends on all objectives, so it is computed once.
        judged_at, again = self._judged_at(now), self.retries.are_due(now)
        for level in (Level.FINE, Level.HOURS, Level.EDGE):
            waiting: dict[Grid, list[Slo]] = {}
            refused = self.retries.refused(level, now)
            # Objectives that need the same points share one request.
            for column, slo in enumerate(self.slos):
                if column in refused:
                    continue
                missing = self._edge(column, judged_at) if level is Level.EDGE else self._missing(column, now, level)
                grid = self._with_open(missing, column, level) if again and level is not Level.EDGE else missing
                if grid is not None:
                    waiting.setdefault(grid, []).append(slo)
                    self._begin(column, level, grid)
            requests += [
                EventRequest(tuple(slos), part, level) for grid, slos in waiting.items() for part in _parts(grid)
            ]
        newest = self.newest.due(now, self.retries.refused(Level.NEWEST, now))
        return requests + [
            EventRequest(tuple(self.slos[column] for column in columns), grid, Level.NEWEST) for columns, grid in newest
        ]

    def answered(self, request: EventRequest, columns: np.ndarray, gaps: Gaps | None = None) -> None:
        """Record an answer; one that leaves a gap is ignored and requested again.

        Args:
            columns: positions of the request's objectives.
            gaps: objectives for which the answer may lack something; their rows stay open.
        """
        level = request.level
        if level is Level.NEWEST:
            self.newest.answered(columns, request.grid.end, gaps)
            self.retries.answered(level, columns, self.now, is_open=False)
            return
        if level is Level.EDGE and gaps is not None:
            # Until the answer is complete, the share of the whole hour is the better estimate.
            self.retries.wait(level, columns[gaps.warned], self.now)
            columns, gaps = columns[~gaps.warned], None
        reach, begin, end = self._reach[level], request.grid.start - request.grid.step, request.grid.end
        # The hour in which a window starts is requested separately and as a whole.
        joined = columns[(begin <= reach[columns]) | (level is Level.EDGE)]
        reach[joined] = np.maximum(reach[joined], end)
        if level is Level.HOURS:
            self.hours_until[joined] = np.maximum(self.hours_until[joined], end)
        warned = np.zeros(len(columns), dtype=bool) if gaps is None else gaps.warned
        rows = self.retries.open[level]
        rows.close(columns[~warned], begin, end)
        rows.put(columns[warned], begin, end)
        newest = (self.has_fine_rows[columns] == (level is Level.FINE)) & (end >= reach[columns])
        if level is not Level.EDGE:
            self.newest_is_partial[columns[newest]] = False if gaps is None else gaps.partial[newest]
        self.retries.answered(level, columns, self.now, is_open=bool(warned.any()))
        self._note_recovery(request, is_open=bool(warned.any()))

    def refused(self, request: EventRequest, columns: np.ndarray) -> None:
        """Record that the source refused a request: its objectives, at `columns`, are left alone for a while."""
        self.retries.refused_now(request.level, columns, self.now)

    def _note_recovery(self, request: EventRequest, *, is_open: bool) -> None:
        """If the newest rows are complete again after partial answers, the open ones may be, too."""
        if request.level is Level.FINE and request.grid.end >= self.now - request.grid.step:
            if self._newest_was_open and not is_open:
                self.retries.source_is_whole()
            self._newest_was_open = is_open

    def _with_open(self, missing: Grid | None, column: int, level: Level) -> Grid | None:
        """Extend a grid by the open rows of an objective, which reach back further; None if nothing is due."""
        rows = self.retries.open[level]
        start, end = int(rows.start[column]), int(rows.end[column])
        if end == 0:
            return missing
        step = self._row_s[column] if level is Level.FINE else self.slos[column].row_s or HOUR
        span = FINE_SPAN if level is Level.FINE else hours_of(self.slos[column]) * HOUR
        last = max(end, int(self._reach[level][column]), missing.end if missing is not None else 0)
        first = max(start, last - span)
        # Rows before that are no longer needed.
        rows.close(np.array([column]), start, first)
        if end <= first:
            return missing
        return Grid.between(min(first, missing.start - step) if missing is not None else first, last, step=step)

    def _begin(self, column: int, level: Level, grid: Grid) -> None:
        """When everything is requested again, nothing before this grid counts as answered."""
        begin = grid.start - grid.step
        if level is not Level.EDGE and not begin <= self._reach[level][column] <= grid.end:
            self._reach[level][column] = begin

    def _missing(self, column: int, now: float, level: Level) -> Grid | None:
        """The grid to request for one objective; None while no row has closed."""
        fine = level is Level.FINE
        base, overlap = (self.base, OVERLAP) if fine else (HOUR, HOUR)
        step = self._row_s[column] if fine else self.slos[column].row_s or HOUR
        if fine and step >= HOUR:
            return None
        # Slices shorter than a row are summed to rows; the grid ends with a whole row.
        unit = max(step, base)
        end = int(now // unit) * unit
        span = FINE_SPAN if fine else hours_of(self.slos[column]) * HOUR
        reach = int(self._reach[level][column])
        if reach == end:
            return None
        # An end in the future, after the clock jumped, is invalid too.
        joins = end - span <= reach < end
        return Grid.between(reach - overlap if joins else end - span, end, step=step)

    def _edge(self, column: int, judged_at: int) -> Grid | None:
        """The hour in which the window starts, in fine rows; None if it starts at a full hour, or the rows exist."""
        step = self._row_s[column]
        start = self.slos[column].window.bounds(judged_at)[0]
        end = int(-(-start // HOUR) * HOUR)
        if start % HOUR == 0 or step >= HOUR or self._reach[Level.EDGE][column] == end:
            return None
        return Grid.between(end - HOUR, end, step=step)

    def _judged_at(self, now: float) -> int:
        """Epoch seconds at which everything will be judged once due answers have been added."""
        steps = {max(row_s, self.base) for row_s in self._row_s}
        if self.newest.wanted.any():
            return newest_end(now)
        return max((_whole(now, step) for step in steps if step < HOUR), default=_whole(now, HOUR))


def _whole(now: float, step: int) -> int:
    """Epoch seconds of the end of the last closed row."""
    return int(now // step) * step


def hours_of(slo: Slo) -> int:
    """Number of hours in its window, including the one in which it starts."""
    return int(-(-slo.window.longest // HOUR)) + 1


def _parts(grid: Grid) -> Iterator[Grid]:
    """Split a grid into grids that a server accepts, each starting after a full hour; oldest first."""
    size = max(1, POINTS_MAX * grid.step // HOUR) * HOUR
    start = grid.start - grid.step
    while start < grid.end:
        end = min(start + size, grid.end)
        yield Grid.between(start, end, step=grid.step)
        start = end
