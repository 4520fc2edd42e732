"""A first visit over a slow line: the wall is there before Streamlit is, and nothing is asked for in vain."""

import pytest
from playwright.sync_api import Browser, Route, expect

pytestmark = pytest.mark.browser
WAIT = 60_000
# Milliseconds until a first byte: a line for which letters wait until there are values.
LATENCY = {"offline": False, "latency": 150, "downloadThroughput": -1, "uploadThroughput": -1}
# The picture is closed off from the page: what lies at a point of it is its host.
SHOWN = "document.elementFromPoint(200, 400)?.id === 'gs-first'"
# Of the first service, whether the history is still being read or not; before its style is there others lie there.
STYLED = "performance.getEntriesByType('resource').some(sheet => sheet.name.includes('.css') && sheet.responseEnd)"

# Of each chart its height, and where lines end that are not cut by the end of the axis, in pixels of the chart.
LINES = """() => [...document.querySelectorAll('.live-chart')].map(host => {
  const {l, t} = host._fullLayout?._size ?? {l: 0, t: 0}, end = path => path.getPointAtLength(path.getTotalLength());
  const paths = host.querySelectorAll('.gs-sketch path[style*="fill:none"], .scatterlayer .js-line');
  const ends = [...paths].map(end).map(({x, y}) => [x + l, y + t]);
  return {height: host.getBoundingClientRect().height, ends};
})"""


def test_the_wall_is_there_before_its_scripts_and_goes_when_they_have_drawn_it(browser: Browser, demo: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page, refused = context.new_page(), list[str]()
    page.set_default_timeout(WAIT)
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", LATENCY)
    page.route("**/static/js/index.*.js", lambda _: None)
    page.goto(demo, wait_until="commit")
    page.wait_for_function(f"{SHOWN} && {STYLED}")
    assert page.locator(".stApp, .gs-wall").count() == 0
    assert page.evaluate("document.documentElement.className") == "gs-late"
    # A tap on a service leads to it.
    page.touchscreen.tap(200, 400)
    page.wait_for_url(f"{demo}/service?service=checkout", wait_until="commit")
    assert page.locator("#gs-first").count() == 0
    page.unroute_all(behavior="ignoreErrors")

    page.goto(demo)
    page.wait_for_selector(".stApp .gs-wall")
    expect(page.locator("#gs-first")).to_have_count(0)
    page.wait_for_function("!document.documentElement.className && document.fonts.check('14px \"Source Sans\"')")
    page.goto(f"{demo}/service?service=checkout")
    page.wait_for_selector(".gs-cardhead .v")
    assert refused == []
    context.close()


def test_lines_are_drawn_before_plotly_js_has_come_and_lie_where_it_draws_them(browser: Browser, demo: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page, held = context.new_page(), list[Route]()
    page.set_default_timeout(WAIT)
    page.route("**/assets/plotly-*", lambda route: held.append(route))
    # What has passed moves no more.
    page.goto(f"{demo}/service?service=checkout&from=now-6h&to=now-3h")
    page.wait_for_selector(".gs-sketch")
    sketched, words = page.evaluate(LINES), page.locator(".gs-sketch").first.text_content() or ""
    words = words.replace("\xa0", " ")
    assert "SLO: 99 % under 500 ms" in words
    assert all(name in words for name in ("0", "p50", "p95", "p99"))
    for route in held:
        route.continue_()
    page.wait_for_function(f"document.querySelectorAll('.live-chart .main-svg').length >= 3 * {len(sketched)}")
    assert page.locator(".gs-sketch").count() == 0
    drawn = page.evaluate(LINES)
    assert [chart["height"] for chart in sketched] == pytest.approx([chart["height"] for chart in drawn])
    # The one of latency has the lines of three quantiles.
    assert len(sketched[0]["ends"]) >= 3
    for before, after in zip(sketched, drawn, strict=True):
        for x, y in before["ends"]:
            assert any(abs(x - left) + abs(y - top) < 1 for left, top in after["ends"])
    context.close()
