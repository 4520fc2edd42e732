"""Monitors all services: samples in, anomalies out. Every row is tested against what was usual before it.

Rows are five minutes apart while the past is learned, and one minute once the present is reached. Among the rows
outside their band, false discoveries are controlled over the tests of a row (`false_discovery`); the rest become
intervals (`intervals`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dashboard.anomaly import reporting
from dashboard.anomaly.anomalies import Anomaly, Direction, Signal
from dashboard.anomaly.baseline import SCALE_MIN, Baseline, Expectations
from dashboard.anomaly.detectors import DEFAULTS, DetectorSettings, detector
from dashboard.anomaly.false_discovery import benjamini_hochberg
from dashboard.anomaly.history import EMPTY_HISTORY
from dashboard.anomaly.intervals import IntervalTracker
from dashboard.anomaly.novelty_monitor import NoveltyMonitor
from dashboard.anomaly.observations import MINUTE, WINDOW, Observations, SignalColumns
from dashboard.anomaly.results import SignalTest
from dashboard.anomaly.saturation_monitor import SaturationForecast, SaturationMonitor
from dashboard.anomaly.traffic_forecast import TrafficForecast
from dashboard.timerange import DAY, HOUR, Grid

# Seconds of the past to learn at the start: a week, so that every hour of the day was seen often, plus a day.
PAST = 8 * DAY
# The past is fetched in parts of a day or this many values, each with an hour before it for the longest windows.
PART, LEAD, VALUES = DAY, HOUR, 500_000
# Maximum share of false flags among the flags of a row.
FALSE_SHARE = 0.01
# Seconds for which closed intervals are kept.
MEMORY = 8.0 * DAY
SIGNALS = (Signal.LATENCY, Signal.TRAFFIC, Signal.ERRORS)
# A drop and a spike of traffic are two tests.
TESTS = (
    (Signal.LATENCY, Direction.HIGH),
    (Signal.TRAFFIC, Direction.LOW),
    (Signal.TRAFFIC, Direction.HIGH),
    (Signal.ERRORS, Direction.HIGH),
)


class AnomalyMonitor:
    """Learns what is usual for services, and detects what is not.

    Args:
        settings: the detector of each signal, and its level.

    Attributes:
        services: names of the monitored services.
        data_begin: epoch seconds of the oldest sample; None if unknown.
        history: observed and expected values of the last hours. `saturation`, `novelty`: the monitors of resources and
            of new shapes.
    """

    def __init__(self, settings: DetectorSettings = DEFAULTS) -> None:
        self._settings = settings
        self.services: tuple[str, ...] = ()
        self.data_begin: float | None = None
        self._baseline = Baseline(())
        self._columns: SignalColumns | None = None
        self._learned_until: float | None = None
        self._intervals = IntervalTracker(0, level=self._levels, memory_s=MEMORY)
        self.history = EMPTY_HISTORY
        self.saturation = SaturationMonitor(memory_s=MEMORY)
        self.novelty = NoveltyMonitor()

    def set_services(self, services: Sequence[str]) -> None:
        """Replace the monitored services; the state of those that stay is kept."""
        if tuple(services) == self.services:
            return
        index, count = {name: place for place, name in enumerate(self.services)}, len(self.services)
        series = [
            test * count + index[name] if name in index else -1 for test in range(len(TESTS)) for name in services
        ]
        self.services, self._columns = tuple(services), None
        self._baseline.set_services(services)
        self.novelty.set_services(services)
        kept = set(services)
        self.saturation.set_resources([resource for resource in self.saturation.resources if resource[0] in kept])
        self.history = self.history.for_services(services)
        self._intervals = self._intervals.reindexed(series, level=self._levels)

    @property
    def _has_learned(self) -> bool:
        return self.history.by_five_minutes.end > 0

    @property
    def has_baseline(self) -> Mapping[str, bool]:
        """Service → whether it was observed for long enough to be judged."""
        return dict(zip(self.services, self._baseline.complete.tolist(), strict=True))

    def next_backfill(self, now: float, *, columns: int = 1) -> Grid | None:
        """The next part of the past to learn before the present can be judged; None if none is missing.

        Args:
            now: epoch seconds.
            columns: of a samples frame; limits the size of the part in memory and at the source.
        """
        # The live window contains the last hour.
        end = (now - LEAD) // WINDOW * WINDOW
        begun = end - PAST if self._learned_until is None else max(self._learned_until, end - PAST)
        if self.data_begin is not None:
            # Without older data there is nothing to learn; a last part marks the end.
            begun = max(begun, min(self.data_begin // WINDOW * WINDOW, end - WINDOW))
        if not self.services or end - begun < WINDOW:
            return None
        part = min(max(VALUES // max(columns, 1) * WINDOW, HOUR), PART)
        return Grid.between(begun - LEAD, min(begun + part, end), step=WINDOW)

    def backfill(self, samples: pd.DataFrame, grid: Grid) -> None:
        """Learn a part of the past: samples of all services on the grid that `next_backfill` returned."""
        ends = np.arange(grid.start + LEAD, grid.end + 1, WINDOW, dtype=float)
        measured = ends if self._has_learned else _from_first_measured(ends, samples)
        if len(measured):
            self._process(samples, grid.step, measured, spacing=float(WINDOW))
        self._learned_until = float(ends[-1])

    def update(self, samples: pd.DataFrame, step: int, now: float) -> None:
        """Test the new minutes of the live window; does nothing while a part of the past is missing.

        Args:
            samples: rates and levels of all services in the last hour or more.
            step: seconds between two of their rows.
            now: epoch seconds.
        """
        if self._learned_until is None or self.next_backfill(now) is not None or samples.empty:
            return
        last = min(now, samples.index[-1].timestamp()) // MINUTE * MINUTE
        ends = np.arange(self._learned_until + MINUTE, last + 1, MINUTE)
        if len(ends):
            self._process(samples, step, ends, spacing=float(MINUTE))

    def anomalies(self) -> dict[str, tuple[Anomaly, ...]]:
        """Service → anomalies: open intervals first, then recently closed ones, then hints."""
        now = self._learned_until or 0.0
        anomalies = [
            *(reporting.of_test(interval, TESTS, self.services) for interval in self._intervals),
            *(reporting.of_resource(interval, self.saturation.resources) for interval in self.saturation),
            *(reporting.of_novelty(point, now) for point in self.novelty.recent(now)),
        ]
        by_service: dict[str, tuple[Anomaly, ...]] = {}
        for anomaly in anomalies:
            by_service[anomaly.service] = (*by_service.get(anomaly.service, ()), anomaly)
        return by_service

    def forecasts(self) -> dict[str, dict[str, SaturationForecast]]:
        """Service → resource → its forecast; also if it is expected to fall back before it is full."""
        forecasts: dict[str, dict[str, SaturationForecast]] = {}
        for (service, resource), forecast in self.saturation.forecasts.items():
            if forecast.limit_at is not None:
                forecasts.setdefault(service, {})[resource] = forecast
        return forecasts

    def traffic_forecast(self) -> TrafficForecast | None:
        """The usual traffic of the next day; None before the first row."""
        if self._learned_until is None:
            return None
        moments = self._learned_until + np.arange(0, DAY + 1, TrafficForecast.STEP, dtype=float)
        log_requests, scale = self._baseline.traffic_forecast(moments)
        known = np.where(self._baseline.complete, log_requests, np.nan)
        scale = np.maximum(scale, SCALE_MIN)
        return TrafficForecast.of_logarithms(self.services, self._learned_until, known, scale)

    def _process(self, samples: pd.DataFrame, step: int, ends: np.ndarray, *, spacing: float) -> None:
        """Learn and test rows, in order of time."""
        # The columns of a source only change when services come and go, which is rare.
        if self._columns is None or not self._columns.fits(samples.columns, self.services):
            self._columns = SignalColumns(samples.columns, self.services)
        observations = self._columns.observe(samples, step, ends)
        self._process_saturation(self._columns, observations, samples, step, spacing=spacing)
        self._queue_novelty(observations)
        expectations = self._baseline.learn(observations)
        tests = {signal: self._test(signal, observations, expectations) for signal in SIGNALS}
        p, rows = _side_by_side(tests)
        flagged = p < self._levels
        for place in np.flatnonzero(flagged.any(axis=1)):
            flagged[place] &= benjamini_hochberg(p[place], FALSE_SHARE)
        self._intervals.update(ends, p, flagged, rows, spacing=spacing)
        self.history = self.history.extended(observations, expectations)
        self._learned_until = float(ends[-1])

    def _process_saturation(
        self, columns: SignalColumns, observations: Observations, samples: pd.DataFrame, step: int, *, spacing: float
    ) -> None:
        """Resources: the past is stored, the newest time is judged and forecast."""
        self.saturation.set_resources(observations.resources)
        ends, levels = observations.ends, observations.saturation
        if step >= WINDOW:
            self.saturation.add(ends, levels, spacing=spacing)
            return
        self.saturation.add(ends[:-1], levels[:-1], spacing=spacing)
        by_minute = columns.saturation_by_minute(samples, step, float(ends[-1]))
        self.saturation.update(float(ends[-1]), levels[-1], by_minute, spacing=spacing)

    def _queue_novelty(self, observations: Observations) -> None:
        """Queue five-minute rows, to be scored when there is time."""
        whole = observations.ends % WINDOW == 0
        rates = observations.requests[0] / WINDOW
        for signal, values in ((Signal.LATENCY, observations.latency), (Signal.TRAFFIC, rates)):
            self.novelty.add(observations.ends[whole], self.services, signal, values[whole])

    def _test(self, signal: Signal, observations: Observations, expectations: Expectations) -> SignalTest:
        """Test the rows that may be unusual; the others get neither value nor band."""
        # Exact tails are most of the cost of a refresh, and few rows are far enough from usual to need one.
        chosen = detector(signal, self._settings)
        rows = chosen.may_flag(observations, expectations) & expectations.has_baseline
        level = self._settings[signal].level
        tested = chosen.test(observations.select(rows), expectations.select(rows), level)
        as_usual = np.where(observations.measured(signal) & expectations.has_baseline, 1.0, np.nan)
        return tested.scattered(rows, as_usual)

    @property
    def _levels(self) -> np.ndarray:
        """The level of each test of each service, shape (tests × services,)."""
        return np.repeat([self._settings[signal].level for signal, _ in TESTS], len(self.services))


def _from_first_measured(ends: np.ndarray, samples: pd.DataFrame) -> np.ndarray:
    """Ends from the first measured row on: earlier rows, most of a young server's, contain nothing to learn.

    Args:
        ends: epoch seconds, ascending. `samples`: a row for each time.
    """
    rows = np.flatnonzero(samples.notna().to_numpy().any(axis=1))
    if not len(rows):
        return ends[:0]
    # At least two ends are needed to show their spacing.
    return ends[min(int(np.searchsorted(ends, samples.index[rows[0]].timestamp())), len(ends) - 2) :]


def _side_by_side(tests: Mapping[Signal, SignalTest]) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, and values with their bands, of all tests: shapes (ends, tests × services) and (…, 3)."""
    p, rows = [], []
    for signal, direction in TESTS:
        test = tests[signal]
        p.append(test.p_low if direction is Direction.LOW else test.p_high)
        rows.append(np.stack([test.value, test.low, test.high], axis=-1))
    return np.concatenate(p, axis=1), np.concatenate(rows, axis=1)
