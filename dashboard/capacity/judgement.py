"""Judges all resources, from past hours and current levels, and ranks them by when they run out."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from dashboard.anomaly.saturation.falls import Falls, falls_of
from dashboard.capacity.capacity import CapacityReport, LiveLevel, ResourceCapacity
from dashboard.capacity.hours import ResourceHours, ResourceKey
from dashboard.capacity.load import Load, load_of
from dashboard.capacity.outlook import HOURS_AHEAD, LIMIT, STALE, Outlook, outlooks
from dashboard.capacity.planned import Effect, PlannedEvent, effect_of
from dashboard.capacity.prices import Prices
from dashboard.capacity.surplus import Surplus, is_held, surplus_of
from dashboard.timerange import DAY, HOUR


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """The results from hours alone: they are expensive, and valid for an hour.

    Attributes:
        hours: the peaks. `outlooks`, `loads`: in the order of their resources.
        use, traffic: of the hours, a row each, so that views of one resource do not keep the whole table.
        columns: service → its position in the hours. `falls`: resource → its falls.
    """

    hours: ResourceHours
    outlooks: tuple[Outlook, ...]
    loads: tuple[Load, ...]
    use: np.ndarray
    traffic: np.ndarray
    columns: Mapping[str, int]
    falls: Mapping[ResourceKey, Falls]

    @classmethod
    def of(cls, hours: ResourceHours, rest: Callable[[], None] = lambda: None) -> Self:
        """Growth and load of every resource.

        Args:
            hours: the peaks. `rest`: called after each resource, to give others the CPU.
        """
        futures = tuple(outlooks(hours.use))
        columns = {name: place for place, name in enumerate(hours.services)}
        loads = []
        for place, ((service, _), outlook) in enumerate(zip(hours.resources, futures, strict=True)):
            traffic, instances = (table[:, columns[service]] for table in (hours.traffic, hours.instances))
            scaled = _as_now(traffic, instances, _newest(instances))
            loads.append(load_of(hours.use[:, place], scaled, is_growing=outlook.is_growing))
            rest()
        use, traffic = (np.ascontiguousarray(table.T) for table in (hours.use, hours.traffic))
        falls = dict(zip(hours.resources, falls_of(use.astype(float), hours.end, HOUR), strict=True))
        return cls(hours, futures, tuple(loads), use, traffic, columns, falls)


def capacity_of(
    past: Past,
    live: Mapping[ResourceKey, LiveLevel],
    now: float,
    *,
    titles: Mapping[str, str],
    units: Mapping[ResourceKey, str],
    events: Sequence[PlannedEvent] = (),
    prices: Prices | None = None,
    clusters: Mapping[str, str] | None = None,
) -> CapacityReport:
    """All resources at one time.

    Args:
        past: of the hours. `live`: current levels. `now`: epoch seconds.
        titles: service → its name on pages. `units`: resource → unit of its limit, if known.
        events: planned. `prices`: of allocated resources.
        clusters: service → its cluster, if known: prices may be per cluster.
    """
    hours = past.hours
    ahead = tuple(sorted((event for event in events if event.end > now), key=lambda event: event.start))
    judged = _Judgement(past, live, now, titles, units, ahead, prices or Prices(), clusters or {})
    resources = [
        judged.of(place)
        for place, (_, resource) in enumerate(hours.resources)
        if is_held(resource) and np.isfinite(hours.use[:, place]).any()
    ]
    known = np.isfinite(hours.use).any(axis=1)
    since = hours.begin + int(known.argmax()) * HOUR if known.any() else None
    return CapacityReport(now, tuple(sorted(resources, key=_first_first)), ahead, judged.prices, since)


def _first_first(each: ResourceCapacity) -> tuple[float, float, str, str]:
    seconds = each.outlook.seconds
    return math.inf if seconds is None else seconds, -each.peak, each.service, each.resource


@dataclass(frozen=True, slots=True, eq=False)
class _Judgement:
    """The common inputs for judging resources; fields as the arguments of `capacity_of`."""

    past: Past
    live: Mapping[ResourceKey, LiveLevel]
    now: float
    titles: Mapping[str, str]
    units: Mapping[ResourceKey, str]
    events: tuple[PlannedEvent, ...]
    prices: Prices
    clusters: Mapping[str, str]

    def of(self, place: int) -> ResourceCapacity:
        """The resource at a position of the hours."""
        each = self._measured(place)
        each = replace(each, effects=self._effects(each))
        prices = self.prices.within(self.clusters.get(each.service, ""))
        month = None if each.limit is None else prices.of(each.resource, each.unit, each.limit)
        return replace(each, month_price=month, surplus=self._surplus(each, prices))

    def _measured(self, place: int) -> ResourceCapacity:
        """The same without planned events and surplus."""
        past, hours = self.past, self.past.hours
        service, resource = key = hours.resources[place]
        use, traffic = past.use[place], past.traffic[past.columns[service]]
        live, busiest = _with_weeks(self.live.get(key), past.falls[key], self.now), _highest(traffic)
        newest = _newest(use[-STALE:]) if live is None else live.use
        outlook, is_live = _sooner(past.outlooks[place], live, newest)
        current = math.nan if newest is None else newest
        peak, peak_at = self._peak(use, current)
        return ResourceCapacity(
            service, self.titles.get(service, service), resource, current, peak, peak_at, outlook, past.loads[place],
            use, traffic, float(hours.end), float(np.isfinite(use).sum()) / 24, hours.limits.get(key),
            self.units.get(key, ""), _newest(traffic) if live is None else live.traffic, busiest,
            _newest(hours.instances[:, past.columns[service]]), is_live=is_live,
            rising=None if live is None else live.rising,
        )  # fmt: skip

    def _peak(self, use: np.ndarray, current: float) -> tuple[float, float]:
        """The highest share and its time (epoch seconds), of the hours or of now."""
        place = int(np.nanargmax(use))
        peak = float(use[place])
        return (
            (current, self.now)
            if current > peak
            else (peak, float(self.past.hours.end - (len(use) - 1 - place) * HOUR))
        )

    def _effects(self, each: ResourceCapacity) -> tuple[Effect, ...]:
        concerned = (event for event in self.events if event.concerns(each.service, each.title))
        effects = (effect_of(event, each.outlook, each.load, self.now) for event in concerned)
        return tuple(effect for effect in effects if effect is not None)

    def _surplus(self, each: ResourceCapacity, prices: Prices) -> Surplus | None:
        """The surplus by the peak and by everything expected."""
        grown = float(each.outlook.path(HOURS_AHEAD).max()) if each.outlook.is_growing else 0.0
        expected = max([grown, *(effect.peak for effect in each.effects)])
        return surplus_of(
            each.resource, each.peak, days=each.days, ahead=expected, instances=each.instances, limit=each.limit,
            unit=each.unit, prices=prices,
        )  # fmt: skip


def _with_weeks(live: LiveLevel | None, falls: Falls, now: float) -> LiveLevel | None:
    """The current level, with the falls of all hours: live pages may not know these yet.

    Args:
        live: None without recent data. `falls`: by the hour. `now`: epoch seconds.
    """
    if live is None or live.rising is None or live.use >= LIMIT:
        return live
    every = live.rising.falls.beside(falls)
    return replace(live, rising=replace(live.rising, falls=every, is_held=every.hold(live.use, now)))


def _newest(values: np.ndarray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else None


def _highest(values: np.ndarray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.max()) if len(known) else None


def _as_now(traffic: np.ndarray, instances: np.ndarray, number: float | None) -> np.ndarray:
    """Traffic converted to the current number of instances, with the same traffic per instance, shape (hours,)."""
    if number is None or not number > 0:
        return traffic
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(instances > 0, traffic / instances * number, traffic)


def _sooner(outlook: Outlook, live: LiveLevel | None, current: float | None) -> tuple[Outlook, bool]:
    """The outlook by the last hours, as on live pages, if that is sooner; and whether it was used.

    Args:
        outlook: by the days. `live`: of the last hours; None without. `current`: use now; None if unknown.
    """
    if current is not None and current >= LIMIT:
        return replace(outlook, seconds=0.0, early=0.0, late=0.0), live is not None
    if live is None:
        return outlook, False
    rising = live.rising
    if rising is None or rising.is_held or (outlook.seconds is not None and outlook.seconds <= rising.to_full):
        return outlook, False
    rise, ends = LIMIT - live.use, (rising.to_full, rising.late or math.inf, rising.early or 60.0)
    slopes = [rise / max(seconds, 60.0) * HOUR for seconds in ends]
    return Outlook(
        rising.to_full, rising.early, rising.late, live.use, 0.0, slopes[0], slopes[1], slopes[2], DAY,
        outlook.shape * 0, outlook.resets,
    ), True  # fmt: skip
