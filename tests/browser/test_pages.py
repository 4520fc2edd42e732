"""What only a browser can tell: that the wall fits, that charts stay while data move, that a link shows the same."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

WATCH = """() => {
  window.removed = 0; window.faintest = 1;
  const charts = [...document.querySelectorAll(".live-chart")];
  window.kept = charts;
  new MutationObserver(() => { window.removed += window.kept.filter(chart => !chart.isConnected).length; })
    .observe(document.body, {childList: true, subtree: true});
  setInterval(() => { for (const chart of window.kept) for (let node = chart; node; node = node.parentElement)
    window.faintest = Math.min(window.faintest, +getComputedStyle(node).opacity); }, 50);
  return charts.length;
}"""
UNCOVERED = """selector => {
  const element = document.querySelector(selector), box = element.getBoundingClientRect();
  return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === element;
}"""
DATA = """() => [...document.querySelectorAll('.live-chart')].map(node => (node.data?.[0]?.x0) ?? 0)"""
MOVED = """before => [...document.querySelectorAll('.live-chart')].every((node, i) => node.data[0].x0 !== before[i])"""
TOP = "document.querySelector('.live-chart').getBoundingClientRect().top"
DRAWN = """count => [...document.querySelectorAll('.live-chart')].filter(node =>
  node.querySelector('.gs-labels > :not([hidden])')).length === count"""
SCROLLED = 200
IDLE = ".stApp[data-test-script-state=notRunning]"


def opened(browser: Browser, url: str, width: int, height: int, scheme: str = "dark") -> Page:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url)
    return page


def refreshed(page: Page, times: int) -> None:
    """Wait until a page was drawn anew so often."""
    for _ in range(times):
        before = page.get_attribute(".gs-alive", "data-at")
        page.wait_for_function("at => document.querySelector('.gs-alive').dataset.at !== at", arg=before)


@dataclass
class Watched:
    """A page whose charts may neither vanish nor fade, and where their data began as it was opened."""

    page: Page
    begins: list[float]
    top: float


@pytest.fixture(scope="module")
def watched(browser: Browser, demo: str) -> Iterator[tuple[Watched, Watched]]:
    """A service and an objective. Their data move once a minute: opened first, they do while other tests run."""
    opened_first = (
        _watched(
            browser,
            f"{demo}/service?service=checkout",
            5,
            ".st-key-card_breakdown table",
            ".st-key-card_spending table",
        ),
        _watched(browser, f"{demo}/objectives", 1, ".gs-rules"),
    )
    yield opened_first
    for each in opened_first:
        each.page.context.close()


def _watched(browser: Browser, url: str, charts: int, *last: str) -> Watched:
    page = opened(browser, url, 1440, 900)
    page.wait_for_function(DRAWN, arg=charts)
    for selector in last:
        page.wait_for_selector(selector, state="attached")
    page.wait_for_selector(IDLE)
    page.evaluate(f"document.querySelector('.stMain').scrollTo(0, {SCROLLED})")
    assert page.evaluate(WATCH) == charts
    return Watched(page, page.evaluate(DATA), page.evaluate(TOP))


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize("path", ["/", "/?embed=true"])
def test_twelve_services_fit_the_screen_on_the_wall(browser: Browser, demo: str, path: str) -> None:
    page = opened(browser, demo + path, 1920, 1080)
    page.wait_for_selector(".gs-tile")
    tiles = page.eval_on_selector_all(".gs-tile", "all => all.map(node => node.getBoundingClientRect().toJSON())")
    assert len(tiles) == 12
    assert max(tile["bottom"] for tile in tiles) <= 1080
    assert page.evaluate("document.querySelector('.stMain').scrollHeight") <= 1080
    assert page.evaluate(UNCOVERED, ".gs-head h1"), "the title of the wall is in sight"
    assert page.evaluate(UNCOVERED, ".gs-head .clock b"), "so is the clock"
    clipped = "all => all.filter(node => node.scrollWidth > node.clientWidth + 1).map(node => node.textContent)"
    assert page.eval_on_selector_all(".gs-mini .t b, .gs-tile .budget b, .gs-tile .name", clipped) == []
    page.context.close()


@pytest.mark.parametrize(
    ("path", "drawn"), [("/", ".gs-tile"), ("/service?service=checkout", ".gs-labels > *"), ("/sources", ".gs-table")]
)
def test_nothing_runs_over_the_edge_of_a_phone(browser: Browser, demo: str, path: str, drawn: str) -> None:
    page = opened(browser, demo + path, 390, 844)
    page.wait_for_selector(drawn, state="attached")
    page.wait_for_selector(IDLE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= 390
    page.context.close()


def test_a_link_shows_a_colleague_the_same_picture(browser: Browser, demo: str) -> None:
    page = opened(browser, f"{demo}/service?service=search&span=6h&compare=yesterday", 1440, 900)
    page.wait_for_selector(".gs-title h1")
    assert page.inner_text(".gs-title h1") == "search"
    page.wait_for_selector(".live-chart .main-svg")
    names = "() => [...document.querySelectorAll('.live-chart')].flatMap(node => (node.data ?? []).map(t => t.name))"
    page.wait_for_function(f"({names})().includes('yesterday')")
    page.context.close()


def test_another_scheme_needs_no_reload(browser: Browser, demo: str) -> None:
    page = opened(browser, f"{demo}/service?service=checkout", 1440, 900, scheme="dark")
    page.wait_for_selector(".live-chart .main-svg")
    card = "() => getComputedStyle(document.querySelector('.gs-chartcard')).backgroundColor"
    line = "() => document.querySelector('.live-chart').data.find(node => node.name === 'p99').line.color"
    dark = (page.evaluate(card), page.evaluate(line))
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"before => ({line})() !== before", arg=dark[1], timeout=10_000)
    assert dark == ("rgb(17, 21, 29)", "rgb(180, 215, 255)")
    assert (page.evaluate(card), page.evaluate(line)) == ("rgb(255, 255, 255)", "rgb(11, 63, 138)")
    page.context.close()


def test_charts_keep_their_nodes_zoom_and_scroll_while_data_move(watched: tuple[Watched, Watched]) -> None:
    service, objective = watched
    page = service.page
    ranges = "() => [...document.querySelectorAll('.live-chart')].map(node => `${node.layout.xaxis.range}`)"
    for each in watched:
        each.page.wait_for_function(MOVED, arg=each.begins, timeout=90_000)
        assert each.page.evaluate("document.querySelector('.stMain').scrollTop") == SCROLLED
    # A service may have more to say than before above its charts.
    assert objective.page.evaluate(TOP) == objective.top
    plot = page.locator(".live-chart .nsewdrag").first.bounding_box()
    assert plot is not None
    page.mouse.move(plot["x"] + 100, plot["y"] + 50)
    page.mouse.down()
    page.mouse.move(plot["x"] + 250, plot["y"] + 50, steps=5)
    page.mouse.up()
    zoomed = page.evaluate(ranges)
    assert len(set(zoomed)) == 1, "zoom is shared by all charts"
    page.wait_for_selector("text=A past range:")
    page.wait_for_function("document.querySelector('.gs-cardhead .v').innerText.includes(' at ')")  # its data have come
    refreshed(page, 2)
    for each in watched:
        assert each.page.evaluate("window.removed") == 0
        assert each.page.evaluate("window.faintest") == 1
    assert page.evaluate(ranges) == zoomed
