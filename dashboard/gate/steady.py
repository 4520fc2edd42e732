"""A steady state: what is to hold while something is tried out."""

from dataclasses import dataclass

from dashboard.gate.limits import Limit


@dataclass(frozen=True, slots=True)
class SteadyState:
    """What is to hold.

    Attributes:
        services: that are watched, by name; `slos`: names of their objectives; empty: all.
        limits: of each service.
    """

    name: str
    services: tuple[str, ...] = ()
    slos: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
