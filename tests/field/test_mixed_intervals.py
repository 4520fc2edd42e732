"""A service of which one target is scraped seldom and fails, beside one that is scraped often and does not."""

from pathlib import Path

import pytest

from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.sources.prometheus.source import PrometheusSource
from tests.servers import NOW, filled
from tests.steady import Clock


def exposition() -> str:
    """Two hours: in the last half hour all requests of the target that is scraped each minute fail."""
    rows: dict[str, list[str]] = {}
    for at in range(NOW - 7200, NOW + 1, 15):
        failed = 10 * max(0, at - (NOW - 1800))
        all_requests = 10 * (at - NOW + 7200)
        targets = [("often", all_requests, 0)] + [("seldom", all_requests - failed, failed)] * (at % 60 == 0)
        for instance, good, bad in targets:
            for code, value in (("200", good), ("500", bad)):
                head = f'http_requests_total{{job="shop",instance="{instance}",code="{code}"}}'
                rows.setdefault(head, []).append(f"{head} {value} {at}")
    return "\n".join([line for head in sorted(rows) for line in rows[head]] + ["# EOF", ""])


@pytest.mark.servers
def test_failures_of_a_target_that_is_scraped_seldom_count(tmp_path: Path) -> None:
    server = filled("prometheus", tmp_path, exposition())
    poller = Poller(PrometheusSource(server.url), Settings(refresh=15), clock=Clock(NOW))
    poller.tick()
    (report,) = poller.snapshot.services
    assert report.info.scrape_interval == 60
    assert report.health is Health.BREACHING
    assert report.current.errors["server"] == pytest.approx(0.5, abs=0.01)
    (slo,) = report.slos
    # An eighth of all: half of the requests in a quarter of the time.
    assert slo.sli == pytest.approx(0.875, abs=0.005)
    poller.stop()
    server.stop()
