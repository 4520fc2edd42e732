"""Stores requests by latency bucket of all services once a day, so that any threshold can be tried on them later.

A day is requested in parts once it is over and its late samples have arrived: 24 hours of each bound, half of what a
single refresh requests. Hours before that are requested when somebody tries thresholds.
"""

import logging
from collections.abc import Sequence

from dashboard.engine.background import Background
from dashboard.engine.past.hour_keeper import HourKeeper
from dashboard.engine.past.latency_past import bucket_counts, rows_of
from dashboard.exceptions import SourceError
from dashboard.sources.protocol import Source
from dashboard.timerange import DAY, HOUR, Grid

log = logging.getLogger(__name__)

# Seconds after the end of a day until it is requested, values per request, and the longest request in seconds.
AFTER_S, VALUES, CALL_S = 2 * HOUR, 500_000, 120.0
# Typical number of bounds of a service.
BOUNDS = 20
# Seconds until a day that was refused or answered partially is requested again.
PAUSE_S = 1800.0


class LatencyKeeper:
    """Stores the hours of yesterday.

    Args:
        source: asked in a background thread. `keeper`: has the archive; None if there is none.

    Attributes:
        queries: number of queries sent to the source since the start.
    """

    def __init__(self, source: Source, keeper: HourKeeper | None) -> None:
        self._source = source
        self._archive = keeper.archive if keeper is not None and keeper.writes else None
        self._asking = Background[bool]("latency hours", CALL_S)
        self._next_part, self._again_at = 0, float("-inf")
        self.queries = 0

    def advance(self, services: Sequence[str], now: float) -> None:
        """Start a request that is due; never waits, and never fails.

        Args:
            services: names. `now`: epoch seconds.
        """
        if self._archive is None or not services:
            return
        if self._asking.has_ended():
            self._take(now)
        day_end = int((now - AFTER_S) // DAY) * DAY
        if not self._asking.is_idle or 0 < self._again_at - now <= PAUSE_S:
            return
        if not day_end - DAY <= self._next_part <= day_end:
            self._next_part = max(min(self._archive.latency_until(), day_end), day_end - DAY)
        if self._next_part < day_end:
            hours = max(VALUES // (BOUNDS * len(services)), 1)
            grid = Grid(self._next_part + HOUR, min(self._next_part + hours * HOUR, day_end), HOUR)
            names = tuple(services)
            self._asking.start(lambda: self._ask(grid, names, now))

    def _ask(self, grid: Grid, services: Sequence[str], now: float) -> bool:
        """Request a part of the day and store it; returns whether it was stored."""
        answer = bucket_counts(self._source, grid)
        self.queries += len(answer.costs)
        assert self._archive is not None, "what is asked for is kept"
        if not answer.in_full or not self._archive.add_latency(rows_of(answer, grid, services), now):
            return False
        self._next_part = grid.end
        return True

    def _take(self, now: float) -> None:
        try:
            is_kept = self._asking.take()
        except SourceError as error:
            log.info("Latency by bucket could not be read: %s", error)
            is_kept = False
        except Exception:  # a failure in the background must not affect what is shown
            log.exception("Latency by bucket could not be kept")
            is_kept = False
        self._again_at = float("-inf") if is_kept else now + PAUSE_S
