"""An exemplar: a single request with its trace, which a server stores with its counters."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exemplar:
    """One request.

    Attributes:
        at: epoch seconds. `trace`: the id of its trace.
        seconds: duration; None if it is counted without one.
        failed: whether it failed; None if its series does not show it.
        labels: of its series, without those that select the service.
    """

    at: float
    trace: str
    seconds: float | None
    failed: bool | None
    labels: Mapping[str, str]
