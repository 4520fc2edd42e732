"""What each of our own routes answers, in every state of the source and of the poller."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from dashboard import keyframes
from dashboard.bundle import CHART_SCRIPTS_PATH, WAYS_PATH
from dashboard.engine.poller import Poller
from dashboard.engine.snapshot import Snapshot
from dashboard.exceptions import SourceUnavailable
from dashboard.ui.theme import SHEET_PATH, STYLE
from dashboard.web.incidents.post_mortem_api import PATH as POST_MORTEM
from dashboard.web.review.review_api import PATH as REVIEW
from dashboard.web.routes import PLOTLY, PLOTLY_PATH, _OncePerSecond, routes
from tests.steady import START, Clock, Steady

ONE = {
    "/api/v1/service": "service=shop",
    "/api/v1/explain": "service=shop",
    "/api/v1/slo": "slo=shop-availability",
    "/api/v1/slos": "",
}
API = ["/api/v1/status", "/api/v1/services", *ONE]
KEPT = keyframes.keep(b"[]")
ASSETS = [PLOTLY_PATH, f"{CHART_SCRIPTS_PATH}/{{name}}", WAYS_PATH, SHEET_PATH, "/assets/keyframes/{name}"]
GATE = "/api/v1/gate"
OTHERS = ["/api/v1/alerts", "/api/v1/triage", "/api/v1/capacity", GATE, POST_MORTEM, REVIEW]
PATHS = ["/healthz", "/readyz", "/metrics", *API, *OTHERS, *ASSETS]


@pytest.fixture
def source() -> Steady:
    return Steady(Clock(), ("shop",))


@pytest.fixture
def poller(source: Steady) -> Iterator[Poller]:
    ticked = Poller(source, clock=source.clock)
    ticked.tick()
    yield ticked
    ticked.stop()


def ask(
    poller: Poller, path: str, *, base: str = "", method: str = "GET", headers: Mapping[str, str] | None = None
) -> httpx.Response:
    app = Starlette(routes=routes(poller, base), middleware=[Middleware(GZipMiddleware)])

    async def request() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
            return await http.request(method, path, headers=headers)

    # In a thread of its own: the browser tests keep an event loop in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, request()).result()


# --- where they are --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", ["golden", "/golden", "/golden/", "a/b"], ids=["bare", "before", "both", "two parts"])
def test_a_base_path_may_be_written_with_and_without_slashes(poller: Poller, base: str) -> None:
    assert [route.path for route in routes(poller, base)] == [f"/{base.strip('/')}{path}" for path in PATHS]


@pytest.mark.parametrize("base", ["", "/"])
def test_without_a_base_path_they_are_at_the_root(poller: Poller, base: str) -> None:
    assert [route.path for route in routes(poller, base)] == PATHS


def test_the_search_of_the_pages_lists_every_service_with_its_health(poller: Poller) -> None:
    answer = ask(poller, "/api/v1/services")
    assert answer.headers["content-type"] == "application/json"
    (service,) = answer.json()["services"]
    assert service.keys() == {"id", "title", "team", "tier", "health", "mark", "word", "colour"}
    assert (service["id"], service["title"], service["team"]) == ("shop", "shop", "")


@pytest.mark.parametrize("path", ASSETS[:4])
def test_browsers_keep_scripts_and_styles_for_ever_and_fetch_them_compressed(poller: Poller, path: str) -> None:
    answer = ask(poller, path.format(name="page.js"))
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"


def test_the_script_and_the_style_of_all_pages_are_where_pages_look_for_them(poller: Poller) -> None:
    assert "export const update" in ask(poller, WAYS_PATH).text
    style = ask(poller, SHEET_PATH)
    assert style.text == STYLE
    assert style.headers["content-type"].startswith("text/css")


def test_under_a_base_path_the_root_belongs_to_others(poller: Poller) -> None:
    assert ask(poller, "/healthz", base="golden").status_code == 404


@pytest.mark.parametrize("path", PATHS)
def test_they_only_read(poller: Poller, path: str) -> None:
    assert ask(poller, path, method="POST").status_code == 405
    named = path.format(name=KEPT.name if "keyframes" in path else "page.js", number="1")
    # There is no such incident.
    answered = (404,) if path == POST_MORTEM else (200, 503)
    query = "period=2023-10" if path == REVIEW else ONE.get(path, "")
    assert ask(poller, f"{named}?{query}", method="HEAD").status_code in answered


@pytest.mark.parametrize("path", [path for path in PATHS if path.startswith("/api/v1/")])
def test_a_parameter_that_nothing_reads_is_refused(poller: Poller, path: str) -> None:
    """One that is ignored, such as a time, would be taken for one that is honoured."""
    answer = ask(poller, f"{path.format(number='1')}?moment=1760000000")
    assert (answer.status_code, answer.json()["error"][:22]) == (400, "nothing reads 'moment'")


@pytest.mark.parametrize("name", ["..%2f..%2flive_chart.py", "secrets.toml", "page.py", ""])
def test_only_scripts_of_charts_are_served(poller: Poller, name: str) -> None:
    assert ask(poller, f"{CHART_SCRIPTS_PATH}/{name}").status_code == 404


# --- health and readiness --------------------------------------------------------------------------------------------


def test_alive_is_a_poller_whose_thread_runs(poller: Poller) -> None:
    reply = ask(poller, "/healthz")
    assert (reply.status_code, reply.text) == (503, "the poller has ended\n")
    poller.start()
    reply = ask(poller, "/healthz")
    assert (reply.status_code, reply.text) == (200, "ok\n")


def test_alive_says_nothing_about_the_source(poller: Poller, source: Steady) -> None:
    """Whoever restarts what is not alive must not restart it because Prometheus is away."""
    source.failure = SourceUnavailable("connection refused")
    poller.tick()
    poller.start()
    assert ask(poller, "/healthz").status_code == 200
    assert ask(poller, "/readyz").status_code == 503


def test_ready_is_a_source_with_current_data(poller: Poller) -> None:
    reply = ask(poller, "/readyz")
    assert (reply.status_code, reply.text) == (200, "ready\n")
    assert reply.headers["content-type"].startswith("text/plain")


def test_not_ready_says_the_state_and_why(poller: Poller, source: Steady) -> None:
    assert ask(Poller(source), "/readyz").text == "starting: Looking for services …\n"
    source.failure = SourceUnavailable("connection refused")
    for text in ("stale", "stale", "down"):
        poller.tick()
        reply = ask(poller, "/readyz")
        assert (reply.status_code, reply.text) == (503, f"{text}: connection refused\n")
    source.failure = None
    poller.tick()
    assert ask(poller, "/readyz").status_code == 200


def test_old_data_are_not_ready(poller: Poller, source: Steady) -> None:
    source.ends = START
    source.clock.now += 600
    poller.tick()
    reply = ask(poller, "/readyz")
    assert (reply.status_code, reply.text.partition(":")[0]) == (503, "stale")
    assert "nothing new arrives" in reply.text


# --- data ------------------------------------------------------------------------------------------------------------


def test_metrics_are_in_the_text_format_that_prometheus_asks_for(poller: Poller) -> None:
    """https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format"""
    reply = ask(poller, "/metrics")
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "golden_signals_up 1.0" in reply.text.splitlines()


def test_each_answer_is_of_the_newest_snapshot(poller: Poller, source: Steady) -> None:
    before = ask(poller, "/api/v1/status").json()
    source.clock.now += 15
    poller.tick()
    after = ask(poller, "/api/v1/status").json()
    assert (before["at"], after["at"]) == ("2023-11-14T22:30:00Z", "2023-11-14T22:30:15Z")


def test_the_age_of_the_data_grows_between_two_refreshes(poller: Poller, source: Steady) -> None:
    source.clock.now += 7
    assert ask(poller, "/api/v1/status").json()["source"]["data_age_s"] == 7
    assert "golden_signals_data_age_seconds 7.0" in ask(poller, "/metrics").text.splitlines()


def test_before_the_first_refresh_the_api_answers_with_nothing_claimed(source: Steady) -> None:
    status = json.loads(ask(Poller(source, clock=source.clock), "/api/v1/status").text)
    assert (status["source"]["state"], status["source"]["data_age_s"]) == ("starting", None)
    assert (status["services"], status["slos"]) == ([], [])


def test_a_scrape_asks_the_source_for_nothing(poller: Poller, source: Steady) -> None:
    queries = poller.queries
    for path in PATHS:
        ask(poller, path)
    assert poller.queries == queries


def test_plotly_is_kept_for_a_year_because_its_path_holds_its_version(poller: Poller) -> None:
    reply = ask(poller, PLOTLY_PATH)
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert reply.headers["content-type"].startswith("text/javascript")
    assert len(reply.content) == PLOTLY.stat().st_size


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_keyframe_is_zipped_once_and_kept_by_browsers_alone(poller: Poller, encoding: str) -> None:
    # So long that the middleware, too, would zip it.
    charts = list(range(1000))
    stored = keyframes.keep(json.dumps(charts).encode())
    reply = ask(poller, f"{keyframes.PATH}/{stored.name}", headers={"accept-encoding": encoding})
    assert reply.json() == charts
    assert reply.headers.get("content-encoding", "identity") == encoding
    if encoding == "gzip":
        assert int(reply.headers["content-length"]) == len(stored.zipped)
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["cache-control"].startswith("private, ")


def test_a_keyframe_that_is_gone_is_said_to_be_and_not_kept_as_that(poller: Poller) -> None:
    reply = ask(poller, f"{keyframes.PATH}/{'0' * 32}")
    assert (reply.status_code, "cache-control" in reply.headers) == (404, False)


# --- what is asked often ---------------------------------------------------------------------------------------------


def test_a_text_is_written_once_a_second_however_many_ask(poller: Poller, source: Steady) -> None:
    written: list[float] = []
    begun, go_on = threading.Event(), threading.Event()

    def write(_: Snapshot, now: float) -> bytes:
        written.append(now)
        begun.set()
        assert go_on.wait(10)
        return str(now).encode()

    once = _OncePerSecond(poller, write)
    with ThreadPoolExecutor(8) as pool:
        texts = [pool.submit(once.text) for _ in range(8)]
        assert begun.wait(10)
        go_on.set()
        assert {text.result(10) for text in texts} == {str(source.clock.now).encode()}
    assert len(written) == 1
    source.clock.now += 0.5
    once.text()
    assert len(written) == 1
    source.clock.now += 0.5
    once.text()
    assert len(written) == 2, "in the next second"
    poller.tick()
    once.text()
    assert len(written) == 3, "and of the next refresh"


def test_writing_leaves_the_loop_to_others(poller: Poller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a thousand services the JSON takes a while: meanwhile /healthz is answered."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_: object) -> dict[str, str]:
        begun.set()
        assert go_on.wait(10)
        return {}

    monkeypatch.setattr("dashboard.web.status_json.as_json", slow)
    app = Starlette(routes=routes(poller))

    async def both() -> tuple[int, bool]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
            status = asyncio.create_task(http.get("/api/v1/status"))
            assert await asyncio.to_thread(begun.wait, 10)
            health = await http.get("/healthz")
            is_waiting = not status.done()
            go_on.set()
            await status
            return health.status_code, is_waiting

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(asyncio.run, both()).result(30) == (503, True)
