"""Since when a service is in trouble, and what it is compared with."""

from dataclasses import replace

import pytest

from dashboard.anomaly.anomalies import Anomaly, Direction, Signal
from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.trouble import countable_by, explained_spans, is_troubled, troubled_since
from dashboard.incidents.incident import Impact, Incident, Severity
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import DAY, HOUR
from tests.ui.panels import NOW


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    running = Poller(DemoSource(start=NOW), Settings(title="Shop"), clock=lambda: NOW)
    running.tick()
    return running.snapshot


ANOMALY = Anomaly("cart", Signal.ERRORS, Direction.HIGH, NOW - 900, None, NOW, 0.1, 0.1, (None, 0.01), 1e-9)


def calm(snapshot: Snapshot) -> ServiceReport:
    return replace(snapshot.by_name["cart"], health=Health.HEALTHY, anomalies=(), slos=())


def incident(start: float, end: float | None = None) -> Incident:
    impact = Impact(
        service="cart", slo="cart-availability", objective=0.999, window_s=30 * DAY, severity=Severity.PAGE,
        start=start, end=end, bad=9, valid=99, usual_bad=1, seconds=60, budget_share=0.1,
    )  # fmt: skip
    return Incident(id="a", impacts=(impact,), start=start, end=end, detected_at=None, severity=Severity.PAGE)


def test_a_service_is_in_trouble_by_its_health_or_by_its_requests(snapshot: Snapshot) -> None:
    report = calm(snapshot)
    assert not is_troubled(report)
    assert all(is_troubled(replace(report, health=health)) for health in (Health.BREACHING, Health.AT_RISK))
    assert is_troubled(replace(report, anomalies=(ANOMALY,)))
    assert not is_troubled(replace(report, anomalies=(replace(ANOMALY, until=NOW),)))
    assert not is_troubled(replace(report, anomalies=(replace(ANOMALY, signal=Signal.TRAFFIC),)))


def test_it_began_with_its_incident_else_with_what_is_unusual_else_within_a_window_that_burns(
    snapshot: Snapshot,
) -> None:
    report = calm(snapshot)
    quiet = replace(snapshot, incidents=())
    assert troubled_since(quiet, report) is None
    unusual = replace(report, anomalies=(ANOMALY, replace(ANOMALY, since=NOW - 1200)))
    assert troubled_since(quiet, unusual) == NOW - 1200
    troubled = replace(snapshot, incidents=(incident(NOW - 2000), incident(NOW - 9000, NOW - 8000)))
    assert troubled_since(troubled, unusual) == NOW - 2000
    burning = next(each for each in snapshot.services if any(a.firing for slo in each.slos for a in slo.alerts))
    shortest = min(a.long.window_s for slo in burning.slos for a in slo.alerts if a.firing)
    assert troubled_since(quiet, replace(burning, anomalies=())) == snapshot.at - shortest


@pytest.mark.parametrize(
    ("since", "shift", "expected"),
    [
        (None, 0, HOUR),
        (NOW - 600, 0, HOUR),
        (NOW - 3 * HOUR, 0, 3 * HOUR),
        (NOW - 3 * HOUR, DAY, DAY),
        (None, 60, HOUR),
    ],
    ids=["directly before", "began within", "began before", "chosen", "would overlap"],
)
def test_what_it_is_compared_with_lies_before_the_trouble(since: float | None, shift: float, expected: int) -> None:
    assert explained_spans(NOW - HOUR, NOW, since=since, shift=shift) == Spans(int(NOW), HOUR, expected)


def test_only_what_a_source_can_tell_is_asked_for() -> None:
    info = ServiceInfo("shop", "test", threshold=0.5)
    assert countable_by(info) == (BadEvents.FAILED, BadEvents.SLOW)
    assert countable_by(replace(info, waits=True)) == countable_by(replace(info, threshold=None)) == (BadEvents.FAILED,)
    assert countable_by(replace(info, errors=False)) == (BadEvents.SLOW,)
