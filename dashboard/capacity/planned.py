"""The effect of a planned event on a resource that follows traffic: expected traffic times a factor."""

from dataclasses import dataclass

import numpy as np

from dashboard.capacity.load import Load, Relation
from dashboard.capacity.outlook import HOURS_AHEAD, LIMIT, Outlook
from dashboard.timerange import HOUR


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    """More traffic, or less, for a while.

    Attributes:
        name: as people call it. `start`, `end`: epoch seconds.
        factor: of the traffic that is expected then: 1.3 for 30 % more.
        services: names; empty for all.
    """

    name: str
    start: float
    end: float
    factor: float
    services: tuple[str, ...] = ()

    def concerns(self, service: str, title: str) -> bool:
        """Whether it is one of a service, by its name or its title."""
        return not self.services or service in self.services or title in self.services


@dataclass(frozen=True, slots=True)
class Effect:
    """What an event does to a resource.

    Attributes:
        event: which.
        peak: the highest share that is in use then. `peak_at`: epoch seconds. `traffic`: requests per second then.
        full_from, full_until: epoch seconds between which it is full, first and last; None if it never is.
        earlier_s: so much earlier than without the event; None if it would not be full within the horizon.
        is_beyond: more traffic than there is any use for: throughput falls again before the limit.
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
    """What an event does to a resource; None if its use does not follow traffic, or the event lies out of sight.

    Args:
        event: from now on. `outlook`: of the resource. `load`: what it has to do with traffic.
        now: epoch seconds.
    """
    ends = now + HOUR * np.arange(1, HOURS_AHEAD + 1)
    within = (ends > event.start) & (ends - HOUR < event.end)
    if load.relation is not Relation.FOLLOWS or not within.any() or event.end > ends[-1]:
        return None
    usual = outlook.path(HOURS_AHEAD)[within]
    traffic = load.traffic_at(np.minimum(usual, LIMIT)) * event.factor
    # What grows beyond the line is the resource's own: it stays when the traffic is another.
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
