"""All limited resources at one moment: which runs out first, at which load, and which are hardly used."""

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
    TOO_EARLY = "too_early"
    ROOM = "room"


@dataclass(frozen=True, slots=True)
class Rising:
    """A resource on its way to its limit, as the last hours have it.

    Attributes:
        to_full, early, late: seconds until it is full, with the interval; None for an end that is unknown.
        an_hour: share of the limit that it rises by.
        falls: how it fell back before. `is_held`: it always did, before it was full, and is expected to do so again.
    """

    to_full: float
    early: float | None = None
    late: float | None = None
    an_hour: float = 0.0
    falls: Falls = NO_FALLS
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class LiveLevel:
    """What a live page shows of a resource.

    Attributes:
        use: share of the limit now. `traffic`: requests per second of its service; None without.
        rising: None if it does not fill up by the last hours.
    """

    use: float
    traffic: float | None = None
    rising: Rising | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ResourceCapacity:
    """One resource of one service.

    Attributes:
        service, resource: names. `title`: of the service, as pages show it.
        limit, unit: the limit in its own unit; None and empty if the source knows the share alone.
        now, peak: shares of the limit in use now, NaN where it was not measured recently, and at most in 30 days.
        peak_at: epoch seconds.
        outlook: when it is full. `load`: at which traffic.
        traffic_now, traffic_peak: requests per second; None without.
        use, traffic: highest of each hour, shape (720,), the last hour at `end` (epoch seconds).
        days: for which anything is known. `instances`: of the service; None if they are unknown.
        effects: of planned events, the next first. `surplus`: what could be given back; None if little is.
        month_price: of all that is held, in the currency of the report; None if that is unknown.
        is_live: its time to full is that of the live pages, by the last hours.
        rising: as live pages have it; None if it does not rise there.
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
        """It rises, and nothing is announced, since it always fell back before it was full; None if it is not so."""
        rising = self.rising
        return rising if rising is not None and rising.is_held and self.outlook.seconds is None else None

    @property
    def key(self) -> ResourceKey:
        """Service and resource."""
        return self.service, self.resource

    @property
    def headroom(self) -> float:
        """What is left at the peak, a share of the limit; below 0 if it was over."""
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
        if self.peak >= TIGHT:
            return Urgency.TIGHT
        return Urgency.ROOM if self.outlook.horizon else Urgency.TOO_EARLY

    @property
    def is_told(self) -> bool:
        """It is listed by itself: it fills up or rises, has little room, or does not last a planned event."""
        is_filling = (
            self.outlook.seconds is not None
            or self.held is not None
            or self.urgency in (Urgency.NEAR, Urgency.SOON, Urgency.TIGHT)
        )
        return is_filling or any(effect.full_from is not None for effect in self.effects)


@dataclass(frozen=True, slots=True, eq=False)
class CapacityReport:
    """All resources, what runs out first first; equal only to itself, so that pages can keep what they made of it.

    Attributes:
        at: epoch seconds at which it was computed; None before it ever was.
        resources: the soonest full first, then the highest peaks.
        events: that are planned and not over. `prices`: of what is held.
        since: epoch seconds from which on hours are known; None before any are.
        is_reading: a part of the past is missing that may still come.
        problem: why nothing newer is known, one line; empty if all is.
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
        """Those that hold far more than they ever used: the most expensive first, then the largest share."""
        held = (each for each in self.resources if each.surplus is not None)
        return tuple(sorted(held, key=_by_saving))


def _by_saving(each: ResourceCapacity) -> tuple[float, float, str, str]:
    assert each.surplus is not None, "only those that have one are compared"
    return -(each.surplus.saves or 0.0), -each.surplus.give_back, each.service, each.resource
