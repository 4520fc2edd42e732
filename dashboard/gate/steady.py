"""A steady state: the conditions that must hold during an experiment."""

from dataclasses import dataclass

from dashboard.gate.limits import Limit


@dataclass(frozen=True, slots=True)
class SteadyState:
    """The conditions.

    Attributes:
        services: names of the watched services. `slos`: names of their objectives; empty: all.
        limits: limits for each service.
    """

    name: str
    services: tuple[str, ...] = ()
    slos: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
