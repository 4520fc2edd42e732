"""All limited resources at one time: which is full first, at which load, and which are hardly used."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from dashboard.anomaly.saturation.falls import NO_FALLS, Falls
from dashboard.capacity.hours import ResourceKey
from dashboard.capacity.load import Load
from dashboard.capacity.outlook import Outlook
from dashboard.capacity.planned import Effect, PlannedEvent
from dashboard.capacity.prices import Prices
from dashboard.capacity.surplus import Surplus
from dashboard.timerange import DAY

# Times to full, in seconds, that are urgent, and that need planning.
NEAR, SOON = float(DAY), 45.0 * DAY
# A peak above this share leaves little headroom, whether it grows or not.
TIGHT = 0.9


class Urgency(StrEnum):
    """The urgency of a resource."""

    NEAR = "within_a_day"
    SOON = "within_45_days"
    TIGHT = "little_room"
    NO_DATA = "no_data"
    TOO_EARLY = "too_early"
    ROOM = "room"


@dataclass(frozen=True, slots=True)
class Rising:
    """The rise of a resource towards its limit, from the last hours.

    Attributes:
        to_full, early, late: seconds until it is full, with the interval; None for an unknown end.
        an_hour: rise per hour, as a share of the limit.
        falls: earlier falls. `is_held`: it has always fallen back before it was full, and is expected to do so again.
    """

    to_full: float
    early: float | None = None
    late: float | None = None
    an_hour: float = 0.0
    falls: Falls = NO_FALLS
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class LiveLevel:
    """The current level of a resource, as on a live page.

    Attributes:
        use: share of the limit now. `traffic`: requests per second of its service; None if unknown.
        rising: None if it does not fill up, judged by the last hours.
    """

    use: float
    traffic: float | None = None
    rising: Rising | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ResourceCapacity:
    """One resource of one service.

    Attributes:
        service, resource: names. `title`: of the service, as pages show it.
        limit, unit: the limit in its own unit; None and empty if the source knows only the share.
        now, peak: share of the limit in use now, NaN without a recent measurement, and the maximum of 30 days.
        peak_at: epoch seconds.
        outlook: when it is full. `load`: at which traffic.
        traffic_now, traffic_peak: requests per second; None if unknown.
        use, traffic: maximum of each hour, shape (720,), the last hour ends at `end` (epoch seconds).
        days: days with data. `instances`: of the service; None if unknown.
        effects: of planned events, next first. `surplus`: what could be given back; None if little.
        month_price: of the whole allocation, in the currency of the report; None if unknown.
        is_live: its time to full is that of the live pages, from the last hours.
        rising: as on live pages; None if it does not rise there.
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
    month_price: float | None = None
    is_live: bool = False
    rising: Rising | None = None

    @property
    def held(self) -> Rising | None:
        """The rise of a resource that is not announced, as it always fell back before it was full; None otherwise."""
        rising = self.rising
        return rising if rising is not None and rising.is_held and self.outlook.seconds is None else None

    @property
    def key(self) -> ResourceKey:
        """Service and resource."""
        return self.service, self.resource

    @property
    def headroom(self) -> float:
        """What remains at the peak, as a share of the limit; below 0 if the peak exceeded it."""
        return 1 - self.peak

    @property
    def urgency(self) -> Urgency:
        """By its time to full, else by its peak."""
        seconds = self.outlook.seconds
        if not math.isfinite(self.now):
            # Use of some days ago says nothing about the current headroom.
            return Urgency.NO_DATA
        if seconds is not None and seconds <= SOON:
            return Urgency.NEAR if seconds <= NEAR else Urgency.SOON
        if self.peak >= TIGHT:
            return Urgency.TIGHT
        return Urgency.ROOM if self.outlook.horizon else Urgency.TOO_EARLY

    @property
    def is_notable(self) -> bool:
        """Whether it is listed individually: it fills up or rises, has little headroom, or an event would fill it."""
        is_filling = (
            self.outlook.seconds is not None
            or self.held is not None
            or self.urgency in (Urgency.NEAR, Urgency.SOON, Urgency.TIGHT)
        )
        return is_filling or any(effect.full_from is not None for effect in self.effects)


@dataclass(frozen=True, slots=True, eq=False)
class CapacityReport:
    """All resources, first to be full first; only equal to itself, so that pages can cache what they derive.

    Attributes:
        at: epoch seconds of the computation; None before the first one.
        resources: soonest full first, then highest peak.
        events: planned and not over. `prices`: of allocated resources.
        since: epoch seconds of the first known hour; None without any.
        is_reading: a part of the past is still being read.
        problem: why there are no newer data, one line; empty if there are.
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
        """The number of resources of each urgency."""
        return {urgency: sum(each.urgency is urgency for each in self.resources) for urgency in Urgency}

    @property
    def surplus(self) -> tuple[ResourceCapacity, ...]:
        """Resources with far more allocated than used: most expensive first, then by share."""
        held = (each for each in self.resources if each.surplus is not None)
        return tuple(sorted(held, key=_by_saving))


def _by_saving(each: ResourceCapacity) -> tuple[float, float, str, str]:
    assert each.surplus is not None, "only those that have one are compared"
    return -(each.surplus.saves or 0.0), -each.surplus.give_back, each.service, each.resource
