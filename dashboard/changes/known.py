"""Changes as the dashboard knows them: with the services they concern and everything that told of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.changes.change import Change, Kind

# Kinds that put other code in place, or take it back.
DEPLOYS = (Kind.DEPLOY, Kind.ROLLBACK)


@dataclass(frozen=True, slots=True)
class KnownChange:
    """A change, once, whoever told of it.

    Attributes:
        change: what is known of it; its kind is `ROLLBACK` where a version came back, whatever its sender calls it.
        services: ids of those it concerns; empty if nothing tells.
        sources: what told of it, the first is whose id it has: the name of a sender, or `prometheus` and the like for
            what was derived from the data.
        ids: all under which it is known, its own first.
    """

    change: Change
    services: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()

    @property
    def is_deploy(self) -> bool:
        """It put other code in place, or took it back."""
        return self.change.kind in DEPLOYS

    @property
    def is_derived(self) -> bool:
        """Nobody told of it: it follows from the data."""
        return "origin" in self.change.details and len(self.sources) == 1

    @property
    def last(self) -> float:
        """Epoch seconds of its end, as far as that is known; else of its start."""
        return max(self.change.start, self.change.end or self.change.start)


def of_service(changes: Iterable[KnownChange], service: str, start: float, end: float) -> tuple[KnownChange, ...]:
    """Changes of a service that begin, or go on, within a range, in their order.

    Args:
        changes: of all services. `service`: its id. `start`, `end`: epoch seconds.
    """
    return tuple(
        change
        for change in changes
        if service in change.services and change.change.start <= end and change.last >= start
    )
