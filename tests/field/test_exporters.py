"""What real exporters wrote is found, alone and all on one server, with the load that they were sent."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard import frames
from dashboard.engine.default_slos import default_slos
from dashboard.rules import write_rule_tests, write_rules
from dashboard.signals.current import CurrentValues, current_values
from dashboard.slo.indicators import Column, Query
from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.prometheus import presets
from dashboard.sources.prometheus.presets.preset import Outcome, Preset, ResourceQuery
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import Grid
from tests.field.documented import DOCUMENTED, Documented
from tests.field.exporters import FOLDER, PROBES, SCRAPES, SERVERS, Scrape
from tests.field.series import HOUR, Series, buckets, counter, gauge, outcomes, text
from tests.servers import NOW, Server, binary, filled

pytestmark = pytest.mark.servers

GRID = Grid.ending(NOW, span=600, step=60)
# Within a hundredth of the load that was sent.
CLOSE = 0.01
NAMED = "connections at $1"
OWN = [
    gauge("acme_pool_used", 3.0, team="cart", job="acme"),
    gauge("acme_pool_size", 4.0, team="cart", job="acme"),
    *outcomes("acme_http_requests_total", "result", {"ok": 0.9, "error": 0.1}, team="cart", job="acme"),
    *buckets("acme_http_seconds_bucket", {"0.1": 0.5, "0.5": 1.0}, team="cart", job="acme"),
]
# A label that no built-in preset knows names one of two services.
RENAMED = [
    *outcomes("http_requests_total", "code", {"200": 0.9, "500": 0.1}, team="cart", job="a", instance="a:80"),
    *outcomes("http_requests_total", "code", {"200": 1.0}, job="b", instance="b:80"),
]
# The counter names a service that the histogram of the same target does not name.
NAMED_TWICE = [
    *outcomes("http_requests_total", "code", {"200": 1.0}, service="shop", job="a", instance="a:80"),
    counter("http_request_duration_seconds_count", 10.0, job="a", instance="a:80", status_code="200"),
    counter("http_request_duration_seconds_count", 10.0, job="b", instance="b:80", status_code="200"),
]
POD = {"namespace": "shop", "pod": "cart-0", "container": "cart"}
# Five of ten a second Caddy failed by itself; PostgreSQL counts two kinds of failures with the same labels.
SEVERAL = [
    counter("caddy_http_requests_total", 10.0, job="edge", handler="subroute"),
    counter("caddy_http_request_duration_seconds_count", 4.0, job="edge", handler="subroute", code="200"),
    counter("caddy_http_request_duration_seconds_count", 1.0, job="edge", handler="subroute", code="404"),
    counter("caddy_http_request_errors_total", 5.0, job="edge", handler="subroute"),
    counter("pg_stat_database_xact_commit", 10.0, job="db", datname="shop"),
    counter("pg_stat_database_deadlocks", 1.0, job="db", datname="shop"),
    counter("pg_stat_database_conflicts", 2.0, job="db", datname="shop"),
    # Two Prometheus servers have scraped these.
    *(
        each
        for replica in ("a", "b")
        for each in (
            counter("container_cpu_usage_seconds_total", 0.9, **POD, cpu="total", replica=replica),
            gauge("container_memory_working_set_bytes", 80.0, **POD, replica=replica),
            gauge("kube_pod_container_resource_limits", 100.0, **POD, resource="memory", replica=replica),
            gauge("kube_pod_container_resource_limits", 2.0, **POD, resource="cpu", replica=replica),
            counter("kube_pod_container_status_restarts_total", 2 / HOUR, **POD, replica=replica),
        )
    ),
    *(
        gauge("pg_stat_activity_count", 15.0, job="db", state=state, replica=replica)
        for state in ("active", "idle")
        for replica in ("a", "b")
    ),
    *(gauge("pg_settings_max_connections", 60.0, job="db", replica=replica) for replica in ("a", "b")),
    counter("rabbitmq_global_messages_received_total", 10.0, job="queue"),
    counter("rabbitmq_global_messages_unroutable_dropped_total", 1.0, job="queue"),
    counter("rabbitmq_global_messages_unroutable_returned_total", 2.0, job="queue"),
    counter("rabbitmq_global_messages_received_total", 10.0, job="untold"),
]
DESCRIBED = [each for documented in DOCUMENTED for each in documented.series]
# It first failed by itself ten minutes ago: nothing counted that before.
LATE = [
    counter("caddy_http_requests_total", 10.0, job="edge"),
    counter("caddy_http_request_duration_seconds_count", 5.0, job="edge", code="200"),
    Series("caddy_http_request_errors_total", {"job": "edge"}, per_s=5.0, start=NOW - 600),
]
# One of two targets is down, to an operator who counts scrapes.
UP = [gauge("up", value, job="shop", instance=instance) for instance, value in (("a", 1.0), ("b", 0.0))]
ACME = Preset(
    "acme",
    "acme_http_requests_total",
    "acme_http_requests_total",
    service_labels=(("team",),),
    outcomes=(Outcome("result"),),
    bucket="acme_http_seconds_bucket",
    resources=(ResourceQuery(NAMED, "max by ($by) (acme_pool_used{$match} / acme_pool_size{$match})"),),
)
Readings = dict[str, tuple[ServiceInfo, CurrentValues]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    everything = (*SCRAPES, *SERVERS, *(Scrape(job, "blackbox-exporter") for job in PROBES))
    scraped = [each for scrape in everything for each in scrape.series()]
    own = {
        "own": OWN,
        "renamed": RENAMED,
        "named twice": NAMED_TWICE,
        "several counters": SEVERAL,
        "late": LATE,
        "up": UP,
    }
    written = text({"exporters": scraped, "documented": DESCRIBED, **own})
    made = filled("prometheus", tmp_path_factory.mktemp("exporters"), written)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def together(server: Server) -> Readings:
    """Every scrape on one server, as where many teams share one."""
    return readings(PrometheusSource(server.url, matchers={"case": "exporters"}))


def readings(source: PrometheusSource) -> Readings:
    infos = source.discover(NOW).services
    frame = source.samples(GRID).frame
    source.close()
    return {
        info.name: (info, current_values(frames.of_service(frame, info.name), threshold=info.threshold))
        for info in infos
    }


def agrees(measured: Readings, scrape: Scrape) -> None:
    assert scrape.name in measured
    info, now = measured[scrape.name]
    assert info.preset == scrape.preset
    assert now.traffic == pytest.approx(scrape.traffic, rel=CLOSE)
    for part, wanted in (("server", scrape.ratio(scrape.failed)), ("client", scrape.ratio(scrape.refused))):
        assert now.errors.get(part) == (None if wanted is None else pytest.approx(wanted, rel=CLOSE, abs=1e-6)), part
    assert now.mean_latency == (None if scrape.mean is None else pytest.approx(scrape.mean, rel=0.03))
    if scrape.p95 is None:
        assert info.bounds == ()
    else:
        assert scrape.p95[0] <= now.latency["0.95"] <= scrape.p95[1]
    assert resources(now, scrape) == pytest.approx(dict(scrape.saturation), rel=CLOSE)


def resources(now: CurrentValues, scrape: Scrape) -> dict[str, float | None]:
    """How full it is; the process aside, which many tell alike."""
    return {name: now.saturation.get(name) for name in scrape.saturation}


@pytest.mark.parametrize("scrape", SCRAPES, ids=lambda scrape: scrape.job)
def test_an_exporter_alone_is_found_with_its_load(server: Server, scrape: Scrape) -> None:
    agrees(readings(PrometheusSource(server.url, matchers={"job": scrape.job})), scrape)


@pytest.mark.parametrize("scrape", SCRAPES, ids=lambda scrape: scrape.job)
def test_an_exporter_among_all_others_is_found_with_its_load(together: Readings, scrape: Scrape) -> None:
    agrees(together, scrape)


@pytest.mark.parametrize("scrape", SERVERS, ids=lambda scrape: scrape.job)
def test_a_server_is_found_with_what_can_run_out(together: Readings, scrape: Scrape) -> None:
    info, now = together[scrape.name]
    assert info.preset == scrape.preset
    assert resources(now, scrape) == pytest.approx(dict(scrape.saturation), rel=CLOSE)


@pytest.mark.parametrize("probe", PROBES)
def test_a_probe_is_a_request_each_time_it_is_made(together: Readings, probe: str) -> None:
    failed, seconds = PROBES[probe]
    info, now = together[f"{probe}:80"]
    assert info.preset == "blackbox-exporter"
    assert (now.traffic, now.errors["server"]) == pytest.approx((1 / 15, failed), rel=CLOSE)
    assert now.mean_latency == pytest.approx(seconds, rel=CLOSE)


@pytest.fixture(scope="module")
def described(server: Server) -> Readings:
    return readings(PrometheusSource(server.url, matchers={"case": "documented"}))


@pytest.mark.parametrize("documented", DOCUMENTED, ids=lambda documented: documented.preset)
def test_series_as_they_are_documented_are_read(described: Readings, documented: Documented) -> None:
    info, now = described[documented.name]
    assert info.preset == documented.preset
    assert (now.traffic, now.errors.get("server")) == (about(documented.per_s), about(documented.failed))
    assert now.saturation == pytest.approx(dict(documented.saturation), rel=CLOSE)
    assert now.usage == pytest.approx(dict(documented.usage), rel=CLOSE)
    assert bool(info.bounds) == (documented.p95 is not None)
    assert now.latency.get("0.95") == about(documented.p95)


def test_every_service_that_is_documented_is_found_and_no_other(described: Readings) -> None:
    assert set(described) == {documented.name for documented in DOCUMENTED}


def about(expected: float | None) -> Any:
    return None if expected is None else pytest.approx(expected, rel=CLOSE)


def test_nothing_else_is_taken_for_a_service(together: Readings) -> None:
    assert set(together) == {*(scrape.name for scrape in (*SCRAPES, *SERVERS)), *(f"{probe}:80" for probe in PROBES)}


def test_a_more_general_preset_is_not_named_beside_the_one_that_is_shown(together: Readings) -> None:
    assert [note for info, _ in together.values() for note in info.notes if "also known" in note] == []


def test_what_a_library_miscounts_is_said_in_its_preset() -> None:
    for scrape in SCRAPES:
        assert (scrape.counted is None) == (not scrape.because)
        assert scrape.because in (presets.FOLDER / f"{scrape.preset}.toml").read_text(encoding="utf-8"), scrape.job


def test_every_scrape_is_tried() -> None:
    tried = {*(scrape.job for scrape in (*SCRAPES, *SERVERS)), *PROBES}
    assert {path.stem for path in Path(FOLDER).glob("*.txt")} == tried


def test_a_preset_of_the_operator_finds_metrics_of_their_own(server: Server) -> None:
    info, now = readings(PrometheusSource(server.url, matchers={"case": "own"}, presets=[ACME]))["cart"]
    assert info.preset == "acme"
    assert (now.traffic, now.errors["server"]) == pytest.approx((10.0, 0.1), rel=CLOSE)
    assert now.latency["0.95"] == pytest.approx(0.46, rel=CLOSE)
    assert now.saturation == {NAMED: 0.75}


def test_what_a_preset_of_the_operator_names_has_no_second_name(server: Server) -> None:
    teams = replace(ACME, requests="http_requests_total", marker="http_requests_total", outcomes=(Outcome("code"),))
    measured = readings(PrometheusSource(server.url, matchers={"case": "renamed"}, presets=[teams]))
    assert {name: info.preset for name, (info, _) in measured.items()} == {"cart": "acme", "b": "generic-http"}
    assert [measured[name][1].errors["server"] for name in ("cart", "b")] == pytest.approx([0.1, 0.0], rel=CLOSE)


@pytest.mark.parametrize(
    ("changed", "note"),
    [
        ({"marker": "acme_requests_total"}, "the server has no acme_requests_total: check the name of the metric"),
        (
            {"service_labels": (("team_name",), ("region", "team"))},
            "no series of acme_http_requests_total has the label team_name or region+team: check services",
        ),
        (
            {"matchers": 'env="prod"'},
            'no series of acme_http_requests_total{env="prod"} has the label team: check services and matchers',
        ),
        (
            {"resources": (ResourceQuery("queue", "max by ($by) (acme_queue{$match})"),)},
            "its resource queue gives nothing here: max by ($by) (acme_queue{$match})",
        ),
        ({}, None),
    ],
)
def test_a_preset_of_the_operator_that_is_of_no_use_is_named(
    server: Server, changed: dict[str, Any], note: str | None
) -> None:
    source = PrometheusSource(server.url, matchers={"case": "own"}, presets=[replace(ACME, **changed)])
    notes = source.discover(NOW).notes
    source.close()
    assert [each for each in notes if "preset acme" in each] == ([f"preset acme: {note}"] if note else [])


def test_a_target_is_counted_by_the_first_of_its_counters(server: Server) -> None:
    measured = readings(PrometheusSource(server.url, matchers={"case": "named twice"}))
    assert {name: info.preset for name, (info, _) in measured.items()} == {"shop": "generic-http", "b": "generic-http"}
    assert [now.traffic for _, now in measured.values()] == pytest.approx([10.0, 10.0], rel=CLOSE)


SEVERAL_TRUTH = {
    "edge": {"server": 0.5, "client": 0.1},
    "db": {"server": 0.3},
    "queue": {"server": 0.1, "client": 0.2},
    "untold": {},
}


@pytest.fixture(scope="module")
def several(server: Server) -> Iterator[PrometheusSource]:
    source = PrometheusSource(server.url, matchers={"case": "several counters"})
    source.discover(NOW)
    yield source
    source.close()


def test_several_counters_of_failures_are_added_up(several: PrometheusSource) -> None:
    frame = several.samples(GRID).frame
    for name, wanted in SEVERAL_TRUTH.items():
        now = current_values(frames.of_service(frame, name), threshold=None)
        assert now.errors == pytest.approx(wanted, rel=CLOSE), name


def test_a_counter_that_appears_with_its_first_failure_counts_without_another_search(server: Server) -> None:
    source = PrometheusSource(server.url, matchers={"case": "late"})
    (info,) = source.discover(NOW - 900).services
    now = current_values(frames.of_service(source.samples(GRID).frame, "edge"), threshold=None)
    promql = source.expression(Column("edge", "errors", "server"))
    source.close()
    assert info.errors
    assert now.errors["server"] == pytest.approx(0.5, rel=CLOSE)
    assert "caddy_http_request_errors_total" in promql


def test_a_resource_is_a_share_of_its_limit_however_many_scrape_it(several: PrometheusSource) -> None:
    frame = several.samples(GRID).frame
    database, pod = (current_values(frames.of_service(frame, name), threshold=None) for name in ("db", "shop/cart-0"))
    assert database.saturation == {"connections": pytest.approx(0.5)}
    assert pod.saturation == pytest.approx({"cpu": 0.45, "memory": 0.8}, rel=CLOSE)
    assert pod.usage == pytest.approx({"restarts": 2.0}, rel=0.05)


def test_without_any_of_them_failures_cannot_be_told(several: PrometheusSource) -> None:
    info = {info.name: info for info in several.discover(NOW).services}["untold"]
    assert not info.errors
    assert info.notes[0] == (
        "failed requests cannot be recognised: it has no rabbitmq_global_messages_unroutable_dropped_total"
        " nor rabbitmq_global_messages_unroutable_returned_total"
    )


def test_their_events_and_expressions_agree(several: PrometheusSource) -> None:
    hour = Grid(NOW, NOW, 1800)
    counted = several.counts(hour).frame
    for name, ratios in SEVERAL_TRUTH.items():
        assert ((name, "errors", "server") in counted) == bool(ratios)
        if failed := ratios.get("server"):
            asked = Query(several.expression(Column(name, "errors", "server")), counter=True)
            by_query = several.query_values([asked], hour).frame[asked.key]
            assert counted[(name, "errors", "server")].iloc[-1] == pytest.approx(10 * failed * 1800, rel=CLOSE)
            assert by_query.iloc[-1] == pytest.approx(10 * failed * 1800, rel=CLOSE)


def test_probes_are_counted_in_each_step_and_once(server: Server) -> None:
    source = PrometheusSource(server.url, matchers={"job": "blackbox-fail"})
    source.discover(NOW)
    grid = Grid.ending(NOW, span=1800, step=300)
    counted = source.counts(grid).frame
    columns = [Column("blackbox-fail:80", "requests", ""), Column("blackbox-fail:80", "errors", "server")]
    asked = [Query(source.expression(column), counter=True) for column in columns]
    by_query = source.query_values(asked, grid).frame
    source.close()
    for column, query in zip(columns, asked, strict=True):
        assert list(counted[(column.service, column.measure, column.detail)]) == [20.0] * len(grid)
        assert list(by_query[query.key]) == [20.0] * len(grid)


def test_rules_and_their_tests_are_written_for_several_counters(several: PrometheusSource, tmp_path: Path) -> None:
    slos = default_slos({info.name: info for info in several.discover(NOW).services}["edge"])
    path = tmp_path / "rules.yaml"
    path.write_text(write_rules(slos, several.expression).text, encoding="utf-8")
    process = subprocess.run(
        [binary("promtool"), "check", "rules", str(path)], capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stdout
    assert "is not tested" not in write_rule_tests(slos, several.expression, rule_file="rules.yaml")


def test_an_operator_may_make_probes_of_any_gauge(server: Server) -> None:
    targets = Preset("targets", "up", "up", service_labels=(("job",),), probe=True)
    measured = readings(PrometheusSource(server.url, matchers={"case": "up"}, presets=[targets]))
    assert {name: (now.traffic, now.errors["server"]) for name, (_, now) in measured.items()} == {
        "shop": (pytest.approx(2 / 15), pytest.approx(0.5))
    }
