"""Limits what one viewer may send: few kinds of messages, of limited size and rate."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.web.frontend.page_starts import PageStarts

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]

# A viewer sends a few small messages at each refresh and click; a page with many charts some tens at once.
MESSAGE_BYTES = 1 << 20
MESSAGES_AT_ONCE, MESSAGES_PER_S = 200.0, 20.0
# The kinds of messages that our pages send. Streamlit accepts more: some run git on the event loop, or reveal which
# files of the server have changed; some clear the caches of all viewers, or look for uploads.
DRAW = "rerun_script"
USED = frozenset({DRAW, "stop_script", "app_heartbeat"})
# The message that a page is drawn is short: longer ones are not parsed.
SHORT_BYTES = 512
# Codes of RFC 6455, section 7.4.1.
GONE, MALFORMED, REFUSED, TOO_LARGE = 1006, 1007, 1008, 1009


class ViewerSocket:
    """One websocket: too many or invalid messages end it; while a viewer does not read, nothing is read from it.

    Args:
        receive: the next message as it arrives. `send`: to the viewer.
        starts: of pages of all viewers. `clock`: a monotonic clock, in seconds.
    """

    def __init__(self, receive: Receive, send: Send, starts: PageStarts, clock: Callable[[], float]) -> None:
        self._receive, self._send = receive, send
        self._starts, self._clock = starts, clock
        self._left, self._at = MESSAGES_AT_ONCE, clock()
        self._sending = asyncio.Lock()
        self._is_gone = False

    async def send(self, message: Message) -> None:
        """Send a message, and receive none meanwhile."""
        # A closed tab is reported by `receive`; if Streamlit learned of it here it would log a traceback.
        async with self._sending:
            try:
                await self._send(message)
            except OSError:
                self._is_gone = True
        if _says_drawn(message):
            self._starts.end(self)

    async def receive(self) -> Message:
        """The next message that the app receives."""
        while (message := await self._receive())["type"] == "websocket.receive":
            if (code := self._refusal(message)) is not None:
                return {"type": "websocket.disconnect", "code": code}
            # Messages that have already arrived do not wait: let other tasks run between two of them.
            await asyncio.sleep(0)
            try:
                kind = _kind(message)
            except DecodeError:
                return {"type": "websocket.disconnect", "code": MALFORMED}
            if kind in USED:
                # Pages that nobody reads would pile up: draw the next one once this one has been sent.
                async with self._sending:
                    pass
                if kind == DRAW:
                    await self._starts.begin(self)
                # Messages sent before it closed would still be drawn, page after page.
                return {"type": "websocket.disconnect", "code": GONE} if self._is_gone else message
        return message

    def _refusal(self, message: Message) -> int | None:
        """The close code for a message that ends the connection; None if it does not."""
        if len(message.get("bytes") or message.get("text") or b"") > MESSAGE_BYTES:
            return TOO_LARGE
        now = self._clock()
        self._left = min(MESSAGES_AT_ONCE, self._left + (now - self._at) * MESSAGES_PER_S) - 1
        self._at = now
        return REFUSED if self._left < 0 else None


def _kind(message: Message) -> str | None:
    """The kind of a request; None if it is empty.

    Raises:
        DecodeError: it is text, or not a message of Streamlit.
    """
    if message.get("text") is not None:
        raise DecodeError("text")
    kind: str | None = BackMsg.FromString(message.get("bytes") or b"").WhichOneof("type")
    return kind


def _says_drawn(message: Message) -> bool:
    """Whether a message to the viewer is the last one of a page."""
    body = message.get("bytes")
    if not body or len(body) > SHORT_BYTES:
        return False
    with suppress(DecodeError):
        return bool(ForwardMsg.FromString(body).WhichOneof("type") == "script_finished")
    return False
