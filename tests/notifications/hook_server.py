"""A receiver of webhooks on loopback that keeps what it gets, and answers what a test says."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Answer:
    """What is answered; `drip`: seconds between two lines of a head that never ends."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    drip: float = 0.0


@dataclass(frozen=True)
class Received:
    """One request: its headers by name in lower case, and its body."""

    path: str
    headers: Mapping[str, str]
    body: str


class _Handler(BaseHTTPRequestHandler):
    server: "HookServer"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append(Received(self.path, headers, body))
        answer = self.server.answers.pop(0) if self.server.answers else Answer()
        while answer.drip and not self.server.ended.wait(answer.drip):
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


class HookServer(ThreadingHTTPServer):
    """On loopback, with a port of its own.

    Attributes:
        received: requests so far. `answers`: to the next ones; without any all is well.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[Received] = []
        self.answers: list[Answer] = []
        self.ended = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def wait_for(self, count: int, seconds: float = 60.0) -> None:
        """Wait until so many requests have come."""
        ends = time.monotonic() + seconds
        while len(self.received) < count:
            assert time.monotonic() < ends, f"{len(self.received)} of {count} requests came"
            time.sleep(0.01)

    def handle_error(self, *_: object) -> None:
        """Quiet: clients that give up are what is tested."""


@contextmanager
def hook_server() -> Iterator[HookServer]:
    """Such a server while the block runs."""
    server = HookServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.ended.set()
    server.shutdown()
    server.server_close()
    thread.join()
