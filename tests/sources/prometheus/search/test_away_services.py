"""Services that are away when they are looked for first, on real servers: they are described as they were before."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dashboard.capacity.prices import CORE, MONTH_HOURS
from dashboard.sources.catalog import Catalog, ServiceInfo
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import Grid
from tests.field.series import Series, buckets, counter, gauge, outcomes, text
from tests.servers import NOW, Server, filled

pytestmark = pytest.mark.servers

MINUTE, HOUR, DAY = 60, 3_600, 86_400
REQUESTS, DURATION = "http_requests_total", "http_request_duration_seconds_bucket"
# Service → seconds at which it ended before the newest sample of the server, a bound of its buckets, and a label.
ENDED = {
    "alive": (0, "0.1", "handler"),
    "a minute ago": (70, "0.25", "handler"),
    "minutes ago": (7 * MINUTE, "0.25", "route"),
    "hours ago": (5 * HOUR, "0.3", "path"),
    "half a day ago": (13 * HOUR, "1", "method"),
}
WEEK_OLD = DAY * 7


def lived(every: list[Series], ended: int, span: int = 2 * HOUR, scrape: int = 15) -> list[Series]:
    """Series that ended so many seconds before the newest sample, and lived for a span before."""
    end = NOW - ended
    return [
        Series(each.metric, each.labels, each.per_s, each.value, end - span, end, scrape, until=end) for each in every
    ]


def service(name: str) -> list[Series]:
    ended, bound, label = ENDED[name]
    labels = {"job": name, "instance": f"{name}:80"}
    series = outcomes(REQUESTS, "code", {"200": 0.9, "500": 0.1}, **labels, **{label: "x"})
    series += buckets(DURATION, {bound: 0.5, "2.5": 0.9}, **labels)
    if name == "hours ago":
        series += [gauge("process_resident_memory_bytes", 1e8, **labels)]
        series += [counter("process_cpu_seconds_total", 0.5, **labels)]
    return lived(series, ended)


def waiting() -> list[Series]:
    """Its requests wait by design, as they did all week until it went."""
    labels = {"job": "waits", "instance": "waits:80"}
    series = [counter("grpc_server_handled_total", 1, **labels, grpc_code="OK")]
    series += buckets("grpc_server_handling_seconds_bucket", {"2.5": 0.1, "10": 0.2}, per_s=1, **labels)
    return lived(series, 2 * HOUR, WEEK_OLD, 2 * MINUTE)


def without_preset() -> list[Series]:
    """Nobody's preset knows it, and a label that is not read calls requests failed that are called good."""
    labels = {"job": "orders", "instance": "orders:80"}
    series = outcomes("orders_requests_total", "outcome", {"success": 0.9, "failed": 0.1}, **labels)
    series += buckets("orders_request_duration_seconds_bucket", {"0.1": 0.5, "0.5": 0.9}, **labels)
    return lived(series, 3 * HOUR)


def contradicted() -> list[Series]:
    """A label that is not read calls requests failed that the one which is read calls good."""
    labels = {"job": "graph", "instance": "graph:80", "code": "200"}
    return lived(outcomes(REQUESTS, "success", {"true": 0.8, "false": 0.2}, **labels), 4 * HOUR)


def pods() -> list[Series]:
    """Pods, which nobody misses where others are there."""
    usage = counter("container_cpu_usage_seconds_total", 0.5, namespace="shop", pod="cart-1", container="cart", cpu="0")
    limit = gauge("kube_pod_container_resource_limits", 2, namespace="shop", pod="cart-1", container="cart")
    price = gauge("node_cpu_hourly_cost", 0.03, node="a", instance_type="small")
    return lived([usage, replace(limit, labels={**limit.labels, "resource": "cpu"}), price], 0)


def rules() -> list[Series]:
    """Objectives that rules keep, and nothing else."""
    labels = {"sloth_id": "shop-requests", "sloth_service": "shop", "sloth_slo": "requests"}
    values = {"slo:objective:ratio": 0.99, "slo:time_period:days": 28, "slo:sli_error:ratio_rate5m": 0.001}
    return lived([gauge(metric, value, **labels) for metric, value in values.items()], 0, scrape=30)


