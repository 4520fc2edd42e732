"""Of whom an answer in part lacks nothing: who has in it all that was held in full of the same time."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dashboard.slo.event_requests import EventRequest, Level
from dashboard.slo.event_rows import CountedRows, Doubts, Rows
from dashboard.slo.retries import taken


class Confirmations:
    """Remembers of which objectives the newest complete rows came in part and lacked nothing."""

    def __init__(self) -> None:
        self._confirmed = np.zeros(0, dtype=bool)

    def follow(self, columns: Sequence[int]) -> None:
        """Keep what is known of objectives that were at `columns`; -1 for a new one."""
        self._confirmed = taken(self._confirmed, columns)

    def among(self, columns: np.ndarray) -> np.ndarray:
        """Those of some objectives that lacked nothing, by their places."""
        confirmed: np.ndarray = columns[self._confirmed[columns]]
        return confirmed

    def reduced(self, request: EventRequest, answer: CountedRows, rows: Rows, doubts: Doubts | None) -> Doubts | None:
        """Doubts about those objectives alone of which an answer may truly lack something now.

        Args:
            request: what was asked for. `answer`: what came. `rows`: what is held of the same kind of rows.
            doubts: for which of its objectives the answer may lack something; None for an answer in full.
        """
        if request.level is Level.FINE:
            self._confirmed[answer.columns] = False
        if doubts is None or request.level is Level.EDGE:
            return doubts
        if request.level is Level.NEWEST:
            # Most of these rows hold no scrape: the complete ones say who is all there.
            return replace(doubts, partial=doubts.partial & ~self._confirmed[answer.columns])
        # A slice is one event whatever is missing in it.
        counted = np.array([slo.counted for slo in request.slos], dtype=bool)
        confirmed = counted & answer.is_confirmed_by(rows)
        if request.level is Level.FINE:
            self._confirmed[answer.columns] = confirmed
        return replace(doubts, partial=doubts.partial & ~confirmed)
