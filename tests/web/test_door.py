"""The door: who is let in by Host and Origin, which routes are closed, and how much a viewer may send."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dashboard.config.configuration import Config
from dashboard.web import door, server
from dashboard.web.door import Door
from dashboard.web.headers import HardeningHeaders

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
    waiting = [*messages, {"type": "websocket.disconnect", "code": 1000}]
    sent: list[Any] = []

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": kind, "path": path, "headers": [(name.encode(), text.encode()) for name, text in headers.items()]}
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
    ],
)
def test_loopback_names_and_addresses_are_let_in(host: str) -> None:
    assert status({"host": host}) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8501", "localhost.evil.example", "", "127.0.0.1.evil.example"]
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


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_come_under_any_name(path: str) -> None:
    assert status({"host": "evil.example"}, path) == 200
    assert status({"host": "evil.example"}, f"/golden{path}", base_path="/golden") == 200


@pytest.mark.parametrize(
    ("origin", "code"),
    [
        ("http://127.0.0.1:8501", 200), ("https://golden.example.org", 200), ("http://evil.example", 403),
        ("http://127.0.0.1:9999", 403), ("null", 403), ("", 403),
    ],
)  # fmt: skip
def test_a_foreign_origin_is_refused(origin: str, code: int) -> None:
    assert status({**OWN, "origin": origin}, "/api/v1/status", "golden.example.org") == code


def test_a_websocket_of_a_foreign_origin_never_reaches_the_app() -> None:
    inside = Inside()
    sent = asked(Door(inside), "/_stcore/stream", {**OWN, "origin": "http://evil.example"}, "websocket")
    assert sent == [{"type": "websocket.close", "code": door.REFUSED}]
    assert inside.reached == []


@pytest.mark.parametrize("path", ["/_stcore/upload_file/a/b", "/_stcore/agent/mcp", "/_stcore/metrics"])
def test_routes_that_nobody_uses_are_not_there(path: str) -> None:
    assert status(OWN, path) == 404
    assert status(OWN, f"/golden{path}", base_path="golden") == 404
    assert status(OWN, "/_stcore/health") == 200


def test_a_flood_of_messages_ends_the_connection() -> None:
    inside = Inside()
    flood = [{"type": "websocket.receive", "bytes": b"x"}] * 20_000
    asked(Door(inside, clock=lambda: 0.0), "/_stcore/stream", OWN, "websocket", flood)
    assert len(inside.received) == int(door.MESSAGES_AT_ONCE) + 1
    assert inside.received[-1] == {"type": "websocket.disconnect", "code": door.REFUSED}


def test_a_steady_viewer_is_never_cut_off() -> None:
    moments = iter(range(100_000))
    inside = Inside()
    steady = [{"type": "websocket.receive", "bytes": b"x"}] * 2_000
    steadily = Door(inside, clock=lambda: next(moments) / door.MESSAGES_PER_S)
    asked(steadily, "/_stcore/stream", OWN, "websocket", steady)
    assert inside.received[-1] == {"type": "websocket.disconnect", "code": 1000}


def test_a_message_that_is_too_large_ends_the_connection() -> None:
    inside = Inside()
    large = [{"type": "websocket.receive", "bytes": b"x" * (door.MESSAGE_BYTES + 1)}]
    asked(Door(inside), "/_stcore/stream", OWN, "websocket", large)
    assert inside.received == [{"type": "websocket.disconnect", "code": door.TOO_LARGE}]


def test_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "SOCKETS", 0)
    assert asked(Door(Inside()), "/_stcore/stream", OWN, "websocket") == [
        {"type": "websocket.close", "code": door.REFUSED}
    ]
    assert status(OWN) == 200


def test_the_names_that_the_configuration_allows_stand_before_every_route() -> None:
    headers, stands_before = server.middleware(Config(allowed_hosts=("golden.example.org",)), "/golden")
    assert headers.cls is HardeningHeaders
    assert (stands_before.cls, stands_before.kwargs) == (
        Door, {"allowed_hosts": ("golden.example.org",), "base_path": "/golden"},
    )  # fmt: skip
