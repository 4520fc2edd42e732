"""Sources that record single requests in addition to their counters."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from dashboard.oncall.exemplar import Exemplar
from dashboard.sources.protocol import QueryCost, Source


@dataclass(frozen=True, slots=True)
class ExemplarsAnswer:
    """Exemplars of a span, in no particular order; `costs`: one for each upstream query."""

    exemplars: tuple[Exemplar, ...] = ()
    costs: tuple[QueryCost, ...] = ()


@runtime_checkable
class ExemplarSource(Source, Protocol):
    """A source that may record requests with their traces."""

    def exemplars(self, service: str, start: int, end: int) -> ExemplarsAnswer:
        """Requests of a service that belong to a trace; empty if the source records none.

        Args:
            service: its name in the catalog. `start`, `end`: epoch seconds.

        Raises:
            SourceError: the upstream did not answer.
        """
