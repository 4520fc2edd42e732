"""Presets on live series: what real exporters and meshes write is found, in the right units, whatever it is called."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard import frames
from dashboard.capacity.prices import GIB, PriceOrigin, Prices
from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.source_status import SourceState
from dashboard.signals import latency
from dashboard.signals.current import current_values
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import Grid
from dashboard.ui.text import source_text
from tests.servers import NOW, Server, binary, filled, free_port, prometheus

pytestmark = pytest.mark.servers

SCRAPE = 15
BEGIN = NOW - 1800
GRID = Grid.ending(NOW, span=600, step=15)
SECONDS = ("0.1", "0.3", "1.2")
MILLISECONDS = ("100", "300", "1200")


@dataclass(frozen=True)
class Case:
    """Series of one service as its instrumentation writes them, counters by their growth a second, and the truth."""

    preset: str
    service: str
    counters: dict[str, float]
    gauges: dict[str, float] = field(default_factory=dict)
    requests: float | None = None
    failed: float | None = None
    p95: float | None = None
    saturation: dict[str, float] = field(default_factory=dict)
    usage: dict[str, float] = field(default_factory=dict)
    mean: float | None = None


def buckets(name: str, labels: str, per_s: float, les: tuple[str, ...] = SECONDS) -> dict[str, float]:
    """Nine of ten at or under the first bound, all under the second: the 95th percentile lies half-way between."""
    return spread(name, labels, (0.9 * per_s, per_s, per_s, per_s), les)


def slow_buckets(name: str, labels: str, per_s: float, les: tuple[str, ...] = SECONDS) -> dict[str, float]:
    """All between the second bound and the third."""
    return spread(name, labels, (0, 0, per_s, per_s), les)


def spread(name: str, labels: str, growth: tuple[float, ...], les: tuple[str, ...]) -> dict[str, float]:
    return {f'{name}{{{labels},le="{le}"}}': per_s for le, per_s in zip((*les, "+Inf"), growth, strict=True)}


def spring_boot() -> Case:
    base = 'application="shop",instance="shop-0",uri="/buy",method="POST"'
    ok, failed = f'{base},status="200",outcome="SUCCESS"', f'{base},status="503",outcome="SERVER_ERROR"'
    name = "http_server_requests_seconds"
    jvm = 'application="shop",instance="shop-0",area="heap"'
    labels = 'application="shop",instance="shop-0"'
    return Case(
        "spring-boot",
        "shop",
        {
            f"{name}_count{{{ok}}}": 19,
            f"{name}_count{{{failed}}}": 1,
            **buckets(f"{name}_bucket", ok, 19),
            **slow_buckets(f"{name}_bucket", failed, 1),
        },
        {
            f'hikaricp_connections_active{{{labels},pool="main"}}': 3,
            f'hikaricp_connections_max{{{labels},pool="main"}}': 10,
            f'hikaricp_connections_pending{{{labels},pool="main"}}': 2,
            f'tomcat_threads_busy_threads{{{labels},name="http-nio-8080"}}': 50,
            f'tomcat_threads_config_max_threads{{{labels},name="http-nio-8080"}}': 200,
            f'jvm_memory_used_bytes{{{jvm},id="G1 Eden Space"}}': 1e8,
            f'jvm_memory_used_bytes{{{jvm},id="G1 Old Gen"}}': 3e8,
            f'jvm_memory_max_bytes{{{jvm},id="G1 Eden Space"}}': -1,
            f'jvm_memory_max_bytes{{{jvm},id="G1 Old Gen"}}': 1e9,
            f"process_cpu_usage{{{labels}}}": 0.35,
            f"system_cpu_usage{{{labels}}}": 0.6,
        },
        requests=20,
        failed=0.05,
        p95=0.2,
        saturation={"connection pool": 0.3, "request threads": 0.25, "heap": 0.4, "cpu": 0.35, "host cpu": 0.6},
        usage={"waiting for a connection": 2},
    )


def otel_http() -> Case:
    base = 'job="shop/checkout",instance="a1",http_request_method="GET",http_route="/buy"'
    ok, failed = (
        f'{base},http_response_status_code="200"',
        f'{base},http_response_status_code="500",error_type="500"',
    )
    name = "http_server_request_duration_seconds"
    return Case(
        "opentelemetry-http",
        "shop/checkout",
        {
            f"{name}_count{{{ok}}}": 36,
            f"{name}_count{{{failed}}}": 4,
            **buckets(f"{name}_bucket", ok, 36),
            **slow_buckets(f"{name}_bucket", failed, 4),
        },
        {'http_server_active_requests{job="shop/checkout",instance="a1"}': 7},
        requests=40,
        failed=0.1,
        p95=0.2,
        usage={"in flight": 7},
    )


def grpc() -> Case:
    base = 'job="cart",instance="c1",grpc_type="unary",grpc_service="shop.Cart",grpc_method="Add"'
    return Case(
        "grpc",
        "shop.Cart",
        {
            f'grpc_server_handled_total{{{base},grpc_code="OK"}}': 46,
            f'grpc_server_handled_total{{{base},grpc_code="NotFound"}}': 3,
            f'grpc_server_handled_total{{{base},grpc_code="Unavailable"}}': 1,
            f"grpc_server_started_total{{{base}}}": 50,
            **buckets("grpc_server_handling_seconds_bucket", base, 50),
        },
        requests=50,
        failed=0.02,
        p95=0.2,
        usage={"in flight": 0},
    )


def istio() -> Case:
    base = 'destination_service_namespace="shop",destination_service_name="reviews",source_workload="web"'
    counters: dict[str, float] = {}
    for reporter in ("destination", "source"):
        ok, failed = (f'{base},reporter="{reporter}",response_code="{code}"' for code in (200, 503))
        name = "istio_request_duration_milliseconds_bucket"
        counters |= {f"istio_requests_total{{{ok}}}": 9, f"istio_requests_total{{{failed}}}": 1}
        counters |= buckets(name, ok, 9, MILLISECONDS) | slow_buckets(name, failed, 1, MILLISECONDS)
    return Case("istio", "shop/reviews", counters, requests=10, failed=0.1, p95=0.2)


def traefik() -> Case:
    labels = 'service="api@docker"'
    ok, failed = (f'{labels},method="GET",protocol="http",code="{code}"' for code in (200, 502))
    name = "traefik_service_request_duration_seconds_bucket"
    return Case(
        "traefik",
        "api@docker",
        {
            f"traefik_service_requests_total{{{ok}}}": 12,
            f"traefik_service_requests_total{{{failed}}}": 3,
            f"traefik_service_retries_total{{{labels}}}": 0.5,
            **buckets(name, ok, 12),
            **slow_buckets(name, failed, 3),
        },
        {
            f'traefik_service_open_connections{{{labels},method="GET",protocol="http"}}': 11,
            f'traefik_service_server_up{{{labels},url="http://10.0.0.1"}}': 1,
            f'traefik_service_server_up{{{labels},url="http://10.0.0.2"}}': 0,
        },
        requests=15,
        failed=0.2,
        p95=0.2,
        saturation={"servers down": 0.5},
        usage={"open connections": 11, "retries": 0.5},
    )


def haproxy() -> Case:
    labels = 'proxy="app"'
    return Case(
        "haproxy",
        "app",
        {
            f"haproxy_backend_http_requests_total{{{labels}}}": 25,
            f'haproxy_backend_http_responses_total{{{labels},code="2xx"}}': 23,
            f'haproxy_backend_http_responses_total{{{labels},code="4xx"}}': 1,
            f'haproxy_backend_http_responses_total{{{labels},code="5xx"}}': 1,
        },
        {
            # With the time between requests of a connection that is kept.
            f"haproxy_backend_total_time_average_seconds{{{labels}}}": 0.9,
            f"haproxy_backend_response_time_average_seconds{{{labels}}}": 0.12,
            f"haproxy_backend_current_queue{{{labels}}}": 4,
            f"haproxy_backend_current_sessions{{{labels}}}": 30,
            f"haproxy_backend_limit_sessions{{{labels}}}": 200,
            f'haproxy_server_current_sessions{{{labels},server="s1"}}': 3,
            f'haproxy_server_limit_sessions{{{labels},server="s1"}}': 20,
            f'haproxy_server_current_sessions{{{labels},server="without a limit"}}': 9,
            f'haproxy_server_limit_sessions{{{labels},server="without a limit"}}': 0,
        },
        requests=25,
        failed=0.04,
        saturation={"server sessions": 0.15},
        usage={"queue": 4, "sessions": 30},
        mean=0.12,
    )


def nginx_ingress() -> Case:
    # As a Prometheus without `honor_labels` stores them: `namespace` is that of the controller.
    base = (
        'namespace="ingress-nginx",exported_namespace="shop",ingress="web",exported_service="front",host="a.b",path="/"'
    )
    ok, failed = (f'{base},method="GET",status="{status}"' for status in (200, 500))
    name = "nginx_ingress_controller_request_duration_seconds_bucket"
    return Case(
        "nginx-ingress",
        "shop/web",
        {
            f"nginx_ingress_controller_requests{{{ok}}}": 7,
            f"nginx_ingress_controller_requests{{{failed}}}": 1,
            **buckets(name, ok, 7),
            **slow_buckets(name, failed, 1),
        },
        requests=8,
        failed=0.125,
        p95=0.2,
    )


def envoy() -> Case:
    labels = 'envoy_cluster_name="payments"'
    return Case(
        "envoy",
        "payments",
        {
            f"envoy_cluster_upstream_rq_total{{{labels}}}": 30,
            f'envoy_cluster_upstream_rq_xx{{{labels},envoy_response_code_class="2"}}': 24,
            f'envoy_cluster_upstream_rq_xx{{{labels},envoy_response_code_class="4"}}': 3,
            f'envoy_cluster_upstream_rq_xx{{{labels},envoy_response_code_class="5"}}': 3,
            f"envoy_cluster_upstream_rq_pending_overflow{{{labels}}}": 0.25,
            **buckets("envoy_cluster_upstream_rq_time_bucket", labels, 30, MILLISECONDS),
        },
        {
            f"envoy_cluster_upstream_rq_pending_active{{{labels}}}": 6,
            f"envoy_cluster_circuit_breakers_default_rq_open{{{labels}}}": 1,
            f"envoy_cluster_circuit_breakers_default_cx_open{{{labels}}}": 0,
        },
        requests=30,
        failed=0.1,
        p95=0.2,
        saturation={"request breaker": 1, "connection breaker": 0},
        usage={"queued": 6, "refused requests": 0.25},
    )


def kubernetes() -> Case:
    pod = 'namespace="shop",pod="web-0"'
    app, whole = f'{pod},container="app"', f'{pod},container=""'
    return Case(
        "kubernetes",
        "shop/web-0",
        {
            f"container_cpu_usage_seconds_total{{{app}}}": 0.3,
            f"container_cpu_usage_seconds_total{{{whole}}}": 0.31,
            f"container_cpu_cfs_throttled_periods_total{{{app}}}": 2,
            f"container_cpu_cfs_periods_total{{{app}}}": 10,
            f"kube_pod_container_status_restarts_total{{{app}}}": 0,
        },
        {
            f"container_memory_working_set_bytes{{{app}}}": 3e8,
            f"container_memory_working_set_bytes{{{whole}}}": 3.1e8,
            f'kube_pod_container_resource_limits{{{app},resource="cpu",unit="core"}}': 0.5,
            f'kube_pod_container_resource_limits{{{app},resource="memory",unit="byte"}}': 4e8,
        },
        saturation={"cpu": 0.6, "throttled": 0.2, "memory": 0.75},
        usage={"restarts": 0},
    )


MADE = (spring_boot, otel_http, grpc, istio, traefik, haproxy, nginx_ingress, envoy, kubernetes)
CASES = [case() for case in MADE]
UNLIMITED = {'container_cpu_usage_seconds_total{namespace="shop",pod="free-0",container="app"}': 0.3}
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "double quotes": 'say "hi"',
    "single quotes": "it's 'so'",
    "backslash": "C:\\new\\",
    "newline": "two\nlines",
    "right to left": "\u200f\u202eevil",
    "braces": '{x="y"} {by}',
    "regular expression": ".*|(a",
    "ten kB": "x" * 10_000,
}


def hostile() -> Case:
    """Services of any name, each asked 10 times a second; one request in ten fails."""
    counters: dict[str, float] = {}
    gauges: dict[str, float] = {}
    for name in HOSTILE.values():
        text = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        labels = f'service="{text}"'
        counters |= {f'http_requests_total{{{labels},code="200"}}': 9, f'http_requests_total{{{labels},code="500"}}': 1}
        counters |= buckets("http_request_duration_seconds_bucket", f'{labels},code="200"', 9)
        gauges |= {f"process_open_fds{{{labels}}}": 200, f"process_max_fds{{{labels}}}": 1000}
    return Case("generic-http", "", counters, gauges)


def histogram_only() -> Case:
    name, counters = "http_request_duration_seconds", dict[str, float]()
    for code, per_s, buckets_of in (("200", 19, buckets), ("404", 4, buckets), ("500", 2, slow_buckets)):
        labels = f'job="shop",instance="shop-0",code="{code}"'
        counters |= {f"{name}_count{{{labels}}}": per_s, f"{name}_sum{{{labels}}}": 0.1 * per_s}
        counters |= buckets_of(f"{name}_bucket", labels, per_s)
    return Case("generic-http", "shop", counters, requests=25, failed=0.08, p95=0.2)


def opencost() -> dict[str, float]:
    """Prices as OpenCost writes them, several installations apart by a label, and sizes as kube-state-metrics does."""
    priced: dict[str, float] = {}

    def node(suite: str, name: str, core: float, gib: float, cores: float = 0, size: float = 0, more: str = "") -> None:
        labels = f'suite="{suite}",node="{name}"{more}'
        of_type = f'{labels},instance="{name}",instance_type="m5",region="eu"'
        priced[f"node_cpu_hourly_cost{{{of_type}}}"] = core
        priced[f"node_ram_hourly_cost{{{of_type}}}"] = gib
        if cores:
            priced[f'kube_node_status_capacity{{{labels},resource="cpu",unit="core"}}'] = cores
            priced[f'kube_node_status_capacity{{{labels},resource="memory",unit="byte"}}'] = size * GIB

    node("sized", "a", 0.03, 0.004, 4, 8)
    node("sized", "b", 0.06, 0.002, 12, 24)
    node("sized", "free", 0, 0, 96, 512)
    node("sized", "odd", math.nan, math.nan, 96, 512)
    # A second series of a node without its type has a price that is no good.
    priced['node_cpu_hourly_cost{suite="sized",node="b",instance="b"}'] = 300.0
    priced['pv_hourly_cost{suite="sized",persistentvolume="pv-1",volumename="pv-1"}'] = 0.0001
    priced['kube_persistentvolume_capacity_bytes{suite="sized",persistentvolume="pv-1"}'] = 20 * GIB
    # A node without GPUs may have a price for them.
    for name, price, gpus in (("a", 0.5, 1), ("b", 0.9, 3), ("free", 7, 0)):
        labels = f'suite="sized",node="{name}"'
        priced[f'node_gpu_hourly_cost{{{labels},instance_type="m5"}}'] = price
        if gpus:
            priced[f'kube_node_status_capacity{{{labels},resource="nvidia_com_gpu",unit="integer"}}'] = gpus
    node("unsized", "a", 0.03, 0.004)
    node("unsized", "b", 0.06, 0.002)
    node("clusters", "a", 0.03, 0.004, 4, 8, ',cluster="east"')
    node("clusters", "a", 0.06, 0.002, 12, 24, ',cluster="west"')
    return priced


# Nodes that are idle for 70 % of the time: one since long, one that came two scrapes ago.
IDLE = {f'node_cpu_seconds_total{{instance="{name}",cpu="0",mode="idle"}}': 0.7 for name in ("old:9100", "new:9100")}


def exposition(counters: dict[str, float], gauges: dict[str, float], late: dict[str, float] | None = None) -> str:
    """Samples of counters by their growth a second and of gauges; of counters in `late` the last three alone."""
    times = range(BEGIN, NOW + 1, SCRAPE)
    lines = [f"{name} {(1000 + at - BEGIN) * per_s:.10g} {at}" for name, per_s in counters.items() for at in times]
    lines += [f"{name} {value:.10g} {at}" for name, value in gauges.items() for at in times]
    lines += [f"{name} {(at - BEGIN) * per_s:.10g} {at}" for name, per_s in (late or {}).items() for at in times[-3:]]
    return "\n".join([*lines, "# EOF"]) + "\n"


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def everything(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusSource]:
    """All presets and all names on one server, as where many teams share one."""
    cases = [*CASES, hostile()]
    counters = {name: per_s for case in cases for name, per_s in case.counters.items()} | UNLIMITED
    gauges = {name: value for case in cases for name, value in case.gauges.items()} | opencost()
    old, new = IDLE
    text = exposition(counters | {old: IDLE[old]}, gauges, {new: IDLE[new]})
    server = filled(request.param, tmp_path_factory.mktemp("presets"), text)
    source = PrometheusSource(server.url)
    source.discover(NOW)
    yield source
    source.close()
    server.stop()


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def histogram(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusSource]:
    folder = tmp_path_factory.mktemp("histogram")
    server = filled(request.param, folder, exposition(histogram_only().counters, {}))
    source = PrometheusSource(server.url)
    source.discover(NOW)
    yield source
    source.close()
    server.stop()


def says(source: PrometheusSource, case: Case) -> None:
    info = {info.name: info for info in source.discover(NOW).services}[case.service]
    assert info.preset == case.preset
    assert info.errors == (case.failed is not None)
    assert info.bounds == ((0.1, 0.3, 1.2) if case.p95 else ())
    samples = frames.of_service(source.samples(GRID).frame, case.service)
    now = current_values(samples, threshold=info.threshold)
    assert now.time == NOW
    assert now.traffic == about(case.requests)
    assert now.errors.get("server") == about(case.failed)
    assert now.latency.get("0.95") == about(case.p95)
    assert now.mean_latency == about(case.mean)
    assert now.saturation == about(case.saturation)
    assert now.usage == about(case.usage)
    assert {resource.name for resource in info.resources} == {*case.saturation, *case.usage}


def about(expected: Any) -> Any:
    return expected if expected is None else pytest.approx(expected, rel=1e-2, abs=1e-9)


def test_a_node_that_has_just_come_is_not_busy_for_the_time_before(everything: PrometheusSource) -> None:
    frame = everything.samples(GRID).frame
    assert frame[("old:9100", "saturation", "cpu")].iloc[-1] == about(0.3)
    new = frame.get(("new:9100", "saturation", "cpu"))
    assert new is None or not (new > 0.31).any()


def priced(source: PrometheusSource, suite: str) -> Prices:
    """Prices of one installation."""
    one = PrometheusSource(source.where, matchers={"suite": suite})
    prices = one.prices(NOW).prices
    one.close()
    return prices


def test_prices_of_opencost_are_weighted_by_the_size_of_nodes(everything: PrometheusSource) -> None:
    prices = priced(everything, "sized")
    core, gib = (0.03 * 4 + 0.06 * 12) / 16, (0.004 * 8 + 0.002 * 24) / 32
    assert prices.by_unit == pytest.approx(
        {"core": 730 * core, "memory_gib": 730 * gib, "disk_gib": 0.073, "gpu": 584.0}
    )
    assert prices.origin is not None
    # VictoriaMetrics keeps nothing that is no number.
    assert prices.origin.unpriced in (1, 2)
    assert replace(prices.origin, unpriced=0) == PriceOrigin("OpenCost", NOW, nodes=2, volumes=1)


def test_without_sizes_the_mean_of_opencost_is_a_plain_one_and_is_told_so(everything: PrometheusSource) -> None:
    prices = priced(everything, "unsized")
    assert prices.by_unit == pytest.approx({"core": 730 * 0.045, "memory_gib": 730 * 0.003})
    assert prices.origin == PriceOrigin("OpenCost", NOW, nodes=2, unweighed=2)


def test_each_cluster_has_the_prices_of_its_own_nodes(everything: PrometheusSource) -> None:
    prices = priced(everything, "clusters")
    assert prices.by_unit["core"] == pytest.approx(730 * (0.03 * 4 + 0.06 * 12) / 16)
    assert prices.within("east").of("cpu", "cores", 2) == pytest.approx(2 * 730 * 0.03)
    assert prices.within("west").of("memory", "bytes", 3 * GIB) == pytest.approx(3 * 730 * 0.002)
    assert prices.within("north").of("cpu", "cores", 2) is None, "another cluster says nothing of this one"
    assert prices.within("").of("cpu", "cores", 2) == prices.of("cpu", "cores", 2)


def test_without_opencost_there_are_no_prices(everything: PrometheusSource) -> None:
    assert priced(everything, "none") == Prices()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.preset)
def test_a_preset_reads_its_series(everything: PrometheusSource, case: Case) -> None:
    says(everything, case)


def test_a_failed_request_has_a_latency_of_its_own(everything: PrometheusSource) -> None:
    frame = everything.samples(GRID).frame
    for service in ("shop", "shop/checkout", "shop/reviews", "api@docker", "shop/web"):
        failed = latency.quantiles(frames.of_service(frame, service), measure="failed_latency")
        assert 0.3 < failed["0.95"].iloc[-1] < 1.2, service


def test_a_mesh_that_reports_from_both_sides_counts_once(everything: PrometheusSource) -> None:
    counted = everything.counts(Grid(NOW, NOW, 600)).frame
    assert counted[("shop/reviews", "requests", "")].iloc[-1] == pytest.approx(6000, rel=0.03)


def test_a_pod_without_limits_has_no_share_of_them(everything: PrometheusSource) -> None:
    assert "shop/free-0" in {one.name for one in everything.discover(NOW).services}
    frame = frames.of_service(everything.samples(GRID).frame, "shop/free-0")
    assert frames.of_measure(frame, "saturation").empty


def test_a_histogram_alone_counts_requests_and_errors(histogram: PrometheusSource) -> None:
    says(histogram, histogram_only())
    counted = histogram.counts(Grid(NOW, NOW, 600)).frame
    assert counted[("shop", "requests", "")].iloc[-1] == pytest.approx(15_000, rel=0.03)
    assert counted[("shop", "errors", "server")].iloc[-1] == pytest.approx(1200, rel=0.03)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_service_of_any_name_is_found_and_asked_for_alone(everything: PrometheusSource, name: str) -> None:
    assert name in {one.name for one in everything.discover(NOW).services}
    answer = everything.samples(GRID, name)
    frame = answer.frame
    assert set(frame.columns.get_level_values("service")) == {name}
    now = current_values(frames.of_service(frame, name), threshold=0.3)
    assert (now.traffic, now.errors["server"], now.latency["0.95"]) == about((10, 0.1, 0.2))
    # VictoriaMetrics takes no query above 16 kB: a resource that must name such a service twice is told, not shown.
    refused = any("too long query" in problem.what for problem in answer.problems)
    assert refused or now.saturation == about({"file descriptors": 0.2})
    assert not refused or len(name) > 8000


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_service_of_any_name_is_broken_down(everything: PrometheusSource, name: str) -> None:
    parts = everything.breakdown(GRID, name, "code").frame
    assert parts[("200", "requests", "")].iloc[-1] == about(9)
    assert parts[("500", "errors", "server")].iloc[-1] == about(1)


def test_a_tick_judges_services_of_any_name(everything: PrometheusSource) -> None:
    poller = Poller(everything, clock=lambda: float(NOW))
    poller.tick()
    snapshot = poller.snapshot
    assert (snapshot.source.state, source_text.message(snapshot.source)) == (SourceState.OK, None)
    assert set(HOSTILE.values()) | {case.service for case in CASES} <= set(snapshot.by_name)
    assert {snapshot.by_name[name].health for name in HOSTILE.values()} == {Health.BREACHING}
    assert [poller.viewers.window(name, GRID).error for name in HOSTILE.values()] == [None] * len(HOSTILE)


# --- live -------------------------------------------------------------------------------------------------------------


def scraping(folder: Path, target: int) -> Server:
    server = prometheus(folder)
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
        "scrape_configs:\n"
        "  - job_name: node\n"
        f"    static_configs: [{{targets: ['127.0.0.1:{target}']}}]\n",
        encoding="utf-8",
    )
    return server


def scraped(url: str, times: int) -> bool:
    """At least so many scrapes have succeeded; waits for them for 20 s at most."""
    for _ in range(100):
        reply = httpx.post(f"{url}/api/v1/query", data={"query": "sum_over_time(up[5m])"}).json()
        if any(float(row["value"][1]) >= times for row in reply["data"]["result"]):
            return True
        time.sleep(0.2)
    return False


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A real node exporter scraped every second by a real Prometheus: the server's address and the host's name."""
    port = free_port()
    exporter = Server([binary("prometheus-node-exporter"), f"--web.listen-address=127.0.0.1:{port}"], port, "/metrics")
    server = scraping(tmp_path_factory.mktemp("node"), port)
    try:
        exporter.start()
        server.start()
        assert scraped(server.url, 6)
        yield server.url, f"127.0.0.1:{port}"
    finally:
        server.stop()
        exporter.stop()


