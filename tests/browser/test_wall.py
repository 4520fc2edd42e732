"""The wall in a browser: what is not healthy never leaves the screen, and what a viewer chose stays."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.test_pages import opened
from tests.servers import Server, free_port
from tests.slow import slow

pytestmark = pytest.mark.browser

SERVICES, UNHEALTHY = 300, 40
WAIT = 20_000
# Text below 1.8 % of the screen's height.
SMALL = """() => [...document.querySelectorAll(".gs-wall *")].filter(node => {
  const style = getComputedStyle(node);
  return node.getClientRects().length && style.visibility !== "hidden"
    && parseFloat(style.fontSize) < innerHeight * .018 - .01
    && [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
}).map(node => `${node.className} ${node.textContent} ${getComputedStyle(node).fontSize}`)"""
# What lies below the screen or out of its tile.
OUT = """() => [...document.querySelectorAll(".gs-tile,.gs-row,.gs-cells a")].flatMap(tile => {
  const box = tile.getBoundingClientRect(), parts = [...tile.querySelectorAll(".top,.budget,.gs-why,.t")];
  return [...parts.map(part => part.getBoundingClientRect()), box]
    .filter(part => part.height)
    .filter(part => part.bottom > box.bottom + 1 || part.right > box.right + 1 || part.bottom > innerHeight)
    .map(() => tile.textContent);
})"""
SEEN = """() => [...document.querySelectorAll(".gs-tile .name,.gs-row .name")].map(node => node.textContent)"""
TITLES = "all => all.map(node => node.textContent)"


def server(services: int, unhealthy: int, version: str = "") -> Server:
    port = free_port()
    script = str(Path(__file__).with_name("crowd_app.py"))
    return Server(
        [sys.executable, script, str(services), str(unhealthy), str(port), *filter(None, [version])], port, "/readyz"
    )


@pytest.fixture(scope="module")
def crowd() -> Iterator[Server]:
    running = server(SERVICES, UNHEALTHY)
    running.start()
    yield running
    running.stop()


def watched(page: Page, selector: str = ".gs-tile") -> Page:
    page.wait_for_selector(selector, timeout=WAIT)
    return page


def shown(page: Page, number: int) -> None:
    """Wait until so many services have a tile, a row or a cell."""
    page.wait_for_function(
        f"document.querySelectorAll('.gs-tile,.gs-row,.gs-cells a').length === {number}", timeout=WAIT
    )


@pytest.mark.parametrize(("width", "height", "scheme"), [(1920, 1080, "dark"), (1024, 768, "light")])
def test_the_kiosk_has_all_that_is_not_healthy_in_sight_large_enough(
    browser: Browser, crowd: Server, width: int, height: int, scheme: str
) -> None:
    page = watched(opened(browser, f"{crowd.url}/?embed=true", width, height, scheme), ".gs-cells")
    marked = page.eval_on_selector_all(".gs-cells a[class] span", TITLES)
    assert sorted(marked) == sorted(f"s{place}" for place in range(UNHEALTHY))
    assert len(page.evaluate(SEEN)) == 24, "the most urgent are pinned"
    assert page.evaluate(OUT) == []
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.querySelector('.stMain').scrollHeight") <= height
    first = page.inner_text(".gs-caption")
    assert "Also not healthy (" in first
    page.wait_for_function("text => document.querySelector('.gs-caption').innerText !== text", arg=first, timeout=WAIT)
    page.context.close()


def test_pages_of_the_kiosk_turn_and_what_is_not_healthy_stays(browser: Browser, crowd: Server) -> None:
    page = watched(opened(browser, f"{crowd.url}/?embed=true&team=team+1", 1920, 1080))
    assert "team team 1: 30 of 300 services · 36 not healthy outside of this choice" in page.inner_text(
        ".gs-head .page"
    )
    every = {f"s{place}" for place in range(1, SERVICES, 10)}
    pinned = {"s1", "s11", "s21", "s31"}
    pages: dict[str, list[str]] = {}
    for _ in range(40):
        names = page.evaluate(SEEN)
        pages[page.inner_text(".gs-head .page").partition(" · ")[0]] = names
        assert pinned <= set(names)
        assert page.evaluate(OUT) == []
        if set().union(*pages.values()) == every:
            break
        before = page.inner_text(".gs-head .page")
        page.wait_for_function(
            "text => document.querySelector('.gs-head .page').innerText !== text", arg=before, timeout=WAIT
        )
    assert sorted(pages) == [f"page {number} of 4" for number in range(1, 5)]
    assert {len(names) for names in pages.values()} == {10, 11}, "no page has a lone tile"
    page.context.close()


def test_what_is_chosen_stands_in_the_address_and_nothing_turns(browser: Browser, crowd: Server) -> None:
    page = watched(opened(browser, crowd.url, 1440, 900), ".gs-cells")
    page.wait_for_selector("#gs-search")
    # A cell says its name where the keyboard is, and keeps the focus while data arrive.
    cell = page.locator(".gs-cells a", has_text="s77").first
    cell.focus()
    assert page.evaluate("getComputedStyle(document.activeElement.querySelector('span')).opacity") == "1"
    age = page.inner_text(".gs-head .clock")
    page.wait_for_function(
        "text => document.querySelector('.gs-head .clock').innerText !== text", arg=age, timeout=WAIT
    )
    assert page.evaluate("document.activeElement.textContent") == "s77"

    page.keyboard.press("/")
    page.wait_for_function("document.activeElement.id === 'gs-search'")
    page.keyboard.type("s12")
    shown(page, 11)
    assert page.url.endswith("/?find=s12")
    assert page.evaluate(SEEN) == ["s12", *(f"s12{digit}" for digit in range(10))]
    assert page.evaluate("document.activeElement.id") == "gs-search"
    page.select_option("select[aria-label=Team]", "team 2")
    shown(page, 2)
    page.go_back()
    shown(page, 11)
    page.keyboard.press("Escape")
    shown(page, SERVICES + 24)
    assert "find" not in page.url

    # A favourite is pinned; the key takes the service that has the focus.
    page.select_option("select[aria-label=Team]", "team 1")
    shown(page, 30)
    page.locator(".gs-cells a", has_text="s291").focus()
    page.keyboard.press("f")
    page.wait_for_selector(".gs-star.on", timeout=WAIT)
    assert page.url.endswith("/?team=team+1&fav=s291")
    assert page.evaluate(SEEN)[:5] == ["s1", "s11", "s21", "s31", "s291"]
    page.locator(".gs-star.on").click()
    page.wait_for_selector(".gs-star.on", state="detached", timeout=WAIT)
    page.get_by_role("button", name="Compact").click()
    page.wait_for_selector(".gs-caption", timeout=WAIT)
    assert page.url.endswith("/?team=team+1&view=compact")
    page.context.close()


def test_one_service_fills_the_full_screen_and_an_open_page_loads_anew_after_an_upgrade(
    browser: Browser, crowd: Server
) -> None:
    page = watched(opened(browser, f"{crowd.url}/?find=s299", 1440, 900))
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_selector(".gs-full", timeout=WAIT)
    page.wait_for_function("!document.querySelector('.stAppHeader')?.checkVisibility()", timeout=WAIT)
    tile = page.locator(".gs-tile").bounding_box()
    assert tile is not None
    assert tile["width"] * tile["height"] > 0.8 * 1440 * 900
    assert page.evaluate(SMALL) == []
    page.evaluate("window.loadedOnce = true")
    page.evaluate("document.exitFullscreen()")
    page.wait_for_selector(".gs-full", state="detached", timeout=WAIT)
    assert page.evaluate("window.loadedOnce"), "nothing is loaded anew without an upgrade"

    assert crowd.process is not None
    crowd.process.send_signal(signal.SIGUSR1)
    page.locator("#gs-search").fill("s298")
    page.wait_for_function("!window.loadedOnce", timeout=WAIT)
    shown(page, 1)
    assert page.url.endswith("/?find=s298")
    page.context.close()


@slow
def test_a_screen_goes_on_without_a_server_and_loads_anew_when_a_newer_one_comes(browser: Browser) -> None:
    running = server(1, 1, version="1.0")
    running.start()
    page = watched(opened(browser, running.url, 1440, 900))
    page.evaluate("window.loadedOnce = true")
    running.stop()
    # Nothing comes any more; the clock and the age of what is shown go on.
    age = page.inner_text("[data-age]")
    page.wait_for_function("text => document.querySelector('[data-age]').innerText !== text", arg=age, timeout=WAIT)
    running.start()
    page.wait_for_function("age => document.querySelector('[data-age]').innerText < age", arg=age, timeout=WAIT)
    assert page.evaluate("window.loadedOnce"), "the same version needs no reload"
    running.stop()
    running.command[-1] = "1.1"
    running.start()
    page.wait_for_function("!window.loadedOnce", timeout=WAIT)
    watched(page)
    page.context.close()
    running.stop()
