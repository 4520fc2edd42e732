"""All changes known at a refresh: reported by senders, and derived from the data."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from dashboard.changes.change import Change
from dashboard.changes.joining import joined
from dashboard.changes.known import KnownChange
from dashboard.engine.background import Background
from dashboard.engine.changes.derived_changes import DerivedChanges
from dashboard.engine.changes.known_versions import KEPT_S, Derived
from dashboard.engine.past.remembered import Memory
from dashboard.engine.planned_maintenance import planned
from dashboard.exceptions import StateError
from dashboard.slo.ledger_view import LedgerView
from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.protocol import Source
from dashboard.timerange import HOUR

log = logging.getLogger(__name__)

# How many of the newest changes are kept, and how many seconds reading the store may take.
KNOWN_MAX, STORE_S = 5000, 20.0

# Returns the reported changes between two times (epoch seconds); the same object as long as there are no new ones.
ReadReported = Callable[[float, float], Sequence[Change]]


def none_reported(start: float, end: float) -> Sequence[Change]:
    """The reader while no state store is open: there are no reported changes. `start`, `end`: epoch seconds."""
    return ()


class KnownChanges:
    """The changes that the poller publishes.

    Args:
        source: asked for versions in the background.

    Attributes:
        reported: reads reported changes; set once the state store is open. `aliases`: service names by the names that
            senders use, in lower case.
    """

    def __init__(self, source: Source) -> None:
        self.reported: ReadReported = none_reported
        self.aliases: Mapping[str, str] = {}
        self._derived = DerivedChanges(source)
        self._reading = Background[Sequence[Change]]("told changes", STORE_S)
        self._reported: Sequence[Change] = ()
        self._joined_from: tuple[object, ...] = ()
        self._newest: tuple[KnownChange, ...] = ()

    @property
    def derived(self) -> Sequence[Change]:
        """The derived changes in order of time, including those that were also reported."""
        return self._derived.newest.changes

    @property
    def notes(self) -> tuple[str, ...]:
        """What cannot be derived, one line each."""
        return self._derived.newest.notes

    @property
    def queries(self) -> int:
        """Number of queries sent to the source since the start."""
        return self._derived.queries

    def saved(self) -> Memory | None:
        """What the data say about versions, for the next process."""
        return self._derived.saved()

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, str]) -> None:
        """Continue with what another process had read.

        Args:
            arrays, facts: as returned by `saved`.
        """
        self._derived.restore(arrays, facts)

    def advance(self, services: Sequence[ServiceInfo], view: LedgerView, now: float) -> tuple[KnownChange, ...]:
        """All changes known so far, in order of time: the same object as long as nothing has changed.

        Args:
            services: of the catalog. `view`: events of the objectives, including their maintenance.
            now: epoch seconds.
        """
        self._read_reported(now)
        return self._joined(services, view, self._derived.advance(services, now), now)

    def read_all(
        self, services: Sequence[ServiceInfo], view: LedgerView, start: float, now: float
    ) -> tuple[KnownChange, ...]:  # fmt: skip
        """All changes between two times, in order, however long it takes to read them.

        Args:
            services: of the catalog. `view`: events of the objectives, including their maintenance.
            start, now: epoch seconds.

        Raises:
            StateError: reported changes could not be read.
        """
        self._reported = self.reported(start, now)
        return self._joined(services, view, self._derived.read_all(services, start, now), now)

    def _joined(
        self, services: Sequence[ServiceInfo], view: LedgerView, derived: Derived, now: float
    ) -> tuple[KnownChange, ...]:  # fmt: skip
        """Changes of all kinds, in order of time: the same object as long as none of them has changed.

        Args:
            services: of the catalog. `view`: contains the maintenance. `derived`: derived. `now`: epoch seconds.
        """
        # Maintenance is shown up to an hour before it begins.
        until = (now // HOUR + 1) * HOUR
        names = tuple((info.name, info.shown) for info in services)
        parts = (self._reported, derived, self.aliases, names, view.exclusions, view.slos, until)
        if parts != self._joined_from:
            self._joined_from = parts
            every = joined(self._reported, derived.changes, names_of(services, self.aliases))
            every = (*every, *planned(view, until))
            self._newest = tuple(sorted(every, key=lambda known: (known.change.start, known.change.id))[-KNOWN_MAX:])
        return self._newest

    def forget(self) -> None:
        """Drop derived changes: the clock was wrong, or the data have been replaced."""
        self._derived.forget()

    def _read_reported(self, now: float) -> None:
        """Store reported changes that were read, and start reading again in the background."""
        if self._reading.has_ended():
            try:
                self._reported = self._reading.take()
            except StateError as error:
                log.info("Changes could not be read: %s", error)
        if self._reading.is_idle and self.reported is not none_reported:
            self._reading.start(lambda: self.reported(now - KEPT_S, now + KEPT_S))


def names_of(services: Iterable[ServiceInfo], aliases: Mapping[str, str]) -> dict[str, str]:
    """Service ids by name in lower case: the id itself, the title, and the names that senders use.

    Args:
        services: all services. `aliases`: configured service names by alias.
    """
    names = {name.casefold(): info.name for info in services for name in (info.shown, info.name)}
    known = ((alias, names.get(name.casefold())) for alias, name in aliases.items())
    return {**{alias: service for alias, service in known if service is not None}, **names}
