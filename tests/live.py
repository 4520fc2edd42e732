"""Real servers that scrape the demo by the real clock, and dashboards on them, each a process of its own."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from dashboard.sources.demo.openmetrics import openmetrics
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import HOUR, Grid
from tests.servers import Server, filled, free_port

CLI = [sys.executable, "-m", "dashboard.cli"]


def until(holds: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
    """Wait until something holds; what cannot be reached does not hold yet."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            if holds():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:g} s: {what}")


@contextmanager
def scraping(kind: str, folder: Path) -> Iterator[Server]:
    """A Prometheus or a VictoriaMetrics with an hour of the demo that scrapes the demo's target once a second."""
    port = free_port()
    end = int(time.time()) // 15 * 15
    history = "\n".join([*openmetrics(DemoSource(start=end), Grid.between(end - HOUR, end, step=15)), ""])
    target = Server([*CLI, "demo", "--target", "--port", str(port)], port, "/metrics")
    config = folder / "scrape.yml"
    job = f"{{job_name: demo, honor_labels: true, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}"
    made = filled(kind, folder, history)
    made.stop()
    made.command += [f"-promscrape.config={config}"] if kind == "victoria" else []
    config.write_text(f"global: {{scrape_interval: 1s}}\nscrape_configs: [{job}]\n", encoding="utf-8")
    if kind == "prometheus":
        config.replace(folder / "prometheus.yml")
    try:
        target.start()
        made.start()
        until(lambda: scraped(made) >= 3, "three scrapes")
        yield made
    finally:
        made.stop()
        target.stop()


def scraped(server: Server) -> float:
    """How often the target was scraped so far."""
    query = {"query": "max(count_over_time(http_requests_total[5m]))", "nocache": "1"}
    series = httpx.get(f"{server.url}/api/v1/query", params=query).json()["data"]["result"]
    return float(series[0]["value"][1]) if series else 0.0


@contextmanager
def dashboard(*arguments: str) -> Iterator[Server]:
    """The dashboard as a user starts it, refreshed every second unless they say else; up, though not yet ready."""
    port = free_port()
    command, *options = arguments
    # Another test's server may have had the same port: what was kept of it is of no use here.
    if command == "serve" and not {"--config", "--state"} & set(options):
        options += ["--state", ":memory:"]
    made = Server([*CLI, command, "--port", str(port), "--refresh", "1s", *options], port, "/healthz")
    try:
        made.start()
        yield made
    finally:
        made.stop()
