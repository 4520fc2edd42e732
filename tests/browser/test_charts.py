"""Charts under a mouse and a finger: zoom and its way back, values, single series; and words that lie on no other."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from dashboard.ui import zoom
from tests.browser.test_pages import opened

pytestmark = pytest.mark.browser
WAIT = 30_000
RANGES = "() => [...document.querySelectorAll('.live-chart')].map(node => String(node.layout.xaxis.range))"
LIVE = "() => !/[?&]from=/.test(location.search) && !document.querySelector('.gs-zoombar.zoomed')"
NAMES = """() => [...document.querySelectorAll('.live-chart')].map(node =>
  node.data.filter(trace => trace.visible !== false).map(trace => trace.name))"""
# Boxes of words on charts that lie on another or leave their card, as texts.
CLASHES = """() => [...document.querySelectorAll('.gs-chartcard')].flatMap(card => {
  const own = card.getBoundingClientRect();
  const parts = '.gs-labels > :not([hidden]), .xtick text, .ytick text, .gs-cardhead, .gs-under';
  const words = [...card.querySelectorAll(parts)]
    .filter(node => node.textContent && node.getClientRects().length)
    .map(node => [node.textContent, node.getBoundingClientRect()]);
  const across = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const along = (a, b) => Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return words.flatMap(([text, a], at) => [
    ...(a.left < own.left - 1 || a.right > own.right + 1 || a.bottom > own.bottom + 1 
      ? [`${text} leaves its card`] : []),
    ...words.slice(0, at).filter(([, b]) => across(a, b) > 1 && along(a, b) > 2)
      .map(([other]) => `${text} on ${other}`)]);
})"""
# Pixels between names at the ends of traffic and what is expected of it: below 0 where they lie on one another.
APART = """() => {
  const isAhead = ({data}) => data?.some(({name}) => name === 'usual traffic');
  const host = [...document.querySelectorAll('.live-chart')].find(isAhead);
  if (!host) return null;
  const {left, top} = host.getBoundingClientRect(), {xaxis, yaxis} = host._fullLayout;
  return Math.min(...[...host.querySelectorAll('.gs-at-end:not([hidden])')].map(node => {
    const name = node.getBoundingClientRect();
    const heights = host.data.filter(({meta}) => meta?.ahead).flatMap(({x0, dx, y}) => [...y]
      .map((value, at) => [left + xaxis._offset + xaxis.d2p(x0 + at * dx), top + yaxis._offset + yaxis.d2p(value)])
      .filter(([x]) => x >= name.left && x <= name.right).map(([, height]) => height));
    return Math.max(Math.min(...heights) - name.bottom, name.top - Math.max(...heights));
  }));
}"""
# More words than there is room for, at random places; those that are needed most must be there.
CROWD = """async () => {
  const src = document.querySelector('.gs-charts').gsPayload.scripts.replace('page.js', 'labels.js');
  const {place} = await import(src), host = document.querySelector('.live-chart'), sent = host.gsChart.sent;
  const kept = sent.layout.annotations, [begin] = sent.layout.xaxis.range, {end} = sent.layout.meta, found = [];
  const random = (seed => () => (seed = (seed * 16807) % 2147483647) / 2147483647)(7);
  for (let round = 0; round < 60; round++) {
    const [top] = sent.layout.yaxis.range.slice(1), kinds = ['rail', 'line', 'point', 'band', 'end'];
    sent.layout.annotations = [...Array(12)].map((_, at) => ({
      name: kinds[Math.floor(random() * 5)], text: 'deploy v2.4' + at, x: begin + random() * (end - begin),
      y: random() * top, xanchor: random() < .5 ? 'left' : 'right', lifted: random() < .5}))
      .map(note => note.name === 'rail' ? {...note, y: 1, yref: 'paper'} : note);
    place([host]);
    const ends = [...host.querySelectorAll('.gs-at-end')];
    if (ends.some(node => node.hidden)) found.push('the end of a series has lost its name');
    found.push(...(CLASHES)());
  }
  sent.layout.annotations = kept;
  place([host]);
  return found;
}""".replace("CLASHES", CLASHES)


# Changes at shares of the axis; what their labels say and list, from left to right.
CHANGES = """async shares => {
  const src = document.querySelector('.gs-charts').gsPayload.scripts.replace('page.js', 'labels.js');
  const {place} = await import(src), host = document.querySelector('.live-chart'), {layout} = host.gsChart.sent;
  const kept = layout.annotations, begin = layout.xaxis.range[0], length = layout.meta.end - begin;
  layout.annotations = [...kept.filter(({name}) => name === 'end'), ...shares.map((share, at) => {
    const x = begin + share * length, text = `deploy v2.4.${at} &lt;b&gt;`;
    return {name: 'rail', x, y: 1, yref: 'paper', text, xanchor: 'right', xshift: -6, count: 1,
      changes: [[x, `deploy v2.4.${at} <b>`]]};
  })];
  place([host]);
  const labels = [...host.querySelectorAll('.gs-labels > div:not([hidden])')]
    .sort((a, b) => a.getBoundingClientRect().left - b.getBoundingClientRect().left)
    .map(node => [node.textContent, node.dataset.list.split('\\n').map(line => line.replace(/^[0-9:]+ /, ''))]);
  const clashes = (CLASHES)();
  window.gsUndo = () => { layout.annotations = kept; place([host]); };
  return {labels, clashes};
}""".replace("CLASHES", CLASHES)


def drawn(page: Page) -> None:
    page.wait_for_selector(".live-chart .main-svg", timeout=WAIT)
    page.wait_for_function("document.querySelectorAll('.gs-labels > :not([hidden])').length > 1", timeout=WAIT)


@pytest.fixture(scope="module")
def page(browser: Browser, demo: str) -> Iterator[Page]:
    shown = opened(browser, f"{demo}/service?service=checkout", 1440, 900)
    drawn(shown)
    yield shown
    shown.context.close()


@pytest.fixture(scope="module")
def light(browser: Browser) -> Iterator[Page]:
    """What one address has loaded the next one need not."""
    context = browser.new_context(color_scheme="light")
    yield context.new_page()
    context.close()


def plot(page: Page, place: int = 0) -> dict[str, float]:
    box = page.locator(".live-chart .nsewdrag").nth(place).bounding_box()
    assert box is not None
    return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}


def dragged(page: Page, begin: float, end: float) -> None:
    box = plot(page)
    page.mouse.move(box["x"] + begin * box["width"], box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], box["y"] + 70, steps=3)
    page.mouse.up()


def zoomed(page: Page) -> tuple[str, str]:
    """What the address says, once the charts show it."""
    page.wait_for_function("/[?&]from=.*&to=/.test(location.search)", timeout=WAIT)
    page.wait_for_selector("text=A past range:", timeout=WAIT)
    assert len(set(page.evaluate(RANGES))) == 1, "all charts show the same part of time"
    query = parse_qs(urlsplit(page.url).query)
    return query["from"][0], query["to"][0]


def test_a_drag_zooms_everything_and_back_reset_and_double_click_undo_it(page: Page) -> None:
    ends = "() => [...document.querySelectorAll('.gs-at-end:not([hidden])')].length"
    before, labels, requests = (
        page.evaluate(RANGES),
        page.evaluate(ends),
        page.inner_text(".st-key-card_breakdown table"),
    )
    dragged(page, 0.2, 0.6)
    assert page.evaluate(RANGES) != before, "at once, before the data have come"
    first = zoomed(page)
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z", moment) for moment in first)
    assert page.evaluate(ends) == labels, "labels stay"
    page.wait_for_function(
        "before => document.querySelector('.st-key-card_breakdown table').innerText !== before", arg=requests
    )
    # The head says of when its number is.
    page.wait_for_function("document.querySelector('.gs-cardhead .v').innerText.includes(' at ')", timeout=WAIT)
    dragged(page, 0.25, 0.75)
    page.wait_for_function("from => !location.search.includes(encodeURIComponent(from))", arg=first[0], timeout=WAIT)
    page.go_back()
    page.wait_for_function("from => location.search.includes(encodeURIComponent(from))", arg=first[0], timeout=WAIT)
    page.go_back()
    page.wait_for_function(LIVE, timeout=WAIT)
    page.go_forward()
    assert zoomed(page) == first
    page.locator(".gs-zoombar .reset").click()
    page.wait_for_function(LIVE, timeout=WAIT)
    first_x, last_x = (float(moment) for moment in page.evaluate(RANGES)[0].split(","))
    minute = 60_000
    moments = [f"new Date({first_x + part * (last_x - first_x)})" for part in (0.3, 0.7)]
    page.evaluate(
        f"Plotly.relayout(document.querySelectorAll('.live-chart')[1], {{'xaxis.range': [{', '.join(moments)}]}})"
    )
    from_, to = zoomed(page)
    length = page.evaluate("([from, to]) => Date.parse(to) - Date.parse(from)", [from_, to])
    assert abs(length - 0.4 * (last_x - first_x)) < minute
    box = plot(page)
    page.mouse.dblclick(box["x"] + 100, box["y"] + 100)
    page.wait_for_function(LIVE, timeout=WAIT)


def test_a_zoom_while_nobody_can_send_it_is_sent_once_somebody_can(page: Page) -> None:
    first_x, last_x = (float(moment) for moment in page.evaluate(RANGES)[0].split(","))
    middle = (first_x + last_x) / 2
    page.evaluate("() => { window.taken = window.gsZoom; delete window.gsZoom; }")
    page.evaluate(
        "([from, to]) => Plotly.relayout(document.querySelectorAll('.live-chart')[1], "
        "{'xaxis.range': [new Date(from), new Date(to)]})",
        [middle, last_x],
    )
    page.wait_for_function("window.gsUnsentZoom")
    script = (Path(zoom.__file__).with_suffix(".js")).read_text(encoding="utf-8")
    sent = page.evaluate(
        """async script => {
          const url = URL.createObjectURL(new Blob([script], {type: "text/javascript"})), sent = [];
          const begin = (await import(url)).default;
          for (const _ of [1, 2]) begin({data: {}, setTriggerValue: (_, range) => sent.push(range)});
          window.gsZoom = window.taken;
          return sent;
        }""",
        script,
    )
    assert len(sent) == 1
    assert abs(sent[0][1] - sent[0][0] - (last_x - middle)) < 2000
    page.locator(".gs-zoombar .reset").click()
    page.wait_for_function(LIVE, timeout=WAIT)


def test_where_the_address_has_no_range_that_is_understood_there_is_no_zoom_to_reset(page: Page) -> None:
    address = page.url.partition("?")[0]
    page.goto(f"{address}?service=checkout&from=gestern&to=now")
    drawn(page)
    page.wait_for_selector("text=which is no time")
    assert not page.locator(".gs-zoombar .reset").is_visible()
    page.goto(f"{address}?service=checkout&from=now-30m")
    page.locator(".gs-zoombar .reset").click()
    page.wait_for_function(LIVE, timeout=WAIT)
    drawn(page)


def test_a_click_on_a_label_leaves_one_series_and_another_brings_all_back(page: Page) -> None:
    every = page.evaluate(NAMES)[0]
    assert {"p99", "p95", "p50"} <= set(every)
    highest = "document.querySelector('.live-chart').layout.yaxis.range[1]"
    top = page.evaluate(highest)
    label = page.locator(".gs-labels button[data-series=p50]").first
    label.click()
    page.wait_for_function(f"({NAMES})()[0].filter(name => name.startsWith('p')).join() === 'p50'")
    assert page.evaluate("document.querySelector('.live-chart').layout.yaxis.range[1]") < top, (
        "it has the axis for itself"
    )
    assert label.get_attribute("aria-pressed") == "true"
    label.press("Enter")
    page.wait_for_function(f"names => ({NAMES})()[0].join() === names.join()", arg=every)


def test_what_is_pointed_at_is_told_on_all_charts_and_a_cell_of_the_heat_map_in_words(page: Page) -> None:
    under = "() => [...document.querySelectorAll('.gs-under')].map(node => node.textContent.replaceAll('\\u00a0', ' '))"
    box = plot(page)
    page.mouse.move(box["x"] + 200, box["y"] + 80)
    page.wait_for_function(f"({under})()[0].startsWith('at ')")
    latency, traffic, errors, saturation, _ = page.evaluate(under)
    assert re.search(r"^at \d\d:\d\d.*p99 \d+", latency)
    assert re.search(r"traffic [\d.]+/s", traffic)
    assert re.search(r"server [\d.]+ %.*client [\d.]+ %", errors), "what is drawn below 0 is no negative share"
    assert re.search(r"pool [\d.]+ %", saturation)
    page.locator(".live-chart").nth(4).scroll_into_view_if_needed()
    heat = plot(page, 4)
    page.mouse.move(heat["x"] + heat["width"] / 2, heat["y"] + heat["height"] * 0.7)
    cell = r"\d\d:\d\d – \d\d:\d\d\s*[\d.]+ m?s – [\d.]+ m?s [\d.]+ % of requests"
    page.wait_for_function(f"() => {{ const text = ({under})()[4]; return /{cell}/.test(text); }}")
    page.mouse.move(5, 5)
    page.locator(".live-chart").first.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"({under})()[0].startsWith('at ')")
    page.keyboard.press("Escape")
    page.wait_for_function(f"({under})()[0] === ''")


def test_words_lie_on_no_other_however_many_there_are(page: Page) -> None:
    assert page.evaluate(CROWD) == []


def test_changes_without_room_for_their_names_have_one_that_lists_them(page: Page) -> None:
    names = [f"deploy v2.4.{number} <b>" for number in range(5)]
    # A refresh would draw the changes of the data instead.
    page.keyboard.press("p")
    resume = page.locator(".gs-pausebar").get_by_role("button", name="Resume")
    resume.wait_for()
    page.wait_for_selector(".stApp[data-test-script-state=notRunning]")
    apart = page.evaluate(CHANGES, [0.3, 0.6, 0.9])
    assert apart == {"labels": [[name, [name]] for name in names[:3]], "clashes": []}
    near = page.evaluate(CHANGES, [0.3, 0.6, 0.612, 0.62, 0.63])
    # The first one of those has room left of them.
    alone = [[name, [name]] for name in names[:2]]
    assert near == {"labels": [*alone, ["3 changes", names[2:]]], "clashes": []}
    label = page.locator(".gs-labels > [role=button]:visible")
    shown = (
        "() => getComputedStyle(document.querySelector('.gs-labels > [role=button]:not([hidden])'), '::after').content"
    )
    assert page.evaluate(shown) in ("none", "normal")
    label.hover()
    page.wait_for_function(f"name => ({shown})().includes(name)", arg=names[2], timeout=WAIT)
    page.mouse.move(5, 5)
    page.wait_for_function(f"name => !({shown})().includes(name)", arg=names[2], timeout=WAIT)
    label.focus()
    # Keys reach it, too.
    page.wait_for_function(f"name => ({shown})().includes(name)", arg=names[2], timeout=WAIT)
    assert (label.get_attribute("aria-label") or "").startswith("3 changes: ")
    label.evaluate("node => node.blur()")
    page.evaluate("gsUndo()")
    resume.click()
    resume.wait_for(state="detached")


@pytest.mark.parametrize(
    "path", ["/service?service=checkout&compare=yesterday&span=6h", "/objectives?slo=search-latency"]
)
def test_words_lie_on_no_other_at_any_width(light: Page, demo: str, path: str) -> None:
    light.set_viewport_size({"width": 1440, "height": 900})
    light.goto(demo + path)
    for width in (1440, 1024, 768, 390):
        drawn(light)
        before = light.evaluate("document.querySelector('.live-chart').clientWidth")
        light.set_viewport_size({"width": width, "height": 900})
        light.wait_for_function("before => { const host = document.querySelector('.live-chart');"
                                " return host.clientWidth !== before && host._fullLayout.width === host.clientWidth; }",
                                arg=before if width != 1440 else -1)  # fmt: skip
        assert light.evaluate(CLASHES) == [], width
        apart = light.evaluate(APART)
        assert apart >= 0 if path.startswith("/service") else apart is None


def touch(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})


def swiped(page: Page, session: CDPSession, moves: tuple[float, float], *, rest: float = 0) -> None:
    """A finger that rests for so many milliseconds and then moves."""
    box = plot(page)
    x, y = box["x"] + 40, box["y"] + 120
    touch(session, "touchStart", (x, y))
    page.wait_for_timeout(rest)
    for part in range(1, 9):
        touch(session, "touchMove", (x + moves[0] * part / 8, y + moves[1] * part / 8))
    touch(session, "touchEnd")


def test_a_finger_scrolls_a_tap_tells_and_a_long_press_zooms(browser: Browser, demo: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    shown, scrolled = context.new_page(), "document.querySelector('.stMain').scrollTop"
    shown.goto(f"{demo}/service?service=checkout")
    drawn(shown)
    shown.locator(".live-chart").first.scroll_into_view_if_needed()
    session: Any = context.new_cdp_session(shown)
    before = shown.evaluate(scrolled)
    swiped(shown, session, (4, -90))
    shown.wait_for_function(f"before => {scrolled} > before + 40", arg=before)
    swiped(shown, session, (0, 0))
    shown.wait_for_function("document.querySelector('.gs-under').textContent.startsWith('at ')")
    assert shown.evaluate(LIVE), "neither zooms"
    swiped(shown, session, (80, 10), rest=600)
    zoomed(shown)
    shown.locator(".gs-zoombar .reset").tap()
    shown.wait_for_function(LIVE, timeout=WAIT)
    shown.locator(".gs-zoombar .mode").tap()
    swiped(shown, session, (80, 30))
    zoomed(shown)
    context.close()
