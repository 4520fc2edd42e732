"""Pages for everybody: axe-core finds no barriers, charts say what they show, small windows lose nothing.

One scheme and most pages in each run, and the keyboard on one; all with GS_BENCH_SCHEMES=1 in the environment.
"""

import os
import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

FULL = bool(os.environ.get("GS_BENCH_SCHEMES"))
SCHEMES = ["light", "dark"] if FULL else ["light"]
# Address → what is there once the page is drawn.
PAGES = {
    "/": ".gs-tile",
    "/triage": ".stApp .gs-entry",
    "/service?service=checkout": ".live-chart .main-svg",
    "/objectives?whatif=1&objective=0.9998": ".stApp .gs-tryplot",
    "/incidents": ".gs-incs",
    "/capacity": ".gs-capcharts",
    "/review": ".rv .objectives",
}
if FULL:
    PAGES |= {"/?view=compact": ".gs-cells a", "/?embed=true": ".gs-tile", "/sources": ".gs-table"}
IDLE = ".stApp[data-test-script-state=notRunning]"
# Two rules that axe leaves to those who ask: WCAG 2.5.3 and 2.5.8.
BARRIERS = """async () => {
  const rules = {"label-content-name-mismatch": {enabled: true}, "target-size": {enabled: true}};
  const {violations} = await axe.run(document, {resultTypes: ["violations"], rules});
  return violations.filter(({impact}) => impact !== "minor").flatMap(({id, nodes}) =>
    nodes.map(({html, any, all, none}) => [id, html.slice(0, 200), [...any, ...all, ...none][0]?.message]));
}"""
# What a chart says, a no-break space before each unit.
NAMES = (
    r"Latency p99 [\d.,]+\sm?s, over the SLO since (\d\d? \w{3} )?\d\d:\d\d",
    r"Traffic [\d.]+/s",
    r"Errors server [\d.]+\s%, over the SLO since (\d\d? \w{3} )?\d\d:\d\d",
    r"Saturation pool \d+\s%, nearly full",
    r"Latency distribution, share of requests per bucket · columns of.*",
)
# A machine that does too much at once lets data become old: then the page is grey, and says no numbers of now.
FRESH = "() => getComputedStyle(document.querySelector('.gs-alive'), '::before').visibility === 'hidden'"
WAIT = 60_000
# Charts are drawn again a moment after a window has another width.
FITS = """width => {
  const right = node => node.getBoundingClientRect().right;
  const cut = [...document.querySelectorAll("button[role=radio]")].filter(
    node => right(node) > right(node.closest(".stColumn") ?? document.body) + 1);
  const wide = Math.max(document.documentElement.scrollWidth, document.querySelector(".stMain").scrollWidth);
  return wide <= width && !cut.length;
}"""
# A window of 1440×900 at 200 %, and a small one.
SMALL = ((720, 450), (1024, 768))
# Seconds of the longest motion.
SLOWEST = """() => Math.max(...[...document.querySelectorAll("*")].map(node => getComputedStyle(node)).flatMap(style =>
  [...style.transitionDuration.split(","), ...style.animationDuration.split(",")]).map(parseFloat))"""
# What has the focus, and whether it is marked. Fields of Streamlit colour their border; the page is all in sight.
FOCUS = """() => {
  const focused = document.activeElement, marks = node => {
    const {outlineStyle, outlineWidth, boxShadow} = getComputedStyle(node);
    return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
  };
  const around = [focused, focused.parentElement, focused.parentElement?.parentElement].filter(Boolean);
  const exempt = focused === document.body || focused.matches("main, input");
  const again = window.stops?.has(focused);
  (window.stops ??= new Set()).add(focused);
  return {marked: exempt || around.some(marks), again, html: focused.outerHTML.slice(0, 200)};
}"""
# What can be used and the keyboard has not reached. Of a group of radios it reaches one; arrows go to the others.
UNREACHED = """() => [...document.querySelectorAll("a[href],button,input,select,summary,[tabindex]")].filter(node =>
  node.tabIndex >= 0 && !node.disabled && node.checkVisibility({visibilityProperty: true})
  && !node.closest("[inert],[aria-hidden=true]") && !window.stops.has(node)
  && ![...node.closest("[role=radiogroup]")?.querySelectorAll("[role=radio]") ?? []].some(one => window.stops.has(one))
).map(node => node.outerHTML.slice(0, 200))"""
STOPS, MOST_STOPS = 30, 250
# Streamlit looks for its base path from the address of each page.
PROBES = re.compile(r"/_stcore/(health|host-config)$")


def opened(browser: Browser, scheme: str) -> Page:
    size = {"width": 1440, "height": 900}
    page = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce").new_page()  # type: ignore[arg-type]
    page.set_default_timeout(WAIT)
    return page


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_page_has_barriers_or_loses_anything_in_a_small_window(browser: Browser, demo: str, scheme: str) -> None:
    page, refused = opened(browser, scheme), []
    page.on("response", lambda response: refused.append(response.url) if response.status >= 400 else None)
    for path, drawn in PAGES.items():
        check(page, demo + path, drawn)
    # What happened last, with its forms.
    page.goto(f"{demo}/incidents")
    incident = page.wait_for_selector("a.gs-incrow").get_attribute("href")
    if FULL:
        check(page, f"{demo}/{incident}", ".gs-incplots")
    check(page, f"{demo}/{incident}&edit=1&item=new", ".st-key-card_item")
    assert [url for url in refused if not PROBES.search(url)] == []
    page.context.close()


def check(page: Page, address: str, drawn: str) -> None:
    """That a page has no barriers, and loses nothing in a small window; `drawn`: what is there once it is drawn."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address)
    page.wait_for_selector(drawn)
    # While its script runs a page may be faded.
    page.wait_for_selector(IDLE)
    page.evaluate(AXE_SCRIPT)
    page.wait_for_function(FRESH)
    assert page.evaluate(BARRIERS) == [], address
    for width, height in SMALL:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(FITS, arg=width)


def test_a_chart_says_what_it_shows_and_who_wants_no_motion_gets_none(browser: Browser, demo: str) -> None:
    page = opened(browser, "dark")
    page.goto(f"{demo}/service?service=checkout")
    page.wait_for_selector(".live-chart .main-svg")
    charts = page.get_by_role("figure")
    expect(charts).to_have_count(len(NAMES), timeout=WAIT)
    for place, name in enumerate(NAMES):
        expect(charts.nth(place)).to_have_attribute("aria-label", re.compile(f"^{name}$"), timeout=WAIT)
    assert page.evaluate(SLOWEST) <= 0.001
    assert unmarked(page, STOPS) == []
    page.context.close()


def unmarked(page: Page, stops: int) -> list[dict[str, object]]:
    """Where Tab stops without a mark, as far as so many stops lead, or until it has come round."""
    seen = []
    for _ in range(stops):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop["again"]:
            break
        seen.append(stop)
    return [stop for stop in seen if not stop["marked"]]


@pytest.mark.skipif(not FULL, reason="every stop of every page: GS_BENCH_SCHEMES=1")
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", PAGES)
def test_the_keyboard_reaches_everything_and_says_where_it_is(
    browser: Browser, demo: str, path: str, scheme: str
) -> None:
    page = opened(browser, scheme)
    page.goto(demo + path)
    page.wait_for_selector(PAGES[path])
    page.wait_for_timeout(1_000)
    assert unmarked(page, MOST_STOPS) == []
    assert page.evaluate(UNREACHED) == []
    page.context.close()
