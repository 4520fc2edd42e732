"""Libraries and exporters that run: started on loopback, sent a known load, and read before and after it."""

import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.field.exporters import GROWING, samples
from tests.field.series import Series
from tests.servers import Server, binary, free_port, prometheus

# What each is sent: path → times.
LOAD = {"/ok": 60, "/slow": 10, "/fail": 12, "/missing": 8}
SENT = sum(LOAD.values())
# Seconds over which the difference between two scrapes is spread.
SPAN = 600
Values = dict[tuple[str, tuple[tuple[str, str], ...]], tuple[str, float]]


@dataclass
class Running:
    """What runs.

    Attributes:
        server: serves its metrics. `others`: processes that it needs, started before it.
        send: sends it the load.
        late: a counter that may be counted once the answer has already arrived, and how much the load adds to it.
    """

    server: Server
    send: Callable[[], None]
    others: tuple[Server, ...] = ()
    late: tuple[str, float] = ("", 0.0)

    def start(self) -> None:
        for each in (*self.others, self.server):
            each.start()

    def stop(self) -> None:
        for each in (self.server, *self.others):
            each.stop()

    def scrape(self) -> Values:
        text = httpx.get(f"{self.server.url}/metrics").text
        return {(name, tuple(labels.items())): (kind, value) for name, kind, labels, value in samples(text)}

    def measure(self, job: str) -> list[Series]:
        """Send the load; its series, with all of it in them and no more."""
        before = self.scrape()
        self.send()
        after = self.scrape()
        for _ in range(50):
            if self._late(after) - self._late(before) >= self.late[1]:
                break
            time.sleep(0.1)
            after = self.scrape()
        return list(self._series(job, before, after))

    def _late(self, values: Values) -> float:
        return sum(value for (name, _), (_, value) in values.items() if name == self.late[0])

    def _series(self, job: str, before: Values, after: Values) -> Iterator[Series]:
        """What changed between two scrapes, as counters that grow evenly."""
        for (name, labels), (kind, value) in after.items():
            named = {"job": job, "instance": f"{job}:80", **dict(labels)}
            if kind in GROWING:
                _, earlier = before.get((name, labels), (kind, 0.0))
                yield Series(name, named, per_s=(value - earlier) / SPAN)
            else:
                yield Series(name, named, value=value)


def each_path() -> list[str]:
    return [path for path, times in LOAD.items() for _ in range(times)]


def over_http(url: str) -> None:
    """The load, eight at a time."""
    with httpx.Client(base_url=url, timeout=30) as client, ThreadPoolExecutor(8) as pool:
        for _ in pool.map(client.get, each_path()):
            pass


def needed(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{module} is not installed, and in CI nothing is skipped")
        pytest.skip(f"{module} is not installed")


def app(name: str, port: int, metrics_port: int, ready: str = "/metrics") -> Server:
    command = [sys.executable, "-m", "tests.field.apps", name, str(port), str(metrics_port)]
    return Server(command, metrics_port, ready)


def http_app(name: str, module: str) -> Running:
    """A server of `tests.field.apps` that serves its metrics beside its pages."""
    needed(module)
    port = free_port()
    server = app(name, port, port)
    return Running(server, lambda: over_http(server.url))


def grpc_app() -> Running:
    needed("py_grpc_prometheus")
    import grpc

    port, metrics_port = free_port(), free_port()
    words = {"/ok": b"ok", "/slow": b"slow", "/fail": b"internal", "/missing": b"not_found"}

    def send() -> None:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel, ThreadPoolExecutor(8) as pool:
            do = channel.unary_unary("/shop.Cart/Do")

            def call(path: str) -> None:
                with suppress(grpc.RpcError):
                    do(words[path], timeout=30)

            list(pool.map(call, each_path()))

    return Running(app("grpc", port, metrics_port), send)


def haproxy(folder: Path) -> Running:
    """HAProxy's own endpoint, with a server behind it that knows nothing of metrics."""
    behind, port, metrics_port = free_port(), free_port(), free_port()
    (folder / "haproxy.cfg").write_text(
        f"""
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend edge
  bind 127.0.0.1:{port}
  default_backend shop-backend
backend shop-backend
  server s1 127.0.0.1:{behind}
frontend stats
  bind 127.0.0.1:{metrics_port}
  http-request use-service prometheus-exporter if {{ path /metrics }}
""",
        encoding="utf-8",
    )
    server = Server([binary("haproxy"), "-db", "-q", "-f", str(folder / "haproxy.cfg")], metrics_port, "/metrics")
    return Running(
        server,
        lambda: over_http(f"http://127.0.0.1:{port}"),
        (app("plain", behind, behind, "/ok"),),
        late=("haproxy_backend_http_responses_total", SENT),
    )


class Redis(Server):
    """Redis: it speaks no HTTP."""

    def start(self, **_: object) -> None:
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _attempt in range(600):
            with suppress(OSError):
                commands(self.port, ["PING"])
                return
            time.sleep(0.1)
        raise AssertionError("redis-server did not become ready")


def commands(port: int, lines: list[str]) -> list[bytes]:
    """The first line of each answer."""
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as answers:
        connection.sendall("".join(f"{line}\r\n" for line in lines).encode())
        return [answers.readline() for _ in lines]


def redis() -> Running:
    """Redis through its exporter: a wrong command is the caller's fault, full memory its own."""
    port, metrics_port = free_port(), free_port()
    server = Redis([binary("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""], port, "")
    listen = f"--web.listen-address=127.0.0.1:{metrics_port}"
    command = [binary("prometheus-redis-exporter"), f"--redis.addr=redis://127.0.0.1:{port}", listen]

    def send() -> None:
        commands(port, ["PING"] * 70 + ["LPUSH words one"] + ["INCR words"] * LOAD["/missing"])
        commands(port, ["CONFIG SET maxmemory 1"] + ["SET key value"] * LOAD["/fail"] + ["CONFIG SET maxmemory 0"])

    return Running(Server(command, metrics_port, "/metrics"), send, (server,))


def prometheus_itself(folder: Path) -> Running:
    """A Prometheus about itself: a query that is no PromQL is the caller's fault."""
    server = prometheus(folder)

    def send() -> None:
        with httpx.Client(base_url=server.url, timeout=30) as client:
            for query in ["1"] * (SENT - LOAD["/missing"]) + ["("] * LOAD["/missing"]:
                client.get("/api/v1/query", params={"query": query})

    return Running(server, send)
