"""Unused capacity: what would be enough, and how much could be given back."""

import re
from dataclasses import dataclass

import numpy as np

from dashboard.capacity.prices import GIB, Prices

# Peaks below this share of what is held, over this many days, may give some of it back.
HARDLY, DAYS_MIN = 1 / 3, 7.0
# Enough is this many times the peak; and with one of the instances down, the others hold what all did.
MARGIN = 1.5
# What is an indicator and no amount: nothing of it is held.
INDICATOR = re.compile(r"alarm|breaker|\bdown\b|leader|pressure|throttl|busy|failed|waiting", re.IGNORECASE)
# Of what an operating system sets by itself nothing is saved.
_FREE = re.compile(r"descriptor|conntrack|handler|queue", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Surplus:
    """What could be given back of a resource.

    Attributes:
        enough: share of what is held now that would be enough; never below the peak. `give_back`: the rest.
        amount: of `enough` in the unit of the limit, rounded up; None if the limit is unknown.
        saves: money a month; None without prices.
        instances: that it was computed for; None if they are unknown: then none of them may be down.
    """

    enough: float
    give_back: float
    amount: float | None = None
    saves: float | None = None
    instances: float | None = None


def is_held(resource: str) -> bool:
    """A resource of this name is an amount that somebody holds, and not an indicator."""
    return not INDICATOR.search(resource)


def surplus_of(
    resource: str, peak: float, *, days: float, ahead: float = 0.0, instances: float | None = None,
    limit: float | None = None, unit: str = "", prices: Prices | None = None,
) -> Surplus | None:  # fmt: skip
    """What could be given back; None if little is, or too little is known.

    Args:
        resource: its name. `peak`: the highest share that was ever used, start-up included.
        days: for which it is known. `ahead`: the highest share that is expected.
        instances: that share it now. `limit`, `unit`: where the source knows the amount.
        prices: of units.
    """
    highest = max(peak, ahead)
    # What never was above 0 was not measured, or is not there: nobody knows what would be enough.
    if not np.isfinite(highest) or not 0 < highest < HARDLY or days < DAYS_MIN or not is_held(resource):
        return None
    if _FREE.search(resource):
        return None
    # A single instance has nobody that takes over; of two, one holds what both did.
    down = instances / (instances - 1) if instances is not None and instances >= 2 else 1.0
    enough = highest * max(MARGIN, down)
    amount = None
    if limit is not None:
        amount = rounded_up(enough * limit, unit)
        enough = amount / limit
    if not enough < 1:
        return None
    saved = None if prices is None or limit is None or amount is None else prices.of(resource, unit, limit - amount)
    return Surplus(enough, 1 - enough, amount, saved, instances)


def rounded_up(amount: float, unit: str) -> float:
    """An amount that somebody would ask for, never below what is needed.

    Args:
        amount: in its unit. `unit`: `bytes`, `cores`, or of what is counted.
    """
    if unit == "bytes":
        step = GIB if amount >= 4 * GIB else GIB / 16
    elif unit == "cores":
        step = 1.0 if amount >= 4 else 0.25
    else:
        step = 5.0 if amount >= 50 else 1.0
    steps = float(np.ceil(amount / step - 1e-9))
    return steps * step if steps * step >= amount else (steps + 1) * step
