"""The title and the icon of the browser's tab: the state that matters first."""

from dataclasses import replace

import pytest

from dashboard.engine.health import Health
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.slo.report import State
from dashboard.ui.text import tab_text


def of(snapshot: Snapshot, *healths: Health, title: str = "Golden signals") -> Snapshot:
    """Services a, b, … of these healths."""
    base = snapshot.services[0]
    named = zip("abcd", healths, strict=False)
    services = tuple(replace(base, info=replace(base.info, name=name), health=health) for name, health in named)
    return replace(snapshot, services=services, title=title)


@pytest.mark.parametrize(
    ("healths", "title", "icon"),
    [
        ((Health.BREACHING, Health.AT_RISK), "✕ a · Golden signals", "breaching"),
        ((Health.BREACHING,) * 3, "✕ a and 2 more · Golden signals", "breaching"),
        ((Health.UNKNOWN, Health.AT_RISK), "◌ a · Golden signals", "unknown"),
        ((Health.AT_RISK, Health.HEALTHY), "▲ a · Golden signals", "at_risk"),
        ((Health.HEALTHY, Health.HEALTHY), "✓ all 2 healthy · Golden signals", "healthy"),
        ((), "✓ Golden signals", "unknown"),
    ],
)
def test_the_wall_is_called_by_what_is_most_urgent(
    snapshot: Snapshot, healths: tuple[Health, ...], title: str, icon: str
) -> None:
    shown = of(snapshot, *healths)
    assert (tab_text.of_all(shown), tab_text.icon(shown)) == (title, icon)


def test_a_page_is_called_by_its_state_and_what_it_shows(snapshot: Snapshot) -> None:
    shown = of(snapshot, Health.HEALTHY, title="Production")
    assert tab_text.of_service(shown.services[0], shown) == "✓ a · Golden signals · Production"
    slo = replace(snapshot.slos[0], state=State.CRITICAL)
    quiet = replace(slo, alerts=tuple(replace(alert, firing=False) for alert in slo.alerts))
    for report, mark in ((slo, "◆"), (quiet, "◇")):
        assert report.paging == (mark == "◆")
        assert tab_text.of_objective(report, shown) == f"{mark} {slo.slo.name} · Golden signals · Production"
    assert tab_text.of_source(of(snapshot, title="Demo")) == "✓ Sources · Golden signals"


def test_nothing_is_green_while_the_source_is_down(snapshot: Snapshot) -> None:
    down = replace(of(snapshot, Health.HEALTHY), source=replace(snapshot.source, state=SourceState.DOWN))
    assert tab_text.icon(down) == "unknown"
