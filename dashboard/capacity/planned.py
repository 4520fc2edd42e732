"""The effect of a planned event on a resource that follows traffic: expected traffic times a factor."""

from dataclasses import dataclass

import numpy as np

from dashboard.capacity.load import Load, Relation
from dashboard.capacity.outlook import HOURS_AHEAD, LIMIT, Outlook
from dashboard.timerange import HOUR


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    """A period with more traffic, or less.

    Attributes:
        name: as written. `start`, `end`: epoch seconds.
        factor: on the expected traffic: 1.3 for 30 % more.
        services: names; empty for all.
    """

    name: str
    start: float
    end: float
    factor: float
    services: tuple[str, ...] = ()

    def concerns(self, service: str, title: str) -> bool:
        """Whether it applies to a service, by its name or its title."""
        return not self.services or service in self.services or title in self.services


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of an event on a resource.

    Attributes:
        event: the planned event.
        peak: the highest share in use during it. `peak_at`: epoch seconds. `traffic`: requests per second at that time.
        full_from, full_until: epoch seconds of the first and last time at which it is full; None if it never is.
        earlier_s: by how much earlier than without the event; None if it would not be full within the horizon.
        is_beyond: there is more traffic than the resource can serve at any use: throughput falls before the limit.
    """

    event: PlannedEvent
    peak: float
    peak_at: float
    traffic: float
    full_from: float | None = None
    full_until: float | None = None
    earlier_s: float | None = None
    is_beyond: bool = False


def effect_of(event: PlannedEvent, outlook: Outlook, load: Load, now: float) -> Effect | None:
    """The effect of an event on a resource; None if its use does not follow traffic, or the event is too far away.

    Args:
        event: from now on. `outlook`: of the resource. `load`: its relation to traffic.
        now: epoch seconds.
    """
    ends = now + HOUR * np.arange(1, HOURS_AHEAD + 1)
    within = (ends > event.start) & (ends - HOUR < event.end)
    if load.relation is not Relation.FOLLOWS or not within.any() or event.end > ends[-1]:
        return None
    usual = outlook.path(HOURS_AHEAD)[within]
    traffic = load.traffic_at(np.minimum(usual, LIMIT)) * event.factor
    # Growth beyond the line is independent of traffic, and stays.
    use = load.use_at(traffic) + np.maximum(usual - LIMIT, 0.0)
    highest = int(use.argmax())
    full = ends[within][use >= LIMIT]
    full_from = float(max(full[0] - HOUR, event.start)) if len(full) else None
    without = None if outlook.seconds is None else now + outlook.seconds
    is_earlier = full_from is not None and without is not None and without > full_from
    return Effect(
        event,
        float(use[highest]),
        float(ends[within][highest]),
        float(traffic[highest]),
        full_from,
        float(min(full[-1], event.end)) if len(full) else None,
        without - full_from if is_earlier and without is not None and full_from is not None else None,
        load.curve is not None and traffic[highest] > load.curve.traffic_at(LIMIT),
    )
