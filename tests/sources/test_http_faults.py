"""A small server that misbehaves: each fault becomes one class of error with one sentence, and goes away by itself."""

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from dashboard.exceptions import (
    AccessDenied,
    InvalidData,
    LimitExceeded,
    QueryRejected,
    SourceError,
    SourceTimeout,
    SourceUnavailable,
    WrongEndpoint,
)
from dashboard.sources.decode import reply_of
from dashboard.sources.http import Api
from tests.servers import free_port

JSON = "application/json"
GOOD = b'{"status":"success","data":{"resultType":"vector","result":[]}}'


class Misbehaving(BaseHTTPRequestHandler):
    """Answers every question with what the test has put here."""

    status: ClassVar[int] = 200
    body: ClassVar[bytes] = GOOD
    headers_sent: ClassVar[dict[str, str]] = {}
    hang: ClassVar[threading.Event | None] = None

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.hang is not None:
            self.hang.wait(5)
        self.send_response(self.status)
        for name, value in ({"Content-Type": JSON, "Content-Length": str(len(self.body))} | self.headers_sent).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def where() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Misbehaving)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
    Misbehaving.status, Misbehaving.body, Misbehaving.headers_sent, Misbehaving.hang = 200, GOOD, {}, None


def asked(where: str, timeout_s: float = 5.0) -> None:
    api = Api(where, timeout_s=timeout_s)
    try:
        reply_of(api.post("query", {"query": "up"}, query="up")[0], where)
    finally:
        api.close()


def failing(kind: str, error: str) -> bytes:
    return f'{{"status":"error","errorType":"{kind}","error":"{error}"}}'.encode()


@pytest.mark.parametrize(
    ("status", "body", "headers", "error", "says"),
    [
        (400, failing("bad_data", "parse error at char 3"), {}, QueryRejected, "parse error at char 3"),
        (422, failing("422", "unknown function"), {}, QueryRejected, "unknown function"),
        (422, failing("execution", "context deadline exceeded"), {}, SourceTimeout, "gave up"),
        (503, failing("timeout", "query timed out"), {}, SourceTimeout, "gave up"),
        (400, failing("bad_data", "exceeded maximum resolution of 11,000 points"), {}, LimitExceeded, "limits"),
        (422, failing("422", "too many points for the given step"), {}, LimitExceeded, "limits"),
        (401, b"Unauthorized", {"Content-Type": "text/plain"}, AccessDenied, "credentials"),
        (403, b"", {}, AccessDenied, "credentials"),
        (404, b"404 page not found", {"Content-Type": "text/plain"}, WrongEndpoint, "path prefix"),
        (400, b"unsupported path requested", {"Content-Type": "text/plain"}, WrongEndpoint, "path prefix"),
        (302, b"", {"Location": "https://login.example/"}, WrongEndpoint, "login.example"),
        (200, b"<html>Log in</html>", {"Content-Type": "text/html"}, WrongEndpoint, "not a Prometheus API"),
        (413, b"", {}, LimitExceeded, "too large"),
        (429, b"", {"Content-Type": "text/plain"}, SourceUnavailable, "not available"),
        (502, b"<html>", {"Content-Type": "text/html"}, SourceUnavailable, "not available"),
        (503, failing("internal", "no store"), {}, SourceUnavailable, "no store"),
        (200, GOOD[:30], {}, InvalidData, "no valid JSON"),
        (200, gzip.compress(GOOD)[:-12], {"Content-Encoding": "gzip"}, InvalidData, "no valid JSON"),
        (200, b'{"status":"error","error":"half"}', {}, InvalidData, "without data"),
        (400, b"Client sent an HTTP request to an HTTPS server.", {"Content-Type": "text/plain"}, WrongEndpoint, "TLS"),
    ],
)
def test_a_fault_has_its_class_and_its_sentence(
    where: str, status: int, body: bytes, headers: dict[str, str], error: type[SourceError], says: str
) -> None:
    Misbehaving.status, Misbehaving.body, Misbehaving.headers_sent = status, body, headers
    with pytest.raises(SourceError, match=says) as caught:
        asked(where)
    assert type(caught.value) is error
    assert "\n" not in str(caught.value)
    Misbehaving.status, Misbehaving.body, Misbehaving.headers_sent = 200, GOOD, {}
    asked(where)


def test_a_server_that_does_not_answer_is_a_timeout(where: str) -> None:
    Misbehaving.hang = threading.Event()
    with pytest.raises(SourceTimeout, match=r"no answer within 0\.3 s"):
        asked(where, timeout_s=0.3)
    Misbehaving.hang.set()


def test_a_body_shorter_than_promised_is_broken_off(where: str) -> None:
    Misbehaving.headers_sent = {"Content-Length": "9999", "Connection": "close"}
    with pytest.raises(SourceUnavailable, match="broke off"):
        asked(where, timeout_s=2)


def test_nobody_listening_is_unavailable() -> None:
    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        asked(f"http://127.0.0.1:{free_port()}")


def test_https_to_a_plain_port_says_what_to_write(where: str) -> None:
    with pytest.raises(WrongEndpoint, match="write http://"):
        asked(where.replace("http://", "https://"))


def test_credentials_in_the_address_are_used_and_never_shown(where: str) -> None:
    api = Api(where.replace("http://", "http://me:s3cret@") + "/")
    assert api.where == where
    api.close()
