"""What a real nginx writes of requests that were sent to it, in the formats that are usual."""

import socket
from collections import Counter
from pathlib import Path

import httpx
import pytest

from dashboard.sources.csv.formats.access_log import NO_NAME
from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import HOUR, Grid
from tests.servers import Server, binary, free_port

FORMATS = {
    "combined": '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" '
    '"$http_user_agent"',
    "main": '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" '
    '"$http_user_agent" "$http_x_forwarded_for"',
    "timed": '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" '
    '"$http_user_agent" $request_time $upstream_response_time',
    "hosts": '$host $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" '
    '"$http_user_agent" rt=$request_time',
}
# Path → requests; it begins with the status of the answer.
LOAD = {"/200/cart?x=1": 30, "/200/a%20b": 4, "/301/old": 3, "/404/x": 7, "/429/x": 2, "/500/pay": 5, "/502/up": 3}
AGENTS = ("plain", 'quo"ted \\ agent', "Mozilla/5.0 (X11; Linux, like Gecko) \\")
CONFIG = """
daemon off;
error_log stderr crit;
pid {folder}/nginx.pid;
events {{}}
http {{
  {formats}
  {paths}
  server {{
    listen 127.0.0.1:{port};
    {logs}
    location /ready {{ access_log off; return 200; }}
    location /200/ {{ return 200 "ok"; }}
    location /301/ {{ return 301 /; }}
    location /404/ {{ return 404; }}
    location /429/ {{ return 429; }}
    location /500/ {{ return 500; }}
    location /444/ {{ return 444; }}
    location /502/ {{ proxy_pass http://{group}; }}
  }}
  upstream {group} {{ server 127.0.0.1:{closed}; server 127.0.0.1:{closed}; }}
}}
"""


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the logs, once the load was sent."""
    folder = tmp_path_factory.mktemp("nginx")
    port, closed = free_port(), free_port()
    temporary = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    (folder / "nginx.conf").write_text(
        CONFIG.format(
            folder=folder,
            port=port,
            closed=closed,
            group="behind",
            formats="\n".join(f"log_format own_{name} '{text}';" for name, text in FORMATS.items()),
            paths="\n".join(f"{name}_temp_path {folder}/{name};" for name in temporary),
            logs="\n".join(f"access_log {folder}/{name}.log own_{name};" for name in FORMATS),
        ),
        encoding="utf-8",
    )
    server = Server([binary("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")], port, "/ready")
    try:
        server.start()
        _send(server.url, port)
    finally:
        server.stop()
    return folder


def _send(url: str, port: int) -> None:
    paths = [path for path, times in LOAD.items() for _ in range(times)]
    with httpx.Client(base_url=url) as client:
        for number, path in enumerate(paths):
            client.get(path, headers={"user-agent": AGENTS[number % len(AGENTS)], "host": "shop.example.com"})
    # No HTTP at all, a request without an answer, and one of the oldest kind.
    for raw in (b"\x16\x03\x01\r\n\r\n", b"GET /444/ HTTP/1.1\r\nHost: shop.example.com\r\n\r\n", b"GET /200/old\r\n"):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(raw)
            while connection.recv(4096):
                pass


SENT = sum(LOAD.values()) + 3
FAILED = LOAD["/500/pay"] + LOAD["/502/up"]
# With what is no HTTP (400) and what got no answer (444).
REFUSED = LOAD["/404/x"] + LOAD["/429/x"] + 2


@pytest.mark.parametrize("name", FORMATS)
def test_all_that_was_sent_is_counted_once(logs: Path, name: str) -> None:
    source = CsvSource([str(logs / f"{name}.log")])
    source.discover(4e9)
    answer = source.counts(_whole(source))
    frame = answer.frame
    counted: Counter[tuple[str, str]] = Counter()
    for service, measure, detail in frame.columns:
        counted[measure, detail] += round(float(frame[(service, measure, detail)].sum()))
    assert (counted["requests", ""], counted["errors", "server"], counted["errors", "client"]) == (
        SENT,
        FAILED,
        REFUSED,
    )
    timed = counted["latency", "inf"] + counted["failed_latency", "inf"]
    assert timed == (SENT if name in ("timed", "hosts") else 0)
    # Two requests asked for no host.
    expected = {"shop.example.com": SENT - 2, NO_NAME: 2} if name == "hosts" else {name: SENT}
    assert {info.name for info in source.discover(4e9).services} == set(expected)
    assert {service: round(float(frame[(service, "requests", "")].sum())) for service in expected} == expected
    assert (answer.bad_rows, answer.problems) == (0, ())


def _whole(source: CsvSource) -> Grid:
    """The hours that the load was sent in."""
    newest = source.counts(Grid(HOUR, HOUR, HOUR)).newest
    assert newest is not None
    end = -int(-newest // HOUR) * HOUR
    return Grid(end - HOUR, end, HOUR)
