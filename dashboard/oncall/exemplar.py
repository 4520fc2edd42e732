"""An exemplar: a single request that a server remembers with the trace it belongs to, beside its counters."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exemplar:
    """One request.

    Attributes:
        at: epoch seconds. `trace`: the id of its trace.
        seconds: how long it took; None if it is counted without its duration.
        failed: whether it failed; None if the series that remembers it does not tell.
        labels: of that series, without those that select the service.
    """

    at: float
    trace: str
    seconds: float | None
    failed: bool | None
    labels: Mapping[str, str]
