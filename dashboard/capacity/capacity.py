"""All limited resources at one moment: what runs out first, with which load, by what is planned, and what is idle."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

import numpy as np

from dashboard.capacity.hours import ResourceHours, ResourceKey
from dashboard.capacity.load import Load, load_of
from dashboard.capacity.outlook import HOURS_AHEAD, LIMIT, STALE, Outlook, outlooks
from dashboard.capacity.planned import Effect, PlannedEvent, effect_of
from dashboard.capacity.surplus import Prices, Surplus, is_held, surplus_of
from dashboard.timerange import DAY, HOUR

# Seconds to full that are too few by far, and that are to be planned for.
NEAR, SOON = float(DAY), 45.0 * DAY
# A peak above this share leaves little room, whether it grows or not.
TIGHT = 0.9


class Urgency(StrEnum):
    """How soon a resource needs somebody."""

    NEAR = "within_a_day"
    SOON = "within_45_days"
    TIGHT = "little_room"
    NO_DATA = "no_data"
    ROOM = "room"


@dataclass(frozen=True, slots=True)
class LiveLevel:
    """What a live page shows of a resource.

    Attributes:
        use: share of the limit now. `traffic`: requests per second of its service; None without.
        to_full, early, late: seconds until it is full as the last hours have it, with its interval; None where it does
            not fill up by them.
    """

    use: float
    traffic: float | None = None
    to_full: float | None = None
    early: float | None = None
    late: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ResourceCapacity:
    """One resource of one service.

    Attributes:
        service, resource: names. `title`: of the service, as pages show it.
        limit, unit: the limit in its own unit; None and empty where the source knows the share alone.
        now, peak: shares of the limit in use now, NaN where it was not measured lately, and at most in 30 days.
        peak_at: epoch seconds.
        outlook: when it is full. `load`: at which traffic.
        traffic_now, traffic_peak: requests per second; None without.
        use, traffic: highest of each hour, shape (720,), the last hour at `end` (epoch seconds).
        days: for which anything is known. `instances`: of the service; None where they are not known.
        effects: of planned events, the next first. `surplus`: what could be given back; None where little is.
        is_live: its time to full is that of the live pages, by the last hours.
    """

    service: str
    title: str
    resource: str
    now: float
    peak: float
    peak_at: float
    outlook: Outlook
    load: Load
    use: np.ndarray
    traffic: np.ndarray
    end: float
    days: float
    limit: float | None = None
    unit: str = ""
    traffic_now: float | None = None
    traffic_peak: float | None = None
    instances: float | None = None
    effects: tuple[Effect, ...] = ()
    surplus: Surplus | None = None
    is_live: bool = False

    @property
    def key(self) -> ResourceKey:
        """Service and resource."""
        return self.service, self.resource

    @property
    def headroom(self) -> float:
        """What is left at the peak, a share of the limit; below 0 where it was over."""
        return 1 - self.peak

    @property
    def urgency(self) -> Urgency:
        """By its time to full, else by its peak."""
        seconds = self.outlook.seconds
        if not math.isfinite(self.now):
            # What it was used for days ago says nothing of the room that there is.
            return Urgency.NO_DATA
        if seconds is not None and seconds <= SOON:
            return Urgency.NEAR if seconds <= NEAR else Urgency.SOON
        return Urgency.TIGHT if self.peak >= TIGHT else Urgency.ROOM

    @property
    def is_told(self) -> bool:
        """It is listed by itself: it fills up, has little room, or does not last a planned event."""
        is_filling = self.outlook.seconds is not None or self.urgency in (Urgency.NEAR, Urgency.SOON, Urgency.TIGHT)
        return is_filling or any(effect.full_from is not None for effect in self.effects)


@dataclass(frozen=True, slots=True, eq=False)
class CapacityReport:
    """All resources, what runs out first first; equal only to itself, so that pages can keep what they made of it.

    Attributes:
        at: epoch seconds at which it was worked out; None before it ever was.
        resources: the soonest full first, then the highest peaks.
        events: that are planned and not over. `prices`: of what is held.
        since: epoch seconds from which on hours are known; None before any are.
        is_reading: a part of the past is missing that may still come.
        problem: why nothing newer is known, one line; empty where all is.
    """

    at: float | None = None
    resources: tuple[ResourceCapacity, ...] = ()
    events: tuple[PlannedEvent, ...] = ()
    prices: Prices = field(default_factory=Prices)
    since: float | None = None
    is_reading: bool = False
    problem: str = ""

    def named(self, service: str, resource: str) -> ResourceCapacity | None:
        """A resource of a service by its name or its title; None without any."""
        for each in self.resources:
            if each.resource == resource and service in (each.service, each.title):
                return each
        return None

    @property
    def counts(self) -> Mapping[Urgency, int]:
        """How many there are of each urgency."""
        return {urgency: sum(each.urgency is urgency for each in self.resources) for urgency in Urgency}

    @property
    def surplus(self) -> tuple[ResourceCapacity, ...]:
        """Those that hold far more than they ever used: the dearest first, then the largest share."""
        held = (each for each in self.resources if each.surplus is not None)
        return tuple(sorted(held, key=_by_saving))


def _by_saving(each: ResourceCapacity) -> tuple[float, float, str, str]:
    assert each.surplus is not None, "only those that have one are compared"
    return -(each.surplus.saves or 0.0), -each.surplus.give_back, each.service, each.resource


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """What follows from the hours alone: it costs most, and holds for an hour.

    Attributes:
        hours: the peaks. `outlooks`, `loads`: in the order of their resources.
        use, traffic: of the hours, a row each: what shows one resource keeps no table of its own.
        columns: service → its place in the hours.
    """

    hours: ResourceHours
    outlooks: tuple[Outlook, ...]
    loads: tuple[Load, ...]
    use: np.ndarray
    traffic: np.ndarray
    columns: Mapping[str, int]

    @classmethod
    def of(cls, hours: ResourceHours, rest: Callable[[], None] = lambda: None) -> Self:
        """Growth and load of every resource.

        Args:
            hours: the peaks. `rest`: called after each resource, where others wait for the processor.
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
        return cls(hours, futures, tuple(loads), use, traffic, columns)


