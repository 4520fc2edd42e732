"""Monthly prices of a core, a GPU, and a GiB of memory or disk, and their origin."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

GIB = 2.0**30
# Hours of a month in prices, as used by cloud providers: 365 days / 12.
MONTH_HOURS = 730.0
CORE, MEMORY_GIB, DISK_GIB, GPU = "core", "memory_gib", "disk_gib", "gpu"
_DISK = re.compile(r"disk|volume|storage|inode|database", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PriceOrigin:
    """The origin of measured prices; configured ones have none.

    Attributes:
        name: of the system that measures them. `at`: epoch seconds of the prices.
        nodes: number with a price. `unpriced`: number without a valid one: 0, or not a number.
        unweighed: of those with a price, the number whose capacity is unknown: they count as the mean of the others,
            and if none is known all count equally.
        volumes: of disks, the number with a price.
    """

    name: str
    at: float
    nodes: int
    unpriced: int = 0
    unweighed: int = 0
    volumes: int = 0


@dataclass(frozen=True, slots=True)
class Prices:
    """Monthly prices of units; empty without prices.

    Attributes:
        currency: written after amounts. `by_unit`: `core`, `memory_gib`, `disk_gib`, `gpu` → monthly price.
        by_cluster: the same for each cluster; empty if prices are for all of them.
        origin: of measured prices; None if they are configured, or there are none.
    """

    currency: str = ""
    by_unit: Mapping[str, float] = field(default_factory=dict)
    by_cluster: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    origin: PriceOrigin | None = None

    def within(self, cluster: str) -> "Prices":
        """The prices of one cluster; `cluster`: empty if unknown, for the mean of all."""
        # Prices of one cluster do not apply to another.
        return replace(self, by_unit=self.by_cluster.get(cluster, {})) if cluster and self.by_cluster else self

    def of(self, resource: str, unit: str, amount: float) -> float | None:
        """The monthly price of an amount of a resource; None if unknown.

        Args:
            resource: its name. `unit`: of its limit. `amount`: in that unit.
        """
        if unit == "cores":
            price, number = self.by_unit.get(CORE), amount
        elif unit.casefold() in ("gpu", "gpus"):
            price, number = self.by_unit.get(GPU), amount
        elif unit == "bytes":
            price, number = self.by_unit.get(DISK_GIB if _DISK.search(resource) else MEMORY_GIB), amount / GIB
        else:
            return None
        return None if price is None else price * number
