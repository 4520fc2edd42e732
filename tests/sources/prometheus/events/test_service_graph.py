"""Service graphs of a real server name who moved first: edges as Istio, Tempo and Linkerd count them."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from dashboard.engine.poller import Poller
from dashboard.incidents.incident import Incident
from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.prometheus.events.service_graph import Names
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import HOUR
from tests.servers import NOW, Server, filled
from tests.steady import Clock

SCRAPE, BEGIN = 60, NOW - 9 * HOUR
TIMES = np.arange(BEGIN, NOW + 1, SCRAPE)
# Three meshes in trouble, one after the other.
LINKED, MESH, TRACED = NOW - 200 * 60, NOW - 100 * 60, NOW - 2_000
RATE = 20.0


def counter(per_second: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """A counter at each scrape."""
    return np.cumsum(np.round(per_second(TIMES) * SCRAPE))


def failing(start: float, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Counters of good and failed calls: since a moment (epoch seconds) so large a share fails."""

    def bad(at: np.ndarray) -> np.ndarray:
        return RATE * np.where(at > start, share, 0.0005)

    return counter(lambda at: RATE - bad(at)), counter(bad)


def lines() -> Iterator[str]:
    families: dict[str, list[str]] = {}

    def add(name: str, labels: str, values: np.ndarray) -> None:
        family = families.setdefault(name, [])
        series = f"{name if name.endswith('_bucket') else f'{name}_total'}{{{labels}}}"
        family += [f"{series} {value:.0f} {at}" for at, value in zip(TIMES, values, strict=True)]

    for caller, callee, share in (("edge", "checkout", 0.06), ("checkout", "payments", 0.06), ("checkout", "cart", 0)):
        good, bad = failing(MESH, share)
        ends = f'source_workload="{caller}",source_workload_namespace="shop",destination_workload="{callee}"'
        ends += f',destination_service_name="{callee}",destination_service_namespace="shop"'
        for reporter in ("source", "destination"):
            for code, values in (("200", good), ("503", bad)):
                add("istio_requests", f'reporter="{reporter}",{ends},response_code="{code}"', values)
    for name, labels, values in linkerd():
        add(name, labels, values)
    for service in ("orders", "stock"):
        good, bad = failing(TRACED, 0.3)
        for code, values in (("200", good), ("500", bad)):
            add("http_requests", f'job="{service}",instance="{service}-0",code="{code}"', values)
    good, bad = failing(TRACED, 0.3)
    add("traces_service_graph_request", 'client="orders",server="stock",connection_type=""', good + bad)
    add("traces_service_graph_request_failed", 'client="orders",server="stock",connection_type=""', bad)
    for name, family in families.items():
        yield f"# TYPE {name} {'unknown' if name.endswith('_bucket') else 'counter'}"
        yield from family
    yield "# EOF\n"


def linkerd() -> Iterator[tuple[str, str, np.ndarray]]:
    """Name, labels and values of what proxies count: a deployment that calls a stateful set and another deployment.

    https://linkerd.io/2/reference/proxy-metrics/
    """
    counted = 'job="linkerd-proxy",tls="true",namespace="bank"'
    ledger = 'dst_statefulset="ledger",dst_service="ledger",dst_pod="ledger-0"'
    mail = 'dst_deployment="mail",dst_service="smtp",dst_pod_template_hash="5f7c"'
    for proxy, share in (
        ('direction="inbound",deployment="web",pod="web-0",instance="10.0.0.1:4191"', 0.2),
        ('direction="inbound",statefulset="ledger",pod="ledger-0",instance="10.0.0.2:4191"', 0.2),
        ('direction="inbound",deployment="mail",pod="mail-0",instance="10.0.0.3:4191"', 0.0005),
        (f'direction="outbound",deployment="web",instance="10.0.0.1:4191",dst_namespace="bank",{ledger}', 0.2),
        (f'direction="outbound",deployment="web",instance="10.0.0.1:4191",dst_namespace="bank",{mail}', 0.0005),
    ):
        good, bad = failing(LINKED, share)
        for code, classification, values in (("200", "success", good), ("500", "failure", bad)):
            labels = f'{counted},{proxy},status_code="{code}"'
            yield "response", f'{labels},classification="{classification}"', values
            # By it a proxy of Linkerd is known.
            yield "response_latency_ms_bucket", f'{labels},le="+Inf"', values


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = filled("prometheus", tmp_path_factory.mktemp("graph"), "\n".join(lines()))
    yield running
    running.stop()


def incidents_at(server: Server, now: float) -> dict[str, Incident]:
    """By the service that moved first, as a replica knows them that starts at a moment (epoch seconds)."""
    poller = Poller(PrometheusSource(server.url), clock=Clock(now))
    poller.tick()
    while poller.incidents.go_on(None):
        pass
    poller.stop()
    return {incident.service: incident for incident in poller.incidents.derived}


@pytest.mark.servers
def test_replicas_of_other_phases_give_the_same_ids(server: Server) -> None:
    ids = {service: incident.id for service, incident in incidents_at(server, NOW).items()}
    for now in (NOW - 1_237, NOW - 311, NOW + 77):
        known = {service: incident.id for service, incident in incidents_at(server, now).items()}
        assert known.items() <= ids.items()
        assert "shop/payments" in known


@pytest.mark.servers
def test_the_callee_moved_first_and_the_edges_are_there(server: Server) -> None:
    incidents = incidents_at(server, NOW)
    assert set(incidents) == {"bank/ledger", "shop/payments", "stock"}
    linked, mesh, traced = incidents["bank/ledger"], incidents["shop/payments"], incidents["stock"]
    # What a proxy sends to another service is of none of those that burned.
    assert linked.services == ("bank/ledger", "bank/web")
    (edge,) = linked.edges
    assert (edge.caller, edge.callee) == ("bank/web", "bank/ledger")
    assert edge.failed is not None
    assert edge.failed == pytest.approx(0.2 * (edge.requests - 300 * RATE), rel=0.15)
    assert mesh.services == ("shop/payments", "shop/checkout")
    assert traced.services == ("stock", "orders")
    (edge,) = mesh.edges
    assert (edge.caller, edge.callee) == ("shop/checkout", "shop/payments")
    assert edge.failed is not None
    # Both ends count a call: it is one.
    span = edge.requests / RATE
    assert edge.failed == pytest.approx(0.06 * RATE * (span - 300), rel=0.15)
    (edge,) = traced.edges
    assert edge.failed is not None
    assert 0.1 < edge.failed / edge.requests <= 0.3


def test_names_that_several_services_have_name_none() -> None:
    names = Names(ServiceInfo(name, preset="istio") for name in ("a/cart", "b/cart", "shop/Bank"))
    labels = (("namespace", "name"),)
    assert names.of({"namespace": "a", "name": "cart"}, labels) == "a/cart"
    assert names.of({"namespace": "c", "name": "cart"}, labels) is None
    assert names.of({"namespace": "shop", "name": "bank"}, labels) == "shop/Bank"
    assert names.of({"namespace": "elsewhere", "name": "bank"}, labels) == "shop/Bank"
    assert names.of({}, labels) is None
