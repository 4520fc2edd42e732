"""Capacity as of each refresh: read and computed in the background, at most every few minutes."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dashboard.anomaly.saturation.falls import Falls
from dashboard.anomaly.saturation_monitor import SaturationForecast
from dashboard.capacity.capacity import CapacityReport, LiveLevel, Rising
from dashboard.capacity.hours import ResourceHours, ResourceKey
from dashboard.capacity.judgement import Past, capacity_of
from dashboard.engine.background import Background
from dashboard.engine.capacity import capacity_memory, price_reading
from dashboard.engine.capacity.capacity_reader import Progress, read
from dashboard.engine.capacity.price_reading import PriceReading
from dashboard.engine.past.remembered import Memory
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.sources.peaked import PeakedSource
from dashboard.sources.protocol import Source
from dashboard.timerange import HOUR

log = logging.getLogger(__name__)

# Seconds for which one reading may keep asking the source.
CALL_S = 120.0
# Seconds between two computations, and between two readings while the past is being read.
EVERY_S, SOONER_S = 300.0, 15.0
# Seconds of pause after the load of each resource was computed, to leave the CPU to others.
REST_S = 0.001


@dataclass(frozen=True, slots=True, eq=False)
class _Moment:
    """The input of one reading.

    Attributes:
        at: epoch seconds. `services`: the services and their signals. `series`: columns of a frame of samples.
        oldest: epoch seconds of the source's oldest sample; None if unknown.
    """

    at: float
    services: tuple[ServiceReport, ...]
    series: int
    oldest: float | None


@dataclass(frozen=True, slots=True, eq=False)
class _Worked:
    """The result of one background call."""

    progress: Progress
    past: Past
    report: CapacityReport
    pricing: PriceReading


class CapacityWatch:
    """Keeps hourly peaks of 30 days, and what follows from them.

    Args:
        source: asked in a background thread.
        settings: planned events and prices.

    Attributes:
        queries: number of queries sent to the source since the start.
    """

    def __init__(self, source: Source, settings: Settings) -> None:
        self._source, self._settings = source, settings
        self._pricing = PriceReading()
        self.queries = 0
        self._begin_anew()

    @property
    def falls(self) -> Mapping[ResourceKey, Falls]:
        """How each resource fell back in the known hours."""
        return {} if self._past is None else self._past.falls

    def forget(self) -> None:
        """Drop everything: the clock was wrong, or a file was replaced."""
        self._begin_anew()

    def saved(self) -> Memory | None:
        """The past that was read, for the next process; None before the first reading."""
        progress = self._progress
        return None if progress.since is None else capacity_memory.saved(progress)

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, str]) -> None:
        """Continue with what another process had read.

        Args:
            arrays, facts: as returned by `saved`.
        """
        self._progress = capacity_memory.restored(arrays, facts)

    def added_to(self, snapshot: Snapshot) -> Snapshot:
        """Add what is known about capacity to a snapshot."""
        self._take()
        return replace(snapshot, capacity=self.report)

    def go_on(self, snapshot: Snapshot, oldest: float | None) -> None:
        """Start what is due, in the background.

        Args:
            snapshot: the newest one. `oldest`: epoch seconds of the source's oldest sample; None if unknown.
        """
        self._take()
        if self._is_due(snapshot.at):
            self._begin(_Moment(snapshot.at, snapshot.services, snapshot.source.series, oldest))

    def read_all(self, snapshot: Snapshot, oldest: float | None) -> CapacityReport:
        """Read all of the past and compute capacity, however long it takes.

        Args:
            snapshot: the snapshot to judge. `oldest`: as in `go_on`.
        """
        while True:
            if self._running.is_idle:
                self._begin(_Moment(snapshot.at, snapshot.services, snapshot.source.series, oldest))
            self._running.has_ended(None)
            self._take()
            if not self.report.is_reading or self.report.problem:
                return self.report

    def has_prices(self, at: float) -> bool:
        """Whether anything has a price; asks the source if that is unknown, however long it takes.

        Args:
            at: epoch seconds.
        """
        pricing = price_reading.read(self._source, self._settings.prices, self._pricing, at)
        self.queries += len(pricing.costs)
        self._pricing = pricing
        return bool(pricing.prices.by_unit)

    def _begin_anew(self) -> None:
        self._running = Background[_Worked]("capacity", CALL_S)
        self._progress = Progress(ResourceHours())
        self._past: Past | None = None
        self._pricing = PriceReading()
        self.report = CapacityReport(is_reading=True)
        self._begun_at = float("-inf")

    def _is_due(self, at: float) -> bool:
        every = SOONER_S if self.report.is_reading and not self.report.problem else EVERY_S
        return self._running.is_idle and not 0 <= at - self._begun_at < every

    def _begin(self, moment: _Moment) -> None:
        self._begun_at = moment.at
        progress, past, pricing = self._progress, self._past, self._pricing
        self._running.start(lambda: _worked(self._source, self._settings, progress, past, pricing, moment))

    def _take(self) -> None:
        if not self._running.has_ended():
            return
        try:
            worked = self._running.take()
        except Exception as error:  # a fault of ours: the snapshot continues without capacity
            log.exception("Capacity could not be worked out")
            self.report = replace(self.report, problem=f"internal error: {error}", is_reading=False)
            return
        self._progress, self._past, self.report = worked.progress, worked.past, worked.report
        self._pricing = worked.pricing
        self.queries += len(worked.progress.costs) + len(worked.pricing.costs)


def _worked(
    source: Source, settings: Settings, progress: Progress, past: Past | None, pricing: PriceReading, moment: _Moment
) -> _Worked:  # fmt: skip
    """Continue reading, and compute what follows from everything known.

    Args:
        source: the source to ask. `settings`: planned events and prices.
        progress, past, pricing: what is known. `moment`: what is requested.
    """
    infos = {report.name: report for report in moment.services}
    # A source without peaks returns all of its signals instead.
    limited = sum(2 + 2 * len(report.info.resources) for report in moment.services)
    columns = limited if isinstance(source, PeakedSource) else max(limited, moment.series)
    progress = read(source, progress, list(infos), moment.at, oldest=moment.oldest, columns=columns)
    pricing = price_reading.read(source, settings.prices, pricing, moment.at)
    units = {
        (name, resource.name): resource.limit_unit
        for name, report in infos.items()
        for resource in report.info.resources
        if resource.limit_unit
    }
    is_reading = not progress.is_complete(moment.at, moment.oldest)
    # A few more hours of the past change little: compute once all of them are read.
    if past is None or (progress.hours is not past.hours and not is_reading):
        past = Past.of(progress.hours, lambda: time.sleep(REST_S))
    report = capacity_of(
        past,
        live_levels(moment.services, moment.at),
        moment.at,
        titles={name: report.title for name, report in infos.items()},
        units=units,
        events=settings.planned_events,
        prices=pricing.prices,
        clusters={name: report.info.cluster for name, report in infos.items()},
    )
    report = replace(report, is_reading=is_reading, problem=progress.problem, since=_since(progress, report))
    return _Worked(progress, past, report, pricing)


def _since(progress: Progress, report: CapacityReport) -> float | None:
    return None if report.since is None or progress.since is None else max(report.since, float(progress.since))


def live_levels(services: Sequence[ServiceReport], at: float) -> Mapping[ResourceKey, LiveLevel]:
    """The current level of each resource, as live pages show it.

    Args:
        services: of a snapshot. `at`: epoch seconds of the snapshot.
    """
    levels: dict[ResourceKey, LiveLevel] = {}
    for report in services:
        # An old value is not the current use.
        if report.newest is None or at - report.newest > HOUR:
            continue
        for resource, use in report.current.saturation.items():
            if use < 0:
                continue
            forecast = report.forecasts.get(resource)
            levels[report.name, resource] = _level(use, report.current.traffic, forecast, at)
    return levels


def _level(use: float, traffic: float | None, forecast: SaturationForecast | None, at: float) -> LiveLevel:
    """What is shown of one resource at a time (epoch seconds)."""
    if forecast is None or forecast.limit_at is None:
        return LiveLevel(use, traffic)
    passed, to_full = at - forecast.at, forecast.to_full
    early, late = (
        None if seconds is None else max(seconds - passed, 0.0) for seconds in (to_full.early, to_full.late)
    )  # fmt: skip
    seconds = max(forecast.limit_at - at, 0.0)
    rising = Rising(seconds, early, late, forecast.rise or 0.0, forecast.falls, forecast.is_held)
    return LiveLevel(use, traffic, rising)
