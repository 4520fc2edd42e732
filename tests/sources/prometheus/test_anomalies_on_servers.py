"""What is unusual is found on real servers, by what they are asked anyway: no query to write, no rule to install."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.anomaly.anomalies import Layer
from dashboard.engine.poller import Poller
from dashboard.sources.demo.openmetrics import openmetrics
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import DAY, HOUR, Grid
from tests.servers import NOW, Server, filled
from tests.steady import Clock

pytestmark = pytest.mark.servers

START = NOW - 2 * DAY
# What the demo has under way, as far as its exposition tells it: it exports no resources.
UNDER_WAY = {("checkout", "errors"), ("checkout", "latency"), ("search", "latency"), ("notifications", "traffic")}


@pytest.fixture(scope="module")
def exposition() -> str:
    """Two days scraped every minute, with a restart of every target in between."""
    grid = Grid.between(START, NOW, step=60)
    return "\n".join([*openmetrics(DemoSource(start=NOW), grid, restarts=[NOW - 9 * HOUR]), ""])


@pytest.fixture(params=["prometheus", "victoria"])
def server(request: pytest.FixtureRequest, tmp_path: Path, exposition: str) -> Iterator[Server]:
    filled_server = filled(request.param, tmp_path, exposition)
    yield filled_server
    filled_server.stop()


def test_what_is_under_way_is_found_and_nothing_else(server: Server) -> None:
    poller = Poller(PrometheusSource(server.url), clock=Clock(NOW))
    poller.tick()
    while poller.study():
        pass
    poller.tick()
    reports = poller.snapshot.services
    assert all(report.has_baseline for report in reports)
    tests = [anomaly for report in reports for anomaly in report.anomalies if anomaly.layer is Layer.TEST]
    lasting = {(anomaly.service, str(anomaly.signal)) for anomaly in tests if anomaly.until is None}
    assert lasting == UNDER_WAY
    restart = [anomaly for anomaly in tests if abs(anomaly.since - (NOW - 9 * HOUR)) < HOUR]
    assert restart == [], "a restart of every target flags nothing"
    poller.stop()
