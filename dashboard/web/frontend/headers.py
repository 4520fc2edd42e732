"""Headers that harden every HTTP answer."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]

# Framing is allowed for the own origin only; the wall is embedded by `?embed=true` in a browser, not in a frame.
HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"content-security-policy", b"frame-ancestors 'self'"),
    (b"referrer-policy", b"same-origin"),
]


class HardeningHeaders:
    """ASGI middleware that adds the headers that Streamlit does not send."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through, and add headers to the start of an HTTP response."""

        async def send_hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                # A new list, since an application may send the same list repeatedly.
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        await self.app(scope, receive, send_hardened if scope["type"] == "http" else send)
