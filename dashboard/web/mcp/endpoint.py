"""`/mcp`: the tools over HTTP, for clients with a token of scope read."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from dashboard.web.mcp.tool import Desk
from dashboard.web.replies import Refusal, reply

PATH = "/mcp"
HOW = 'Install one more package: pip install "golden-signals[mcp]"'
# No call of a tool is larger.
BODY_BYTES = 64 * 1024


class McpEndpoint:
    """Answers calls of tools: each request for itself, as nothing is kept between two.

    Args:
        desk: what the tools answer from. `check`: refuses who may not read.
    """

    def __init__(self, desk: Desk, check: Callable[[Request], Awaitable[object]]) -> None:
        self._desk, self._check = desk, check
        self._manager: Callable[[], Any] | None = None

    def route(self, base_path: str = "") -> Route:
        """Its route, under the base path."""
        prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
        return Route(prefix + PATH, self, methods=["GET", "POST", "DELETE"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        try:
            await self._check(Request(scope))
            if self._manager is None:
                # Its libraries take most of a second to import: who never asks does not pay for it.
                self._manager = await anyio.to_thread.run_sync(self._opened)
        except Refusal as refusal:
            await reply({"error": refusal.sentence}, refusal.status, refusal.headers)(scope, receive, send)
            return
        manager = self._manager()
        async with manager.run():
            await manager.handle_request(scope, receive, send)

    def _opened(self) -> Callable[[], Any]:
        """What makes a manager of sessions; each request has its own, and keeps nothing.

        Raises:
            Refusal: the package is not installed.
        """
        try:
            from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

            from dashboard.web.mcp.protocol import server
        except ModuleNotFoundError as missing:
            if missing.name != "mcp":
                raise
            raise Refusal(501, f"This dashboard has no tools for machines. {HOW}") from None
        tools = server(self._desk)
        # The door has looked at Host and Origin already.
        return lambda: StreamableHTTPSessionManager(
            tools, json_response=True, stateless=True, max_request_body_size=BODY_BYTES
        )
