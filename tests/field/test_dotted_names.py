"""Metrics whose names have dots, as OpenTelemetry writes them where nobody translates: told, whatever else is there."""

from collections.abc import Iterator

import pytest

from dashboard.sources.prometheus.source import PrometheusSource
from tests.field.series import outcomes, text
from tests.servers import NOW, Server, filled

CASES = {
    "dots alone": outcomes("http.server.request.duration_count", "http.response.status_code", {"200": 1.0}, job="dots"),
    "dots beside": [
        *outcomes("http.server.request.duration_count", "http.response.status_code", {"200": 1.0}, job="dots"),
        *outcomes("http_requests_total", "code", {"200": 1.0}, job="plain"),
    ],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # Prometheus 2 takes no such names.
    made = filled("victoria", tmp_path_factory.mktemp("dots"), text(CASES))
    yield made
    made.stop()


@pytest.mark.servers
@pytest.mark.parametrize(("case", "services"), [("dots alone", []), ("dots beside", ["plain"])])
def test_dotted_names_are_told_with_what_to_do(server: Server, case: str, services: list[str]) -> None:
    source = PrometheusSource(server.url, matchers={"case": case})
    catalog = source.discover(NOW)
    source.close()
    assert [info.name for info in catalog.services] == services
    (note,) = (note for note in catalog.notes if "dots in their names" in note)
    assert catalog.nothing_found == ("" if services else note)
    assert note.startswith("metrics with dots in their names are not read (http.server.request.duration_count):")
    assert "-opentelemetry.usePrometheusNaming" in note
