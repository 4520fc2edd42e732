"""Monthly prices of a core, a GPU, and a GiB of memory or disk, and their origin."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

GIB = 2.0**30
# Prices of a month are those of this many hours, as clouds reckon: 365 days / 12.
MONTH_HOURS = 730.0
CORE, MEMORY_GIB, DISK_GIB, GPU = "core", "memory_gib", "disk_gib", "gpu"
_DISK = re.compile(r"disk|volume|storage|inode|database", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PriceOrigin:
    """Where prices were measured; those of a configuration have none.

    Attributes:
        name: of who measures them. `at`: epoch seconds of the moment they are of.
        nodes: how many have a price. `unpriced`: how many have none that counts: 0, or no number.
        unweighed: of those with a price, how many have no capacity that is known: they count as the mean of the others,
            and if none has one all count alike.
        volumes: of disks, how many have a price.
    """

    name: str
    at: float
    nodes: int
    unpriced: int = 0
    unweighed: int = 0
    volumes: int = 0


@dataclass(frozen=True, slots=True)
class Prices:
    """What a month of a unit costs; empty without prices.

    Attributes:
        currency: as it is written behind amounts. `by_unit`: `core`, `memory_gib`, `disk_gib`, `gpu` → price a month.
        by_cluster: the same of each cluster; empty if prices are of all that there are.
        origin: where they were measured; None if the configuration has them, or nobody.
    """

    currency: str = ""
    by_unit: Mapping[str, float] = field(default_factory=dict)
    by_cluster: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    origin: PriceOrigin | None = None

    def within(self, cluster: str) -> "Prices":
        """Those of one cluster; `cluster`: empty if that is unknown: then the mean of all counts."""
        # What one cluster costs says nothing of another.
        return replace(self, by_unit=self.by_cluster.get(cluster, {})) if cluster and self.by_cluster else self

    def of(self, resource: str, unit: str, amount: float) -> float | None:
        """What an amount of a resource costs a month; None if nobody says.

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
