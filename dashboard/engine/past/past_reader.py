"""The past, read in parts in the background, so that the present can be judged by it."""

from dataclasses import dataclass

from dashboard.anomaly.monitor import AnomalyMonitor
from dashboard.engine.background import Background
from dashboard.exceptions import SourceError
from dashboard.sources.protocol import Answer, Source
from dashboard.timerange import Grid

# A part may take this many seconds.
PART_S = 120.0
# Seconds until a part that was refused, or answered in part, is requested again: the first time, and at most.
PAUSE_S, PAUSE_MAX_S = 300.0, 3600.0


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the past as the source answered, and which monitor it was read for."""

    monitor: AnomalyMonitor
    grid: Grid
    answer: Answer


class PastReader:
    """Reads what a monitor has not learned yet.

    Args:
        source: is asked in a thread in the background; what it answered is learned in the caller's.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._reading = Background[_Part]("past", PART_S)
        self._pause_s, self._again_at = PAUSE_S, float("-inf")

    def learn(self, monitor: AnomalyMonitor, now: float, *, columns: int, wait_s: float | None) -> Answer | None:
        """Let a monitor learn one more part.

        Args:
            monitor: says which part. `now`: epoch seconds. `columns`: how many each row of it will have, about.
            wait_s: this many seconds are waited for it, None: as long as it takes; it continues after that.

        Returns:
            What was answered; None if no part is missing, or it has not been answered yet.

        Raises:
            SourceError: the source did not answer.
        """
        if self._reading.is_idle:
            grid = monitor.next_backfill(now, columns=columns)
            # After a clock that was set back no pause is as long as that.
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
        # Of half an answer nothing is learned.
        if part.answer.partial:
            self._pause(now)
            return part.answer
        self._pause_s = PAUSE_S
        # It may be one that was given up meanwhile: then nobody looks at what it learns.
        part.monitor.backfill(part.answer.frame, part.grid)
        return part.answer

    def _pause(self, now: float) -> None:
        self._again_at, self._pause_s = now + self._pause_s, min(2 * self._pause_s, PAUSE_MAX_S)
