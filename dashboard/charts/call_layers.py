"""Positions of services on a map of calls: callers to the left of callees, unless there is a cycle."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """The column and the row of a service, and the number of rows of its column."""

    column: int
    row: int
    rows: int


def places(services: Sequence[str], calls: Iterable[tuple[str, str]]) -> dict[str, Place]:
    """The place of each service.

    Args:
        services: in their vertical order.
        calls: caller and callee of each; calls of other services are ignored.
    """
    known = set(services)
    pairs = [(caller, callee) for caller, callee in calls if caller != callee and {caller, callee} <= known]
    depth = dict.fromkeys(services, 0)
    # In a cycle no service is leftmost: stop after as many rounds as there are services.
    for _ in services:
        for caller, callee in pairs:
            depth[callee] = max(depth[callee], min(depth[caller] + 1, len(services) - 1))
    columns: dict[int, list[str]] = {}
    for service in services:
        columns.setdefault(depth[service], []).append(service)
    # Remove columns that a cycle left empty.
    order = {number: place for place, number in enumerate(sorted(columns))}
    return {
        service: Place(order[number], row, len(column))
        for number, column in columns.items()
        for row, service in enumerate(column)
    }
