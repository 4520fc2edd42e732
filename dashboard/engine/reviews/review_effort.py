"""Hours of toil that somebody wrote down, and what services hold now costs a month: given, or nothing is shown."""

import logging
from pathlib import Path

from dashboard.capacity.capacity import CapacityReport
from dashboard.engine.snapshot import Snapshot
from dashboard.review.period import Period
from dashboard.review.review import Toil
from dashboard.review.toil import toil_of, toil_rows

log = logging.getLogger(__name__)


def toil(path: Path | None, snapshot: Snapshot, period: Period) -> dict[str, Toil]:
    """Hours of toil of a period by service, of all under an empty name; empty if none can be read.

    Args:
        path: of the CSV, which may have grown; None without. `snapshot`: has the names of services.
        period: whose days count.
    """
    if path is None:
        return {}
    names = {name: report.name for report in snapshot.services for name in (report.title, report.name)}
    try:
        return toil_of(toil_rows(path.read_text(encoding="utf-8")), period, names)
    except (OSError, ValueError) as error:
        log.warning("Hours of toil could not be read from %s: %s", path, error)
        return {}


def monthly_costs(capacity: CapacityReport) -> dict[str, float]:
    """What each service holds now costs a month, as far as limits and prices are known; empty without prices."""
    costs: dict[str, float] = {}
    for resource in capacity.resources:
        if resource.month_price is not None:
            costs[resource.service] = costs.get(resource.service, 0.0) + resource.month_price
    return costs
