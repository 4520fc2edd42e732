"""From the command to a wall with budgets: on a real Prometheus with history, and on the demo.

GS_BENCH_DAYS=30 python -m pytest tests/bench/test_first_wall.py -s     for what the README reports;
how soon the wall must stand is asserted in that run alone, since something else may run beside any other.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard.engine.poller import Poller
from dashboard.sources.demo.openmetrics import openmetrics
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import DAY, Grid
from tests.servers import Server, binary, free_port, prometheus

DAYS = int(os.environ.get("GS_BENCH_DAYS", "1"))
FULL = DAYS >= 30


@pytest.fixture
def filled(tmp_path: Path) -> tuple[Path, int]:
    """Blocks of so many days of the demo, scraped every minute until soon after now, and their number of samples."""
    end = int(time.time()) // 60 * 60 + 600
    world = DemoSource(start=end)
    count = 0
    for day in range(DAYS, 0, -1):
        lines = list(openmetrics(world, Grid.between(end - day * DAY, end - (day - 1) * DAY, step=60)))
        count += sum(not line.startswith("#") for line in lines)
        (tmp_path / "day.om").write_text("\n".join(lines) + "\n", encoding="utf-8")
        backfill = [binary("promtool"), "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=24h"]
        command = [*backfill, str(tmp_path / "day.om"), str(tmp_path / "data")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return tmp_path, count


@pytest.mark.servers
def test_the_first_wall_of_a_prometheus_stands_within_ten_seconds(filled: tuple[Path, int]) -> None:
    folder, count = filled
    upstream = prometheus(folder)
    upstream.start()
    port = free_port()
    command = [sys.executable, "-m", "dashboard.cli", "serve", "--prometheus", upstream.url, "--port", str(port)]
    # Each start is a first one.
    command += ["--state", ":memory:"]
    dashboard = Server(command, port, "/healthz")
    began = time.perf_counter()
    try:
        dashboard.start()
        up = time.perf_counter() - began
        status = complete(dashboard.url)
        took = time.perf_counter() - began
    finally:
        dashboard.stop()
        upstream.stop()
    print(
        f"\n{DAYS} days, {count / 1e6:.1f} million samples: the page answers after {up:.1f} s, full after {took:.1f} s"
    )
    assert len(status["services"]) == 12
    if FULL:
        assert took < 10


def complete(url: str) -> dict[str, Any]:
    """The status once it holds a budget over all of the history."""
    for _ in range(600):
        status: dict[str, Any] = httpx.get(f"{url}/api/v1/status").json()
        if status["slos"] and max(slo["coverage"] for slo in status["slos"]) > 0.9 * DAYS / 30:
            return status
        time.sleep(0.1)
    raise AssertionError("no budget after a minute")


def test_thirty_days_of_the_demo_are_made_in_well_under_two_seconds() -> None:
    began, cpu = time.perf_counter(), time.process_time()
    poller = Poller(DemoSource(start=1_760_000_000.0), clock=lambda: 1_760_000_000.0)
    poller.tick()
    took, computed = time.perf_counter() - began, time.process_time() - cpu
    print(f"\n30 days of 12 services, made and judged in {took:.2f} s")
    budgets = [slo.coverage for report in poller.snapshot.services for slo in report.slos]
    assert max(budgets) > 0.99
    assert computed < 2
