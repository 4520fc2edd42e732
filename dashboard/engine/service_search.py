"""Which services there are: found once, and looked for again every few minutes."""

from dashboard.exceptions import SourceTimeout
from dashboard.sources.deadline import deadline
from dashboard.sources.protocol import Catalog, Source

DISCOVER_EVERY = 300.0
# Where no service was found, but SLOs are there to be judged.
SEARCH_EVERY = 60.0
# A search may take so many seconds.
SEARCH_S = 10.0


class ServiceSearch:
    """The newest catalog of a source.

    Attributes:
        catalog: None before the first one.
        found_at: epoch seconds at which it was found.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.catalog: Catalog | None = None
        self.found_at = 0.0

    def refresh(self, now: float, *, has_slos: bool) -> tuple[Catalog, bool]:
        """The catalog at `now` (epoch seconds), and whether other services or intervals were found than before.

        Args:
            has_slos: SLOs are judged although no service was found: then there is time until the next search.

        Raises:
            SourceError: the source did not answer.
        """
        before = self.catalog
        if before is not None and now - self.found_at < _pause(before, has_slos=has_slos):
            return before, False
        try:
            with deadline(SEARCH_S):
                catalog = self._source.discover(now)
        except SourceTimeout:
            # A search that takes too long must not hold up the live picture: what was found goes on.
            if before is None:
                raise
            self.found_at = now - DISCOVER_EVERY + SEARCH_EVERY
            return before, False
        self.catalog, self.found_at = catalog, now
        # The first catalog changes nothing: no sample is held yet that could be wrong.
        changed = before is not None and _identity(catalog) != _identity(before)
        return catalog, changed


def _pause(catalog: Catalog, *, has_slos: bool) -> float:
    """Seconds until services are looked for again: at once where there is nothing to show."""
    if catalog.services:
        return DISCOVER_EVERY
    return SEARCH_EVERY if has_slos else 0.0


def _identity(catalog: Catalog) -> tuple[object, object]:
    # Notes and recorded SLOs may change while every sample stays what it is.
    return catalog.services, catalog.intervals
