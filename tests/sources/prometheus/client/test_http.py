"""A small server that misbehaves: each fault becomes one class of error with one sentence, and goes away by itself."""

import gzip
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from dashboard.exceptions import (
    AccessDenied,
    ConfigError,
    InvalidData,
    LimitExceeded,
    QueryRejected,
    SourceError,
    SourceTimeout,
    SourceUnavailable,
    WrongEndpoint,
)
from dashboard.sources.prometheus.client.decode import reply_of
from dashboard.sources.prometheus.client.faults import REST_MAX_S, HttpReply, rest_s
from dashboard.sources.prometheus.client.http import MAX_REPLY_BYTES, Api
from tests.misbehaving import GOOD, NONE, Fault, Misbehaving, misbehaving
from tests.servers import free_port

PLAIN, HTML = {"Content-Type": "text/plain"}, {"Content-Type": "text/html"}
GZIP = {"Content-Encoding": "gzip"}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture
def server() -> Iterator[Misbehaving]:
    with misbehaving() as misbehaving_server:
        yield misbehaving_server


def ask(where: str, timeout_s: float = 5.0, query: str = "up") -> None:
    api = Api(where, timeout_s=timeout_s)
    try:
        reply_of(api.post("query", {"query": query}, query=query)[0], where)
    finally:
        api.close()


def failing(status: int, kind: str, error: str) -> Fault:
    return Fault(status, f'{{"status":"error","errorType":"{kind}","error":"{error}"}}'.encode())


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        (failing(400, "bad_data", "parse error at char 3"), QueryRejected, "parse error at char 3"),
        (failing(422, "422", "unknown function"), QueryRejected, "unknown function"),
        (failing(422, "execution", "many-to-many matching not allowed"), QueryRejected, "many-to-many"),
        (failing(422, "execution", "context deadline exceeded"), SourceTimeout, "gave up"),
        (failing(503, "timeout", "query timed out"), SourceTimeout, "gave up"),
        (failing(422, "422", "timeout exceeded before starting the query"), SourceTimeout, "gave up"),
        (failing(400, "bad_data", "exceeded maximum resolution of 11,000 points"), LimitExceeded, "limits"),
        (failing(422, "422", "too many points for the given step"), LimitExceeded, "limits"),
        (failing(422, "422", "cannot select more than -search.maxSamplesPerQuery=5 samples"), LimitExceeded, "limits"),
        (failing(422, "execution", "the query exceeded the maximum number of series"), LimitExceeded, "limits"),
        (failing(401, "unauthorized", "no org id"), AccessDenied, "no org id"),
        (Fault(401, b"Unauthorized", PLAIN), AccessDenied, "credentials"),
        (Fault(403, b"", {}), AccessDenied, "credentials"),
        (Fault(404, b"404 page not found", PLAIN), WrongEndpoint, "path prefix"),
        (failing(404, "not_found", "nothing here"), WrongEndpoint, "path prefix"),
        (Fault(400, b"unsupported path requested", PLAIN), WrongEndpoint, "path prefix"),
        (Fault(301, b"", {"Location": "http://127.0.0.1:1/prometheus"}), WrongEndpoint, "127.0.0.1:1/prometheus"),
        (Fault(302, b"", {"Location": "https://login.example/"}), WrongEndpoint, "login.example"),
        (Fault(307, b"", {}), WrongEndpoint, "redirects to elsewhere"),
        (Fault(200, b"<html>Log in</html>", HTML), WrongEndpoint, "not a Prometheus API"),
        (Fault(200, GOOD, PLAIN), WrongEndpoint, "not a Prometheus API"),
        (Fault(405, b"", HTML), WrongEndpoint, "not a Prometheus API"),
        (Fault(413, b"", {}), LimitExceeded, "too large"),
        (Fault(429, b"slow down", PLAIN), SourceUnavailable, "slow down"),
        (failing(429, "too_many_requests", "slow down"), SourceUnavailable, "slow down"),
        (Fault(502, b"<html>", HTML), SourceUnavailable, "not available"),
        (Fault(503, b"<html>" + b"starting " * 1000, HTML), SourceUnavailable, "not available"),
        (failing(503, "internal", "no store"), SourceUnavailable, "no store"),
        (Fault(504, b"upstream request timeout", PLAIN), SourceUnavailable, "not available"),
        (Fault(200, GOOD[:30]), InvalidData, "no valid JSON"),
        (Fault(200, b""), InvalidData, "no valid JSON"),
        (Fault(200, b"null"), InvalidData, "no valid JSON"),
        (Fault(200, b'{"status":"success","data":{"resultType":"vector"}}'), InvalidData, "no valid JSON"),
        (Fault(200, b"\xff\xfe" + GOOD), InvalidData, "no valid JSON"),
        (Fault(200, gzip.compress(GOOD)[:-12], GZIP), InvalidData, "no valid JSON"),
        (Fault(200, b"this was never packed", GZIP), InvalidData, "cannot be unpacked"),
        (Fault(200, b'{"status":"error","error":"half"}'), InvalidData, "without data"),
        (Fault(400, b"Client sent an HTTP request to an HTTPS server.", PLAIN), WrongEndpoint, "TLS"),
        (Fault(raw=HEAD + b"Content-Length: 9999\r\n\r\n" + GOOD), SourceUnavailable, "broke off"),
        (Fault(raw=HEAD + b"Transfer-Encoding: chunked\r\n\r\n3f\r\n" + GOOD[:20]), SourceUnavailable, "broke off"),
        (Fault(raw=HEAD + b"Transfer-Encoding: chunked\r\n\r\nno size\r\n"), SourceUnavailable, "broke off"),
        (Fault(raw=b"SSH-2.0-OpenSSH_9.6\r\n"), SourceUnavailable, "broke off"),
        (Fault(raw=b"\r\n"), SourceUnavailable, "broke off"),
    ],
)
def test_a_fault_has_its_class_and_its_sentence(
    server: Misbehaving, fault: Fault, error: type[SourceError], says: str
) -> None:
    server.fault = fault
    with pytest.raises(SourceError, match=says) as caught:
        ask(server.url)
    assert type(caught.value) is error
    assert server.url in str(caught.value)
    server.fault = NONE
    ask(server.url)


