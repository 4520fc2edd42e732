"""Connections that say nothing, drip, or flood: each is cut in time, and the others are answered meanwhile."""

import asyncio
import base64
import os
import resource
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import httpx
import pytest
import uvicorn

from dashboard.web.limits import connections
from dashboard.web.limits.connections import Connections
from dashboard.web.limits.meter import Meter
from tests.live import until

PINGS = 0x9
TEXT = 0x1


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answers, slowly under /slow and /never, and reads a websocket to its end."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
    elif scope["type"] == "http":
        await asyncio.sleep({"/slow": 1.0, "/never": 2.0}.get(scope["path"], 0.0))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


class Served:
    """A uvicorn of the process's own whose connections are watched."""

    def __init__(self, most: int) -> None:
        self.connections = Connections(most)
        self._bound = socket.create_server(("127.0.0.1", 0))
        self.port = self._bound.getsockname()[1]
        config = uvicorn.Config(application, ws="websockets-sansio", log_level="critical", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),), daemon=True)

    async def _serve(self) -> None:
        watching = connections.guard(asyncio.get_running_loop(), self.connections)
        await self._server.serve(sockets=[self._bound])
        watching.cancel()

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def answers(self) -> bool:
        return httpx.get(f"http://127.0.0.1:{self.port}/").text == "ok"


@contextmanager
def serving(most: int = 100) -> Iterator[Served]:
    served = Served(most)
    served.start()
    try:
        yield served
    finally:
        served.stop()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections, "HEAD_S", 0.4)
        patch.setattr(connections, "ANSWER_S", 5.0)
        patch.setattr(connections, "SWEEP_S", 0.05)
        with serving() as running:
            yield running


def is_cut(connection: socket.socket) -> bool:
    """The other side has ended it, within some seconds."""
    with suppress(ConnectionError):
        while connection.recv(65536):
            pass
    return True


def answer(connection: socket.socket) -> bytes:
    """The answer to one request, head and body."""
    received = b""
    while not received.endswith(b"\r\n\r\nok"):
        received += connection.recv(4096)
    return received


# --- time for a head -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("begin", [b"", b"G", b"GET / HTTP/1.1\r\nHost: a\r\nX: "], ids=["silent", "a byte", "half"])
def test_a_head_that_does_not_arrive_in_time_is_not_waited_for(served: Served, begin: bytes) -> None:
    began = time.monotonic()
    with served.connect() as connection:
        connection.sendall(begin)
        assert is_cut(connection)
    assert 0.3 < time.monotonic() - began < 5


def drip(connection: socket.socket) -> float:
    """Seconds until a head that comes a byte at a time was cut."""
    began = time.monotonic()
    with suppress(ConnectionError):
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(0.05)
    return time.monotonic() - began


def test_a_head_that_drips_is_cut_the_first_and_the_second_time(served: Served) -> None:
    with served.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        assert drip(connection) < 5
    with served.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answer(connection).startswith(b"HTTP/1.1 200 OK")
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        assert drip(connection) < 5, "the time limit between two requests ends with the first byte"


def test_an_answer_may_take_longer_than_a_head(served: Served) -> None:
    assert httpx.get(f"http://127.0.0.1:{served.port}/slow", timeout=10).text == "ok"


def test_a_connection_that_goes_on_asking_is_kept(served: Served) -> None:
    with served.connect() as connection:
        for _ in range(12):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert answer(connection).startswith(b"HTTP/1.1 200 OK")
            time.sleep(0.1)


def test_a_websocket_may_be_silent(served: Served) -> None:
    with websocket(served) as connection:
        time.sleep(1.0)
        connection.sendall(frame(PINGS))
        assert connection.recv(16)[0] == 0x8A, "a pong"


def test_a_handshake_may_be_as_long_as_those_of_browsers(served: Served) -> None:
    for cookie in (400, 600, 1200, 4000):
        with served.connect() as connection:
            connection.sendall(handshake(f"Cookie: {'x' * cookie}\r\n") + frame(PINGS))
            assert connection.recv(4096).startswith(b"HTTP/1.1 101"), f"with {cookie} bytes of cookies"


# --- how many --------------------------------------------------------------------------------------------------------


def test_who_has_said_nothing_for_longest_makes_room() -> None:
    with serving(most=20) as served:
        silent = [served.connect() for _ in range(60)]
        assert served.answers()
        assert len(served.connections) <= 20
        assert is_cut(silent[0])
        for connection in silent:
            connection.close()
        assert served.answers()


