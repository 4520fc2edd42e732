"""Sources that know which service calls which: a service graph for the time of an incident."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.protocol import QueryCost, Source


@dataclass(frozen=True, slots=True)
class Calls:
    """Requests of one service to another.

    Attributes:
        caller, callee: names of services in the catalog.
        requests: their number. `failed`: number of failed ones; None if the graph does not tell.
    """

    caller: str
    callee: str
    requests: float
    failed: float | None


@dataclass(frozen=True, slots=True)
class GraphAnswer:
    """A service graph; without calls, the source has none.

    Attributes:
        calls: between services of the catalog. `costs`: one for each upstream query.
    """

    calls: tuple[Calls, ...] = ()
    costs: tuple[QueryCost, ...] = ()


@runtime_checkable
class GraphedSource(Source, Protocol):
    """A source that may have a service graph."""

    def calls(self, services: Sequence[ServiceInfo], start: int, end: int) -> GraphAnswer:
        """Calls between services in a span of time.

        Args:
            services: of the catalog. `start`, `end`: epoch seconds.

        Raises:
            SourceError: the upstream did not answer.
        """