@pytest.mark.parametrize("fault", [Fault(hang=5), Fault(drip=0.05)])
def test_no_answer_and_one_that_drips_are_a_timeout(server: Misbehaving, fault: Fault) -> None:
    server.fault = fault
    with pytest.raises(SourceTimeout, match=r"no answer within 0\.3 s"):
        ask(server.url, timeout_s=0.3)


def test_a_server_that_takes_no_post_is_asked_by_get(server: Misbehaving) -> None:
    server.fault = Fault(405, b"", HTML, method="POST")
    with closing(Api(server.url)) as api:
        for _ in range(3):
            api.post("query", {"query": "up"})
    assert len(server.paths) == 4, "and is not tried by POST each time"


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_for_rest_is_left_alone_until_then(server: Misbehaving, status: int) -> None:
    server.fault = Fault(status, b"busy", {**PLAIN, "Retry-After": "100"})
    with closing(Api(server.url, timeout_s=5.0)) as api:
        with pytest.raises(SourceUnavailable, match="busy"):
            api.post("query", {"query": "up"})
        server.fault = NONE
        with pytest.raises(SourceUnavailable, match=r"asks to be left alone for 100 s more \(Retry-After\)"):
            api.get("api/v2/status", api="an Alertmanager")
    assert len(server.paths) == 1


