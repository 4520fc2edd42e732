"""Deploys derived from a large server: what reading 30 days of versions costs it and this process.

GS_BENCH_CHANGES=1000 python -m pytest tests/bench/test_derived_changes.py -s: so many services of three pods over 30
days, each deployed every six days; else a dozen over two days. On a real VictoriaMetrics, which is filled in no time.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from dashboard.changes.change import Kind
from dashboard.engine.changes.derived_changes import DerivedChanges
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.sources.protocol import QueryCost
from dashboard.sources.versions import VersionsAnswer
from dashboard.timerange import DAY, HOUR
from tests.servers import NOW, Server, victoria

pytestmark = pytest.mark.servers

SERVICES = int(os.environ.get("GS_BENCH_CHANGES", "12"))
DAYS, EVERY = (30, 6 * DAY) if SERVICES > 12 else (2, DAY // 2)
PODS, SPACING = 3, 300
# An import of so many bytes at once.
BLOCK = 8_000_000


@dataclass(frozen=True)
class Times:
    """Time stamps, and values of a gauge and of a counter at them, as JSON; the same text for all that have them."""

    stamps: str
    ones: str
    counts: str

    @classmethod
    def between(cls, begin: int, end: int) -> "Times":
        stamps = range(begin, end, SPACING)
        return cls(
            ",".join(f"{at}000" for at in stamps),
            ",".join("1" for _ in stamps),
            ",".join(str((at - NOW) + 40 * DAY) for at in stamps),
        )


def line(times: Times, *, counts: bool = False, **labels: str) -> str:
    """A series as VictoriaMetrics imports it."""
    named = ",".join(f'"{name}":"{value}"' for name, value in labels.items())
    return f'{{"metric":{{{named}}},"values":[{times.counts if counts else times.ones}],"timestamps":[{times.stamps}]}}'


def world() -> Iterator[str]:
    """All series: requests by version, and what kube-state-metrics says of pods and their ReplicaSets."""
    begin = NOW - DAYS * DAY
    spans = [Times.between(at, min(at + EVERY, NOW + SPACING)) for at in range(begin, NOW, EVERY)]
    for number in range(SERVICES):
        service = f"svc{number:04}"
        for turn, times in enumerate(spans):
            replica_set, version = f"{service}-{turn:05}", f"v{turn}"
            requests = {"__name__": "http_requests_total", "job": service, "namespace": "shop", "version": version}
            yield line(times, counts=True, code="200", **requests)
            for pod in range(PODS):
                own = {"namespace": "shop", "pod": f"{replica_set}-{'bcd'[pod]}wxyz"}
                image = f"registry/{service}:{version}"
                yield line(times, __name__="kube_pod_container_info", container="app", image=image, **own)
                owner = {"owner_kind": "ReplicaSet", "owner_name": replica_set}
                yield line(times, __name__="kube_pod_owner", **owner, **own)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("large")
    running = victoria(folder)
    running.start()
    block: list[str] = []
    for series in world():
        block.append(series)
        if sum(map(len, block)) > BLOCK:
            send(running, block)
    send(running, block)
    httpx.get(f"{running.url}/internal/force_flush", timeout=300)
    yield running
    running.stop()


def send(running: Server, block: list[str]) -> None:
    httpx.post(f"{running.url}/api/v1/import", content="\n".join(block).encode(), timeout=300).raise_for_status()
    block.clear()


class Watched(PrometheusSource):
    """Notes what each answer about versions cost."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.costs: list[QueryCost] = []
        self.longest_s = 0.0

    def versions(self, services, grid) -> VersionsAnswer:  # type: ignore[no-untyped-def]
        began = time.monotonic()
        answer = super().versions(services, grid)
        self.longest_s = max(self.longest_s, time.monotonic() - began)
        self.costs += answer.costs
        return answer


def test_thirty_days_of_versions_are_read_part_by_part(server: Server) -> None:
    source = Watched(server.url)
    catalog = source.discover(NOW)
    source.adopt(catalog)
    process, began, cpu = psutil.Process(), time.monotonic(), time.process_time()
    before = process.memory_info().rss
    derived, most = DerivedChanges(source), 0
    now = float(NOW)
    while True:
        derived.advance(catalog.services, now)
        if derived._reading.is_idle:
            break
        while not derived._reading.has_ended(1.0):
            most = max(most, process.memory_info().rss)
        most = max(most, process.memory_info().rss)
    source.close()
    changes = [change for change in derived.newest.changes if change.kind is Kind.DEPLOY]
    points, size = (sum(getattr(cost, name) for cost in source.costs) for name in ("points", "bytes"))
    print(
        f"\n{SERVICES} services of {PODS} pods, {DAYS} days: {len(changes)} deploys from {len(source.costs)} queries, "
        f"{points / 1e6:.1f} M points, {size / 1e6:.0f} MB, in {time.monotonic() - began:.0f} s "
        f"({time.process_time() - cpu:.0f} s of CPU here), the longest part {source.longest_s:.1f} s, "
        f"at most {(most - before) / 1e6:.0f} MB more"
    )
    assert derived.newest.notes == ()
    assert len(changes) == SERVICES * (DAYS * DAY // EVERY - 1)
    # Beside refreshes: none of its parts is one that a server would refuse, or that would have to be given up.
    assert source.longest_s < 60
    assert len(source.costs) < 40 + 12 * DAYS * HOUR // 300
