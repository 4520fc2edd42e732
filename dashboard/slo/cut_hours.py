"""The hours that starts of windows cut, held in fine rows: a window is exact from its first minute."""

from collections.abc import Sequence

import numpy as np

from dashboard.slo.event_rows import CountedRows, Rows
from dashboard.timerange import HOUR


class CutHours:
    """Fine rows of single hours.

    Attributes:
        rows: by the epoch seconds of the hours' ends.
    """

    def __init__(self) -> None:
        self.rows: dict[int, Rows] = {}

    def follow(self, columns: Sequence[int]) -> None:
        """Keep the rows of objectives that were at `columns`; -1 for a new one."""
        self.rows = {end: rows.rearranged(len(rows.values), columns) for end, rows in self.rows.items()}

    def clear(self) -> None:
        """Drop all: fine rows are of another length from now on."""
        self.rows = {}

    def put(self, answer: CountedRows, end: int, base: int, reach: np.ndarray) -> None:
        """Keep the rows of an hour, and drop those that no window's start cuts any more.

        Args:
            answer: the rows. `end`: epoch seconds of the hour's end. `base`: seconds of a fine row.
            reach: epoch seconds by objective of the end of the hour that its window's start cuts.
        """
        rows = self.rows.get(end) or Rows.nothing(end, base, HOUR // base, len(reach))
        cut = set(reach.tolist())
        self.rows = {other_end: other for other_end, other in self.rows.items() if other_end in cut}
        self.rows[end] = answer.put_into(rows)

    def sums(self, starts: np.ndarray, ends: np.ndarray, hours: Rows, reach: np.ndarray) -> np.ndarray:
        """Events of the hour that each start cuts: by its fine rows where they are held, else by its share.

        Args:
            starts, ends: epoch seconds by objective. `hours`: rows of whole hours.
            reach: epoch seconds by objective of the end of the hour that its window's start cuts.
        """
        sums = hours.sums(starts, ends)
        for end, rows in self.rows.items():
            is_fine = (reach == end) & (ends == end)
            sums = np.where(is_fine[:, None], rows.sums(starts, ends), sums)
        return sums
