"""Scrape intervals on a real server: of targets that are there, that ended at any time before, and that are young."""

from collections.abc import Iterator

import pytest

from dashboard.sources.prometheus.source import PrometheusSource
from tests.servers import NOW, Server, filled

pytestmark = pytest.mark.servers

# Service → seconds between its scrapes, and when they began and ended, in seconds before the newest.
SCRAPED = {
    "alive": (15, 14_400, 0),
    "minutely": (60, 14_400, 0),
    "ended just now": (15, 14_400, 190),
    "ended minutes ago": (15, 14_400, 420),
    "ended in this hour": (15, 14_400, 1_800),
    "ended in this hour, seldom": (30, 14_400, 1_800),
    "ended hours ago": (15, 14_400, 7_210),
    "ended hours ago, often": (5, 9_000, 7_210),
    "back after a break": (15, 130, 0),
}


def samples() -> Iterator[str]:
    for service, (every, first, last) in SCRAPED.items():
        for at in range(NOW - first + 7, NOW - last + 1, every):
            yield f'http_requests_total{{job="{service}",handler="/",code="200"}} {at - NOW + 20_000} {at}'


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    upstream = filled(request.param, tmp_path_factory.mktemp("scraped"), "\n".join([*samples(), "# EOF", ""]))
    yield upstream
    upstream.stop()


# Where all that a server has is old, so is every one of its services.
@pytest.mark.parametrize("late", [0, 45, 210, 330, 500, 700, 3_000, 20_000])
def test_each_service_has_the_interval_at_which_its_targets_were_scraped(server: Server, late: int) -> None:
    source = PrometheusSource(server.url)
    catalog = source.discover(NOW + late)
    intervals = {
        service: instrumentation.scrape_interval
        for instrumentation in source._reading.instrumentations
        for service in instrumentation.services
    }
    source.close()
    assert {service.name for service in catalog.services} == set(SCRAPED)
    assert intervals == {service: every for service, (every, _, _) in SCRAPED.items()}
