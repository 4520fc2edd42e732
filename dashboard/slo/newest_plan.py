"""Which of the newest rows to ask for: what came since the last refresh, and a minute more for late samples."""

from collections.abc import Iterator, Sequence

import numpy as np

from dashboard.slo.event_rows import Doubts
from dashboard.slo.retries import taken
from dashboard.timerange import Grid

# Seconds of a row, short enough that a refresh sees each scrape; of all rows, as many as the short windows of pages
# need; and of those that are asked for again.
NEWEST_STEP, NEWEST_SPAN, NEWEST_OVERLAP = 15, 2400, 60


class NewestPlan:
    """Until when the newest rows of each objective were answered.

    Attributes:
        wanted: which objectives have such rows.
        partial: of which the newest ones were answered in part.
        reach: until when they were answered, epoch seconds; 0 where they are to be asked for anew.
    """

    def __init__(self) -> None:
        self.wanted = np.zeros(0, dtype=bool)
        self.partial = np.zeros(0, dtype=bool)
        self._warned = np.zeros(0, dtype=bool)
        self.reach = np.zeros(0, dtype=np.int64)

    def follow(self, columns: Sequence[int], wanted: np.ndarray) -> None:
        """Plan for these objectives from now on.

        Args:
            columns: the place that each objective had before; -1 for a new one. `wanted`: which have such rows.
        """
        self.wanted = wanted
        self.partial, self._warned = taken(self.partial, columns), taken(self._warned, columns)
        self.reach = taken(self.reach, columns)

    def forget(self) -> None:
        """Ask for everything anew."""
        self.reach = np.zeros_like(self.reach)

    def due(self, now: float, refused: frozenset[int]) -> Iterator[tuple[np.ndarray, Grid]]:
        """Places of objectives, and what to ask for of them at `now` (epoch seconds).

        Args:
            refused: places of those that it is too early to ask for again.
        """
        end = newest_end(now)
        joins = (end - NEWEST_SPAN <= self.reach) & (self.reach <= end)
        starts = np.where(joins, np.maximum(self.reach - NEWEST_OVERLAP, end - NEWEST_SPAN), end - NEWEST_SPAN)
        due = self.wanted & (self.reach != end)
        due[list(refused)] = False
        for start in np.unique(starts[due]).tolist():
            yield np.flatnonzero(due & (starts == start)), Grid.between(start, end, step=NEWEST_STEP)

    def answered(self, columns: np.ndarray, end: int, doubts: Doubts | None) -> None:
        """Note an answer.

        Args:
            columns: places of its objectives. `end`: epoch seconds.
            doubts: for which of them the answer may lack something.
        """
        none = np.zeros(len(columns), dtype=bool)
        warned, self.partial[columns] = (none, none) if doubts is None else (doubts.warned, doubts.partial)
        # Once it comes in full again, so may what came in part before.
        recovered = self._warned[columns] & ~warned
        self.reach[columns] = np.where(recovered, 0, np.where(warned, end - NEWEST_STEP, end))
        self._warned[columns] = warned


def newest_end(now: float) -> int:
    """Epoch seconds of the end of the newest row at a moment."""
    return int(now // NEWEST_STEP) * NEWEST_STEP
