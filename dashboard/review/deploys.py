"""Deploys of a period, and how many failed: those blamed for an incident, or rolled back.

The change failure rate of https://dora.dev/guides/dora-metrics-four-keys/.
"""

from collections.abc import Iterable, Sequence

from dashboard.changes.change import Kind, Outcome
from dashboard.changes.known import KnownChange
from dashboard.incidents.record import Record
from dashboard.review.period import Period
from dashboard.review.review import Deploys


def deploys(changes: Sequence[KnownChange], records: Iterable[Record], period: Period) -> dict[str, Deploys]:
    """Deploys by service; services without any are left out.

    Args:
        changes: in order of time, including later ones, as a deploy may be rolled back after the period.
        records: incidents, each with its blamed change. `period`: in which deploys began.
    """
    blamed = {number for record in records if record.cause is not None for number in _ids(record.cause)}
    by_service: dict[str, list[KnownChange]] = {}
    for change in changes:
        for service in change.services if change.is_deploy else ():
            by_service.setdefault(service, []).append(change)
    counted = {service: _of_service(every, blamed, period) for service, every in by_service.items()}
    return {service: known for service, known in sorted(counted.items()) if known.number}


def _of_service(changes: Sequence[KnownChange], blamed: set[int], period: Period) -> Deploys:
    """Deploys of one service, from its deploys and rollbacks."""
    number = failed = 0
    for place, known in enumerate(changes):
        change = known.change
        if change.kind is not Kind.DEPLOY or not period.holds(change.start):
            continue
        following = changes[place + 1].change.kind if place + 1 < len(changes) else None
        has_failed = following is Kind.ROLLBACK or not blamed.isdisjoint(_ids(known))
        # A cancelled deploy without harm does not count; a rolled-back one is cancelled, too.
        if has_failed or change.outcome is not Outcome.CANCELLED:
            number += 1
            failed += has_failed
    return Deploys(number=number, failed=failed)


def _ids(known: KnownChange) -> set[int]:
    return {known.change.id, *known.ids}
