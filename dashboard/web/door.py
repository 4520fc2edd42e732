"""Decides which requests are let in, before every route and the websocket.

A page elsewhere can make a browser send requests here: under its own host name that resolves to this address (DNS
rebinding), or by opening a websocket from its own origin. Both are rejected here.
"""

import ipaddress
import re
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from fnmatch import fnmatchcase
from typing import Any

from dashboard.web.frontend.page_starts import PageStarts
from dashboard.web.frontend.viewer_socket import REFUSED, ViewerSocket

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Probes of an orchestrator use the address of a container; their answer is a single word.
PROBES = ("/healthz", "/readyz")
# The only routes of Streamlit's core that the product uses. Uploads stay in memory, others expose internals.
CORE, OPEN = "/_stcore/", ("/_stcore/health", "/_stcore/host-config", "/_stcore/stream")
CLOSED = ("/component/", "/auth/", "/oauth2callback", "/app/static/")
# Paths used by programs: an additional slash at the start or end of such an address is ignored.
PROGRAMS = ("/api/", "/v2/", "/mcp/", "/metrics/", *(f"{probe}/" for probe in PROBES))
SOCKETS = 2000
# Responses are sent in pieces: otherwise a whole response would be buffered for each slow reader.
PIECE_BYTES = 1 << 16
# Exactly `name`, `name:port` or `[address]:port`.
_NETLOC = re.compile(r"(?:\[([0-9A-Fa-f:.]+(?:%[\w.~%-]+)?)\]|([^\s\[\]:/?#@\\]+))(?::\d{1,5})?")


class Door:
    """Lets in requests meant for this server, and rejects all others first.

    Args:
        app: the application behind it.
        allowed_hosts: names besides loopback ones and IP addresses; `*` matches any part, as in `*.example.org`.
        base_path: the prefix of all routes, without slashes at its ends.
        clock: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        app: App,
        allowed_hosts: Iterable[str] = (),
        base_path: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._allowed = tuple(_ascii(host.casefold().rstrip(".")) for host in allowed_hosts)
        self._prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
        self._clock = clock
        self._sockets = 0
        self._starts = PageStarts(clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or reject it with the reason."""
        match scope["type"]:
            case "http":
                await self._http(scope, receive, send)
            case "websocket":
                await self._websocket(scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        plain = re.sub("/{2,}", "/", scope["path"])
        if plain.removeprefix(self._prefix).startswith(PROGRAMS):
            scope = {**scope, "path": plain.rstrip("/")}
        path = scope["path"].removeprefix(self._prefix)
        if path in PROBES:
            await self._app(scope, receive, send)
        elif (problem := self._problem(scope)) is not None:
            await _answer(send, 403, problem)
        elif path.startswith(CLOSED) or (path.startswith(CORE) and path not in OPEN):
            await _answer(send, 404, "Not Found")
        else:
            await self._app(scope, receive, _in_pieces(send))

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._problem(scope) is not None or self._sockets >= SOCKETS:
            # Closing a handshake before it is accepted answers it with 403.
            await send({"type": "websocket.close", "code": REFUSED})
            return
        self._sockets += 1
        viewer = ViewerSocket(receive, send, self._starts, self._clock)
        self._starts.come(viewer)
        try:
            await self._app(scope, viewer.receive, viewer.send)
        finally:
            self._starts.leave(viewer)
            self._sockets -= 1

    def _problem(self, scope: Scope) -> str | None:
        """Why a request is rejected, in one line; None if it is let in."""
        headers = [(name, value.decode("latin-1")) for name, value in scope["headers"] if name in (b"host", b"origin")]
        by_name = dict(headers)
        if len(by_name) < len(headers):
            return "a request has one Host and one Origin at most"
        host, origin = by_name.get(b"host", ""), by_name.get(b"origin")
        name = _name(host)
        if not self._is_own(name):
            return f"{name[:80]!r} is no name of this dashboard: add it to allowed_hosts in the configuration"
        if origin is None or self._is_same(origin, host):
            return None
        return f"requests from {origin[:80]!r} are refused: add its host to allowed_hosts in the configuration"

    def _is_same(self, origin: str, host: str) -> bool:
        netloc = origin.partition("://")[2]
        return netloc.casefold() == host.casefold() or self._is_named(_name(netloc))

    def _is_own(self, name: str) -> bool:
        # A page elsewhere cannot have an IP address or a loopback name as its host.
        return _is_loopback(name) or _is_address(name) or self._is_named(name)

    def _is_named(self, name: str) -> bool:
        return bool(name) and any(fnmatchcase(name, pattern) for pattern in self._allowed)


def _in_pieces(send: Send) -> Send:
    async def send_in_pieces(message: Message) -> None:
        body, begin = message.get("body", b""), 0
        while message["type"] == "http.response.body" and len(body) - begin > PIECE_BYTES:
            piece = body[begin : begin + PIECE_BYTES]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            begin += PIECE_BYTES
        await send({**message, "body": body[begin:]} if begin else message)

    return send_in_pieces


def _name(netloc: str) -> str:
    """The host of `host:port`, without brackets, in lower case and without a final dot; empty if malformed."""
    match = _NETLOC.fullmatch(netloc)
    return (match[1] or match[2]).casefold().rstrip(".") if match else ""


def _ascii(host: str) -> str:
    """A name in Punycode, as browsers write it."""
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _is_loopback(name: str) -> bool:
    return name == "localhost" or name.endswith(".localhost")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def _answer(send: Send, status: int, line: str) -> None:
    body = f"{line}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
