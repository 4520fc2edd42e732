"""Our own routes: health, readiness, metrics, the JSON API and plotly.js."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import plotly
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard.engine.poller import Poller
from dashboard.engine.source_status import SourceState
from dashboard.ui.text import source_text
from dashboard.web import metrics, status_json

PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
PLOTLY_PATH = f"/assets/plotly-{plotly.__version__}.min.js"
# Its path holds its version: what a browser has once, it need never ask for again.
PLOTLY_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable"}

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(poller: Poller, base_path: str = "") -> list[Route]:
    """The routes of one poller, all under the base path."""
    prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
    endpoints = {**_health(poller), **_data(poller), PLOTLY_PATH: _plotly_js}
    return [Route(prefix + path, endpoint) for path, endpoint in endpoints.items()]


def _health(poller: Poller) -> dict[str, Endpoint]:
    # Alive is not ready: what restarts a dead process must not restart this one because Prometheus is away.
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


def _data(poller: Poller) -> dict[str, Endpoint]:
    async def exposition(_: Request) -> Response:
        return Response(metrics.exposition(poller), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def status(_: Request) -> Response:
        # Starlette's JSON is strict: one NaN would be an error 500 for everything.
        return JSONResponse(status_json.as_json(poller.read(), poller.clock()))

    return {"/metrics": exposition, "/api/v1/status": status}


async def _plotly_js(_: Request) -> Response:
    return FileResponse(PLOTLY, media_type="text/javascript", headers=PLOTLY_HEADERS)
