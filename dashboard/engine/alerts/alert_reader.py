"""Reads `ALERTS` and an Alertmanager in the background: new samples each time, and the past once, in parts."""

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

# How far back alerts are read, and the initial length of a part; parts that the source refuses are shortened.
SPAN, PART, PART_MIN = 30 * DAY, float(DAY), 900.0
# The newest samples are read again from this many seconds ago, as some arrive late; occasionally from longer ago.
FIRST, OVERLAP, LONG_OVERLAP, LONG_EVERY = 600.0, 120.0, 900.0, 300.0
# A gap longer than this in what was read is treated as missing past.
HOLE = float(HOUR)
# Seconds for which one reading continues with the past, and the longest duration of a reading.
PAST_S, READING_S = 3.0, 60.0
# Pause in seconds after a part was refused although it was as short as possible.
PAUSE_S = 600.0
# Seconds between two readings if no alert has ever fired.
IDLE_S = 60.0


@dataclass(slots=True)
class Read:
    """The result of one reading.

    Attributes:
        answers: for the present, then for parts of the past.
        routing: the answer of Alertmanager; None if there is none. `routing_error`: why, in one line.
        error: why `ALERTS` could not be read, in one line.
        refused: the source refused a part of the past.
    """

    answers: list[AlertAnswer] = field(default_factory=list)
    routing: Routing | None = None
    routing_error: str | None = None
    error: str | None = None
    refused: bool = False


class AlertReader:
    """Plans what to read, and reads it in a thread of its own.

    Args:
        source: a source with alerts; None if it has none.
        route: asks the Alertmanager for a time in epoch seconds; None without Alertmanager.
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
        # The parts of the past still to be read, as pairs of epoch seconds; the newest is last.
        self._holes: list[tuple[float, float]] = []
        self._part_s = PART
        self._long_at = self._rests_until = self._begun_at = float("-inf")

    @property
    def until(self) -> float | None:
        """Epoch seconds up to which alerts were read; None before the first reading."""
        return self._until

    @property
    def since(self) -> float | None:
        """Epoch seconds from which on alerts were read without a gap; None before the first reading."""
        if self._until is None:
            return None
        return self._holes[-1][1] if self._holes else self._until - SPAN

    @property
    def is_reading(self) -> bool:
        """Whether a part of the past is missing and may still be read."""
        return bool(self._holes) or (self._until is None and self._source is not None)

    def begin(self, at: float, *, is_idle: bool) -> bool:
        """Start reading if nothing is being read and something is due; returns whether it started.

        Args:
            at: epoch seconds up to which to read. `is_idle`: no alert is known to have fired.
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
        """Return what was read since the last call; None if nothing is ready.

        Args:
            wait_s: how long to wait, in seconds; None: until it is ready.
        """
        if not self._reading.has_ended(wait_s):
            return None
        try:
            return self._reading.take()
        except Exception as error:  # a fault of ours: the snapshot continues without alerts
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
        """Request shorter parts from now on; pause if a part was refused however short it was."""
        if self._part_s > PART_MIN:
            self._part_s /= 2
            return
        log.warning("Alerts of the past were not read: %s", error)
        read.error, read.refused, self._rests_until = str(error), True, at + PAUSE_S
