"""Real Prometheus and VictoriaMetrics on loopback, with their own ports and data folders, ended by pid."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard.sources.demo.openmetrics import openmetrics
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import HOUR, Grid
from tests.slow import KINDS

NOW = 1_760_000_000 // HOUR * HOUR + 1800
START = NOW - 5 * HOUR
RESTART = NOW - 2 * HOUR
# Fifty of this process alone, below those that systems give away: workers that start together differ in the last
# digits of their ids.
FIRST_PORT = 20_000 + os.getpid() % 240 * 50
PORTS = cycle(range(FIRST_PORT, FIRST_PORT + 50))


def free_port() -> int:
    """The next port that nobody listens on."""
    for port in islice(PORTS, 50):
        with socket.socket() as candidate, suppress(OSError):
            candidate.bind(("127.0.0.1", port))
            return port
    raise AssertionError("all ports of this process are taken")


def binary(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not installed, and in CI nothing is skipped")
        pytest.skip(f"{name} is not installed")
    return path


class Server:
    """A process of our own and its address; it can be ended and started again on the same data."""

    def __init__(self, command: list[str], port: int, ready: str, **process: Any) -> None:
        """`ready`: the path that answers once it is ready. `process`: as for Popen, such as `cwd` and `env`."""
        self.command, self.port, self.url = command, port, f"http://127.0.0.1:{port}"
        self.ready, self._quiet = ready, {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **process}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **how: Any) -> None:
        """Start and wait until it is ready; `how` it is asked is passed to httpx."""
        self.process = subprocess.Popen(self.command, **self._quiet)
        for _ in range(600):
            try:
                if httpx.get(self.url + self.ready, **how).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{self.command[0]} did not become ready")

    def kill(self) -> None:
        """End it as a crash does."""
        assert self.process is not None, "only what runs can be killed"
        self.process.kill()
        self.process.wait(timeout=20)
        self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.process = None


def prometheus(folder: Path) -> Server:
    (folder / "prometheus.yml").write_text("global: {scrape_interval: 60s}\n", encoding="utf-8")
    port = free_port()
    command = [
        binary("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--storage.tsdb.retention.time=10y",
        "--log.level=error",
    ]
    return Server(command, port, "/-/ready")


def victoria(folder: Path) -> Server:
    port = free_port()
    command = [
        binary("victoria-metrics"),
        f"-storageDataPath={folder / 'data'}",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=10y",
        "-loggerLevel=ERROR",
    ]
    return Server(command, port, "/health")


def alertmanager(folder: Path) -> Server:
    """An Alertmanager that sends pages to `pager` and all else to `chat`, and tells nobody of what `Down` inhibits."""
    (folder / "alertmanager.yml").write_text(
        "route: {receiver: chat, group_wait: 1s, routes: [{matchers: ['severity=page'], receiver: pager}]}\n"
        "receivers: [{name: chat}, {name: pager}]\n"
        "inhibit_rules: [{source_matchers: [alertname=Down], target_matchers: [alertname=Slow], equal: [job]}]\n",
        encoding="utf-8",
    )
    port = free_port()
    command = [
        binary("prometheus-alertmanager"),
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=error",
    ]
    return Server(command, port, "/-/ready")


def filled(kind: str, folder: Path, text: str) -> Server:
    """A running Prometheus or VictoriaMetrics that holds what an OpenMetrics text with time stamps says."""
    if kind == "victoria":
        made = victoria(folder)
        made.start()
        httpx.post(f"{made.url}/api/v1/import/prometheus", content=milliseconds(text), timeout=60).raise_for_status()
        httpx.get(f"{made.url}/internal/force_flush", timeout=60)
        httpx.get(f"{made.url}/internal/resetRollupResultCache", timeout=60)
        return made
    (folder / "made.om").write_text(text, encoding="utf-8")
    backfill(folder / "made.om", folder / "data")
    made = prometheus(folder)
    made.start()
    return made


def backfill(text: Path, data: Path) -> None:
    """Blocks from an OpenMetrics file. promtool reads it once for each block, so these span as much as they may."""
    command = [binary("promtool"), "tsdb", "create-blocks-from", "--max-block-duration=720h", "openmetrics"]
    subprocess.run([*command, str(text), str(data)], check=True, stdout=subprocess.DEVNULL)


def milliseconds(openmetrics_text: str) -> bytes:
    """OpenMetrics has seconds, the Prometheus text format milliseconds."""
    rows = [line for line in openmetrics_text.splitlines() if line and not line.startswith("#")]
    return "\n".join(f"{row}000" for row in rows).encode()


@pytest.fixture(scope="session")
def world() -> DemoSource:
    """The truth that both servers were filled with."""
    return DemoSource(start=NOW)


@pytest.fixture(scope="session")
def exposition(world: DemoSource) -> str:
    """Five hours of the demo scraped every minute, with one restart of every target."""
    return "\n".join([*openmetrics(world, Grid.between(START, NOW, step=60), restarts=[RESTART]), ""])


@pytest.fixture(scope="session")
def prometheus_server(tmp_path_factory: pytest.TempPathFactory, exposition: str) -> Iterator[Server]:
    made = filled("prometheus", tmp_path_factory.mktemp("prometheus"), exposition)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def victoria_server(tmp_path_factory: pytest.TempPathFactory, exposition: str) -> Iterator[Server]:
    made = filled("victoria", tmp_path_factory.mktemp("victoria"), exposition)
    yield made
    made.stop()


@pytest.fixture(params=[f"{kind}_server" for kind in KINDS])
def few_servers(request: pytest.FixtureRequest) -> Server:
    """One of the two, or each of them."""
    made: Server = request.getfixturevalue(request.param)
    return made


@pytest.fixture(params=["prometheus_server", "victoria_server"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each of the two."""
    made: Server = request.getfixturevalue(request.param)
    return made
