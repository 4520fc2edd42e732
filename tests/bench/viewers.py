"""Viewers without a browser: what a tab sends to Streamlit and waits for over the same WebSocket, and fetches."""

import asyncio
import gzip
import json
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 60.0
Result = TypeVar("Result")


def finished(work: Coroutine[Any, Any, Result]) -> Result:
    """What it returns, in a thread of its own: in this one the browser of other tests may have a loop running."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()


@dataclass
class Viewer:
    """One open tab.

    Attributes:
        url: the page's address. `fragments`: what the page refreshes by itself. `spent`: seconds of each refresh.
        received: bytes of messages, and of answers with their heads. `keyframe`: what the charts build on.
    """

    url: str
    fragments: set[str] = field(default_factory=set)
    spent: list[float] = field(default_factory=list)
    received: int = 0
    errors: list[str] = field(default_factory=list)
    keyframe: str = ""
    _socket: ClientConnection | None = None
    # Idle connections are given up before the server does it: browsers ask again where both happen at once.
    _http: httpx.AsyncClient = field(
        default_factory=lambda: httpx.AsyncClient(verify=False, limits=httpx.Limits(keepalive_expiry=2.0))
    )

    async def open(self) -> None:
        """Load the page."""
        parts = urlsplit(self.url)
        self._socket = await connect(
            f"ws://{parts.netloc}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
            compression=None,
        )
        message = BackMsg()
        message.rerun_script.query_string = parts.query
        message.rerun_script.page_name = parts.path.strip("/")
        message.rerun_script.context_info.url = self.url
        message.rerun_script.context_info.color_scheme = "dark"
        await self._run(message)

    async def refresh(self) -> None:
        """Run the page's fragment once, as its timer does."""
        message = BackMsg()
        message.rerun_script.query_string = urlsplit(self.url).query
        message.rerun_script.fragment_id = next(iter(self.fragments))
        message.rerun_script.is_auto_rerun = True
        began = time.perf_counter()
        await self._run(message)
        self.spent.append(time.perf_counter() - began)

    async def watch(self, every: float, *, until: float, after: float) -> None:
        """Refresh until the loop's clock says `until`, the first time `after` seconds from now."""
        loop = asyncio.get_running_loop()
        due = loop.time() + after
        while due < until:
            await asyncio.sleep(max(0.0, due - loop.time()))
            await self.refresh()
            due = max(due + every, loop.time())

    async def close(self) -> None:
        """Close the tab."""
        await self._http.aclose()
        if self._socket is not None:
            await self._socket.close()

    async def _run(self, message: BackMsg) -> None:
        assert self._socket is not None, "open the viewer first"
        await self._socket.send(message.SerializeToString())
        async with asyncio.timeout(PATIENCE):
            while True:
                body = await self._socket.recv(decode=False)
                self.received += len(body)
                answer = ForwardMsg.FromString(body)
                kind = answer.WhichOneof("type")
                if kind == "new_session" and not answer.metadata.run.fragment_ids:
                    # The whole page is drawn anew: what it had is gone, and asking for that is never answered.
                    self.fragments.clear()
                elif kind == "auto_rerun":
                    self.fragments.add(answer.auto_rerun.fragment_id)
                elif kind == "delta" and answer.delta.new_element.WhichOneof("type") == "exception":
                    self.errors.append(answer.delta.new_element.exception.message)
                elif kind == "delta" and answer.delta.new_element.bidi_component.bytes:
                    await self._fetch(
                        json.loads(gzip.decompress(answer.delta.new_element.bidi_component.bytes))["keyframe"]
                    )
                elif kind == "script_finished" and answer.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    return

    async def _fetch(self, keyframe: str) -> None:
        """What charts build on, where this tab has not got it."""
        if keyframe == self.keyframe:
            return
        self.keyframe = keyframe
        answer = await self._http.get(urljoin(self.url, keyframe))
        answer.raise_for_status()
        self.received += answer.num_bytes_downloaded + sum(
            len(name) + len(value) + 4 for name, value in answer.headers.raw
        )
