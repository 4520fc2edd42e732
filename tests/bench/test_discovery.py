"""What a search for services costs a server with many of them: as many queries for a thousand as for a hundred.

Services differ in everything that a search finds out: the label that names them, the label of their outcomes, buckets.
"""

import tracemalloc
from collections.abc import Iterator

import pytest

from dashboard.sources.prometheus.source import PrometheusSource
from tests.field.series import Series, buckets, outcomes, text
from tests.servers import NOW, Server, filled

SIZES = (100, 1000)
NAMES = ("service", "app", "job")
OUTCOMES = ("code", "status", "status_code")
BOUNDS: tuple[dict[str, float], ...] = (
    {"0.1": 0.5, "0.5": 0.9, "2.5": 1.0},
    {"0.25": 0.5, "1": 1.0},
    {"0.05": 0.2, "0.3": 0.7, "1.2": 0.9, "5": 1.0},
)
# Of one preset, and of all that is asked beside the presets.
QUERIES_A_PRESET, QUERIES_BESIDE = 10, 15
MEGABYTES = 30


def service(number: int) -> list[Series]:
    """One of many, scraped every minute for a quarter of an hour."""
    labels = {"job": f"target-{number}", NAMES[number % 3]: f"service-{number}"}
    requests = outcomes("http_requests_total", OUTCOMES[number // 3 % 3], {"200": 0.9, "500": 0.1}, **labels)
    latency = buckets("http_request_duration_seconds_bucket", BOUNDS[number % len(BOUNDS)], **labels)
    return [
        # No two grow alike.
        Series(each.metric, each.labels, per_s=each.per_s * (1 + number / 1e4), start=NOW - 900, every=60)
        for each in (*requests, *latency)
    ]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    cases = {str(size): [series for number in range(size) for series in service(number)] for size in SIZES}
    upstream = filled("prometheus", tmp_path_factory.mktemp("many"), text(cases))
    yield upstream
    upstream.stop()


def search(server: Server, size: int, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], float]:
    """The queries of a first search, and the megabytes that it held at most."""
    source = PrometheusSource(server.url, matchers={"case": str(size)})
    sent: list[str] = []
    post = source._client._api.post

    def counted(path: str, form: dict[str, str], **options: str) -> tuple[bytes, float]:
        # The names of labels are asked for without a query.
        sent.append(form.get("query", path))
        return post(path, form, **options)

    monkeypatch.setattr(source._client._api, "post", counted)
    tracemalloc.start()
    catalog = source.discover(NOW)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    source.close()
    assert len(catalog.services) == size
    assert all(info.errors and info.threshold is not None for info in catalog.services)
    return sent, peak


@pytest.mark.servers
def test_a_search_asks_as_much_for_a_thousand_services_as_for_a_hundred(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    (few, _), (many, peak) = (search(server, size, monkeypatch) for size in SIZES)
    of_preset = [query for query in many if "http_request" in query and "__name__" not in query]
    print(f"\n{SIZES[-1]} services: {len(many)} queries, {len(of_preset)} of them of the preset; {peak:.1f} MB at most")
    assert len(many) == len(few)
    assert len(of_preset) <= QUERIES_A_PRESET, of_preset
    assert len(many) - len(of_preset) <= QUERIES_BESIDE
    assert peak < MEGABYTES
