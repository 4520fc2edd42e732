"""Reads the past in parts in the background, so that the anomaly monitor can judge the present by it."""

from dataclasses import dataclass

from dashboard.anomaly.monitor import AnomalyMonitor
from dashboard.engine.background import Background
from dashboard.exceptions import SourceError
from dashboard.sources.protocol import Answer, Source
from dashboard.timerange import Grid

# Longest duration of a request for a part, in seconds.
PART_S = 120.0
# Seconds until a part that was refused or answered partially is requested again: the first time, and at most.
PAUSE_S, PAUSE_MAX_S = 300.0, 3600.0


@dataclass(frozen=True, slots=True)
class _Part:
    """An answered part of the past, and the monitor it was read for."""

    monitor: AnomalyMonitor
    grid: Grid
    answer: Answer


class PastReader:
    """Reads what a monitor has not learned yet.

    Args:
        source: asked in a background thread; the monitor learns the answer in the caller's thread.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._reading = Background[_Part]("past", PART_S)
        self._pause_s, self._again_at = PAUSE_S, float("-inf")

    def learn(self, monitor: AnomalyMonitor, now: float, *, columns: int, wait_s: float | None) -> Answer | None:
        """Let a monitor learn one more part.

        Args:
            monitor: determines the part. `now`: epoch seconds. `columns`: approximate number of columns in its rows.
            wait_s: seconds to wait for the answer, after which it continues in the background; None: until it is ready.

        Returns:
            The answer; None if no part is missing, or the answer is not ready.

        Raises:
            SourceError: the source did not answer.
        """
        if self._reading.is_idle:
            grid = monitor.next_backfill(now, columns=columns)
            # If the clock was set back, ignore a pause that would be longer than that.
            if grid is None or now < self._again_at <= now + PAUSE_MAX_S:
                return None
            self._reading.start(lambda: _Part(monitor, grid, self._source.samples(grid)))
        if not self._reading.has_ended(wait_s):
            return None
        try:
            part = self._reading.take()
        except SourceError:
            self._pause(now)
            raise
        # Do not learn from a partial answer.
        if part.answer.partial:
            self._pause(now)
            return part.answer
        self._pause_s = PAUSE_S
        # The monitor may have been replaced meanwhile; then nobody uses what it learns.
        part.monitor.backfill(part.answer.frame, part.grid)
        return part.answer

    def _pause(self, now: float) -> None:
        self._again_at, self._pause_s = now + self._pause_s, min(2 * self._pause_s, PAUSE_MAX_S)
