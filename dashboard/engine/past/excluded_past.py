"""Maintenance before the windows of the objectives, for code that looks further back than a refresh."""

from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import Snapshot
from dashboard.slo.exclusions import Exclusion
from dashboard.sources.catalog import Catalog
from dashboard.timerange import DAY


def exclusions_since(
    snapshot: Snapshot, settings: Settings, catalog: Catalog | None, since: float
) -> tuple[Exclusion, ...]:  # fmt: skip
    """The maintenance of a snapshot's objectives that ended after a given time.

    Args:
        snapshot: the newest one. `settings`: contain the agreements.
        catalog: contains the short names of services; None before the first search has ended.
        since: epoch seconds.
    """
    view = snapshot.ledger
    if catalog is None or not settings.agreements.maintenance:
        return view.exclusions
    agreements = settings.agreements.for_services(catalog.short_names)
    return agreements.exclusions(view.slos, snapshot.at // DAY * DAY, since=since)
