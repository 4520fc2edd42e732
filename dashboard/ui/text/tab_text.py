"""The title of the browser's tab: the most important state first, since a tab shows only a few characters."""

from collections.abc import Sequence

from dashboard.engine.health import Health
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.slo.report import SloReport
from dashboard.ui.text.status_text import HEALTH, status
from dashboard.ui.text.status_text import of_objective as shown_objective

PRODUCT = "Golden signals"
# Names of a dashboard that do not distinguish it from others.
UNNAMED = (PRODUCT, "Demo")


def of_all(snapshot: Snapshot) -> str:
    """The most urgent service and the number of others like it: ✕ checkout and 2 more · Golden signals."""
    if not snapshot.services:
        return _title(status(snapshot.source.state).mark, "", snapshot)
    worst = worst_health(snapshot.services)
    alike = [report for report in snapshot.services if report.health is worst]
    if worst is Health.HEALTHY:
        return _title(HEALTH[worst].mark, f"all {len(alike)} healthy", snapshot)
    more = f" and {len(alike) - 1} more" if alike[1:] else ""
    return _title(HEALTH[worst].mark, f"{alike[0].title}{more}", snapshot)


def of_service(report: ServiceReport, snapshot: Snapshot) -> str:
    """One service with its health: ✕ checkout · Golden signals."""
    return _title(status(report.health).mark, report.title, snapshot)


def of_objective(report: SloReport, snapshot: Snapshot) -> str:
    """One objective with its state: ◆ checkout-latency · Golden signals."""
    return _title(shown_objective(report).mark, report.slo.name, snapshot)


def of_incidents(ongoing: int, snapshot: Snapshot) -> str:
    """The number of open incidents: ◆ 2 incidents · Golden signals."""
    if not ongoing:
        return _title("✓", "Incidents", snapshot)
    return _title("◆", f"{ongoing} incident{'s' if ongoing > 1 else ''}", snapshot)


def of_incident(title: str, snapshot: Snapshot, *, is_open: bool) -> str:
    """One incident by the start of its title: ✓ checkout: 3.6 % of requests failed · Golden signals.

    Args:
        title: its sentence. `snapshot`: the newest one. `is_open`: it is open.
    """
    return _title("◆" if is_open else "✓", title, snapshot)


def of_capacity(filling: int, snapshot: Snapshot) -> str:
    """The number of resources that fill up: ▲ 3 fill up · Capacity · Golden signals."""
    if not filling:
        return _title("✓", "Capacity", snapshot)
    return _title("▲", f"{filling} fill{'s' if filling == 1 else ''} up · Capacity", snapshot)


def of_triage(number: int, snapshot: Snapshot) -> str:
    """The number of entries that need somebody now: ✕ 2 now · Triage · Golden signals."""
    if number:
        return _title(status(Health.BREACHING).mark, f"{number} now · Triage", snapshot)
    return _title(status(worst_health(snapshot.services)).mark, "Triage", snapshot)


def of_review(title: str, snapshot: Snapshot) -> str:
    """A review by its period: October 2026 · Review · Golden signals.

    Args:
        title: of the period. `snapshot`: the newest one.
    """
    return _title(status(worst_health(snapshot.services)).mark, f"{title} · Review", snapshot)


def of_source(snapshot: Snapshot) -> str:
    """The source with its state: ✓ Sources · Golden signals."""
    return _title(status(snapshot.source.state).mark, "Sources", snapshot)


def worst_health(services: Sequence[ServiceReport]) -> Health:
    """The most urgent health; no data without services."""
    # Enum order is urgency.
    order = list(Health)
    return min((report.health for report in services), key=order.index, default=Health.UNKNOWN)


def icon(snapshot: Snapshot) -> str:
    """The health shown by the icon of the tab: the worst one; unknown if the source does not answer."""
    worst = worst_health(snapshot.services)
    if snapshot.source.state is SourceState.DOWN and worst is Health.HEALTHY:
        return str(Health.UNKNOWN)
    return str(worst)


def _title(mark: str, what: str, snapshot: Snapshot) -> str:
    named = "" if snapshot.title in UNNAMED else f" · {snapshot.title}"
    return f"{mark} {what} · {PRODUCT}{named}" if what else f"{mark} {PRODUCT}{named}"
