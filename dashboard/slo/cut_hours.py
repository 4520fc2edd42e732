"""Fine rows of the hours in which windows start, so that a window is exact from its first minute on."""

from collections.abc import Sequence

import numpy as np

from dashboard.slo.event_rows import CountedRows, Rows
from dashboard.timerange import HOUR


class CutHours:
    """Fine rows of single hours.

    Attributes:
        rows: by the end of the hour in epoch seconds.
    """

    def __init__(self) -> None:
        self.rows: dict[int, Rows] = {}

    def follow(self, columns: Sequence[int]) -> None:
        """Keep the rows of objectives that were at `columns`; -1 for a new one."""
        self.rows = {end: rows.rearranged(len(rows.values), columns) for end, rows in self.rows.items()}

    def clear(self) -> None:
        """Drop everything: the length of fine rows has changed."""
        self.rows = {}

    def put(self, answer: CountedRows, end: int, base: int, reach: np.ndarray) -> None:
        """Store the rows of an hour, and drop those in which no window starts any more.

        Args:
            answer: the rows. `end`: end of the hour in epoch seconds. `base`: seconds of a fine row.
            reach: for each objective, the end of the hour in which its window starts, in epoch seconds.
        """
        rows = self.rows.get(end) or Rows.nothing(end, base, HOUR // base, len(reach))
        cut = set(reach.tolist())
        self.rows = {other_end: other for other_end, other in self.rows.items() if other_end in cut}
        self.rows[end] = answer.put_into(rows)

    def sums(self, starts: np.ndarray, ends: np.ndarray, hours: Rows, reach: np.ndarray) -> np.ndarray:
        """Events of the hours in which windows start: from fine rows if available, else proportionally.

        Args:
            starts, ends: epoch seconds by objective. `hours`: rows of whole hours.
            reach: for each objective, the end of the hour in which its window starts, in epoch seconds.
        """
        sums = hours.sums(starts, ends)
        for end, rows in self.rows.items():
            is_fine = (reach == end) & (ends == end)
            sums = np.where(is_fine[:, None], rows.sums(starts, ends), sums)
        return sums
