"""Configured maintenance as changes: it explains what is seen while it lasts."""

from dashboard.changes.change import Change, Kind
from dashboard.changes.known import KnownChange
from dashboard.slo.ledger_view import LedgerView

SENDER = "configuration"


def planned(view: LedgerView, until: float) -> list[KnownChange]:
    """Maintenance that has begun, as far back as events are kept.

    Args:
        view: the events, with their exclusions. `until`: epoch seconds.
    """
    changes = []
    for exclusion in view.exclusions:
        if exclusion.start <= until:
            services = sorted({slo.service for slo in view.slos if exclusion.covers(slo)})
            change = Change(
                sender=SENDER,
                key=f"{exclusion.start:.0f}\0{exclusion.end:.0f}\0{exclusion.reason}",
                kind=Kind.MAINTENANCE,
                start=exclusion.start,
                end=exclusion.end,
                at=exclusion.start,
                text=exclusion.reason or "Maintenance",
                service=services[0] if len(services) == 1 else "",
            )
            changes.append(KnownChange(change, tuple(services), (SENDER,), (change.id,)))
    return changes
