"""Permanent ids, derived from which objective stood out first and when; later data change neither."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from dashboard.incidents.bursts import Burst
from dashboard.incidents.incident import Impact, Incident
from dashboard.timerange import DAY

# An incident that was under way when the data begin has no first step; its id is derived from the month.
MONTH = 30 * DAY


def burst_id(service: str, slo: str, burst: Burst) -> str:
    """The id of an incident that begins with a burst: a time for people, and a hash.

    Args:
        service, slo: names. `burst`: when it was noticed.
    """
    moment = burst.noticed // MONTH * MONTH if burst.is_cut else burst.noticed
    text = "\0".join((service, slo, str(moment), "cut" if burst.is_cut else ""))
    digest = hashlib.sha256(text.encode()).hexdigest()[:10]
    return f"{datetime.fromtimestamp(moment, UTC):%Y%m%d-%H%M}-{digest}"


def same_story(one: Incident, other: Incident) -> bool:
    """Whether two incidents are one: an objective of both was burning in them at the same time."""
    if one.id == other.id or one.id in other.aliases or other.id in one.aliases:
        return True
    return any(_overlap(mine, theirs) for mine in one.impacts for theirs in other.impacts)


def _overlap(one: Impact, other: Impact) -> bool:
    if (one.service, one.slo) != (other.service, other.slo):
        return False
    ends = [float("inf") if impact.end is None else impact.end for impact in (one, other)]
    return max(one.start, other.start) < min(ends)


def by_objective(incidents: Iterable[Incident]) -> dict[tuple[str, str], list[Incident]]:
    """Incidents by service and name of each objective concerned."""
    known: dict[tuple[str, str], list[Incident]] = {}
    for incident in incidents:
        for impact in incident.impacts:
            known.setdefault((impact.service, impact.slo), []).append(incident)
    return known