@pytest.mark.parametrize(("retry_after", "asked"), [("0.01", 2), ("soon", 1), ("0", 1), ("-5", 1), ("nan", 1)])
def test_a_short_rest_is_waited_for_and_asked_again_once(server: Misbehaving, retry_after: str, asked: int) -> None:
    server.fault = Fault(429, b"busy", {**PLAIN, "Retry-After": retry_after})
    with closing(Api(server.url)) as api, pytest.raises(SourceUnavailable, match="busy"):
        api.post("query", {"query": "up"})
    assert len(server.paths) == asked


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30.0),
        ({"Retry-After": "9999999"}, REST_MAX_S),
        ({"Retry-After": "Mon, 30 Nov 2026 07:00:30 GMT", "Date": "Mon, 30 Nov 2026 07:00:00 GMT"}, 30.0),
        ({"Retry-After": "Mon, 30 Nov 2026 07:00:30 GMT"}, 0.0),
        ({}, 0.0),
    ],
)
def test_a_rest_is_told_in_seconds_or_by_the_clock_of_the_server(headers: dict[str, str], seconds: float) -> None:
    assert rest_s(HttpReply(503, headers, b"")) == seconds
    assert rest_s(HttpReply(200, headers, b"")) == 0.0


def test_a_query_too_long_for_get_says_so(server: Misbehaving) -> None:
    server.fault = Fault(405, b"", HTML, method="POST")
    with pytest.raises(LimitExceeded, match="too long for GET"):
        ask(server.url, query="x" * 70_000)


def test_a_message_is_one_line_of_bounded_length(server: Misbehaving) -> None:
    server.fault = failing(422, "422", "begin\\n" + "middle " * 10_000 + "\\r\\nend")
    with pytest.raises(QueryRejected, match=r"begin middle .* … .* middle end$") as caught:
        ask(server.url)
    assert "\n" not in str(caught.value)
    assert caught.value.query == "up"
    assert len(str(caught.value)) < 500


def test_a_metric_called_timeout_does_not_make_an_error_a_timeout(server: Misbehaving) -> None:
    server.fault = failing(
        422, "422", 'error when executing query=\\"sum(a_timed_out_total{a=\\\\"timed out\\\\"}\\": )'
    )
    with pytest.raises(QueryRejected):
        ask(server.url, query='sum(a_timed_out_total{a="timed out"}')


def test_an_answer_without_end_is_not_read_to_its_end(server: Misbehaving) -> None:
    server.fault = Fault(200, gzip.compress(bytes(MAX_REPLY_BYTES + 1), 1), GZIP)
    with pytest.raises(LimitExceeded, match="more than 256 MB"):
        ask(server.url, timeout_s=30)


def test_nobody_listening_is_unavailable() -> None:
    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        ask(f"http://127.0.0.1:{free_port()}")


def test_a_connection_that_is_never_accepted_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = []
        for _ in range(2):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(full.getsockname())
            waiting.append(client)
        with pytest.raises(SourceTimeout, match=r"no answer within 0\.3 s"):
            ask(f"http://127.0.0.1:{full.getsockname()[1]}", timeout_s=0.3)
        for client in waiting:
            client.close()


@pytest.mark.parametrize("url", ["http://[::1", "http://host:port", "http://host:99999", "http://a..b", "http://"])
def test_what_is_no_address_says_so(url: str) -> None:
    with pytest.raises(WrongEndpoint, match="is no address"):
        ask(url)


def test_https_to_a_plain_port_says_what_to_write(server: Misbehaving) -> None:
    with pytest.raises(WrongEndpoint, match="write http://"):
        ask(server.url.replace("http://", "https://"))


def test_credentials_in_the_address_are_used_and_never_shown(server: Misbehaving) -> None:
    api = Api(server.url.replace("http://", "http://me:s3cret%40home@") + "/")
    assert api.where == server.url
    server.fault = Fault(401, b"Unauthorized", PLAIN)
    with pytest.raises(AccessDenied) as caught:
        api.post("query", {})
    assert "s3cret" not in str(caught.value)
    api.close()
    with pytest.raises(WrongEndpoint) as caught_early:
        Api("http://me:s3cret@[::1")
    assert "s3cret" not in str(caught_early.value)


@pytest.mark.parametrize("token", ["two\nlines", "schlüssel"])
def test_a_token_that_no_header_can_hold_is_named_and_not_shown(token: str) -> None:
    with pytest.raises(ConfigError, match="header Authorization") as caught:
        Api("http://127.0.0.1", bearer_token=token)
    assert token not in str(caught.value)
