"""What to ask a source for: which rows of events are missing, or are to be counted once more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from dashboard.slo.objective import Slo
from dashboard.timerange import HOUR, Grid

# Fine rows cover the longest window that hours are too coarse for, and the hour that is open.
FINE_SPAN = 7 * HOUR
# The newest fine rows are asked for again: late samples change them.
OVERLAP = 600
# Prometheus answers no more than 11,000 points.
POINTS_MAX = 10_000


class Level(StrEnum):
    """Where rows are kept: the last hours in fine rows, all hours, and the oldest hour in fine rows again."""

    FINE = "fine"
    HOURS = "hours"
    EDGE = "edge"


@dataclass(frozen=True, slots=True)
class EventRequest:
    """Events to ask a source for: of these objectives, on this grid."""

    slos: tuple[Slo, ...]
    grid: Grid
    level: Level


class RequestPlan:
    """What is due, by how far answers reach.

    Attributes:
        base: seconds of the shortest fine row.
        steps: seconds of the fine rows that each objective is counted by, multiples of `base`.
        hours_until: until when the hours of each objective are complete and may be summed, epoch seconds; 0 where
            none is. It stays while everything is asked for anew.
        has_fine_rows: which objectives have fine rows: not those whose rows are hours or longer.
    """

    def __init__(self, base: int) -> None:
        self.base = base
        self.slos: tuple[Slo, ...] = ()
        self.steps: tuple[int, ...] = ()
        self.hours_until = np.zeros(0, dtype=np.int64)
        self.has_fine_rows = np.zeros(0, dtype=bool)
        self._reach = {level: np.zeros(0, dtype=np.int64) for level in Level}
        self._row_s: list[int] = []

    def follow(self, slos: Sequence[Slo], steps: Sequence[int], columns: Sequence[int]) -> None:
        """Plan for these objectives from now on.

        Args:
            slos: all objectives.
            steps: seconds of each one's fine rows; by others than before fine rows are asked for anew.
            columns: the place that each objective had before; -1 for a new one.
        """
        base = min(steps, default=self.base)
        before = _taken(np.array(self.steps, dtype=np.int64), columns)
        same = (before == np.asarray(steps, dtype=np.int64)) & (base == self.base)
        self.base, self.slos, self.steps = base, tuple(slos), tuple(steps)
        self.hours_until = _taken(self.hours_until, columns)
        reaches = {level: _taken(reach, columns) for level, reach in self._reach.items()}
        self._reach = {
            level: reach if level is Level.HOURS else np.where(same, reach, 0) for level, reach in reaches.items()
        }
        self._row_s = [slo.row_s or step for slo, step in zip(slos, steps, strict=True)]
        self.has_fine_rows = np.array(self._row_s, dtype=np.int64) < HOUR

    def forget(self) -> None:
        """Ask for everything anew."""
        self._reach = {level: np.zeros_like(reach) for level, reach in self._reach.items()}

    def reach(self, level: Level) -> np.ndarray:
        """Until when closed answers reach without a gap, epoch seconds by objective; 0 where there is none."""
        return self._reach[level]

    def due(self, now: float) -> list[EventRequest]:
        """What to ask for at a moment; nothing while no row has closed."""
        requests: list[EventRequest] = []
        # Depends on all objectives: computed once, not for each.
        judged_at = self._judged_at(now)
        for level in Level:
            waiting: dict[Grid, list[Slo]] = {}
            # Objectives that need the same points are asked for in one request.
            for column, slo in enumerate(self.slos):
                grid = self._edge(column, judged_at) if level is Level.EDGE else self._missing(column, now, level)
                if grid is not None:
                    waiting.setdefault(grid, []).append(slo)
                    self._begin(column, level, grid)
            requests += [
                EventRequest(tuple(slos), part, level) for grid, slos in waiting.items() for part in _parts(grid)
            ]
        return requests

    def answered(self, request: EventRequest, columns: np.ndarray) -> None:
        """Note a closed answer; one that leaves a gap behind does not count, and is asked for again.

        Args:
            columns: places of the request's objectives.
        """
        reach, end = self._reach[request.level], request.grid.end
        begin = request.grid.start - request.grid.step
        # An edge stands alone: it is one hour, which is asked for as a whole.
        joined = columns[(begin <= reach[columns]) | (request.level is Level.EDGE)]
        reach[joined] = np.maximum(reach[joined], end)
        if request.level is Level.HOURS:
            self.hours_until[joined] = np.maximum(self.hours_until[joined], end)

    def _begin(self, column: int, level: Level, grid: Grid) -> None:
        """Where everything is asked for anew, nothing before it was answered."""
        begin = grid.start - grid.step
        if level is not Level.EDGE and not begin <= self._reach[level][column] <= grid.end:
            self._reach[level][column] = begin

    def _missing(self, column: int, now: float, level: Level) -> Grid | None:
        """The grid to ask for of one objective; None while no row has closed."""
        fine = level is Level.FINE
        base, overlap = (self.base, OVERLAP) if fine else (HOUR, HOUR)
        step = self._row_s[column] if fine else self.slos[column].row_s or HOUR
        if fine and step >= HOUR:
            return None
        # Slices shorter than a row are added up to rows; the grid ends with a whole one.
        unit = max(step, base)
        end = int(now // unit) * unit
        span = FINE_SPAN if fine else hours_of(self.slos[column]) * HOUR
        reach = int(self._reach[level][column])
        if reach == end:
            return None
        # A reach in the future, after a clock that jumped, is worth nothing either.
        joins = end - span <= reach < end
        return Grid.between(reach - overlap if joins else end - span, end, step=step)

    def _edge(self, column: int, judged_at: int) -> Grid | None:
        """The hour that the start of the window cuts, in fine rows; None where it cuts none, or it is held."""
        step = self._row_s[column]
        start = self.slos[column].window.bounds(judged_at)[0]
        end = int(-(-start // HOUR) * HOUR)
        if start % HOUR == 0 or step >= HOUR or self._reach[Level.EDGE][column] == end:
            return None
        return Grid.between(end - HOUR, end, step=step)

    def _judged_at(self, now: float) -> int:
        """Epoch seconds at which everything will be judged once what is due has been added."""
        steps = {max(row_s, self.base) for row_s in self._row_s}
        return max((int(now // step) * step for step in steps if step < HOUR), default=int(now // HOUR) * HOUR)


def hours_of(slo: Slo) -> int:
    """How many hours its window needs, with the one that its start cuts."""
    return int(-(-slo.window.longest // HOUR)) + 1


def _taken(values: np.ndarray, columns: Sequence[int]) -> np.ndarray:
    """Values at other places: those that were at `columns`, 0 for -1."""
    # The place -1 is the last one: the zero that is appended.
    padded = np.append(values, 0)
    taken: np.ndarray = padded[np.asarray(columns, dtype=np.intp)]
    return taken


def _parts(grid: Grid) -> Iterator[Grid]:
    """The points of a grid in grids that a server answers, each beginning after a full hour; oldest first."""
    size = max(1, POINTS_MAX * grid.step // HOUR) * HOUR
    start = grid.start - grid.step
    while start < grid.end:
        end = min(start + size, grid.end)
        yield Grid.between(start, end, step=grid.step)
        start = end
