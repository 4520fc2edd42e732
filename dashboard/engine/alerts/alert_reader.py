"""Reads `ALERTS` and an Alertmanager beside the refreshes: what is new each time, and the past once, part by part."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dashboard.alerts.alertmanager import Routing
from dashboard.engine.background import Background
from dashboard.exceptions import LimitExceeded, SourceError, SourceTimeout
from dashboard.sources.alerted import AlertAnswer, AlertedSource
from dashboard.timerange import DAY, HOUR

log = logging.getLogger(__name__)

# How far back alerts are looked at, and in how long parts at first; what is refused is asked for in shorter ones.
SPAN, PART, PART_MIN = 30 * DAY, float(DAY), 900.0
# The present is asked for from so many seconds ago, as samples come late; now and then from longer ago.
FIRST, OVERLAP, LONG_OVERLAP, LONG_EVERY = 600.0, 120.0, 900.0, 300.0
# A hole in what was read that is longer than this is part of the past.
HOLE = float(HOUR)
# One reading goes on with the past for so many seconds, and takes so many at most.
PAST_S, READING_S = 3.0, 60.0
# After a part that was refused however short, the past rests for so many seconds.
PAUSE_S = 600.0
# Where nothing ever fired, it is looked for so often.
IDLE_S = 60.0


@dataclass(slots=True)
class Read:
    """What one reading gave.

    Attributes:
        answers: the present, then parts of the past.
        routing: what Alertmanager said; None where it did not, or there is none. `routing_error`: why, one line.
        error: why `ALERTS` were not read, one line.
        refused: the past was refused.
    """

    answers: list[AlertAnswer] = field(default_factory=list)
    routing: Routing | None = None
    routing_error: str | None = None
    error: str | None = None
    refused: bool = False


class AlertReader:
    """Plans what to read, and reads it in a thread of its own.

    Args:
        source: that knows alerts; None where the source does not.
        route: asks the Alertmanager at a moment (epoch seconds); None without one.
        monotonic: returns seconds that never go back.
    """

    def __init__(
        self,
        source: AlertedSource | None,
        route: Callable[[float], Routing] | None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source, self._route, self._monotonic = source, route, monotonic
        self._reading = Background[Read]("alerts", READING_S)
        self._until: float | None = None
        # What is still to be read of the past, as pairs of epoch seconds; the newest is the last.
        self._holes: list[tuple[float, float]] = []
        self._part_s = PART
        self._long_at = self._rests_until = self._begun_at = float("-inf")

    @property
    def until(self) -> float | None:
        """Epoch seconds until which alerts were read; None before any were."""
        return self._until

    @property
    def since(self) -> float | None:
        """Epoch seconds from which on they were read without a hole; None before any were."""
        if self._until is None:
            return None
        return self._holes[-1][1] if self._holes else self._until - SPAN

    @property
    def is_reading(self) -> bool:
        """A part of the past is missing that may still come."""
        return bool(self._holes) or (self._until is None and self._source is not None)

    def begin(self, at: float, *, is_idle: bool) -> bool:
        """Begin to read, where nothing is being read and something is due; whether it has begun.

        Args:
            at: epoch seconds until which alerts are wanted. `is_idle`: nothing has ever fired, as far as is known.
        """
        if (self._source is None and self._route is None) or not self._reading.is_idle:
            return False
        rests = is_idle and not self.is_reading and self._route is None
        if rests and 0 <= at - self._begun_at < IDLE_S:
            return False
        self._begun_at = at
        self._reading.start(lambda: self._read(at))
        return True

    def take(self, wait_s: float | None = 0.0) -> Read | None:
        """What was read since, waited for so many seconds; None where nothing is there yet.

        Args:
            wait_s: None: for as long as it takes.
        """
        if not self._reading.has_ended(wait_s):
            return None
        try:
            return self._reading.take()
        except Exception as error:  # a fault of ours: alerts stand beside the picture, which goes on without them
            log.exception("The reading of alerts failed")
            return Read(error=f"internal error in the reading of alerts: {error}")

    def _read(self, at: float) -> Read:
        read = Read()
        if self._route is not None:
            try:
                read.routing = self._route(at)
            except SourceError as error:
                read.routing_error = str(error)
        if self._source is not None:
            try:
                self._read_present(self._source, at, read)
                self._read_past(self._source, at, read)
            except SourceError as error:
                read.error = str(error)
        return read

    def _read_present(self, source: AlertedSource, at: float, read: Read) -> None:
        is_long = at - self._long_at >= LONG_EVERY
        overlap = LONG_OVERLAP if is_long else OVERLAP
        start = at - FIRST if self._until is None or at - self._until > HOLE else min(self._until, at) - overlap
        read.answers.append(source.alerts(start, at, is_present=True))
        if self._until is None:
            self._holes = [(at - SPAN, start)]
        elif start > self._until:
            self._holes.append((self._until - OVERLAP, start))
        self._until, self._long_at = at, at if is_long else self._long_at

    def _read_past(self, source: AlertedSource, at: float, read: Read) -> None:
        began = self._monotonic()
        while self._holes and at >= self._rests_until and self._monotonic() - began < PAST_S:
            start, end = self._holes[-1]
            part = max(start, end - self._part_s)
            try:
                read.answers.append(source.alerts(part, end, is_present=False))
            except (LimitExceeded, SourceTimeout) as error:
                self._shorten(error, at, read)
                continue
            self._holes[-1] = start, part
            if part <= start:
                self._holes.pop()

    def _shorten(self, error: SourceError, at: float, read: Read) -> None:
        """Ask for less from now on; what is refused however short is left alone for a while."""
        if self._part_s > PART_MIN:
            self._part_s /= 2
            return
        log.warning("Alerts of the past were not read: %s", error)
        read.error, read.refused, self._rests_until = str(error), True, at + PAUSE_S
