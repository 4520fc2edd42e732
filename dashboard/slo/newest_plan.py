"""Decides which of the newest rows to request: those since the last refresh, and a minute more for late samples."""

from collections.abc import Iterator, Sequence

import numpy as np

from dashboard.slo.event_rows import Gaps
from dashboard.slo.retries import taken
from dashboard.timerange import Grid

# Seconds of a row, short enough that a refresh sees each scrape; seconds of all rows, as required by the short windows
# of pages; and seconds that are requested again.
NEWEST_STEP, NEWEST_SPAN, NEWEST_OVERLAP = 15, 2400, 60


class NewestPlan:
    """Up to when the newest rows of each objective were answered.

    Attributes:
        wanted: objectives with such rows.
        partial: objectives whose newest rows came in a partial answer.
        reach: up to when they were answered, epoch seconds; 0 if they have to be requested again.
    """

    def __init__(self) -> None:
        self.wanted = np.zeros(0, dtype=bool)
        self.partial = np.zeros(0, dtype=bool)
        self._warned = np.zeros(0, dtype=bool)
        self.reach = np.zeros(0, dtype=np.int64)

    def follow(self, columns: Sequence[int], wanted: np.ndarray) -> None:
        """Plan for these objectives from now on.

        Args:
            columns: the previous position of each objective; -1 for a new one. `wanted`: objectives with such rows.
        """
        self.wanted = wanted
        self.partial, self._warned = taken(self.partial, columns), taken(self._warned, columns)
        self.reach = taken(self.reach, columns)

    def forget(self) -> None:
        """Request everything again."""
        self.reach = np.zeros_like(self.reach)

    def due(self, now: float, refused: frozenset[int]) -> Iterator[tuple[np.ndarray, Grid]]:
        """Positions of objectives, and what to request for them at `now` (epoch seconds).

        Args:
            refused: positions of objectives for which it is too early.
        """
        end = newest_end(now)
        joins = (end - NEWEST_SPAN <= self.reach) & (self.reach <= end)
        starts = np.where(joins, np.maximum(self.reach - NEWEST_OVERLAP, end - NEWEST_SPAN), end - NEWEST_SPAN)
        due = self.wanted & (self.reach != end)
        due[list(refused)] = False
        for start in np.unique(starts[due]).tolist():
            yield np.flatnonzero(due & (starts == start)), Grid.between(start, end, step=NEWEST_STEP)

    def answered(self, columns: np.ndarray, end: int, gaps: Gaps | None) -> None:
        """Record an answer.

        Args:
            columns: positions of its objectives. `end`: epoch seconds.
            gaps: objectives for which the answer may lack something.
        """
        none = np.zeros(len(columns), dtype=bool)
        warned, self.partial[columns] = (none, none) if gaps is None else (gaps.warned, gaps.partial)
        # Once an answer is complete again, earlier partial ones may be completed too.
        recovered = self._warned[columns] & ~warned
        self.reach[columns] = np.where(recovered, 0, np.where(warned, end - NEWEST_STEP, end))
        self._warned[columns] = warned


def newest_end(now: float) -> int:
    """Epoch seconds of the end of the newest row."""
    return int(now // NEWEST_STEP) * NEWEST_STEP
