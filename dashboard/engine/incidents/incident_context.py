"""What a snapshot knows around an incident: changes, alerts from other tools, and what may have caused it."""

from bisect import bisect_left, bisect_right
from dataclasses import replace

from dashboard.alerts.alert import AlertRule
from dashboard.changes.known import KnownChange
from dashboard.engine.changes.suspects import incident_suspects
from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.context import BEFORE_S, Context, FiredAlert
from dashboard.incidents.incident import Incident


def context_of(snapshot: Snapshot, incident: Incident) -> Context:
    """What is known around an incident; of one that was kept that, and what was told since.

    Args:
        snapshot: the newest one. `incident`: one that is known.
    """
    changes = changes_of(snapshot, incident)
    stored = incident.context
    if stored is None:
        return Context(changes, _alerts(snapshot, incident), incident_suspects(snapshot, incident))
    known = {each.change.id for each in stored.changes}
    later = [each for each in changes if each.change.id not in known]
    return replace(stored, changes=_in_order([*stored.changes, *later]))


def changes_of(snapshot: Snapshot, incident: Incident) -> tuple[KnownChange, ...]:
    """Changes of the services concerned, from an hour before the start to the end, in their order.

    Args:
        snapshot: has them in the order of their starts. `incident`: one that is known.
    """
    services, every = set(incident.services), snapshot.changes
    begin = bisect_left(every, incident.start - BEFORE_S, key=_start)
    end = bisect_right(every, _end(snapshot, incident), key=_start)
    return _in_order([known for known in every[begin:end] if services.intersection(known.services)])


def _start(known: KnownChange) -> float:
    return known.change.start


def _in_order(changes: list[KnownChange]) -> tuple[KnownChange, ...]:
    return tuple(sorted(changes, key=lambda known: (known.change.start, known.change.id)))


def _alerts(snapshot: Snapshot, incident: Incident) -> tuple[FiredAlert, ...]:
    end = _end(snapshot, incident)
    first: dict[tuple[AlertRule, str], FiredAlert] = {}
    for fired in snapshot.alerts.within(incident.services, incident.start - BEFORE_S, end):
        service = fired.service or ""
        first.setdefault((fired.rule, service), FiredAlert(fired.rule, service, fired.start, fired.end))
    return tuple(alert for alert in first.values() if incident.start - BEFORE_S <= alert.start <= end)


def _end(snapshot: Snapshot, incident: Incident) -> float:
    return snapshot.at if incident.end is None else incident.end
