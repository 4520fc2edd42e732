"""Searches for services every few minutes in the background; only the first search is waited for."""

import logging
from collections.abc import Sequence
from functools import partial

from dashboard.config.configuration import ServiceConfig
from dashboard.engine.background import Background
from dashboard.engine.described_services import discovered
from dashboard.exceptions import SourceError, SourceTimeout
from dashboard.sources.catalog import Catalog
from dashboard.sources.deadline import seconds_left
from dashboard.sources.protocol import Source

log = logging.getLogger(__name__)

DISCOVER_EVERY = 300.0
# Seconds until the next search: if no service was found but SLOs can be judged; and after a failed search.
SEARCH_EVERY = 60.0
# Seconds that a refresh waits for the first search, which then continues; and the longest duration of a search.
FIRST_S, SEARCH_S = 10.0, 120.0


class ServiceSearch:
    """The newest catalog of a source.

    Args:
        source: the source to search. `services`: their configuration.

    Attributes:
        catalog: the catalog in use; None before the first one.
        found_at: epoch seconds at which its search began.
        notes: a sentence about the newest search if it failed.
    """

    def __init__(self, source: Source, services: Sequence[ServiceConfig] = ()) -> None:
        self._source, self._services = source, services
        self._search = Background[Catalog]("service search", SEARCH_S)
        self._began_at = 0.0
        # A catalog found under a wrong clock is dropped, and one in use is searched for again at once.
        self._is_outdated = self._is_invalid = False
        self.catalog: Catalog | None = None
        self.found_at = 0.0
        self.notes: tuple[str, ...] = ()

    def refresh(self, now: float, *, has_slos: bool) -> tuple[Catalog, bool]:
        """The catalog at `now` (epoch seconds), and whether services or intervals differ from before.

        Args:
            has_slos: SLOs are judged even without services, so the next search can wait.

        Raises:
            SourceError: there is no catalog yet, and the source did not answer.
        """
        before = self.catalog
        self._take_over(now)
        if self._is_due(now, has_slos=has_slos):
            self._begin(now)
            # There is nothing to show yet that waiting could delay.
            if self._is_invalid or self.catalog is None or not (self.catalog.services or has_slos):
                self._search.has_ended(min(FIRST_S, seconds_left()))
                self._take_over(now)
        if self.catalog is None:
            raise SourceTimeout(f"{self._source.where}: services are still being looked for: that takes long")
        # The first catalog invalidates nothing, as there are no samples yet.
        changed = before is not None and _identity(self.catalog) != _identity(before)
        return self.catalog, changed

    def has_ended(self, wait_s: float) -> bool:
        """Whether a search has ended that the next refresh will adopt, waiting up to `wait_s` seconds."""
        return self._search.has_ended(wait_s)

    @property
    def is_first(self) -> bool:
        """Whether the first search is still running."""
        return self.catalog is None and not self._search.is_idle

    def invalidate(self) -> None:
        """Search again at once, as the clock was wrong; the catalog is kept until then."""
        self._is_outdated, self._is_invalid = not self._search.is_idle, True

    def _is_due(self, now: float, *, has_slos: bool) -> bool:
        if self.catalog is None or self._is_invalid:
            return True
        return now - self.found_at >= _pause(self.catalog, has_slos=has_slos)

    def _begin(self, now: float) -> None:
        if self._search.is_idle:
            self._began_at = now
            self._search.start(partial(discovered, self._source, self._services, now))

    def _take_over(self, now: float) -> None:
        """Adopt the result of a search. This is the only place that does, between two refreshes."""
        if not self._search.has_ended():
            return
        is_outdated, self._is_outdated = self._is_outdated, False
        try:
            catalog = self._search.take()
        except SourceError as error:
            self._keep_on(error, now)
            return
        if is_outdated:
            self._begin(now)
            return
        self._source.adopt(catalog)
        self.catalog, self.found_at, self.notes, self._is_invalid = catalog, self._began_at, (), False

    def _keep_on(self, error: SourceError, now: float) -> None:
        """Keep the old catalog after a failed search."""
        if self.catalog is None:
            raise error
        log.warning("Services could not be looked for: %s", error)
        self.notes = (f"new services could not be looked for: {error}",)
        self.found_at, self._is_invalid = now - DISCOVER_EVERY + SEARCH_EVERY, False


def _pause(catalog: Catalog, *, has_slos: bool) -> float:
    """Seconds until the next search: none if there is nothing to show."""
    if catalog.services:
        return DISCOVER_EVERY
    return SEARCH_EVERY if has_slos else 0.0


def _identity(catalog: Catalog) -> tuple[object, object]:
    # Notes and recorded SLOs may change although no sample does.
    return catalog.services, catalog.intervals
