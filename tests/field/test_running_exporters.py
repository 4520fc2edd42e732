"""Real libraries and exporters are started and sent a known load: all of it is counted, and nothing else."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from dashboard import frames
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import Grid
from tests.field.running import LOAD, SENT, SPAN, Running, grpc_app, haproxy, http_app, prometheus_itself, redis
from tests.field.series import Series, text
from tests.servers import NOW, filled

pytestmark = pytest.mark.servers

STEP = Grid(NOW, NOW, SPAN)
FAILED, MISSING = LOAD["/fail"], LOAD["/missing"]


@dataclass(frozen=True)
class Truth:
    """What is to be found.

    Attributes:
        preset: that knows it. `service`: its name.
        requests: those of the load that it counts; None: it counts others, too.
        failed, refused: of these.
        timed: those whose latency is counted, without failed ones where the buckets tell these; None: it has none.
    """

    preset: str
    service: str
    requests: float | None = SENT
    failed: float = FAILED
    refused: float = MISSING
    timed: float | None = SENT


RUNNING: Mapping[str, Callable[[Path], Running]] = {
    "flask": lambda _: http_app("flask", "prometheus_flask_exporter"),
    "django": lambda _: http_app("django", "django_prometheus"),
    "starlette": lambda _: http_app("starlette", "starlette_exporter"),
    "tornado": lambda _: http_app("tornado", "tornado_prometheus"),
    "grpc": lambda _: grpc_app(),
    "haproxy": haproxy,
    "redis": lambda _: redis(),
    "prometheus": prometheus_itself,
}
TRUTH = {
    "flask": Truth("flask-exporter", "flask", timed=SENT - FAILED),
    # Its buckets hold the scrape before the load, too: its preset says so.
    "django": Truth("django", "django", timed=SENT + 1),
    # What has no route it does not count.
    "starlette": Truth(
        "starlette-exporter", "starlette", requests=SENT - MISSING, refused=0, timed=SENT - MISSING - FAILED
    ),
    "tornado": Truth("tornado", "tornado"),
    "grpc": Truth("grpc", "shop.Cart"),
    "haproxy": Truth("haproxy", "shop-backend", timed=None),
    # The exporter sends commands of its own.
    "redis": Truth("redis", "redis", requests=None, timed=None),
    # It is asked nothing that it fails in.
    "prometheus": Truth("prometheus", "prometheus", failed=0),
}


@dataclass(frozen=True)
class Counted:
    """What the product made of the difference between two scrapes."""

    presets: Mapping[str, str]
    events: pd.DataFrame
    rates: pd.DataFrame
    skipped: Mapping[str, str]


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counted]:
    folder, running, skipped = tmp_path_factory.mktemp("running"), {}, {}
    for name, make in RUNNING.items():
        try:
            running[name] = make(folder)
        except pytest.skip.Exception as reason:
            skipped[name] = str(reason)
    series: list[Series] = []
    try:
        with ThreadPoolExecutor(len(running)) as pool:
            list(pool.map(lambda each: each.start(), running.values()))
            for measured in pool.map(lambda name: running[name].measure(name), running):
                series += measured
    finally:
        for each in running.values():
            each.stop()
    server = filled("prometheus", tmp_path_factory.mktemp("prometheus"), text({"running": series}))
    source = PrometheusSource(server.url)
    presets = {info.name: info.preset for info in source.discover(NOW).services}
    yield Counted(presets, source.counts(STEP).frame, source.samples(STEP).frame, skipped)
    source.close()
    server.stop()


@pytest.mark.parametrize("name", TRUTH)
def test_every_request_that_was_sent_is_counted_once(counted: Counted, name: str) -> None:
    if name in counted.skipped:
        pytest.skip(counted.skipped[name])
    truth = TRUTH[name]
    assert counted.presets[truth.service] == truth.preset
    events = frames.of_service(counted.events, truth.service).iloc[-1]
    if truth.requests is not None:
        assert events["requests", ""] == pytest.approx(truth.requests, abs=1e-6)
    assert events["errors", "server"] == pytest.approx(truth.failed, abs=1e-6)
    rates = frames.of_service(counted.rates, truth.service).iloc[-1]
    assert rates["errors", "client"] * SPAN == pytest.approx(truth.refused, abs=1e-6)
    if truth.timed is not None:
        assert events["latency", "inf"] == pytest.approx(truth.timed, abs=1e-6)
