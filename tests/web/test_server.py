"""Our own routes, also under a base path, and the options the server depends on."""

import asyncio
import gc
import json
import platform
import re
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import streamlit.config
from starlette.applications import Starlette
from starlette.middleware import Middleware

from dashboard.bundle import CHART_SCRIPTS_PATH, ROOT
from dashboard.config.configuration import Config
from dashboard.engine import running_poller
from dashboard.engine.poller import Poller
from dashboard.exceptions import StateError
from dashboard.sources.demo.source import DemoSource
from dashboard.state import running
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.ui import live_chart
from dashboard.web import server
from dashboard.web.changes.changes_in import ChangesIn
from dashboard.web.frontend.headers import HardeningHeaders
from dashboard.web.routes import PLOTLY_PATH, routes, unknown_route
from tests.broadcasts import message
from tests.steady import Clock, Steady

NOW = 1_760_000_000.0


@pytest.fixture(scope="module")
def poller() -> Poller:
    ticked = Poller(DemoSource(start=NOW), clock=lambda: NOW)
    ticked.tick()
    return ticked


def ask(poller: Poller, path: str, base: str = "", method: str = "GET") -> httpx.Response:
    own = routes(poller, base)
    app = Starlette(routes=[*own, unknown_route(own, base)], middleware=[Middleware(HardeningHeaders)])

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
            return await http.request(method, path)

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


@pytest.mark.parametrize("base", ["", "golden"])
def test_an_address_of_no_route_is_no_page(poller: Poller, base: str) -> None:
    prefix = f"/{base}" if base else ""
    for path in ("/api/v1/statuss", "/api/v2/status", "/api/"):
        reply = ask(poller, f"{prefix}{path}", base)
        assert (reply.status_code, reply.json()["error"][:24]) == (404, "there is no such route: ")
    for method in ("POST", "OPTIONS"):
        reply = ask(poller, f"{prefix}/api/v1/gate", base, method)
        assert (reply.status_code, reply.headers["allow"]) == (405, "GET, HEAD")


def test_the_api_gives_the_contract_without_nan(poller: Poller) -> None:
    text = ask(poller, "/api/v1/status").text
    status = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} in JSON"))
    assert len(status["services"]) == 12
    assert status["source"]["state"] == "ok"


def test_before_the_first_tick_it_is_not_ready() -> None:
    reply = ask(Poller(DemoSource(start=NOW), clock=lambda: NOW), "/readyz")
    assert (reply.status_code, reply.text.split(":")[0]) == (503, "starting")


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("", False),
        ("[source]\nheaders = {a = 'b'}", False),
        ("[source]\nkind = 'demo'", True),
        ("[source]\nseed = 7", True),
    ],
)
def test_the_demo_stands_for_no_source_that_was_left_out(
    text: str, is_named: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "golden.toml"
    file.write_text(f"{text}\n[state]\npath = 'state'\n", encoding="utf-8")
    monkeypatch.setenv(server.CONFIG_VARIABLE, str(file))
    if is_named:
        config, opened, store = server.from_environment()
        opened.source.close()
        store.close()
        assert config.source.kind == "demo"
        return
    with pytest.raises(SystemExit):
        server.from_environment()
    assert f"{file}: names no source: write [source]" in capsys.readouterr().err


def test_the_page_asks_for_plotly_where_the_server_has_it() -> None:
    assert live_chart.PLOTLY_PATH == PLOTLY_PATH


def test_the_page_asks_for_the_scripts_of_charts_where_the_server_has_them(poller: Poller) -> None:
    script = ask(poller, message(live_chart.broadcast([]))["scripts"])
    assert script.headers["cache-control"].endswith("immutable")
    assert script.headers["content-type"].startswith("text/javascript")
    imported = re.findall(r'from "./(.+?)"', script.text)
    assert imported
    for name in imported:
        assert ask(poller, f"{CHART_SCRIPTS_PATH}/{name}").status_code == 200


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("runner.postScriptGC", False),
        ("runner.fastReruns", False),
        ("global.maxCachedMessageAge", 20),
        ("global.minCachedMessageSize", 2000),
    ],
)
def test_the_options_we_rely_on_exist(option: str, value: object) -> None:
    assert option in streamlit.config.get_config_options()
    section, name = option.split(".")
    assert tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))[section][name] == value


# --- the lifespan ----------------------------------------------------------------------------------------------------


def lived(poller: Poller, during: Callable[[], None]) -> None:
    """Run something while the application of a poller lives."""

    async def live() -> None:
        async with server.polling(poller)(None):
            during()

    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, live()).result()


@pytest.fixture
def idle() -> Iterator[Poller]:
    """A poller that does not run; whatever a test leaves behind is cleared away."""
    running_poller.use(None)
    yield Poller(Steady(Clock(), ("shop",)), clock=Clock())
    running_poller.use(None)
    gc.unfreeze()


def test_the_poller_runs_as_long_as_the_application_lives(idle: Poller) -> None:
    alive: list[bool] = []
    lived(idle, lambda: alive.append(idle.alive and running_poller.current() is idle))
    assert alive == [True]
    assert not idle.alive


def test_the_poller_ends_also_where_the_application_fails(idle: Poller) -> None:
    def fail() -> None:
        raise RuntimeError("it broke")

    with pytest.raises(RuntimeError, match="it broke"):
        lived(idle, fail)
    assert not idle.alive


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_the_heap_is_told_to_give_memory_back() -> None:
    assert server.steady_heap()


def test_changes_come_in_under_the_base_path_and_the_store_is_there_meanwhile(poller: Poller) -> None:
    store = open_store(StateSpec(MEMORY))
    changes_in = ChangesIn(poller, Config(), store)
    paths = {route.path for route in changes_in.routes("golden")}
    assert paths >= {"/golden/api/annotations", "/golden/v2/change/enqueue", "/golden/api/v1/changes"}
    assert all(path.startswith("/golden/") for path in paths)
    changes_in.start()
    assert running.current() is store
    changes_in.stop()
    with pytest.raises(StateError, match="no state is open"):
        running.current()


# --- from the environment --------------------------------------------------------------------------------------------


def test_without_a_variable_it_is_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(server.CONFIG_VARIABLE, raising=False)
    config, poller, _ = server.from_environment()
    assert (config.title, poller.source.kind, poller.alive) == ("Demo", "demo", False)


def test_a_variable_names_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "golden.toml"
    path.write_text('title = "Shop"\nrefresh = "30s"\n[source]\npaths = ["a.csv"]\n', encoding="utf-8")
    monkeypatch.setenv(server.CONFIG_VARIABLE, str(path))
    config, poller, _ = server.from_environment()
    assert (config.title, poller.settings.refresh, poller.source.kind) == ("Shop", 30.0, "csv")


def test_each_problem_of_it_is_a_line_and_the_process_ends_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "golden.toml"
    path.write_text("title = 5\nport = 0\n", encoding="utf-8")
    monkeypatch.setenv(server.CONFIG_VARIABLE, str(path))
    with pytest.raises(SystemExit) as ended:
        server.from_environment()
    lines = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert [line.partition(": ")[2].partition(": expected")[0] for line in lines] == [
        f"{path}:1: title",
        f"{path}:2: port",
    ]
