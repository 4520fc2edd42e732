"""What is unusual is found on real servers, by what they are asked anyway: no query to write, no rule to install."""

from collections.abc import Iterator

import numpy as np
import pytest

from dashboard.anomaly.anomalies import Layer
from dashboard.engine.poller import Poller
from dashboard.engine.snapshot import Snapshot
from dashboard.sources.demo.openmetrics import openmetrics
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import DAY, HOUR, Grid
from tests.servers import NOW, Server, filled
from tests.slow import KINDS
from tests.steady import Clock

pytestmark = pytest.mark.servers

MINUTE, START = 60, NOW - 2 * DAY
# What the demo has under way, as far as its exposition tells it: it exports no resources.
UNDER_WAY = {("checkout", "errors"), ("checkout", "latency"), ("search", "latency"), ("notifications", "traffic")}


@pytest.fixture(scope="module")
def exposition() -> str:
    """Two days scraped every minute, with a restart of every target in between."""
    grid = Grid.between(START, NOW, step=60)
    return "\n".join([*openmetrics(DemoSource(start=NOW), grid, restarts=[NOW - 9 * HOUR]), ""])


@pytest.fixture(scope="module", params=KINDS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, exposition: str
) -> Iterator[Server]:  # fmt: skip
    filled_server = filled(request.param, tmp_path_factory.mktemp(request.param), exposition)
    yield filled_server
    filled_server.stop()


@pytest.fixture(scope="module")
def snapshot(server: Server) -> Snapshot:
    """What is known once the past was read."""
    poller = Poller(PrometheusSource(server.url), clock=Clock(NOW))
    poller.tick()
    while poller.study():
        pass
    poller.tick()
    poller.stop()
    return poller.snapshot


def test_what_is_under_way_is_found_and_nothing_else(snapshot: Snapshot) -> None:
    reports = snapshot.services
    assert all(report.has_baseline for report in reports)
    tests = [anomaly for report in reports for anomaly in report.anomalies if anomaly.layer is Layer.TEST]
    lasting = {(anomaly.service, str(anomaly.signal)) for anomaly in tests if anomaly.until is None}
    assert lasting == UNDER_WAY
    restart = [anomaly for anomaly in tests if abs(anomaly.since - (NOW - 9 * HOUR)) < HOUR]
    assert restart == [], "a restart of every target flags nothing"


def test_each_incident_is_one_and_costs_what_was_counted(snapshot: Snapshot) -> None:
    begins = [("search", -40 * MINUTE), ("checkout", -30 * MINUTE), ("search", -200 * MINUTE), ("cart", -23 * HOUR)]
    # Under way since the data begin.
    begins.append(("recommendations", -2 * DAY))
    incidents = snapshot.incidents
    assert len(incidents) == len(begins)
    grid = Grid.between(START, NOW, step=300)
    counted, moments = DemoSource(start=NOW).counts(grid).frame, grid.index().as_unit("s").asi8
    for service, begin in begins:
        (incident,) = [one for one in incidents if one.service == service and abs(one.start - NOW - begin) <= 300]
        assert incident.services == (service,)
        for impact in incident.impacts:
            # The step under way is not complete.
            inside = (moments > impact.start) & (moments <= (impact.end or NOW - 300))
            failed = counted[service, "errors", "server"]
            slow = counted[service, "latency", "inf"] - counted[service, "latency", "0.5"]
            bad = slow if impact.kind == "latency" else failed
            assert impact.bad == pytest.approx(np.nansum(bad.to_numpy()[inside]), rel=0.02)
