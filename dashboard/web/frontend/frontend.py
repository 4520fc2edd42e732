"""Serves Streamlit's frontend: its files compressed, and its page light enough for a phone."""

from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import streamlit
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from dashboard.bundle import CHART_SCRIPTS, CHART_SCRIPTS_PATH, PAGES, WAYS_PATH
from dashboard.engine import running_poller
from dashboard.ui import live_chart, theme
from dashboard.web.frontend.cached_files import KEPT, TYPES, packed
from dashboard.web.frontend.first_paint import TRIAGE, first_paint
from dashboard.web.frontend.page_shell import FIRST_PAINT, shell

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

FOLDER = Path(streamlit.__file__).parent / "static"
INDEX = "index.html"
# Relative to a page, as a proxy may serve it under another path.
SHEET = f".{theme.SHEET_PATH}"
SCRIPTS = [f".{WAYS_PATH}", *(f".{CHART_SCRIPTS_PATH}/{path.name}" for path in CHART_SCRIPTS)]
# Pages with charts: plotly.js is as large as all other scripts together, and is loaded right after them.
CHARTED = ("service", "objectives")
LIBRARY = f'<link rel="preload" as="script" fetchpriority="low" href=".{live_chart.PLOTLY_PATH}">'
# A browser's validators refer to Streamlit's own page, which this server does not send.
CONDITIONS = (b"if-none-match", b"if-modified-since")


class Frontend:
    """ASGI middleware that serves the files and the page of Streamlit's frontend; everything else is passed on.

    Args:
        app: the application behind it. `base_path`: the prefix of all routes, without slashes at its ends.
    """

    def __init__(self, app: App, base_path: str = "") -> None:
        self._app = app
        prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
        files = (path for path in (FOLDER / "static").rglob("*") if path.suffix in TYPES)
        self._files = {f"{prefix}/{path.relative_to(FOLDER).as_posix()}": path for path in files}
        self._pages = {prefix or "/", *(f"{prefix}/{name}" for name in ("", INDEX, *_page_names()))}
        # Pages that are visible before their scripts are loaded.
        self._first_paints = {f"{prefix}/": "", prefix or "/": "", f"{prefix}/{TRIAGE}": TRIAGE}
        self._shell = shell(FOLDER, sheet=SHEET, scripts=SCRIPTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        takes = dict(scope["headers"]).get(b"accept-encoding", b"").decode("latin-1")
        if (file := self._files.get(scope["path"])) is not None:
            await (await KEPT.answer(file, takes))(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name not in CONDITIONS]
        page = _Page(lambda: self._page(scope, takes), scope, receive, send)
        await self._app({**scope, "headers": headers}, receive, page.send)

    async def _page(self, scope: Scope, takes: str) -> Response:
        early = LIBRARY if scope["path"].rpartition("/")[2] in CHARTED else ""
        if (page := self._first_paints.get(scope["path"])) is not None:
            query = scope["query_string"].decode("latin-1")
            early = await run_in_threadpool(first_paint, running_poller.current(), query, sheet=SHEET, page=page)
        body, headers = await packed(self._shell.replace(FIRST_PAINT, early).encode(), takes)
        # For an unknown address Streamlit shows that there is no such page; programs must get a 404, too.
        status = 200 if scope["path"] in self._pages else 404
        return Response(body, status, media_type="text/html", headers={**headers, "Cache-Control": "no-cache"})


def _page_names() -> list[str]:
    return [path.stem for path in PAGES.glob("*.py")]


class _Page:
    """Passes a response on, but replaces Streamlit's page with the one of this server."""

    def __init__(self, page: Callable[[], Awaitable[Response]], scope: Scope, receive: Receive, send: Send) -> None:
        self._page, self._scope, self._receive, self._send = page, scope, receive, send
        self._is_page = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            headers = dict(message["headers"])
            # Separate documents, such as a post-mortem, have a file name.
            is_named = b"content-disposition" in headers
            self._is_page = headers.get(b"content-type", b"").startswith(b"text/html") and not is_named
        if not self._is_page:
            await self._send(message)
        elif not message.get("more_body", message["type"] == "http.response.start"):
            await (await self._page())(self._scope, self._receive, self._send)
