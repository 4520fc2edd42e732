"""The ASGI application: Streamlit, our own routes beside it, and a lifespan that owns the poller."""

import ctypes
import gc
import platform
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import plotly
import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard.config.configuration import Config
from dashboard.engine import running_poller
from dashboard.engine.poller import Poller
from dashboard.engine.source_status import SourceState
from dashboard.ui.text import source_text
from dashboard.web import metrics, status_json

PACKAGE = Path(__file__).resolve().parent.parent
ROOT = PACKAGE / "_bundle" if (PACKAGE / "_bundle" / "pages").is_dir() else PACKAGE.parent
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
PLOTLY_PATH = f"/assets/plotly-{plotly.__version__}.min.js"

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

# Framing stays allowed for the own origin only; the wall is embedded by `?embed=true` in a browser, not in a frame.
HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"content-security-policy", b"frame-ancestors 'self'"),
    (b"referrer-policy", b"same-origin"),
]


class HardeningHeaders:
    """Adds the headers that Streamlit does not send to every HTTP answer."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through; only the start of an HTTP answer is touched."""

        async def hardened(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        await self.app(scope, receive, hardened if scope["type"] == "http" else send)


def routes(running: Poller, base_path: str = "") -> list[Route]:
    """Health, readiness, metrics, the JSON API and plotly.js, all under the base path."""
    prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n" if running.alive else "the poller has ended\n", 200 if running.alive else 503)

    async def readyz(_: Request) -> Response:
        source = running.snapshot.source
        ready = source.state is SourceState.OK
        return PlainTextResponse(
            "ready\n" if ready else f"{source.state}: {source_text.message(source)}\n", 200 if ready else 503
        )

    async def own_metrics(_: Request) -> Response:
        return Response(metrics.exposition(running), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def api_status(_: Request) -> Response:
        return JSONResponse(status_json.as_json(running.snapshot, running.clock()))

    async def plotly_js(_: Request) -> Response:
        return FileResponse(
            PLOTLY,
            media_type="text/javascript",
            headers={"Cache-Control": "public, max-age=31536000, immutable"},
        )

    own = {
        "/healthz": healthz,
        "/readyz": readyz,
        "/metrics": own_metrics,
        "/api/v1/status": api_status,
        PLOTLY_PATH: plotly_js,
    }
    return [Route(prefix + path, endpoint) for path, endpoint in own.items()]


def steady_heap() -> bool:
    """Let glibc give buffers of 64 kB and more back to the system at once; False where there is no glibc.

    By default it raises that bound to the largest buffer it ever freed. Payloads of the viewers, made anew at every
    refresh, then leave holes in the heap, which grows for many minutes. mallopt(3); the parameters are of malloc.h.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    trim_threshold, mmap_threshold = -1, -3
    libc = ctypes.CDLL(None)
    return bool(libc.mallopt(mmap_threshold, 64 * 1024) and libc.mallopt(trim_threshold, 128 * 1024))


def application(running: Poller, base_path: str = "") -> st.App:
    """The ASGI application around one poller."""

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        running_poller.start(running)
        # What is imported by now lives as long as the process: the collector need not walk it at every refresh.
        gc.collect()
        gc.freeze()
        steady_heap()
        try:
            yield
        finally:
            running.stop()

    return st.App(
        PACKAGE / "app.py",
        routes=routes(running, base_path),
        middleware=[Middleware(HardeningHeaders)],
        lifespan=lifespan,
    )


def serve(running: Poller, config: Config) -> None:
    """Serve until interrupted."""
    # Streamlit takes the folder of argv[0] as the launcher's, and so finds our .streamlit from any working directory.
    sys.argv = [str(ROOT / "golden-signals")]
    options: dict[str, Any] = {"server.port": config.port, "server.address": config.host}
    if config.base_path.strip("/"):
        options["server.baseUrlPath"] = config.base_path.strip("/")
    application(running, config.base_path).run(config=options)
