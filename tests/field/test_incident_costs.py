"""Incidents on real servers, flapping ones too: each is one and costs what was counted, however old the newest data."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.config.configuration import Config
from dashboard.engine.opening import open_source
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.incidents.incident import Incident
from dashboard.sources.prometheus.spec import PrometheusSpec
from tests.servers import NOW, Server, filled

pytestmark = pytest.mark.servers

MINUTE, HOUR, SCRAPE = 60, 3600, 15
START, END = NOW - 72 * HOUR, NOW
# The first begins then, many hours before the newest events, which are counted by the minute; others hours before it.
BEGIN, APART = NOW - 15 * HOUR, 9 * HOUR
RATE, RATIO = 40, 0.1
# Service → minutes that a part fails, minutes that none do, the first of them after the beginning, how often.
PATTERNS = {
    "within each step": (3, 2, 1, 20),
    "across each step": (2, 8, 4, 10),
    "at no fixed place": (3, 5, 0, 12),
    "once": (42, 0, 2, 1),
    "never": (0, 0, 0, 0),
}


def failing(service: str) -> list[tuple[int, int]]:
    """Epoch seconds at which a service begins and ends to fail."""
    on, off, first, often = PATTERNS[service]
    begin = BEGIN - list(PATTERNS).index(service) * APART
    starts = [begin + (first + number * (on + off)) * MINUTE for number in range(often)]
    return [(start, start + on * MINUTE) for start in starts]


def failed(service: str, start: float, end: float) -> float:
    """How many requests of a service failed between two moments."""
    seconds = (max(0, min(end, stop) - max(start, begin)) for begin, stop in failing(service))
    return sum(seconds) * RATE * RATIO


def samples() -> Iterator[str]:
    for service in PATTERNS:
        bad = good = 0
        for at in range(START + 7, END + 1, SCRAPE):
            more = round(failed(service, at - SCRAPE, at))
            bad, good = bad + more, good + SCRAPE * RATE - more
            labels = f'job="{service}",handler="/"'
            yield f'http_requests_total{{{labels},code="200"}} {good} {at}'
            yield f'http_requests_total{{{labels},code="500"}} {bad} {at}'


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("incidents")
    upstream = filled(request.param, folder, "\n".join([*samples(), "# EOF", ""]))
    yield upstream
    upstream.stop()


def incidents(server: Server, now: float) -> tuple[Incident, ...]:
    """What a dashboard that is started at a moment derives."""
    source = open_source(Config(source=PrometheusSpec(server.url)), now=now)
    poller = Poller(source, Settings(title="Costs"), clock=lambda: now)
    try:
        poller.tick()
        while poller.incidents.go_on(None):
            pass
        return poller.incidents.put_into(poller.snapshot).incidents
    finally:
        poller.stop()


# Of data that ended minutes before, the newest ten hold a part of the scrapes.
@pytest.mark.parametrize("late", [20, 330, 12 * HOUR])
def test_each_costs_what_was_counted(server: Server, late: int) -> None:
    by_service = {incident.service: incident for incident in incidents(server, END + late)}
    assert sorted(by_service) == sorted(set(PATTERNS) - {"never"})
    for service, incident in by_service.items():
        main, (begin, _), (_, end) = incident.main, failing(service)[0], failing(service)[-1]
        assert incident.services == (service,)
        assert main.start == pytest.approx(begin, abs=300)
        assert main.end == pytest.approx(end, abs=600)
        assert main.bad == pytest.approx(failed(service, START, END), rel=0.005), service
