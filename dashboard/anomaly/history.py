"""Observed and expected values of the last hours, for charts and explanations, in steps of one and five minutes."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.baseline import Expectations
from dashboard.anomaly.detectors import DetectorSettings, detector
from dashboard.anomaly.observations import MINUTE, WINDOW, WINDOWS, Observations
from dashboard.anomaly.results import SignalTest

# Two hours by the minute, and 26 hours by five minutes: a day's chart with some margin on its left.
MINUTE_ROWS, FIVE_MINUTE_ROWS = 120, 312
# Charts of up to this many seconds show one-minute rows, longer ones five-minute rows.
FINE_SPAN = MINUTE_ROWS * MINUTE
# Columns of a row: requests and failures over each window, latency and its requests, then the expected values.
OBSERVED = 2 * len(WINDOWS) + 2
WIDTH = OBSERVED + len(fields(Expectations))


@dataclass(frozen=True, slots=True, eq=False)
class RingBuffer:
    """Evenly spaced rows, the newest last; NaN if nothing was observed. Immutable.

    Attributes:
        end: epoch seconds of the newest row. `step`: seconds between two rows.
        values: shape (rows, services, WIDTH).
    """

    end: int
    step: int
    values: np.ndarray

    @classmethod
    def empty(cls, *, step: int, rows: int, services: int) -> Self:
        """An empty buffer.

        Args:
            step: seconds between two rows.
            rows: maximum number of rows.
            services: number of services.
        """
        return cls(0, step, np.full((rows, services, WIDTH), np.nan))

    def extended(self, ends: np.ndarray, rows: np.ndarray) -> "RingBuffer":
        """Append rows that lie on the buffer's grid; rows that no longer fit are dropped.

        Args:
            ends: epoch seconds, ascending.
            rows: shape (ends, services, WIDTH).
        """
        on_grid = ends % self.step == 0
        ends, rows = ends[on_grid][-len(self.values) :], rows[on_grid][-len(self.values) :]
        if not len(ends):
            return self
        end = max(self.end, int(ends[-1]))
        moved = min((end - self.end) // self.step, len(self.values))
        values = np.full_like(self.values, np.nan)
        values[: len(values) - moved] = self.values[moved:]
        place = len(values) - 1 - ((end - ends) // self.step).astype(int)
        inside = place >= 0
        values[place[inside]] = rows[inside]
        return replace(self, end=end, values=values)

    def reindexed(self, places: Sequence[int]) -> "RingBuffer":
        """Replace the services: positions of those that stay, -1 for a new one."""
        blank = np.full((len(self.values), 1, WIDTH), np.nan)
        return replace(self, values=np.concatenate([self.values, blank], axis=1)[:, np.array(places, dtype=int)])

    @property
    def ends(self) -> np.ndarray:
        """Epoch seconds of all rows."""
        return self.end - np.arange(len(self.values) - 1, -1, -1) * self.step


@dataclass(frozen=True, slots=True, eq=False)
class DetectionHistory:
    """Rows of services, by the minute for two hours and by five minutes for 26. Immutable."""

    services: tuple[str, ...]
    by_minute: RingBuffer
    by_five_minutes: RingBuffer

    def extended(self, observations: Observations, expectations: Expectations) -> "DetectionHistory":
        """Append rows, shape (ends, services), which are one or five minutes apart."""
        rows = np.stack(
            [*observations.requests, *observations.failed, observations.latency, observations.latency_requests]
            + [getattr(expectations, field.name) for field in fields(expectations)],
            axis=-1,
        )
        ends = observations.ends
        # Rows of the past are five minutes apart, so they would leave gaps of four rows in the finer buffer.
        coarse = len(ends) > 1 and ends[1] - ends[0] >= WINDOW
        by_minute = self.by_minute if coarse else self.by_minute.extended(ends, rows)
        return replace(self, by_minute=by_minute, by_five_minutes=self.by_five_minutes.extended(ends, rows))

    def for_services(self, services: Sequence[str]) -> "DetectionHistory":
        """Replace the services; the rows of those that stay are kept."""
        index = {name: place for place, name in enumerate(self.services)}
        places = [index.get(name, -1) for name in services]
        return DetectionHistory(
            tuple(services), self.by_minute.reindexed(places), self.by_five_minutes.reindexed(places)
        )

    def signal_test(
        self,
        service: str,
        signal: Signal,
        settings: DetectorSettings,
        *,
        since: float,
        until: float,
        by_minute: bool,
    ) -> tuple[np.ndarray, SignalTest] | None:
        """The test of a signal with its band.

        Args:
            service: its name.
            signal: a signal with a detector.
            settings: its detector and level.
            since, until: epoch seconds; rows that end within (since, until].
            by_minute: one-minute rows, otherwise five-minute rows.

        Returns:
            Ends in epoch seconds, shape (ends,), and rows of shape (ends, 1); None if there are none.
        """
        rows = self.rows(service, since=since, until=until, by_minute=by_minute)
        if rows is None:
            return None
        observations, expectations = rows
        test = detector(signal, settings).test(observations, expectations, settings[signal].level)
        return observations.ends, test

    def band(
        self, service: str, signal: Signal, settings: DetectorSettings, *, since: float, until: float
    ) -> tuple[np.ndarray, SignalTest] | None:
        """The test of a signal for a chart of a span.

        Args:
            service: its name. `signal`: a signal with a detector. `settings`: its detector and level.
            since, until: epoch seconds; ends of the span.

        Returns:
            Ends in epoch seconds, evenly spaced, two or more, and rows of shape (ends, 1); None if there are fewer.
        """
        fine = until - since <= FINE_SPAN
        rows = self.signal_test(service, signal, settings, since=since, until=until, by_minute=fine)
        # A single row has no step and cannot be drawn.
        return rows if rows is not None and len(rows[0]) > 1 else None

    def rows(
        self, service: str, *, since: float, until: float, by_minute: bool
    ) -> tuple[Observations, Expectations] | None:
        """Observations and expectations of a service, shape (ends, 1); None without rows.

        Args:
            service: its name.
            since, until: epoch seconds; rows that end within (since, until].
            by_minute: one-minute rows, otherwise five-minute rows.
        """
        ring = self.by_minute if by_minute else self.by_five_minutes
        inside = np.flatnonzero((ring.ends > since) & (ring.ends <= until)) if ring.end else np.zeros(0, dtype=int)
        if service not in self.services or not len(inside):
            return None
        values = ring.values[inside][:, [self.services.index(service)]]
        return _unpacked(service, ring.ends[inside], values)


def _unpacked(service: str, ends: np.ndarray, values: np.ndarray) -> tuple[Observations, Expectations]:
    windows, columns = len(WINDOWS), np.moveaxis(values, -1, 0)
    observations = Observations(
        services=(service,),
        ends=ends.astype(float),
        requests=columns[:windows],
        failed=columns[windows : 2 * windows],
        latency=columns[2 * windows],
        latency_requests=columns[2 * windows + 1],
        resources=(),
        saturation=np.zeros((len(ends), 0)),
    )
    # Nothing is expected of a service that was not observed for a day.
    has_baseline = columns[-1] == 1
    expected = [np.where(has_baseline, column, np.nan) for column in columns[OBSERVED:-1]]
    return observations, Expectations(*[*expected, has_baseline])


EMPTY_HISTORY = DetectionHistory(
    (),
    RingBuffer.empty(step=MINUTE, rows=MINUTE_ROWS, services=0),
    RingBuffer.empty(step=WINDOW, rows=FIVE_MINUTE_ROWS, services=0),
)