def capacity_of(
    past: Past,
    live: Mapping[ResourceKey, LiveLevel],
    now: float,
    *,
    titles: Mapping[str, str],
    units: Mapping[ResourceKey, str],
    events: Sequence[PlannedEvent] = (),
    prices: Prices | None = None,
) -> CapacityReport:
    """All resources at one moment.

    Args:
        past: what is known of the past. `live`: of now. `now`: epoch seconds.
        titles: service → its name on pages. `units`: resource → unit of its limit, where that is known.
        events: that are planned. `prices`: of what is held.
    """
    hours = past.hours
    ahead = tuple(sorted((event for event in events if event.end > now), key=lambda event: event.start))
    judged = _Judgement(past, live, now, titles, units, ahead, prices or Prices())
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
    """What one resource after the other is judged by; fields as the arguments of `capacity_of`."""

    past: Past
    live: Mapping[ResourceKey, LiveLevel]
    now: float
    titles: Mapping[str, str]
    units: Mapping[ResourceKey, str]
    events: tuple[PlannedEvent, ...]
    prices: Prices

    def of(self, place: int) -> ResourceCapacity:
        """The resource at a place of the hours."""
        hours, load, key = self.past.hours, self.past.loads[place], self.past.hours.resources[place]
        column = self.past.columns[key[0]]
        use, traffic = self.past.use[place], self.past.traffic[column]
        live = self.live.get(key)
        future, is_live = _sooner(self.past.outlooks[place], live)
        number, title = _newest(hours.instances[:, column]), self.titles.get(key[0], key[0])
        effects = tuple(
            effect
            for event in self.events
            if event.concerns(key[0], title) and (effect := effect_of(event, future, load, self.now)) is not None
        )
        return self._told(key, title, live, (use, traffic), future, load, number, effects, is_live)

    def _told(
        self,
        key: ResourceKey,
        title: str,
        live: LiveLevel | None,
        arrays: tuple[np.ndarray, np.ndarray],
        outlook: Outlook,
        load: Load,
        instances: float | None,
        effects: tuple[Effect, ...],
        is_live: bool,
    ) -> ResourceCapacity:
        (use, traffic), end = arrays, self.past.hours.end
        newest = _newest(use[-STALE:])
        current = live.use if live is not None else newest if newest is not None else math.nan
        highest = int(np.nanargmax(use))
        peak, peak_at = float(use[highest]), end - (len(use) - 1 - highest) * HOUR
        if current > peak:
            peak, peak_at = current, int(self.now)
        days = float((np.isfinite(use)).sum()) / 24
        limit, unit = self.past.hours.limits.get(key), self.units.get(key, "")
        expected = float(outlook.path(HOURS_AHEAD).max()) if outlook.is_growing else 0.0
        expected = max([expected, *(effect.peak for effect in effects)])
        spare = surplus_of(
            key[1], peak, days=days, ahead=expected, instances=instances, limit=limit, unit=unit, prices=self.prices
        )
        busiest = float(np.nanmax(traffic)) if np.isfinite(traffic).any() else None
        return ResourceCapacity(
            key[0], title, key[1], current, peak, float(peak_at), outlook, load, use, traffic, float(end),
            days, limit, unit, live.traffic if live is not None else _newest(traffic), busiest, instances, effects,
            spare, is_live,
        )  # fmt: skip


def _newest(values: np.ndarray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else None


def _as_now(traffic: np.ndarray, instances: np.ndarray, number: float | None) -> np.ndarray:
    """Traffic as so many instances as there are now would have had it for each to have as much, shape (hours,)."""
    if number is None or not number > 0:
        return traffic
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(instances > 0, traffic / instances * number, traffic)


def _sooner(outlook: Outlook, live: LiveLevel | None) -> tuple[Outlook, bool]:
    """The outlook by the last hours where that is sooner, as live pages tell it; and whether it is that one."""
    if live is None:
        return outlook, False
    if live.use >= LIMIT:
        return replace(outlook, seconds=0.0, early=0.0, late=0.0), True
    if live.to_full is None or (outlook.seconds is not None and outlook.seconds <= live.to_full):
        return outlook, False
    rise = LIMIT - live.use
    slopes = [rise / max(seconds, 60.0) * HOUR for seconds in (live.to_full, live.late or math.inf, live.early or 60.0)]
    return Outlook(
        live.to_full, live.early, live.late, live.use, 0.0, slopes[0], slopes[1], slopes[2], DAY, outlook.shape * 0,
        outlook.resets,
    ), True  # fmt: skip
