"""Objectives for which a partial answer lacks nothing: it contains everything that complete answers had before."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dashboard.slo.event_requests import EventRequest, Level
from dashboard.slo.event_rows import CountedRows, Gaps, Rows
from dashboard.slo.retries import taken


class Confirmations:
    """Remembers for which objectives the newest complete rows came in a partial answer that lacked nothing."""

    def __init__(self) -> None:
        self._confirmed = np.zeros(0, dtype=bool)

    def follow(self, columns: Sequence[int]) -> None:
        """Keep what is known about objectives that were at `columns`; -1 for a new one."""
        self._confirmed = taken(self._confirmed, columns)

    def among(self, columns: np.ndarray) -> np.ndarray:
        """Positions, among the given objectives, of those for which nothing was missing."""
        confirmed: np.ndarray = columns[self._confirmed[columns]]
        return confirmed

    def reduced(self, request: EventRequest, answer: CountedRows, rows: Rows, gaps: Gaps | None) -> Gaps | None:
        """Restrict gaps to the objectives for which an answer may really lack something.

        Args:
            request: what was requested. `answer`: what was returned. `rows`: existing rows of the same kind.
            gaps: the request's objectives for which the answer may lack something; None for a complete answer.
        """
        if request.level is Level.FINE:
            self._confirmed[answer.columns] = False
        if gaps is None or request.level is Level.EDGE:
            return gaps
        if request.level is Level.NEWEST:
            # Most open rows contain no scrape; the complete rows show who is present.
            return replace(gaps, partial=gaps.partial & ~self._confirmed[answer.columns])
        # A slice is one event, whatever is missing in it.
        counted = np.array([slo.counted for slo in request.slos], dtype=bool)
        confirmed = counted & answer.is_confirmed_by(rows)
        if request.level is Level.FINE:
            self._confirmed[answer.columns] = confirmed
        return replace(gaps, partial=gaps.partial & ~confirmed)