def replaced() -> list[Series]:
    """A service whose library was replaced hours ago, and one whose new library went a moment before the old one."""
    series = []
    for job, old, new in (("replaced", 3 * HOUR, 0), ("both", 0, 60)):
        labels = {"job": job, "instance": f"{job}:80"}
        count = outcomes(
            "http_server_request_duration_seconds_count", "http_response_status_code", {"200": 1.0}, **labels
        )
        series += lived(count, old, 4 * HOUR) + lived(outcomes(REQUESTS, "code", {"200": 1.0}, **labels), new)
    return series


def unknown() -> list[Series]:
    """What no preset knows, and nothing takes for requests."""
    return lived([gauge("acme_depth", 3, job="acme")], 0)


CASES = {"unknown": unknown, "pods": pods, "rules": rules, "replaced": replaced}


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    series = [each for name in ENDED for each in service(name)] + waiting() + without_preset() + contradicted()
    cases = {"all": series} | {case: made() for case, made in CASES.items()}
    upstream = filled(request.param, tmp_path_factory.mktemp("away"), text(cases))
    yield upstream
    upstream.stop()


def searched(server: Server, *late: int, case: str = "all") -> Catalog:
    """What a source finds at the last of some moments, in seconds after the newest sample, that searches at each."""
    source = PrometheusSource(server.url, matchers={"case": case})
    catalogs = [source.discover(NOW + seconds) for seconds in late]
    source.close()
    return catalogs[-1]


def described(catalog: Catalog) -> dict[str, ServiceInfo]:
    return {info.name: info for info in catalog.services}


@pytest.mark.parametrize("late", [0, 50, 330, 10 * HOUR])
def test_each_is_described_as_it_was_while_it_was_there(server: Server, late: int) -> None:
    found = described(searched(server, late))
    assert sorted(found) == sorted([*ENDED, "waits", "orders", "graph"])
    for name, (ended, bound, label) in ENDED.items():
        info = found[name]
        assert info.last_seen == (pytest.approx(NOW - ended, abs=120) if ended + late > 3 * 15 else None), name
        assert info.bounds == (float(bound), 2.5), name
        assert info.errors, name
        assert label in info.labels, name
        assert info.scrape_interval == 15, name
        assert not any("buckets: quantiles" in note for note in info.notes), name
        assert {resource.name for resource in info.resources} >= {"cpu", "memory"}, name
    assert found["orders"].bounds == (0.1, 0.5)
    assert found["waits"].bounds == (2.5, 10.0)
    assert found["waits"].waits
    assert found["graph"].contradicted is not None


def test_who_searches_first_then_knows_what_those_know_who_searched_before(server: Server) -> None:
    late = 10 * HOUR
    before, first, again = (searched(server, *moments) for moments in ((0, late), (late,), (late - 300, late)))
    assert (first.services, first.intervals) == (before.services, before.intervals)
    assert (again.services, again.intervals) == (before.services, before.intervals)


@pytest.mark.parametrize("late", [330, 10 * HOUR])
def test_what_has_no_services_of_its_own_is_found_where_everything_is_old(server: Server, late: int) -> None:
    (pod,) = searched(server, late, case="pods").services
    assert (pod.name, [resource.name for resource in pod.resources]) == ("shop/cart-1", ["cpu"])
    (slo,) = searched(server, late, case="rules").recorded
    assert (slo.name, slo.objective) == ("shop-requests", 0.99)


def test_what_no_preset_knows_is_named_where_it_has_ended(server: Server) -> None:
    assert "while the server has others: acme_depth" in searched(server, 600, case="unknown").nothing_found


@pytest.mark.parametrize("late", [0, 10 * HOUR])
def test_a_service_is_shown_by_what_counted_it_last_unless_both_did_lately(server: Server, late: int) -> None:
    found = described(searched(server, late, case="replaced"))
    assert {name: info.preset for name, info in found.items()} == {
        "replaced": "generic-http",
        "both": "opentelemetry-http",
    }


@pytest.mark.parametrize("late", [330, 20 * HOUR])
def test_data_are_as_old_as_they_are_and_cost_what_they_did(server: Server, late: int) -> None:
    source = PrometheusSource(server.url, matchers={"case": "pods"})
    source.discover(NOW + late)
    newest = source.samples(Grid.ending(NOW + late, span=HOUR, step=15)).newest
    prices = source.prices(NOW + late).prices
    source.close()
    assert newest == pytest.approx(NOW, abs=300)
    assert prices.by_unit == {CORE: pytest.approx(0.03 * MONTH_HOURS)}
