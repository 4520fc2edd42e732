"""A dead source as the team sees it: the last picture with its age, nothing green; and back without a reload."""

import signal
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.test_pages import opened, refreshed
from tests.engine.test_outage import get, interrupted, ready, status
from tests.live import dashboard, scraping, until
from tests.servers import Server
from tests.slow import slow

pytestmark = [pytest.mark.browser, pytest.mark.servers]

TILES = "all => all.map(tile => tile.querySelector('.name').textContent).sort()"
GREEN = "document.querySelectorAll('.gs-tile.gs-green').length"
LIVE_PAGES = ("/?embed=true", "/service?service=checkout")
# Milliseconds: after which a page turns grey, since when it has waited for that, and since when it is looked at.
PATIENCE = """() => {
  const own = document.getAnimations().find(({effect: {target, pseudoElement}}) =>
    target.matches('.gs-alive') && pseudoElement === '::before');
  return {patience: own.effect.getTiming().delay, waited: own.currentTime, open: performance.now() - window.openedAt};
}"""
WAIT = 60_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with scraping("prometheus", tmp_path_factory.mktemp("outage")) as prometheus:
        yield prometheus


@pytest.fixture(scope="module")
def served(server: Server) -> Iterator[Server]:
    """What lives through an outage, and then is ended while it is looked at."""
    with dashboard("serve", "--prometheus", server.url) as running:
        until(lambda: ready(running), "ready")
        yield running


def test_the_wall_over_a_source_that_dies_and_returns(browser: Browser, server: Server, served: Server) -> None:
    page = opened(browser, served.url, 1920, 1080)
    page.wait_for_function(f"{GREEN} > 0", timeout=WAIT)
    tiles = page.eval_on_selector_all(".gs-tile", TILES)
    page.evaluate("window.loadedOnce = true")

    server.kill()
    page.wait_for_selector(".gs-banner.gs-red", timeout=WAIT)
    banner = page.inner_text(".gs-banner.gs-red")
    assert "Source down" in banner
    assert f"{server.url} cannot be reached" in banner
    assert "The picture below is old: data" in banner
    assert page.evaluate(GREEN) == 0
    assert "healthy" not in page.inner_text(".gs-wall")
    assert page.eval_on_selector_all(".gs-tile", TILES) == tiles, "the last picture stays"
    assert page.locator(".gs-tile.gs-stale").count() == len(tiles)
    assert page.locator(".gs-spark").count() > 0
    age = page.inner_text(".gs-head .clock")
    page.wait_for_function("age => document.querySelector('.gs-head .clock').innerText !== age", arg=age, timeout=WAIT)

    server.start()
    page.wait_for_function(f"{GREEN} > 0", timeout=WAIT)
    assert page.locator(".gs-banner.gs-red, .gs-banner.gs-amber").count() == 0
    assert page.eval_on_selector_all(".gs-tile", TILES) == tiles
    assert page.evaluate("window.loadedOnce"), "without a reload"
    page.context.close()


@slow
def test_ctrl_c_ends_a_dashboard_that_is_looked_at(browser: Browser, served: Server) -> None:
    pages = [opened(browser, served.url + path, 1440, 900) for path in ("/", "/service?service=checkout&span=6h")]
    for page in pages:
        page.wait_for_selector(".gs-tile, .live-chart .main-svg", timeout=WAIT)
    interrupted(served)
    for page in pages:
        page.context.close()


def test_pages_that_were_opened_before_the_first_data_fill_by_themselves(browser: Browser, server: Server) -> None:
    server.kill()
    try:
        with dashboard("serve", "--prometheus", server.url) as running:
            wall, service = (
                opened(browser, f"{running.url}{path}", 1920, 1080) for path in ("/?fav=checkout", "/service")
            )
            service.wait_for_selector("text=No service is known yet", timeout=WAIT)
            until(lambda: "cannot be reached" in get(running, "/readyz")[1], "it says what is missing")
            assert get(running, "/healthz")[0] == 200
            assert (status(running)["source"]["state"], status(running)["services"]) == ("down", [])
            for page in (wall, service):
                page.evaluate("window.loadedOnce = true")
            server.start()
            wall.wait_for_function(f"{GREEN} > 0", timeout=WAIT)
            wall.wait_for_selector(".gs-star.on", timeout=WAIT)  # what its address chooses holds from now on
            service.wait_for_selector("text=Traffic", timeout=WAIT)
            assert all(page.evaluate("window.loadedOnce") for page in (wall, service)), "without a reload"
            for page in (wall, service):
                page.context.close()
    finally:
        if server.process is None:
            server.start()


def test_no_page_looks_alive_when_the_dashboard_is_gone(browser: Browser, demo: str) -> None:
    pages = [opened(browser, demo + path, 1440, 900) for path in LIVE_PAGES]
    grey = "() => getComputedStyle(document.querySelector('.gs-alive'), '::before').visibility"
    for page in pages:
        page.wait_for_selector(".gs-alive", state="attached")
        page.evaluate("window.openedAt = performance.now()")
    for page in pages:
        refreshed(page, 2)
        waits = page.evaluate(PATIENCE)
        assert waits["patience"] == 16_000, "three refreshes of two seconds, and ten"
        assert waits["waited"] < waits["open"] - 1000, "each refresh delays it"
        assert page.evaluate(grey) == "hidden"
        page.context.set_offline(True)
        page.add_style_tag(content=".gs-alive{--gs-patience:4s !important}")  # longer than a refresh
    for page in pages:
        page.wait_for_function(f"({grey})() === 'visible'", timeout=30_000)
        message = "() => getComputedStyle(document.querySelector('.gs-alive'), '::after').content"
        assert "this picture is old" in page.evaluate(message), page.url
        width = "() => getComputedStyle(document.querySelector('.gs-alive'), '::before').width"
        assert page.evaluate(width) == "1440px", "all of the page turns grey"
        page.context.close()


@slow
@pytest.mark.parametrize("refresh", ["1s", "30s"])
def test_an_open_page_is_old_two_seconds_after_the_patience_of_a_source_that_hangs(
    browser: Browser, server: Server, refresh: str
) -> None:
    """Whether the page is refreshed every second, or by itself greys before its next refresh is due."""
    assert server.process is not None
    with dashboard("serve", "--prometheus", server.url, "--refresh", refresh) as running:
        until(lambda: ready(running), "ready", seconds=90)
        page = opened(browser, running.url, 1440, 900)
        page.wait_for_function(f"{GREEN} > 0", timeout=WAIT)
        server.process.send_signal(signal.SIGSTOP)
        stopped_at = time.time()
        try:
            patience = 90.0 if refresh == "30s" else 60.0
            old = "getComputedStyle(document.querySelector('.gs-alive'), '::before').visibility === 'visible'"
            page.wait_for_function(f"({old}) || {GREEN} === 0", timeout=120_000)
            # The newest sample may be as old as a refresh by the time the server stops.
            assert time.time() - stopped_at <= patience + 2 + 1
            assert get(running, "/readyz")[0] == 503
        finally:
            server.process.send_signal(signal.SIGCONT)
            page.context.close()
