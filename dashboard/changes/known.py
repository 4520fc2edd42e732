"""Changes as known to the dashboard, with their services and all their sources."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.changes.change import Change, Kind

# Kinds that deploy code, or roll it back.
DEPLOYS = (Kind.DEPLOY, Kind.ROLLBACK)


@dataclass(frozen=True, slots=True)
class KnownChange:
    """A change, merged from all its sources.

    Attributes:
        change: its content; its kind is `ROLLBACK` if an earlier version came back, whatever its sender calls it.
        services: ids of the services it concerns; empty if unknown.
        sources: the first one determines the id: the name of a sender, or `prometheus` and the like for
            derived changes.
        ids: all its ids, its own first.
    """

    change: Change
    services: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()

    @property
    def is_deploy(self) -> bool:
        """Whether it deploys code, or rolls it back."""
        return self.change.kind in DEPLOYS

    @property
    def is_derived(self) -> bool:
        """Whether no sender announced it, so that it is derived from the data."""
        return "origin" in self.change.details and len(self.sources) == 1

    @property
    def last(self) -> float:
        """Epoch seconds of its end, if known; else of its start."""
        return max(self.change.start, self.change.end or self.change.start)


def of_service(changes: Iterable[KnownChange], service: str, start: float, end: float) -> tuple[KnownChange, ...]:
    """Changes of a service that overlap a range, in order of time.

    Args:
        changes: of all services. `service`: its id. `start`, `end`: epoch seconds.
    """
    return tuple(
        change
        for change in changes
        if service in change.services and change.change.start <= end and change.last >= start
    )
