"""The wall as HTML: urgent first, escaped, and never green without data."""

from dataclasses import replace

import pytest

from dashboard.engine.health import Health, NoDataSince
from dashboard.engine.snapshot import Snapshot, downgraded
from dashboard.engine.source_status import SourceState
from dashboard.ui.panels import wall
from tests.ui.panels import NOW


def rendered(snapshot: Snapshot, now: float = NOW) -> str:
    return wall.wall(snapshot, now, kiosk=False)


def test_twelve_tiles_the_most_urgent_first(snapshot: Snapshot) -> None:
    html = rendered(snapshot)
    assert html.count('class="gs-tile') == 12
    assert html.index("at risk") < html.index("<i>✓</i> healthy")


@pytest.mark.parametrize("state", [SourceState.STALE, SourceState.DOWN, SourceState.STARTING])
def test_nothing_is_green_while_the_source_is_not_believed(snapshot: Snapshot, state: SourceState) -> None:
    old = replace(snapshot.source, state=state, error="connection refused")
    html = rendered(downgraded(replace(snapshot, source=old)))
    assert "gs-green" not in html
    assert "healthy" not in html
    assert "connection refused" in html


def test_a_hostile_name_is_text(snapshot: Snapshot) -> None:
    name = '<script>alert("x")</script>\n\u202e'
    report = snapshot.services[0]
    hostile = replace(report, info=replace(report.info, name=name))
    html = rendered(replace(snapshot, services=(hostile,)))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "service=%3Cscript%3E" in html


def test_a_service_without_data_says_so_and_has_no_line(snapshot: Snapshot) -> None:
    report = snapshot.services[-1]
    silent = replace(
        report, health=Health.UNKNOWN, reasons=(NoDataSince(NOW - 600),), samples=report.samples * float("nan"), slos=()
    )
    html = rendered(replace(snapshot, services=(silent,)))
    assert "no data since 08:43" in html
    assert "gs-nothing" in html
    assert "mask-image" not in html


def test_more_than_twelve_services_turn_pages_by_the_clock(snapshot: Snapshot) -> None:
    many = tuple(
        replace(snapshot.services[0], info=replace(snapshot.services[0].info, name=f"s{i}")) for i in range(30)
    )
    crowded = replace(snapshot, services=many)
    pages = [rendered(crowded, NOW + i * wall.TURN_EVERY) for i in range(3)]
    assert sorted(html.count('class="gs-tile') for html in pages) == [6, 12, 12]
    assert all("of 3" in html for html in pages)


def test_without_a_service_it_says_what_to_do(snapshot: Snapshot) -> None:
    assert "No service was found" in rendered(replace(snapshot, services=()))
