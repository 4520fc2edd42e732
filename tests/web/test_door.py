"""The door: who is let in by Host and Origin, which routes are closed, and how many viewers there may be."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dashboard.config.configuration import Config
from dashboard.web import door, server
from dashboard.web.door import Door
from dashboard.web.frontend.frontend import Frontend
from dashboard.web.frontend.headers import HardeningHeaders
from dashboard.web.frontend.viewer_socket import MALFORMED, REFUSED

OWN = {"host": "127.0.0.1:8501"}


class Inside:
    """An app that notes what reached it; of a websocket it reads to the end."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.received: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.reached.append(scope["path"])
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"inside"})
            return
        while (message := await receive())["type"] == "websocket.receive":
            self.received.append(message)
        self.received.append(message)


def asked(knocked: Door, path: str, headers: dict[str, str], kind: str = "http", messages: Any = ()) -> list[Any]:
    """What was sent back for one request; a websocket sends `messages` and leaves."""
    return asked_with(
        knocked, [(name.encode(), text.encode("latin-1")) for name, text in headers.items()], path, kind, messages
    )


def asked_with(knocked: Door, headers: Any, path: str = "/", kind: str = "http", messages: Any = ()) -> list[Any]:
    """The same of headers as they arrive."""
    waiting = [*messages, {"type": "websocket.disconnect", "code": 1000}]
    sent: list[Any] = []

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": kind, "path": path, "headers": headers}
    # A browser test of the same process may have left a loop running in this thread.
    with ThreadPoolExecutor(1) as alone:
        alone.submit(asyncio.run, knocked(scope, receive, send)).result()
    return sent


def status(headers: dict[str, str], path: str = "/", *allowed: str, base_path: str = "") -> int:
    code: int = asked(Door(Inside(), allowed, base_path), path, headers)[0]["status"]
    return code


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8501",
        "LOCALHOST:1",
        "gs.localhost",
        "127.0.0.1:8501",
        "[::1]:8501",
        "10.1.2.3",
        "192.168.0.9:80",
        "[fe80::1%25eth0]:80",
        "LocalHost.:80",
        "127.0.0.1.",
    ],
)
def test_loopback_names_and_addresses_are_let_in(host: str) -> None:
    assert status({"host": host}) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8501",
        "localhost.evil.example",
        "",
        "127.0.0.1.evil.example",
        # What one reads as a name of this machine, and another as the name that stands beside it.
        "evil.example@localhost",
        "localhost/evil.example",
        "localhost#evil.example",
        "[::1]evil.example",
        "[::1",
        "localhost:80:evil",
        "127.0.0.1 evil.example",
        ".",
        "\xff",
    ],
)
def test_other_names_are_refused_with_what_to_do(host: str) -> None:
    knocked = Door(Inside())
    start, body = asked(knocked, "/", {"host": host})
    assert start["status"] == 403
    assert b"add it to allowed_hosts in the configuration" in body["body"]


def test_configured_names_are_let_in() -> None:
    assert status({"host": "golden.example.org"}, "/", "golden.example.org") == 200
    assert status({"host": "Eu.Golden.example.org."}, "/", "*.golden.example.org") == 200
    assert status({"host": "golden.example.org.evil.example"}, "/", "golden.example.org") == 403
    assert status({"host": "xn--mnchen-3ya.example.org"}, "/", "München.example.org") == 200, "as browsers write it"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_come_under_any_name(path: str) -> None:
    assert status({"host": "evil.example"}, path) == 200
    assert status({"host": "evil.example"}, f"/golden{path}", base_path="/golden") == 200


@pytest.mark.parametrize(
    ("origin", "code"),
    [
        ("http://127.0.0.1:8501", 200), ("https://golden.example.org", 200), ("http://evil.example", 403),
        ("http://127.0.0.1:9999", 403), ("null", 403), ("", 403), ("http://[evil", 403), ("http://[::1", 403),
        ("http://127.0.0.1:8501@evil.example", 403), ("http://evil.example/127.0.0.1:8501", 403),
    ],
)  # fmt: skip
def test_a_foreign_origin_is_refused(origin: str, code: int) -> None:
    assert status({**OWN, "origin": origin}, "/api/v1/status", "golden.example.org") == code


def test_a_websocket_of_a_foreign_origin_never_reaches_the_app() -> None:
    inside = Inside()
    sent = asked(Door(inside), "/_stcore/stream", {**OWN, "origin": "http://evil.example"}, "websocket")
    assert sent == [{"type": "websocket.close", "code": REFUSED}]
    assert inside.reached == []


@pytest.mark.parametrize("name", ["host", "origin"])
def test_a_second_host_or_origin_is_refused(name: str) -> None:
    own = [(b"host", b"127.0.0.1:8501"), (b"origin", b"http://127.0.0.1:8501")]
    start, _ = asked_with(Door(Inside()), [(name.encode(), b"http://evil.example"), *own])
    assert start["status"] == 403


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/upload_file/a/b", "/_stcore/agent/mcp", "/_stcore/metrics", "/_stcore/bidi-components/a",
        "/_stcore/script-health-check", "/_stcore/what-comes-next", "/auth/login", "/oauth2callback",
    ],
)  # fmt: skip
def test_routes_that_nobody_uses_are_not_there(path: str) -> None:
    assert status(OWN, path) == 404
    assert status(OWN, f"/golden{path}", base_path="golden") == 404
    assert status(OWN, "/_stcore/health") == 200


def test_what_a_viewer_sends_is_limited() -> None:
    inside = Inside()
    asked(Door(inside), "/_stcore/stream", OWN, "websocket", [{"type": "websocket.receive", "bytes": b"\xff"}])
    assert inside.received == [{"type": "websocket.disconnect", "code": MALFORMED}]


def test_a_large_answer_is_handed_on_in_pieces() -> None:
    body = bytes(range(256)) * 1000

    async def large(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": body})

    start, *pieces = asked(Door(large), "/", OWN)
    assert start["status"] == 200
    assert max(len(piece["body"]) for piece in pieces) <= door.PIECE_BYTES
    assert b"".join(piece["body"] for piece in pieces) == body * 2
    assert [piece.get("more_body", False) for piece in pieces] == [True] * (len(pieces) - 1) + [False]


def test_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "SOCKETS", 0)
    assert asked(Door(Inside()), "/_stcore/stream", OWN, "websocket") == [{"type": "websocket.close", "code": REFUSED}]
    assert status(OWN) == 200


def test_the_names_that_the_configuration_allows_stand_before_every_route() -> None:
    headers, stands_before, frontend = server.middleware(Config(allowed_hosts=("golden.example.org",)), "/golden")
    assert headers.cls is HardeningHeaders
    assert (stands_before.cls, stands_before.kwargs) == (
        Door, {"allowed_hosts": ("golden.example.org",), "base_path": "/golden"},
    )  # fmt: skip
    assert (frontend.cls, frontend.kwargs) == (Frontend, {"base_path": "/golden"})


@pytest.mark.parametrize(
    ("path", "reached"),
    [
        ("//api/annotations", "/api/annotations"),
        ("/api//annotations/", "/api/annotations"),
        ("/v2/change/enqueue/", "/v2/change/enqueue"),
        ("/healthz/", "/healthz"),
        ("//metrics/", "/metrics"),
        ("/service/", "/service/"),
        ("//elsewhere", "//elsewhere"),
    ],
)
def test_a_slash_too_many_in_what_programs_ask_for_is_none(path: str, reached: str) -> None:
    inside = Inside()
    asked(Door(inside), path, OWN)
    assert inside.reached == [reached]
