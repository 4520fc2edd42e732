"""Pages for everybody: axe-core finds no barriers, charts say what they show, small windows lose nothing.

One scheme in each run; both with GS_BENCH_SCHEMES=1 in the environment.
"""

import os
import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

SCHEMES = ["light", "dark"] if os.environ.get("GS_BENCH_SCHEMES") else ["light"]
# Address → what is there once the page is drawn.
PAGES = {
    "/": ".gs-tile",
    "/?view=compact": ".gs-cells a",
    "/?embed=true": ".gs-tile",
    "/service?service=checkout": ".live-chart .main-svg",
    "/objectives": ".live-chart .main-svg",
    "/sources": ".gs-table",
}
# Two rules that axe leaves to those who ask: WCAG 2.5.3 and 2.5.8.
BARRIERS = """async () => {
  const rules = {"label-content-name-mismatch": {enabled: true}, "target-size": {enabled: true}};
  const {violations} = await axe.run(document, {resultTypes: ["violations"], rules});
  return violations.filter(({impact}) => impact !== "minor").flatMap(({id, nodes}) =>
    nodes.map(({html, any, all, none}) => [id, html.slice(0, 200), [...any, ...all, ...none][0]?.message]));
}"""
NAMES = "all => all.map(node => `${node.getAttribute('role')}: ${node.getAttribute('aria-label')}`)"
# Charts are drawn again a moment after a window has another width.
FITS = """width => Math.max(document.documentElement.scrollWidth,
  document.querySelector(".stMain").scrollWidth) <= width"""
# A window of 1440×900 at 200 %, and a small one.
SMALL = ((720, 450), (1024, 768))
# Streamlit looks for its base path from the address of each page.
PROBES = re.compile(r"/_stcore/(health|host-config)$")


def opened(browser: Browser, scheme: str) -> Page:
    size = {"width": 1440, "height": 900}
    return browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce").new_page()  # type: ignore[arg-type]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_page_has_barriers_or_loses_anything_in_a_small_window(browser: Browser, demo: str, scheme: str) -> None:
    page, refused = opened(browser, scheme), []
    page.on("response", lambda response: refused.append(response.url) if response.status >= 400 else None)
    for path, drawn in PAGES.items():
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(demo + path)
        page.wait_for_selector(drawn)
        page.evaluate(AXE_SCRIPT)
        assert page.evaluate(BARRIERS) == [], path
        for width, height in SMALL:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_function(FITS, arg=width, timeout=5_000)
    assert [url for url in refused if not PROBES.search(url)] == []
    page.context.close()


def test_a_chart_says_what_it_shows_and_no_motion_is_left_to_who_wants_none(browser: Browser, demo: str) -> None:
    page = opened(browser, "dark")
    page.goto(f"{demo}/service?service=checkout")
    page.wait_for_selector(".live-chart .main-svg")
    latency, traffic, errors, saturation, distribution = page.eval_on_selector_all(".live-chart", NAMES)
    assert re.fullmatch(r"figure: Latency p99 [\d.,]+ m?s, over the SLO since \d\d:\d\d", latency.replace("\xa0", " "))
    assert re.fullmatch(r"figure: Traffic [\d.]+/s", traffic)
    assert re.fullmatch(r"figure: Errors server [\d.]+ %, over the SLO since \d\d:\d\d", errors.replace("\xa0", " "))
    assert re.fullmatch(r"figure: Saturation pool \d+ %, nearly full", saturation.replace("\xa0", " "))
    assert distribution.startswith("figure: Latency distribution, share of requests per bucket · columns of")
    slowest = """() => Math.max(...[...document.querySelectorAll("*")].flatMap(node => [...getComputedStyle(node)
      .transitionDuration.split(","), ...getComputedStyle(node).animationDuration.split(",")]).map(parseFloat))"""
    assert page.evaluate(slowest) <= 0.001
    page.context.close()
