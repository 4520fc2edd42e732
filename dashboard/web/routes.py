"""Our own routes: health, readiness, metrics, the JSON API, plotly.js, scripts of pages and keyframes of charts."""

import gzip
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import plotly
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Match, Route

from dashboard import keyframes
from dashboard.bundle import CHART_SCRIPTS, CHART_SCRIPTS_PATH, WAYS, WAYS_PATH
from dashboard.engine.poller import Poller
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.ui import theme
from dashboard.ui.text import source_text
from dashboard.web import metrics, status_json
from dashboard.web.api_query import Refusal, check_names
from dashboard.web.frontend.cached_files import FOR_EVER, KEPT, packed
from dashboard.web.gate.gate_api import PATH as GATE
from dashboard.web.gate.gate_api import GateApi
from dashboard.web.incidents import alerts_json, triage_json
from dashboard.web.incidents.post_mortem_api import PATH as POST_MORTEM
from dashboard.web.incidents.post_mortem_api import PostMortemApi
from dashboard.web.review.review_api import PATH as REVIEW
from dashboard.web.review.review_api import ReviewApi
from dashboard.web.service import capacity_json, services_json
from dashboard.web.service.service_api import ServiceApi

PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
PLOTLY_PATH = f"/assets/plotly-{plotly.__version__}.min.js"

KEYFRAME = f"{keyframes.PATH}/{{name}}"

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

Endpoint = Callable[[Request], Awaitable[Response] | Response]


def routes(poller: Poller, base_path: str = "", gate: GateApi | None = None) -> list[Route]:
    """The routes of one poller, all under the base path.

    Args:
        poller: is read. `base_path`: prefix of all addresses. `gate`: identifies askers; None if there are no tokens.
    """
    prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
    endpoints = {**_health(poller), **_data(poller, gate or GateApi(poller)), **_scripts(), KEYFRAME: keyframe}
    return [Route(prefix + path, endpoint) for path, endpoint in endpoints.items()]


def unknown_route(own: Sequence[Route], base_path: str = "") -> Route:
    """The response for all other addresses under `/api/`, which Streamlit would answer with its page.

    404, or 405 if the address exists for other methods.

    Args:
        own: all other routes. `base_path`: prefix of all addresses.
    """
    prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""

    def unknown(request: Request) -> Response:
        alike = [route for route in own if route.matches(request.scope)[0] is Match.PARTIAL]
        methods = ", ".join(sorted({method for route in alike for method in route.methods or ()}))
        if methods:
            said = f"{request.method} is nothing that this address understands: send {methods}"
            return JSONResponse({"error": said}, 405, headers={"Allow": methods})
        return JSONResponse({"error": "there is no such route: docs/api.md lists them"}, 404)

    return Route(f"{prefix}/api/{{path:path}}", unknown, methods=METHODS)


def _health(poller: Poller) -> dict[str, Endpoint]:
    # Liveness is not readiness: this process must not be restarted because Prometheus is down.
    # https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n" if poller.alive else "the poller has ended\n", 200 if poller.alive else 503)

    async def readyz(_: Request) -> Response:
        source = poller.read().source
        ready = source.state is SourceState.OK
        return PlainTextResponse(
            "ready\n" if ready else f"{source.state}: {source_text.message(source)}\n", 200 if ready else 503
        )

    return {"/healthz": healthz, "/readyz": readyz}


def _data(poller: Poller, gate: GateApi) -> dict[str, Endpoint]:
    exposed = _OncePerSecond(poller, lambda _, __: metrics.exposition(poller, gate.log))

    # Not on the loop, which answers /healthz and every viewer: with a thousand services this takes a while.
    def exposition(_: Request) -> Response:
        return Response(exposed.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    api = ServiceApi(poller)
    return {
        "/metrics": exposition,
        "/api/v1/status": _newest(poller, status_json.as_json),
        "/api/v1/services": _newest(poller, lambda read, _: services_json.as_json(read)),
        "/api/v1/service": api.service,
        "/api/v1/explain": api.explain,
        "/api/v1/slo": api.slo,
        "/api/v1/slos": api.slos,
        "/api/v1/alerts": _newest(poller, alerts_json.as_json),
        "/api/v1/triage": _newest(poller, lambda read, _: triage_json.as_json(read)),
        "/api/v1/capacity": _newest(poller, lambda read, _: capacity_json.as_json(read)),
        GATE: gate.gate,
        POST_MORTEM: PostMortemApi(poller).answer,
        REVIEW: ReviewApi(poller).answer,
    }


def _newest(poller: Poller, as_json: Callable[[Snapshot, float], Any]) -> Endpoint:
    """Answers with JSON about the newest snapshot; `as_json`: from a snapshot and a time (epoch seconds).

    Parameters are refused: one that is ignored would be taken for one that is honoured.
    """
    # Starlette's JSON is strict: a single NaN would fail the whole response with error 500.
    written = _OncePerSecond(poller, lambda read, now: bytes(JSONResponse(as_json(read, now)).body))

    def answer(request: Request) -> Response:
        try:
            check_names(request.query_params, ())
        except Refusal as refusal:
            return refusal.response()
        return Response(written.text(), media_type="application/json")

    return answer


class _OncePerSecond:
    """A text about the newest snapshot, written at most once a second for all requests.

    Args:
        poller: is read. `write`: from a snapshot and a time (epoch seconds).
    """

    def __init__(self, poller: Poller, write: Callable[[Snapshot, float], bytes]) -> None:
        self._poller = poller
        self._write = write
        self._lock = Lock()
        self._newest: tuple[Snapshot, float, bytes] | None = None

    def text(self) -> bytes:
        """The text of the current second."""
        # Concurrent requests wait here, instead of writing it again.
        with self._lock:
            read, now = self._poller.read(), self._poller.clock()
            newest = self._newest
            if newest is None or newest[0] is not read or newest[1] != now // 1:
                newest = self._newest = read, now // 1, self._write(read, now)
            return newest[2]


def _scripts() -> dict[str, Endpoint]:
    files = {path.name: path for path in CHART_SCRIPTS}

    def cached_file(file: Path) -> Endpoint:
        async def answer(request: Request) -> Response:
            return await KEPT.answer(file, request.headers.get("accept-encoding", ""))

        return answer

    async def script(request: Request) -> Response:
        file = files.get(request.path_params["name"])
        if file is None:
            return PlainTextResponse("Not Found", 404)
        return await KEPT.answer(file, request.headers.get("accept-encoding", ""))

    async def style(request: Request) -> Response:
        body, headers = await packed(theme.STYLE.encode(), request.headers.get("accept-encoding", ""))
        return Response(body, media_type="text/css", headers={**headers, "Cache-Control": FOR_EVER})

    scripts = {PLOTLY_PATH: cached_file(PLOTLY), f"{CHART_SCRIPTS_PATH}/{{name}}": script, WAYS_PATH: cached_file(WAYS)}
    return {**scripts, theme.SHEET_PATH: style}


async def keyframe(request: Request) -> Response:
    """The keyframe of charts that messages to viewers build on; 404 if no message uses it any more."""
    cached_file = keyframes.find(request.path_params["name"])
    if cached_file is None:
        return PlainTextResponse("Not Found", 404)
    headers = {"Cache-Control": "private, max-age=3600, immutable", "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(gzip.decompress(cached_file.zipped), headers=headers, media_type="application/json")
    # Compressed once for all requests: middleware does not compress what is already encoded.
    headers["Content-Encoding"] = "gzip"
    return Response(cached_file.zipped, headers=headers, media_type="application/json")
