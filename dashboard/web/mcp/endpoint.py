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
# Maximum size of a call in bytes.
BODY_BYTES = 64 * 1024


class McpEndpoint:
    """Answers tool calls; each request is independent, as no state is kept between them.

    Args:
        desk: the data for the tools. `check`: rejects requests without permission to read.
    """

    def __init__(self, desk: Desk, check: Callable[[Request], Awaitable[object]]) -> None:
        self._desk, self._check = desk, check
        self._manager: Callable[[], Any] | None = None

    def route(self, base_path: str = "") -> Route:
        """Its route, under the base path."""
        prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
        return Route(prefix + PATH, self, methods=["GET", "POST", "DELETE"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await self._check(Request(scope))
            if self._manager is None:
                # The SDK takes most of a second to import: it is imported at the first request.
                self._manager = await anyio.to_thread.run_sync(self._opened)
        except Refusal as refusal:
            await reply({"error": refusal.sentence}, refusal.status, refusal.headers)(scope, receive, send)
            return
        manager = self._manager()
        async with manager.run():
            await manager.handle_request(scope, receive, send)

    def _opened(self) -> Callable[[], Any]:
        """A factory of session managers; each request gets its own, without state.

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
        # The door has already checked Host and Origin.
        return lambda: StreamableHTTPSessionManager(
            tools, json_response=True, stateless=True, max_request_body_size=BODY_BYTES
        )
