"""What real servers say of versions, by each road that there is: deploys, a canary, a rollback, and what is none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from dashboard.changes.change import Change, Kind, Outcome
from dashboard.engine.changes.derived_changes import DerivedChanges
from dashboard.engine.changes.suspects import incident_suspects
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.viewers.explanations import explained
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.oncall.suspect import Finding, Grade
from dashboard.sources.prometheus.source import PrometheusSource
from tests.field.series import HOUR, Series, text
from tests.servers import NOW, Server, filled

pytestmark = pytest.mark.servers

MINUTE = 60
BEGIN = NOW - 6 * HOUR
# Offsets from NOW, in minutes.
DEPLOYED, BACK = -150, -90


@dataclass(frozen=True)
class During(Series):
    """A series that is there for some minutes; `begin`, `until_minute`: from NOW. A counter grows, a gauge stays."""

    begin: int = -360
    finish: int = 0

    def lines(self, case: str) -> Iterator[str]:
        labels = ",".join(f'{name}="{value}"' for name, value in {**self.labels, "case": case}.items())
        start, end = NOW + self.begin * MINUTE, NOW + self.finish * MINUTE
        for at in range(start, end + 1, MINUTE):
            value = self.value if self.value is not None else self.per_s * (at - start + MINUTE)
            yield f"{self.metric}{{{labels}}} {value:.12g} {at}"


def requests(
    per_s: float = 10.0, begin: int = -360, finish: int = 0, failing: float = 0.0001, **labels: str
) -> list[Series]:
    return [
        During("http_requests_total", {**labels, "code": code}, per_s=per_s * share, begin=begin, finish=finish)
        for code, share in (("200", 1 - failing), ("500", failing))
    ]


def info(metric: str, begin: int = -360, finish: int = 0, value: float = 1.0, **labels: str) -> Series:
    return During(metric, labels, value=value, begin=begin, finish=finish)


def by_label() -> Iterator[Series]:
    """A canary that becomes a deploy, and the way back from it, by the version of the requests."""
    yield from requests(finish=DEPLOYED + 40, job="label", version="41")
    yield from requests(2.0, begin=DEPLOYED, finish=BACK + 5, failing=0.3, job="label", version="42")
    yield from requests(begin=BACK, job="label", version="41")


def by_target() -> Iterator[Series]:
    """OpenTelemetry: requests say the job, and `target_info` of the same job the version. A canary is under way."""
    labels = {"job": "shop/orders", "instance": "a"}
    yield During(
        "http_server_request_duration_seconds_count", {**labels, "http_response_status_code": "200"}, per_s=5.0
    )
    for le in ("0.5", "+Inf"):
        named = {**labels, "http_response_status_code": "200", "le": le}
        yield During("http_server_request_duration_seconds_bucket", named, per_s=5.0)
    yield info("target_info", job="shop/orders", instance="a", service_name="orders", service_version="1.4.0")
    yield info("target_info", DEPLOYED, job="shop/orders", instance="b", service_name="orders", service_version="1.5.0")


def by_build() -> Iterator[Series]:
    """A binary that says what it was built of, beside one of its libraries; restarts of the same one are no deploy."""
    for begin, finish, revision in ((-360, DEPLOYED, "8c1f0d2e55"), (DEPLOYED + 1, 0, "77aa91b0c2")):
        for instance in ("a", "b"):
            yield from requests(begin=begin, finish=finish, job="built", instance=instance)
            labels = {"job": "built", "instance": instance, "version": "1.0.0"}
            yield info("built_build_info", begin, finish, revision=revision, **labels)
            yield info("go_build_info", begin, finish, version=f"v0-{revision}", job="built", instance=instance)
            yield info("process_start_time_seconds", begin, finish, float(NOW + begin * MINUTE), job="built")


def pod(service: str, replica_set: str, number: int, image: str, begin: int, finish: int) -> Iterator[Series]:
    name = f"{service}-{replica_set}-{'bcdfg'[number // 5]}{'hjklm'[number % 5]}xyz"
    scraper = {"job": "kube-state-metrics", "namespace": "monitoring", "pod": "kube-state-metrics-0"}
    own = {**scraper, "exported_namespace": "shop", "exported_pod": name}
    for container, of in (("app", image), ("istio-proxy", f"istio/proxyv2:{replica_set}")):
        yield info("kube_pod_container_info", begin, finish, exported_container=container, image=of, **own)
    owner = {"owner_kind": "ReplicaSet", "owner_name": f"{service}-{replica_set}", "owner_is_controller": "true"}
    yield info("kube_pod_owner", begin, finish, **owner, **own)
    yield info("kube_pod_status_phase", begin, finish, phase="Running", **own)
    yield from requests(1.0, begin, finish, job=service, namespace="shop", pod=name)


def by_image() -> Iterator[Series]:
    """ReplicaSets of images: a deploy; a restart of the same image, in a ReplicaSet of its own; an autoscaler."""
    old, new = "registry:5000/shop/web:v41", "registry:5000/shop/web:v42"
    for number in range(2):
        yield from pod("web", "6d4cf56db6", number, old, -360, DEPLOYED + 3)
        yield from pod("web", "7f9b8c6d5d", number, new, DEPLOYED, BACK)
        yield from pod("web", "5c9d7b8f6b", number, new, BACK, 0)
    deployment = {"job": "kube-state-metrics", "namespace": "monitoring", "exported_namespace": "shop"}
    yield info("kube_deployment_spec_replicas", value=2.0, deployment="web", **deployment)
    for step in range(50):
        begin = -350 + 7 * step
        pods = 1 + step % 4
        for number in range(pods):
            yield from pod("busy", "84c7f6d9b5", number, "busy:v7", begin, begin + 6)
        labels = {**deployment, "deployment": "busy"}
        yield info("kube_deployment_spec_replicas", begin, begin + 6, float(pods), **labels)


CASES: Mapping[str, list[Series]] = {"every": [*by_label(), *by_target(), *by_build(), *by_image()]}


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    upstream = filled(request.param, tmp_path_factory.mktemp("versions"), text(CASES))
    yield upstream
    upstream.stop()


@pytest.fixture(scope="module")
def derived(server: Server) -> list[Change]:
    return read(server)


def read(upstream: Server, late: int = 0, **matchers: Any) -> list[Change]:
    """All that is derived, so many seconds after the newest sample, once nothing is left to be read."""
    source = PrometheusSource(upstream.url, **matchers)
    catalog = source.discover(NOW + late)
    source.adopt(catalog)
    reading = DerivedChanges(source)
    while True:
        reading.advance(catalog.services, float(NOW + late))
        if reading._reading.is_idle:
            break
        reading._reading.has_ended(None)
    source.close()
    return list(reading.newest.changes)


@pytest.mark.parametrize("late", [330, 7200])
def test_those_of_data_that_have_ended_are_the_same(server: Server, derived: list[Change], late: int) -> None:
    def told(changes: list[Change]) -> set[tuple[str, Kind, str]]:
        return {(change.service, change.kind, change.version) for change in changes}

    assert told(read(server, late)) == told(derived)


def test_the_bad_deploy_is_first_among_the_causes_of_its_incident(server: Server) -> None:
    poller = Poller(PrometheusSource(server.url), Settings(), clock=lambda: float(NOW))
    for _ in range(20):
        poller.tick()
        poller.incidents.go_on(None)
        poller.changes._derived._reading.has_ended(30)
        if {"label"} <= {incident.service for incident in poller.snapshot.incidents} and poller.snapshot.changes:
            break
    snapshot = poller.snapshot
    (incident,) = (incident for incident in snapshot.incidents if incident.service == "label")
    assert incident.end is not None
    seconds = int(incident.end - incident.start)
    spans = Spans(int(incident.end), seconds, seconds)
    explanation = explained(poller.source, "label", BadEvents.FAILED, spans).explanation
    first, *others = incident_suspects(snapshot, incident, explanation)
    assert first.change is not None
    assert (first.grade, first.change.change.version) == (Grade.MOST_LIKELY, "42")
    values = {each.finding: each for each in first.pro}
    assert values[Finding.SELECTED].labels == {"version": "42"}
    assert values[Finding.ENDED_WITH_ROLLBACK].name == "41"
    # 30 % of two requests a second, for an hour and five minutes.
    assert first.additional_bad == pytest.approx(0.3 * 2 * 65 * MINUTE, rel=0.1)
    assert Grade.POSSIBLE not in {suspect.grade for suspect in others}
    # Without the explanation the counts and the rollback suffice.
    assert incident_suspects(snapshot, incident)[0].change is first.change
    poller.stop()


def of(changes: list[Change], service: str) -> list[tuple[Kind, str, float, float | None, Outcome]]:
    """Kind, version, minutes of start and end from NOW, and outcome of the deploys of a service."""
    return [
        (
            change.kind,
            change.version,
            (change.start - NOW) / MINUTE,
            None if change.end is None else (change.end - NOW) / MINUTE,
            change.outcome,
        )
        for change in changes
        if change.service == service and change.kind is not Kind.SCALING
    ]


def test_a_canary_is_one_deploy_and_what_comes_back_is_a_rollback(derived: list[Change]) -> None:
    deploy, rollback = of(derived, "label")
    assert (deploy[0], deploy[1], deploy[4]) == (Kind.DEPLOY, "42", Outcome.SUCCEEDED)
    assert (rollback[0], rollback[1], rollback[4]) == (Kind.ROLLBACK, "41", Outcome.SUCCEEDED)
    # From the first request of the new version to the last one of the old, as far as scrapes of a minute tell it.
    assert deploy[2] == pytest.approx(DEPLOYED, abs=2)
    assert deploy[3] == pytest.approx(DEPLOYED + 40, abs=5)
    assert rollback[2] == pytest.approx(BACK, abs=2)
    assert rollback[3] == pytest.approx(BACK + 5, abs=5)
    # One that is under way has no end.
    assert of(derived, "shop/orders") == [(Kind.DEPLOY, "1.5.0", pytest.approx(DEPLOYED, abs=2), None, Outcome.STARTED)]


def test_images_and_builds_tell_of_deploys_and_a_restart_or_an_autoscaler_of_none(derived: list[Change]) -> None:
    for service, version in (("web", "v42"), ("built", "77aa91b0c2")):
        changes = of(derived, service)
        assert [(kind, name) for kind, name, *_ in changes] == [(Kind.DEPLOY, version)], service
        assert changes[0][2] == pytest.approx(DEPLOYED, abs=2)
        assert changes[0][3] == pytest.approx(DEPLOYED + 3, abs=10)
    assert of(derived, "busy") == []
    scaled = [change for change in derived if change.kind is Kind.SCALING]
    assert {change.service for change in scaled} == {"busy"}
    assert len(scaled) > 10
    assert scaled[0].text.startswith("Scaled busy from ")
    assert {change.service for change in derived} == {"label", "shop/orders", "web", "built", "busy"}
