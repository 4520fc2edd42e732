"""Snapshots of as many services as a test wants, made of those of the demo."""

from dataclasses import replace

from dashboard.engine.health import Health
from dashboard.engine.snapshot import ServiceReport, Snapshot


def copies(snapshot: Snapshot, number: int, unhealthy: int = 0, teams: int = 3) -> Snapshot:
    """A snapshot of services s0, s1 …, the first of which are not healthy, of teams 0, 1 … and of tiers 1 and 2.

    Args:
        snapshot: of the demo. `number`: of services. `unhealthy`: how many are not healthy. `teams`: how many.
    """
    urgent = next(report for report in snapshot.services if report.health is not Health.HEALTHY)
    healthy = next(report for report in snapshot.services if report.health is Health.HEALTHY)
    services = tuple(
        named(urgent if place < unhealthy else healthy, f"s{place}", f"team {place % teams}", place % 2 + 1)
        for place in range(number)
    )
    return replace(snapshot, services=services, by_name={report.name: report for report in services})


def named(report: ServiceReport, name: str, team: str = "", tier: int | None = None) -> ServiceReport:
    """A report of another name.

    Args:
        report: of any service. `name`: that it gets. `team`, `tier`: of the service.
    """
    return replace(report, info=replace(report.info, name=name, title="", team=team, tier=tier))