def test_viewers_take_their_share_and_nobody_of_them_is_cut_for_another() -> None:
    with serving(most=9) as served, ExitStack() as stack:
        watching = [stack.enter_context(websocket(served)) for _ in range(3)]
        late = stack.enter_context(served.connect())
        late.sendall(handshake())
        assert is_cut(late)
        assert served.answers(), "somebody else can still ask whether it lives"
        watching[0].sendall(frame(PINGS))
        assert watching[0].recv(16)[0] == 0x8A
        watching.pop().close()
        until(lambda: len(served.connections) <= 2 * 2, "its place is free")
        stack.enter_context(websocket(served))


def test_who_waits_longest_for_an_answer_makes_room_where_nobody_is_silent() -> None:
    with serving(most=4) as served, ExitStack() as stack:
        waiting = []
        for _ in range(4):
            waiting.append(stack.enter_context(served.connect()))
            waiting[-1].sendall(b"GET /never HTTP/1.1\r\nHost: a\r\n\r\n")
            served.connections.sweep()
        assert served.answers()
        assert is_cut(waiting[0])
        waiting[3].setblocking(False)
        with pytest.raises(BlockingIOError):
            waiting[3].recv(1)
        for connection in waiting:
            connection.close()


def test_a_body_of_many_small_pieces_is_cut_while_others_are_answered(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUESTS_S", 0.01)
    with served.connect() as connection:
        connection.sendall(b"POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        with suppress(ConnectionError):
            connection.sendall(b"1\r\nx\r\n" * 100_000)
        assert served.answers()
        assert is_cut(connection)


# --- floods of frames ------------------------------------------------------------------------------------------------


def handshake(more: str = "") -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    head = f"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
    return f"{head}{more}Sec-WebSocket-Version: 13\r\n\r\n".encode()


def websocket(served: Served) -> socket.socket:
    connection = served.connect()
    connection.sendall(handshake())
    assert connection.recv(4096).startswith(b"HTTP/1.1 101")
    return connection


def frame(opcode: int, payload: bytes = b"") -> bytes:
    """A masked frame, whose mask is zero."""
    return struct.pack("!BBI", 0x80 | opcode, 0x80 | len(payload), 0) + payload


@pytest.mark.parametrize(("opcode", "payload"), [(TEXT, b"x"), (PINGS, b""), (0, b"")], ids=["text", "pings", "parts"])
def test_a_flood_of_frames_is_cut_while_others_are_answered(
    served: Served, opcode: int, payload: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All of these cost less on a fast machine than a viewer is allowed.
    monkeypatch.setattr(connections, "FRAMES_S", 0.02)
    with websocket(served) as connection:
        with suppress(ConnectionError):
            connection.sendall(frame(opcode, payload) * 20_000)
        began = time.monotonic()
        assert served.answers()
        assert time.monotonic() - began < 5
        assert is_cut(connection)


def test_messages_that_wait_to_be_read_are_bounded(served: Served) -> None:
    """They arrive in one piece, before a websocket can pause its reading, and cost less time than a viewer may take."""
    with websocket(served) as connection:
        with suppress(ConnectionError):
            connection.sendall(frame(TEXT) * (connections.QUEUED + 1) * 2)
        assert is_cut(connection)


def test_where_all_are_too_much_only_those_go_that_took_much(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served.connections, "_requests", Meter(0.0, 0.0, 0.0))
    assert served.answers(), "one that asks for little"
    with served.connect() as connection:
        connection.sendall(b"POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        with suppress(ConnectionError):
            connection.sendall(b"1\r\nx\r\n" * 3000)
        assert is_cut(connection)


def test_what_a_viewer_sends_is_never_too_much(served: Served) -> None:
    with websocket(served) as connection:
        for _ in range(40):
            connection.sendall(frame(TEXT, b"x" * 100) * 3)
            time.sleep(0.01)
        connection.sendall(frame(PINGS))
        assert connection.recv(16)[0] == 0x8A


# --- descriptors -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("soft", "hard", "raised", "fit"),
    [
        (1024, 4096, 4096, (4096 - connections.RESERVED) // 2),
        (1024, 1_048_576, connections.ENOUGH, connections.CONNECTIONS),
        (1024, resource.RLIM_INFINITY, connections.ENOUGH, connections.CONNECTIONS),
        (256, 1000, 1000, (1000 - connections.RESERVED) // 2),
        (128, 128, None, 16),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None, connections.CONNECTIONS),
    ],
)
def test_descriptors_are_raised_to_what_is_allowed_and_connections_leave_some(
    soft: int, hard: int, raised: int | None, fit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda which: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda which, both: limits.append(both))
    assert connections.raise_descriptors() == fit
    assert limits == ([] if raised is None else [(raised, hard)])
