"""Sources that know the prices of cores, memory and disks."""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from dashboard.capacity.prices import Prices
from dashboard.sources.protocol import QueryCost, Source


@dataclass(frozen=True, slots=True)
class PriceAnswer:
    """Prices from a source.

    Attributes:
        prices: empty if there are none; without a currency if the source does not tell it.
        costs: one for each upstream query.
        partial: the upstream says that data are missing, perhaps those of expensive nodes.
    """

    prices: Prices = field(default_factory=Prices)
    costs: tuple[QueryCost, ...] = ()
    partial: bool = False


@runtime_checkable
class PricedSource(Source, Protocol):
    """A source that may have prices."""

    def prices(self, at: int) -> PriceAnswer:
        """The monthly price of each unit; `at`: epoch seconds.

        Raises:
            SourceError: the upstream did not answer.
        """
