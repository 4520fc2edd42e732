"""Unused capacity: what would be enough, and how much could be given back."""

import re
from dataclasses import dataclass

import numpy as np

from dashboard.capacity.prices import GIB, Prices

# Resources with peaks below this share, over this many days, may have a surplus.
HARDLY, DAYS_MIN = 1 / 3, 7.0
# Enough is this multiple of the peak, and enough for the remaining instances if one is down.
MARGIN = 1.5
# Names of indicators, which are not allocated amounts.
INDICATOR = re.compile(r"alarm|breaker|\bdown\b|leader|pressure|throttl|busy|failed|waiting", re.IGNORECASE)
# Limits set by an operating system: giving them back saves nothing.
_FREE = re.compile(r"descriptor|conntrack|handler|queue", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Surplus:
    """What could be given back of a resource.

    Attributes:
        enough: sufficient share of the current allocation, at least the peak. `give_back`: the rest.
        amount: of `enough` in the unit of the limit, rounded up; None if the limit is unknown.
        saves: money per month; None without prices.
        instances: their number; None if unknown, so that the case of one being down is not considered.
    """

    enough: float
    give_back: float
    amount: float | None = None
    saves: float | None = None
    instances: float | None = None


def is_held(resource: str) -> bool:
    """Whether a resource of this name is an allocated amount, and not an indicator."""
    return not INDICATOR.search(resource)


def surplus_of(
    resource: str, peak: float, *, days: float, ahead: float = 0.0, instances: float | None = None,
    limit: float | None = None, unit: str = "", prices: Prices | None = None,
) -> Surplus | None:  # fmt: skip
    """What could be given back; None if little, or data are too few.

    Args:
        resource: its name. `peak`: the highest share ever used, including start-up.
        days: number of days with data. `ahead`: the highest expected share.
        instances: current number. `limit`, `unit`: if the source knows the amount.
        prices: of units.
    """
    highest = max(peak, ahead)
    # A peak of 0 means that it was not measured, or does not exist: what would be enough is unknown.
    if not np.isfinite(highest) or not 0 < highest < HARDLY or days < DAYS_MIN or not is_held(resource):
        return None
    if _FREE.search(resource):
        return None
    # A single instance has no other to take over; with two, one must be able to serve all.
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
    """An amount rounded up to a usual size, never below what is needed.

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
