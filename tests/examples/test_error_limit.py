"""The example of a new detector works everywhere once its entry is there: configuration, monitor, band, explanation."""

from pathlib import Path

import numpy as np
import pytest

from dashboard.anomaly.anomalies import Anomaly, Signal
from dashboard.anomaly.detectors import DETECTORS, DetectorSetting, DetectorSettings
from dashboard.anomaly.monitor import AnomalyMonitor
from dashboard.anomaly.newest_tests import Outcome, newest_tests
from dashboard.config.configuration import load
from dashboard.exceptions import ConfigError
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.demo.world import INCIDENTS
from dashboard.timerange import HOUR, Grid
from dashboard.ui.text import anomaly_test_text
from tests.examples.error_limit import ERROR_LIMIT, LIMIT

NOW = 1_760_000_000 // 900 * 900
BURST = next(incident for incident in INCIDENTS if incident.kind == "error burst")
AT = NOW + BURST.begin + 600


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DetectorSettings:
    """As configured, once the detector has its entry."""
    monkeypatch.setitem(DETECTORS[Signal.ERRORS], "error-limit", ERROR_LIMIT)
    path = tmp_path / "golden.toml"
    path.write_text('[anomalies.errors]\ndetector = "error-limit"\n', encoding="utf-8")
    return load(path, {}).detectors


def monitor_of(settings: DetectorSettings) -> AnomalyMonitor:
    """A monitor of the demo's error burst, ten minutes after it began."""
    source, monitor = DemoSource(start=NOW), AnomalyMonitor(settings)
    monitor.set_services((BURST.service,))
    while (grid := monitor.next_backfill(AT)) is not None:
        monitor.backfill(source.samples(grid).frame, grid)
    monitor.update(source.samples(Grid.ending(AT, span=HOUR, step=15)).frame, 15, AT)
    return monitor


def lasting_errors(monitor: AnomalyMonitor) -> list[Anomaly]:
    anomalies = monitor.anomalies().get(BURST.service, ())
    return [anomaly for anomaly in anomalies if anomaly.signal is Signal.ERRORS and anomaly.lasts]


def test_the_configuration_knows_it_by_its_name(settings: DetectorSettings, tmp_path: Path) -> None:
    assert settings[Signal.ERRORS] == DetectorSetting("error-limit", 1e-5)
    path = tmp_path / "wrong.toml"
    path.write_text('[anomalies.errors]\ndetector = "error-limits"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="expected one of beta-binomial, binomial, off, error-limit"):
        load(path, {})


def test_what_it_flags_is_an_anomaly_with_its_band_and_its_explanation(settings: DetectorSettings) -> None:
    monitor = monitor_of(settings)
    (anomaly,) = lasting_errors(monitor)
    assert anomaly.since == pytest.approx(NOW + BURST.begin, abs=300)
    assert anomaly.value > LIMIT
    assert anomaly.expected == (None, LIMIT)
    rows = monitor.history.signal_test(
        BURST.service, Signal.ERRORS, settings, since=AT - HOUR, until=AT, by_minute=True
    )
    assert rows is not None
    np.testing.assert_array_equal(rows[1].outside(1e-5), rows[1].value > LIMIT)
    assert rows[1].outside(1e-5).any()
    (test,) = (test for test in newest_tests(monitor.history, settings, BURST.service) if test.signal is Signal.ERRORS)
    assert test.outcome is Outcome.UNUSUAL
    assert "upper tail of the error-limit; probability" in anomaly_test_text.sentence(test)
