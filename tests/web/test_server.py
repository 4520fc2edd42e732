"""Our own routes, also under a base path, and the options the server depends on."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import streamlit.config
from starlette.applications import Starlette
from starlette.middleware import Middleware

from dashboard.engine.poller import Poller
from dashboard.sources.demo.source import DemoSource
from dashboard.ui import live_chart
from dashboard.web.headers import HardeningHeaders
from dashboard.web.routes import PLOTLY_PATH, routes

NOW = 1_760_000_000.0


@pytest.fixture(scope="module")
def poller() -> Poller:
    ticked = Poller(DemoSource(start=NOW), clock=lambda: NOW)
    ticked.tick()
    return ticked


def ask(poller: Poller, path: str, base: str = "") -> httpx.Response:
    app = Starlette(routes=routes(poller, base), middleware=[Middleware(HardeningHeaders)])

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
            return await http.get(path)

    # In a thread of its own: the browser tests keep an event loop in this one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, get()).result()


@pytest.mark.parametrize("base", ["", "golden"])
def test_the_routes_answer_under_the_base_path(poller: Poller, base: str) -> None:
    prefix = f"/{base}" if base else ""
    assert ask(poller, f"{prefix}/readyz", base).text == "ready\n"
    assert ask(poller, f"{prefix}/healthz", base).status_code == 503
    assert "golden_signals_services" in ask(poller, f"{prefix}/metrics", base).text
    assert ask(poller, f"{prefix}{PLOTLY_PATH}", base).headers["cache-control"].endswith("immutable")
    assert ask(poller, f"{prefix}/api/v1/status", base).headers["x-content-type-options"] == "nosniff"


def test_the_api_gives_the_contract_without_nan(poller: Poller) -> None:
    text = ask(poller, "/api/v1/status").text
    status = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} in JSON"))
    assert len(status["services"]) == 12
    assert status["source"]["state"] == "ok"


def test_before_the_first_tick_it_is_not_ready() -> None:
    reply = ask(Poller(DemoSource(start=NOW), clock=lambda: NOW), "/readyz")
    assert (reply.status_code, reply.text.split(":")[0]) == (503, "starting")


def test_the_page_asks_for_plotly_where_the_server_has_it() -> None:
    assert live_chart.PLOTLY_PATH == PLOTLY_PATH


def test_the_hidden_option_we_rely_on_exists() -> None:
    assert "runner.postScriptGC" in streamlit.config.get_config_options()
