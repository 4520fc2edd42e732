"""Prices in words: amounts of money, monthly prices of units, and their origin."""

from dashboard.capacity.prices import CORE, DISK_GIB, GPU, MEMORY_GIB, PriceOrigin, Prices
from dashboard.ui.text import moments
from dashboard.ui.text.units import NBSP

UNITS = {CORE: "a core", MEMORY_GIB: f"a{NBSP}GiB of memory", DISK_GIB: f"a{NBSP}GiB of disk", GPU: f"a{NBSP}GPU"}
CONFIGURED = "the configuration"
UNPAID = (
    "What that would save is unknown: of these, shares of limits are known, and not how many cores or GiB they are."
)


def money(value: float, currency: str) -> str:
    """An amount of money, in whole units from ten on: 640 €, 3.20 €; below a hundredth only that."""
    if 0 < value < 0.005:
        return f"<{NBSP}0.01{NBSP}{currency}".strip()
    number = f"{value:,.0f}" if value >= 9.995 else f"{value:.2f}"
    return f"{number}{NBSP}{currency}".strip()


def origin(prices_from: PriceOrigin | None, zone: str, now: float) -> str:
    """The origin of prices: OpenCost, mean of 12 nodes, 14:00.

    Args:
        prices_from: None for the configuration. `zone`: IANA name. `now`: epoch seconds.
    """
    if prices_from is None:
        return CONFIGURED
    volumes = _several(prices_from.volumes, "volume")
    if not prices_from.nodes:
        return f"{prices_from.name}, mean of {volumes}, {moments.lately(prices_from.at, zone, now)}"
    nodes = _several(prices_from.nodes, "node")
    plain = prices_from.unweighed == prices_from.nodes
    parts = [
        prices_from.name,
        f"{'plain mean' if plain else 'mean'} of {nodes}{f' and {volumes}' if prices_from.volumes else ''}",
        "whose capacity is not known" if plain else "",
        f"the capacity of {prices_from.unweighed:,} is not known" if prices_from.unweighed and not plain else "",
        f"{_several(prices_from.unpriced, 'more node')} without a price" if prices_from.unpriced else "",
        moments.lately(prices_from.at, zone, now),
    ]
    return ", ".join(filter(None, parts))


def prices(known: Prices, zone: str, now: float) -> str:
    """Monthly prices of the units and their origin, one sentence; empty without prices.

    Args:
        known: prices. `zone`: IANA name. `now`: epoch seconds.
    """
    units = ", ".join(
        f"{_rate(known.by_unit[unit], known.currency)} {name}" for unit, name in UNITS.items() if unit in known.by_unit
    )
    if not units:
        return ""
    clusters = len(known.by_cluster)
    each = f"; each of {clusters} clusters by its own" if clusters > 1 else ""
    return f"Prices of a month: {units}{each} ({origin(known.origin, zone, now)})."


def _rate(value: float, currency: str) -> str:
    """A unit price with three digits: 23.4 €, 0.0031 €."""
    return f"{value:,.0f}{NBSP}{currency}" if value >= 100 else f"{value:.3g}{NBSP}{currency}"


def _several(number: int, noun: str) -> str:
    return f"{number:,}{NBSP}{noun if number == 1 else f'{noun}s'}"
