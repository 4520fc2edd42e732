"""How the newest tests came out, a line for each signal, computed once for all viewers of the same rows."""

from dataclasses import replace

import pytest

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.detectors import DEFAULTS, DetectorSetting
from dashboard.anomaly.history import EMPTY_HISTORY
from dashboard.anomaly.newest_tests import NewestTest, Outcome
from dashboard.engine.snapshot import Snapshot
from dashboard.timerange import HOUR, Grid
from dashboard.ui.panels.service import anomaly_tests
from dashboard.ui.panels.service.service_view import ServiceView
from dashboard.ui.text import anomaly_test_text
from tests.ui.panels import NOW


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The services that tests were computed for, each time."""
    services: list[str] = []

    def tests(history: object, detectors: object, service: str) -> tuple[NewestTest, ...]:
        services.append(service)
        return (NewestTest(Signal.LATENCY, DetectorSetting("off", 1e-5), Outcome.OFF),)

    monkeypatch.setattr(anomaly_tests, "newest_tests", tests)
    monkeypatch.setattr(anomaly_tests, "_tests", type(anomaly_tests._tests)())
    return services


def view(snapshot: Snapshot, name: str = "checkout") -> ServiceView:
    grid = Grid.ending(NOW, span=HOUR, step=15)
    return ServiceView(snapshot.by_name[name], grid, detection_history=replace(EMPTY_HISTORY))


def test_before_the_past_was_learned_it_says_so(snapshot: Snapshot) -> None:
    assert anomaly_tests.lines(view(snapshot)) == [anomaly_test_text.UNSTUDIED]


def test_viewers_of_the_same_rows_share_the_tests(snapshot: Snapshot, computed: list[str]) -> None:
    shown = view(snapshot)
    for compare in (0, 60, 120):
        assert anomaly_tests.lines(replace(shown, compare=compare)) == ["latency: its test is turned off."]
    assert computed == ["checkout"]
    anomaly_tests.lines(view(snapshot, "search"))
    assert computed == ["checkout", "search"]


def test_new_rows_and_other_detectors_are_tested_anew(snapshot: Snapshot, computed: list[str]) -> None:
    shown = view(snapshot)
    anomaly_tests.lines(shown)
    anomaly_tests.lines(replace(shown, detectors={**DEFAULTS, Signal.LATENCY: DetectorSetting("off", 1e-3)}))
    anomaly_tests.lines(replace(shown, detection_history=replace(EMPTY_HISTORY)))
    assert computed == ["checkout"] * 3
