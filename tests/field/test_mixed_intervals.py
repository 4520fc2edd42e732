"""Services of which one target is scraped seldom and fails, beside one that is scraped often and does not."""

from collections.abc import Iterator

import pytest

from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.sources.prometheus.source import PrometheusSource
from tests.servers import NOW, filled
from tests.steady import Clock

# The targets of one service have one job, those of the other two: each job would name a service by itself.
JOBS = {"shop": ("shop", "shop"), "cart": ("pods", "pods-often")}
# Of a service that no preset knows one job writes what became of the calls, and one does not.
UNTOLD = ('job="mail",instance="told",outcome="ok"', 'job="mail-old",instance="untold"')

pytestmark = pytest.mark.servers


def exposition() -> str:
    """Two hours: in the last half hour all requests of the targets that are scraped each minute fail."""
    rows: dict[str, list[str]] = {}
    for at in range(NOW - 7200, NOW + 1, 15):
        failed = 10 * max(0, at - (NOW - 1800))
        all_requests = 10 * (at - NOW + 7200)
        targets = [("often", all_requests, 0)] + [("seldom", all_requests - failed, failed)] * (at % 60 == 0)
        for service, (seldom, often) in JOBS.items():
            named = "" if service == "shop" else f'service="{service}",'
            for instance, good, bad in targets:
                job = often if instance == "often" else seldom
                for code, value in (("200", good), ("500", bad)):
                    head = f'http_requests_total{{{named}job="{job}",instance="{instance}",code="{code}"}}'
                    rows.setdefault(head, []).append(f"{head} {value} {at}")
        for labels in UNTOLD:
            head = f'acme_calls_total{{service="mail",{labels}}}'
            rows.setdefault(head, []).append(f"{head} {all_requests} {at}")
    return "\n".join([line for head in sorted(rows) for line in rows[head]] + ["# EOF", ""])


@pytest.fixture(scope="module")
def poller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Poller]:
    server = filled("prometheus", tmp_path_factory.mktemp("mixed"), exposition())
    poller = Poller(PrometheusSource(server.url), Settings(refresh=15), clock=Clock(NOW))
    poller.tick()
    yield poller
    poller.stop()
    server.stop()


def test_failures_of_a_target_that_is_scraped_seldom_count(poller: Poller) -> None:
    assert set(poller.snapshot.by_name) == {*JOBS, "mail"}
    for report in map(poller.snapshot.by_name.__getitem__, JOBS):
        assert report.info.scrape_interval == 60
        assert report.health is Health.BREACHING
        assert report.current.errors["server"] == pytest.approx(0.5, abs=0.01)
        (slo,) = report.slos
        # An eighth of all: half of the requests in a quarter of the time.
        assert slo.sli == pytest.approx(0.875, abs=0.005)


def test_a_job_that_tells_no_outcome_counts_for_the_service_that_another_tells(poller: Poller) -> None:
    report = poller.snapshot.by_name["mail"]
    assert report.info.preset == "acme-calls"
    assert report.current.traffic == pytest.approx(20, rel=0.01)
    assert report.current.errors.get("server") is None
    assert report.health is Health.UNKNOWN
