"""The parts of each demo service by its labels, with their shares of the requests."""

from collections.abc import Mapping

import numpy as np

from dashboard.sources.demo.scenario import DemoService

# How much of the slowness of an incident the parts feel that are not guilty of it.
SPREADS = 0.1
# How many requests a part takes that is there for as long as it is guilty: a bad version until it is rolled back.
ROLLED_OUT = 0.4


def uniform(cells: np.ndarray, salt: int) -> np.ndarray:
    """Noise in [0, 1) that depends on nothing but the cell and the salt (splitmix64, public domain, Vigna)."""
    with np.errstate(over="ignore"):
        mixed = cells.astype(np.uint64) + np.uint64(salt & (2**64 - 1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)) * 2.0**-53


def labels_of(service: DemoService) -> tuple[str, ...]:
    """The labels that a breakdown of the service can be asked for."""
    return ("route", "instance", *service.parts)


def weights_of(service: DemoService, label: str) -> dict[str, float]:
    """How many of the usual requests each value of a label has."""
    if label in service.parts:
        return dict(service.parts[label])
    instances = tuple(f"{service.name}-{number}" for number in range(service.instances))
    names = service.routes if label == "route" else instances
    weights = 0.3 + uniform(np.arange(len(names)), len(service.name) + len(label))
    return dict(zip(names, (weights / weights.sum()).tolist(), strict=True))


def share_of(service: DemoService, selection: Mapping[str, str], rolled_out: np.ndarray) -> np.ndarray:
    """The share of a service's requests that a selection has, 0–1.

    Args:
        service: whose. `selection`: label → value. `rolled_out`: the share of a value without requests of its own.
    """
    share = np.ones_like(rolled_out)
    for label, value in selection.items():
        usual = weights_of(service, label)[value]
        share = share * (usual if usual > 0 else rolled_out)
    return share
