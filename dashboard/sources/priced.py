"""Sources that know what cores, memory and disks cost."""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from dashboard.capacity.prices import Prices
from dashboard.sources.protocol import QueryCost, Source


@dataclass(frozen=True, slots=True)
class PriceAnswer:
    """Prices that a source has.

    Attributes:
        prices: empty where it has none; without a currency where it does not tell that.
        costs: one for each query that was sent upstream.
        partial: the upstream says that data are missing: they may be those of the dear nodes.
    """

    prices: Prices = field(default_factory=Prices)
    costs: tuple[QueryCost, ...] = ()
    partial: bool = False


@runtime_checkable
class PricedSource(Source, Protocol):
    """A source that may have prices."""

    def prices(self, at: int) -> PriceAnswer:
        """What a month of each unit costs at a moment; `at`: epoch seconds.

        Raises:
            SourceError: the upstream did not answer.
        """