def test_a_real_host_is_judged_by_how_full_it_is(host: tuple[str, str]) -> None:
    url, name = host
    # The newest point of the grid lies up to 15 s back, when this host was not scraped yet.
    poller = Poller(PrometheusSource(url), clock=lambda: time.time() + 15)
    poller.tick()
    poller.stop()
    assert poller.snapshot.source.state is SourceState.OK, source_text.message(poller.snapshot.source)
    report = poller.snapshot.by_name[name]
    assert (report.info.preset, report.info.errors, report.slos) == ("node-exporter", False, ())
    assert report.health in (Health.HEALTHY, Health.AT_RISK)
    # Its cpu is known once a whole window of scrapes is.
    assert {"memory", "file descriptors"} <= set(report.current.saturation)
    assert {"network in", "network out"} <= set(report.current.usage)
    assert report.current.traffic is None
    assert report.current.errors.get("server") is None
    filled = frames.of_measure(report.samples, "saturation")
    assert filled.notna().any().all()
    assert filled.min(axis=None) >= 0
    assert filled.max(axis=None) <= 1


def test_a_real_host_shows_the_fullest_of_its_disks(host: tuple[str, str]) -> None:
    url, name = host
    page = httpx.get(f"http://{name}/metrics").text
    sizes = [line for line in page.splitlines() if line.startswith("node_filesystem_size_bytes")]
    if not any("tmpfs" not in line and "overlay" not in line for line in sizes):
        pytest.skip("this machine has no disk of its own")
    source = PrometheusSource(url)
    now = time.time() + 15
    source.discover(now)
    frame = frames.of_service(source.samples(Grid.ending(now, span=60, step=15), name).frame, name)
    source.close()
    used = frames.series(frame, "saturation", "disk").dropna()
    assert used.between(0, 1).all()
    assert len(used)
