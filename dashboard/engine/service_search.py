"""Which services there are: looked for beside the refreshes, every few minutes; only the first search is waited for."""

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
# Where no service was found, but SLOs are there to be judged; and after a search that failed.
SEARCH_EVERY = 60.0
# The first search is waited for so many seconds at a refresh, and goes on after that. One ends after so many.
FIRST_S, SEARCH_S = 10.0, 120.0


class ServiceSearch:
    """The newest catalog of a source.

    Args:
        source: is searched. `services`: what is written of them in the configuration.

    Attributes:
        catalog: what the source answers by; None before the first one.
        found_at: epoch seconds at which its search began.
        notes: a sentence about the newest search where it failed.
    """

    def __init__(self, source: Source, services: Sequence[ServiceConfig] = ()) -> None:
        self._source, self._services = source, services
        self._search = Background[Catalog]("service search", SEARCH_S)
        self._began_at = 0.0
        # What was found by a wrong clock is not taken over, and a catalog of then is looked for again at once.
        self._is_outdated = self._is_doubted = False
        self.catalog: Catalog | None = None
        self.found_at = 0.0
        self.notes: tuple[str, ...] = ()

    def refresh(self, now: float, *, has_slos: bool) -> tuple[Catalog, bool]:
        """The catalog at `now` (epoch seconds), and whether other services or intervals were found than before.

        Args:
            has_slos: SLOs are judged although no service was found: then there is time until the next search.

        Raises:
            SourceError: there is no catalog yet, and the source did not answer.
        """
        before = self.catalog
        self._take_over(now)
        if self._is_due(now, has_slos=has_slos):
            self._begin(now)
            # Nothing is shown that a search could hold up.
            if self._is_doubted or self.catalog is None or not (self.catalog.services or has_slos):
                self._search.has_ended(min(FIRST_S, seconds_left()))
                self._take_over(now)
        if self.catalog is None:
            raise SourceTimeout(f"{self._source.where}: services are still being looked for: that takes long")
        # The first catalog changes nothing: no sample is held yet that could be wrong.
        changed = before is not None and _identity(self.catalog) != _identity(before)
        return self.catalog, changed

    def has_ended(self, wait_s: float) -> bool:
        """A search has ended that the next refresh takes over, waited for so many seconds."""
        return self._search.has_ended(wait_s)

    @property
    def is_first(self) -> bool:
        """No search has ended yet, and one is under way."""
        return self.catalog is None and not self._search.is_idle

    def doubt(self) -> None:
        """The clock was wrong: look again at once. Until that is done the catalog stays."""
        self._is_outdated, self._is_doubted = not self._search.is_idle, True

    def _is_due(self, now: float, *, has_slos: bool) -> bool:
        if self.catalog is None or self._is_doubted:
            return True
        return now - self.found_at >= _pause(self.catalog, has_slos=has_slos)

    def _begin(self, now: float) -> None:
        if self._search.is_idle:
            self._began_at = now
            self._search.start(partial(discovered, self._source, self._services, now))

    def _take_over(self, now: float) -> None:
        """Adopt what a search has found since, here and nowhere else: between two refreshes."""
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
        self.catalog, self.found_at, self.notes, self._is_doubted = catalog, self._began_at, (), False

    def _keep_on(self, error: SourceError, now: float) -> None:
        """What was found goes on where a search failed."""
        if self.catalog is None:
            raise error
        log.warning("Services could not be looked for: %s", error)
        self.notes = (f"new services could not be looked for: {error}",)
        self.found_at, self._is_doubted = now - DISCOVER_EVERY + SEARCH_EVERY, False


def _pause(catalog: Catalog, *, has_slos: bool) -> float:
    """Seconds until services are looked for again: at once where there is nothing to show."""
    if catalog.services:
        return DISCOVER_EVERY
    return SEARCH_EVERY if has_slos else 0.0


def _identity(catalog: Catalog) -> tuple[object, object]:
    # Notes and recorded SLOs may change while every sample stays what it is.
    return catalog.services, catalog.intervals
