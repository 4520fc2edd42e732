"""The page and the files of Streamlit's frontend, as this server sends them."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard.bundle import CHART_SCRIPTS_PATH, WAYS_PATH
from dashboard.engine import running_poller
from dashboard.engine.poller import Poller
from dashboard.exceptions import SourceUnavailable
from dashboard.ui import theme
from dashboard.ui.live_chart import PLOTLY_PATH
from dashboard.ui.panels.wall import wall
from dashboard.web.frontend.first_paint import first_paint
from dashboard.web.frontend.frontend import FOLDER, Frontend
from dashboard.web.frontend.page_shell import FIRST_PAINT, PARTS, parts, shell
from tests.steady import Clock, Steady

INDEX = FOLDER / "index.html"
SCRIPT = next((FOLDER / "static" / "js").glob("index.*.js"))


@pytest.fixture
def source() -> Steady:
    return Steady(Clock(), ("shop", "<b>&"))


@pytest.fixture
def poller(source: Steady) -> Iterator[Poller]:
    ticked = Poller(source, clock=source.clock)
    ticked.tick()
    running_poller.use(ticked)
    yield ticked
    running_poller.use(None)


def ask(path: str, *, base: str = "", method: str = "GET", **headers: str) -> httpx.Response:
    """What a server answers that has Streamlit's page behind the middleware, under every path."""

    async def page(_: Request) -> Response:
        return FileResponse(INDEX)

    async def text(_: Request) -> Response:
        return PlainTextResponse("a text")

    routes = [Route("/text", text, methods=["GET", "POST"]), Route("/{rest:path}", page)]
    app = Starlette(routes=routes, middleware=[Middleware(Frontend, base_path=base)])

    async def request() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
            return await http.request(method, path, headers=headers)

    # In a thread of its own: the browser tests keep an event loop in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, request()).result()


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", ["", "golden", "/a/b/"])
def test_scripts_are_sent_compressed(poller: Poller, base: str) -> None:
    prefix = f"/{base.strip('/')}" if base else ""
    answer = ask(f"{prefix}/static/js/{SCRIPT.name}", base=base, **{"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"].endswith("immutable")
    assert answer.content == SCRIPT.read_bytes()
    assert int(answer.headers["content-length"]) < SCRIPT.stat().st_size / 3


def test_only_files_of_the_frontend_are_answered_for(poller: Poller) -> None:
    assert ask("/text").text == "a text"
    assert ask("/text", method="POST").text == "a text"
    for path in ("/static/js/none.js", "/static/js/../../../cli.py", f"/static/js/{SCRIPT.name}/", "/static/js/"):
        assert "text/html" in ask(path).headers["content-type"], "it went on to what stands behind"


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_is_sent_instead_of_streamlits_also_to_who_has_that_one(poller: Poller) -> None:
    known = ask("/service", **{"if-none-match": f'"{INDEX.stat().st_mtime}"', "accept-encoding": "gzip"})
    assert known.status_code == 200
    assert f'href=".{theme.SHEET_PATH}"' in known.text
    assert (known.headers["cache-control"], known.headers["content-encoding"]) == ("no-cache", "gzip")
    assert "etag" not in known.headers
    assert ask("/service", method="HEAD").headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("prefix", ["", "/golden"])
def test_an_address_of_no_page_is_none_however_much_like_one_it_looks(poller: Poller, prefix: str) -> None:
    """A pipeline that asks the status at a mistyped address must not be let go on."""
    statuses = {
        path: ask(f"{prefix}{path}", base=prefix).status_code
        for path in (
            "/",
            "/triage",
            "/review",
            "/gate/confirm",
            "/API/v1/gate/confirm",
            "/api",
            "/x/triage",
            "/triages",
        )
    }
    assert [path for path, status in statuses.items() if status == 200] == ["/", "/triage", "/review"]
    assert set(statuses.values()) == {200, 404}
    assert 'id="root"' in ask(f"{prefix}/gate/confirm", base=prefix).text, "Streamlit says what is wrong"


def test_no_font_is_in_the_way_of_the_first_words(poller: Poller) -> None:
    page = ask("/service").text
    assert re.findall(r"<link[^>]*as=\"font\"", page) == []
    (late,) = re.findall(r'<link id="gs-fonts"[^>]*>', page)
    assert 'media="print"' in late
    letters = re.findall(r'data-letters="\./([^"]+)"', late) + re.findall(r'href="\./([^"]+)"', late)
    assert len(letters) == 2
    assert all((FOLDER / name).is_file() for name in letters)


def test_the_pages_style_stands_behind_that_of_streamlit(poller: Poller) -> None:
    """Streamlit writes into the head: of rules that are as specific as each other the last one counts."""
    page = ask("/service").text
    assert page.index("<body>") < page.index(theme.SHEET_PATH) < page.index('<div id="root">')


def test_parts_that_every_page_has_are_fetched_with_the_first_scripts(poller: Poller) -> None:
    named = parts(FOLDER)
    assert {name.split(".")[0] for name in named} >= set(PARTS)
    page = ask("/service").text
    assert all(page.count(f'href="./static/js/{name}"') == 1 for name in named)
    assert all(f'href=".{path}"' in page for path in (WAYS_PATH, f"{CHART_SCRIPTS_PATH}/page.js"))
    scripts = re.findall(r'"\./static/js/([^"]+)"', page)
    assert len(scripts) == len(set(scripts))
    assert all((FOLDER / "static" / "js" / name).is_file() for name in scripts)


def test_what_draws_charts_comes_behind_the_scripts_of_pages_that_have_some(poller: Poller) -> None:
    for path in ("/service", "/objectives", "/golden/service"):
        base = "golden" if path.startswith("/golden") else ""
        (library,) = re.findall(r'<link rel="preload" as="script"[^>]*plotly[^>]*>', ask(path, base=base).text)
        assert 'fetchpriority="low"' in library
        assert f'href=".{PLOTLY_PATH}"' in library
    for path in ("/", "/sources"):
        assert "plotly" not in ask(path).text


def test_another_frontend_than_this_is_written_for_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<html><head></head><body></body></html>", encoding="utf-8")
    with pytest.raises(ValueError, match="names no font or no style sheet"):
        shell(tmp_path, sheet="style.css")


def test_the_tab_is_ours_from_the_beginning(poller: Poller) -> None:
    page = ask("/service").text
    assert "<title>Golden signals</title>" in page
    assert re.findall(r'<link rel="shortcut icon" href="([^"]{30})', page) == ["data:image/svg+xml,%3Csvg%20xm"]
    assert "favicon.png" not in page


# --- the first picture -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "base"), [("/", ""), ("/golden/", "golden"), ("/golden", "golden")])
def test_the_wall_is_on_its_page_before_any_script_runs(poller: Poller, path: str, base: str) -> None:
    page = ask(path, base=base).text
    picture = page[page.index('<template shadowrootmode="closed">') : page.index("</template>")]
    assert "&lt;b&gt;&amp;" in picture
    assert "<b>&" not in picture
    assert 'href="service?service=shop"' in picture
    assert 'class="gs-alive page"' in picture, "it turns grey when nothing comes after it"


@pytest.mark.parametrize("path", ["/service", "/objectives", "/?tz=browser", "/?tz=utc", f"/?{'&a=b' * 200}"])
def test_other_pages_have_none(poller: Poller, path: str) -> None:
    page = ask(path).text
    assert "<template" not in page
    assert FIRST_PAINT not in page


def test_triage_is_on_its_page_before_any_script_runs(poller: Poller) -> None:
    page = ask("/triage").text
    picture = page[page.index('<template shadowrootmode="closed">') : page.index("</template>")]
    assert '<div class="gs-triage">' in picture
    assert "Nothing needs you." in picture
    assert 'class="gs-alive page"' in picture, "it turns grey when nothing comes after it"
    assert ask("/golden/triage", base="golden").text.count("<template") == 1


def test_it_shows_what_the_address_chooses(poller: Poller) -> None:
    assert "service=shop" not in first_paint(poller, "find=nobody", sheet="style.css")
    assert "gs-full" in first_paint(poller, "embed=true", sheet="style.css")
    assert "gs-full" not in first_paint(poller, "", sheet="style.css")


def test_while_one_is_drawn_others_do_without(poller: Poller, monkeypatch: pytest.MonkeyPatch) -> None:
    inside: list[str] = []

    def drawn(*_: object, **__: object) -> str:
        inside.append(first_paint(poller, "", sheet="style.css"))
        return "a wall"

    monkeypatch.setattr(wall, "wall", drawn)
    for _ in range(2):
        assert "a wall" in first_paint(poller, "", sheet="style.css")
    assert inside == ["", ""]


def test_it_says_what_is_wrong_with_the_source(poller: Poller, source: Steady) -> None:
    source.failure = SourceUnavailable("connection refused")
    poller.tick()
    assert "connection refused" in first_paint(poller, "", sheet="style.css")


def test_before_the_first_data_there_is_none(source: Steady) -> None:
    assert first_paint(Poller(source, clock=source.clock), "", sheet="style.css") == ""
