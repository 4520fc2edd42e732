"""Ways between pages in a browser: keys, search, links that load nothing anew, Back, the tab, pause, the time zone."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.test_pages import opened, refreshed
from tests.slow import slow

pytestmark = pytest.mark.browser

CHARTS = ".live-chart .main-svg"
AT = "address => location.pathname + location.search === address"
NAMED = "name => document.querySelector('.gs-title h1')?.textContent === name"
CHOSEN = "name => document.querySelector('.gs-objective h2')?.textContent === name"
SLO = "slo=search-latency"
CHECKOUT, SEARCH = "/service?service=checkout", "/service?service=search"
# Other tests run beside: what takes a second alone may take many.
WAIT = 60_000
expect.set_options(timeout=WAIT)
# Elements that were there all the time, and are not any more though they look the same.
# Which queries there were since the last refresh is another list each time.
WATCH = """() => {
  window.watched = [...document.querySelectorAll('.stMain *')].filter(node =>
    !node.closest('svg,.live-chart,.gs-under,tr:has(td.q)') && !node.classList.contains('gs-alive'));
}"""
KEPT = """() => ({
  focused: document.activeElement.textContent, selected: String(getSelection()),
  open: document.querySelectorAll('details[open]').length, scrolled: document.querySelector('.stMain').scrollTop,
  replaced: window.watched.filter(node => !node.isConnected).map(node => node.outerHTML.slice(0, 120)),
})"""
ORDERED = """async text => {
  const services = ["research", "search", "cart-search", "orders", "user-index"].map(title => ({title, team: ""}));
  services[3].team = "search team";
  return (await window.gsWays).matching(services, text).map(service => service.title);
}"""
MORPHED = """async () => {
  const {morph} = await window.gsWays;
  const list = document.createElement("div"), wanted = document.createElement("template");
  document.querySelector(".stApp").append(list);
  list.innerHTML = '<details open><summary>a</summary></details><a href="1">one 1</a><a href="2">two</a><p>x</p>';
  const [details, one, two] = list.children, text = one.firstChild;
  getSelection().setBaseAndExtent(text, 0, text, 3);
  wanted.innerHTML = '<details><summary>a</summary></details><b>new</b><a href="2" title="t">two</a>' +
    '<a href="1">one 20</a>';
  morph(list, wanted.content);
  const shown = [details.open, String(getSelection()), list.innerHTML];
  const kept = [details, one, two].every(node => node.isConnected);
  list.remove();
  return [kept, ...shown];
}"""
# What the page says for a moment, which may be over before a slow machine looks.
LISTEN = """() => {
  window.said = [];
  new MutationObserver(() => {
    for (const {textContent} of document.querySelectorAll('.gs-said')) window.said.push(textContent);
  }).observe(document.querySelector('.stApp'), {childList: true});
}"""
TABLE = "async () => (await window.gsWays).tableText(document.querySelector('.gs-table'))"
CELLS = """async () => {
  const table = document.createElement("table");
  table.innerHTML = '<tr><td>=1+1</td><td> a\\n"b"</td><td>all<i aria-hidden="true"> …</i> of it</td></tr>';
  return (await window.gsWays).tableText(table).trim().split("\\n").at(-1);
}"""
RANGE = "() => String(document.querySelector('.live-chart').layout.xaxis.range)"
LINE = "() => document.querySelector('.live-chart').data?.find(node => node.name === 'p99').line.color"


@pytest.fixture(scope="module")
def page(browser: Browser, demo: str) -> Iterator[Page]:
    """One page that goes where the tests send it, without loading anything anew after the first."""
    shown = opened(browser, f"{demo}{CHECKOUT}", 1440, 900)
    shown.set_default_timeout(WAIT)
    shown.wait_for_selector(CHARTS)
    shown.evaluate("window.loadedOnce = true")
    yield shown
    shown.context.close()


def at(page: Page, address: str) -> None:
    page.wait_for_function(AT, arg=address, timeout=WAIT)


def back(page: Page, *addresses: str) -> None:
    for address in addresses:
        page.go_back()
        at(page, address)


def go(page: Page, letter: str) -> None:
    page.keyboard.press("g")
    page.keyboard.press(letter)


def test_the_search_goes_to_a_service_by_the_keyboard_alone(page: Page) -> None:
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="Name or team")
    expect(box).to_be_focused()
    expect(page.locator(".gs-find li")).to_have_count(12)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.type("gp?/")
    expect(page.locator(".gs-find [role=status]")).to_have_text("No service is called so.")
    box.fill("sear")
    expect(page.locator(".gs-find li[aria-selected=true]")).to_contain_text("search")
    page.keyboard.press("Enter")
    at(page, SEARCH)
    page.wait_for_function(NAMED, arg="search")
    page.wait_for_function("document.title === '▲ search · Golden signals'")
    icon = page.get_attribute("link[rel~=icon]", "href")
    assert icon is not None
    assert icon.startswith("data:image/svg")
    assert "%23d13a34" in icon, "some service is breaching"
    back(page, CHECKOUT)
    page.wait_for_function(NAMED, arg="checkout")
    assert page.evaluate("window.loadedOnce")


def test_a_name_entered_before_the_services_have_come_is_gone_to_once_they_have(browser: Browser, demo: str) -> None:
    held: list[Route] = []
    # A page of its own: requests that begin just after a route was set may pass it.
    context = browser.new_context()
    page = context.new_page()
    page.route("**/api/v1/services", lambda route: held.append(route))

    def asked() -> Route:
        for _ in range(WAIT // 20):
            if held:
                break
            page.wait_for_timeout(20)
        return held.pop()

    page.goto(f"{demo}{CHECKOUT}")
    page.wait_for_selector(CHARTS, timeout=WAIT)
    page.keyboard.press("/")
    box, status = page.get_by_role("combobox", name="Name or team"), page.locator(".gs-find [role=status]")
    box.fill("search")
    page.keyboard.press("Enter")
    expect(status).to_have_text("Reading the services …")
    asked().continue_()
    at(page, SEARCH)
    # What is typed over it, or left, is not gone to.
    page.keyboard.press("/")
    page.keyboard.press("Enter")
    box.fill("zzz")
    asked().continue_()
    expect(status).to_have_text("No service is called so.")
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    page.keyboard.press("/")
    asked().abort()
    expect(status).to_have_text("The server does not answer.")
    box.fill("checkout")
    expect(status).to_have_text("The server does not answer.")
    page.keyboard.press("Enter")
    at(page, SEARCH)
    context.close()


def test_keys_and_links_lead_from_page_to_page_and_back_through_all_of_them(page: Page) -> None:
    page.keyboard.press("/")
    page.get_by_role("combobox", name="Name or team").fill("search")
    page.keyboard.press("Enter")
    at(page, SEARCH)
    page.wait_for_function(NAMED, arg="search")
    # Spans are entries of the history.
    page.get_by_role("radio", name="6h").or_(page.get_by_role("button", name="6h", exact=True)).first.click()
    at(page, f"{SEARCH}&span=6h")
    page.wait_for_selector(CHARTS)
    page.evaluate("document.querySelector('.stMain').scrollTo(0, 310)")
    # The service stays chosen when pages change.
    go(page, "o")
    page.wait_for_function(CHOSEN, arg="search-latency")
    at(page, f"/objectives?service=search&{SLO}")
    page.wait_for_function("document.title === '▲ search-latency · Golden signals'")
    # Nothing happens by keys while one types.
    field = page.get_by_label("Find")
    field.press_sequentially("/p?lgw")
    assert (field.input_value(), page.locator(".gs-pausebar, dialog").count()) == ("/p?lgw", 0)
    field.fill("")
    # The objective leads to its service, and the service to its objectives.
    page.get_by_role("link", name="Service search").click()
    at(page, SEARCH)
    page.locator(".gs-card h2 a", has_text="Latency").click()
    page.wait_for_function(CHOSEN, arg="search-latency")
    go(page, "d")
    page.wait_for_function("location.pathname === '/sources'")
    go(page, "i")
    page.wait_for_function("location.pathname === '/incidents'")
    go(page, "w")
    page.wait_for_selector(".gs-wall")
    go(page, "s")
    at(page, SEARCH)
    back(
        page,
        "/",
        "/incidents",
        "/sources",
        f"/objectives?{SLO}",
        SEARCH,
        f"/objectives?service=search&{SLO}",
        f"{SEARCH}&span=6h",
    )
    page.wait_for_function(
        "document.querySelector('.live-chart')?.layout?.xaxis.range && document.querySelector('.gs-title')"
    )
    page.wait_for_function("document.querySelector('.stMain').scrollTop === 310")
    back(page, SEARCH, CHECKOUT)
    page.wait_for_function(NAMED, arg="checkout")
    assert page.evaluate("window.loadedOnce")


def test_what_a_paused_page_misses_is_counted(page: Page) -> None:
    page.keyboard.press("p")
    bar = page.locator(".gs-pausebar")
    expect(bar).to_contain_text("Paused")
    page.wait_for_selector(".stApp[data-test-script-state=notRunning]")
    shown = page.inner_text(".gs-title .right")
    expect(bar).to_contain_text("2 refreshes were missed", timeout=WAIT)
    assert page.inner_text(".gs-title .right") == shown, "the page rests"
    page.evaluate("document.querySelector('.stMain').scrollTo(0, 800)")
    expect(bar).to_be_in_viewport(ratio=1)
    bar.get_by_role("button", name="Resume").click()
    expect(bar).to_have_count(0)
    page.wait_for_function("shown => document.querySelector('.gs-title .right').innerText !== shown", arg=shown)


def test_keys_are_listed_and_the_link_to_the_page_is_copied(page: Page, demo: str) -> None:
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("go to the objectives")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(LISTEN)
    page.keyboard.press("l")
    page.wait_for_function("window.said.includes('Link copied')")
    assert page.evaluate("navigator.clipboard.readText()") == f"{demo}{CHECKOUT}"
    go(page, "r")
    page.wait_for_function("location.pathname === '/review' && document.title.includes(' · Review · ')")
    back(page, CHECKOUT)


def test_a_refresh_loses_nothing_and_changes_only_what_changed(page: Page) -> None:
    page.wait_for_selector(".gs-table td")
    page.get_by_text("How was this computed?").click()
    page.wait_for_selector("details[open]")
    page.evaluate("document.querySelector('.stMain').scrollTo(0, 150)")
    page.evaluate(WATCH)
    page.locator(".gs-card h2 a").first.focus()
    page.evaluate(
        "getSelection().selectAllChildren(document.querySelector('.gs-card .gs-third'))",
    )
    refreshed(page, 3)
    kept = page.evaluate(KEPT)
    assert kept["focused"] == "Availability ›"
    assert kept["selected"] == "requests answered without a server error"
    assert kept["open"] == 1
    assert kept["scrolled"] == 150
    assert kept["replaced"] == [], json.dumps(kept["replaced"])


def test_the_search_finds_what_is_meant_and_a_patch_keeps_what_stays(page: Page) -> None:
    assert page.evaluate(ORDERED, "search") == ["search", "cart-search", "research", "orders"]
    assert page.evaluate(ORDERED, "crt srch") == ["cart-search"]
    assert page.evaluate(ORDERED, "usr idx") == ["user-index"]
    assert page.evaluate(ORDERED, "zzz") == []
    assert page.evaluate(MORPHED) == [
        True, True, "one",
        '<details open=""><summary>a</summary></details><b>new</b><a href="2" title="t">two</a>'
        '<a href="1">one 20</a>',
    ]  # fmt: skip


def test_a_refresh_loses_nothing_of_objectives(page: Page, demo: str) -> None:
    page.goto(f"{demo}/objectives")
    page.wait_for_selector(CHARTS)
    page.get_by_text("Show as table").click()
    page.wait_for_selector(".gs-numbers tbody tr")
    # Open at first: closed by the viewer, it stays so.
    page.get_by_text("How was this computed?").click()
    page.wait_for_function("!document.querySelector('.gs-computed')?.checkVisibility()")
    page.evaluate("document.querySelector('.stMain').scrollTo(0, 150)")
    page.locator("a.gs-slo").nth(3).focus()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.gs-cardhead h3'))")
    name = page.evaluate("document.activeElement.dataset.soft")
    # With each minute all rows of the table are of other moments: between two minutes nothing is replaced.
    for _ in range(3):
        page.evaluate(WATCH)
        refreshed(page, 2)
        kept = page.evaluate(KEPT)
        if not kept["replaced"]:
            break
    assert page.evaluate("document.activeElement.dataset.soft") == name
    assert kept["selected"] == "Budget left"
    assert (kept["open"], kept["scrolled"]) == (1, 150)
    assert not page.locator(".gs-computed").is_visible()
    assert kept["replaced"] == [], json.dumps(kept["replaced"])
    plot = page.locator(".live-chart .nsewdrag").bounding_box()
    assert plot is not None
    page.mouse.move(plot["x"] + 300, plot["y"] + 50)
    page.mouse.down()
    page.mouse.move(plot["x"] + 500, plot["y"] + 50, steps=4)
    page.mouse.up()
    page.wait_for_function("location.search.includes('from=')")
    zoomed = page.evaluate(RANGE)
    refreshed(page, 1)
    assert page.evaluate(RANGE) == zoomed


@slow
def test_a_refresh_loses_nothing_of_sources(page: Page) -> None:
    go(page, "d")
    page.wait_for_selector(".gs-table td")
    titles, at_moment, *rows = page.evaluate(TABLE).splitlines()[1:]
    assert "/sources" in titles
    assert at_moment.endswith("Z, times of the page in UTC")
    assert rows[0] == '"Service","Preset","Latency buckets","Breakdowns","Saturation"'
    assert len(rows) == 13
    assert page.evaluate(CELLS) == '"\'=1+1","a ""b""","all of it"'
    page.evaluate("document.querySelector('.stMain').scrollTo(0, 90)")
    page.locator(".gs-taken button").first.focus()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.gs-table tbody td'))")
    page.evaluate(WATCH)
    refreshed(page, 2)
    kept = page.evaluate(KEPT)
    assert (kept["focused"], kept["selected"], kept["scrolled"]) == ("CSV", "auth", 90)
    assert kept["replaced"] == [], json.dumps(kept["replaced"])


def test_the_zone_and_the_scheme_that_are_chosen_are_those_of_all_pages(browser: Browser, demo: str) -> None:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="dark", timezone_id="Asia/Tokyo"
    )
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.goto(f"{demo}{CHECKOUT}")
    page.wait_for_selector(CHARTS)
    page.get_by_label("Time zone").select_option("browser")
    at(page, f"{CHECKOUT}&tz=browser")
    expect(page.locator(".gs-title .right")).to_contain_text("times in Asia/Tokyo, UTC+9")
    page.locator("[data-testid=stMainMenu] button").click()
    page.get_by_role("menuitemradio", name="Light").click()
    page.wait_for_function(f"({LINE})() === 'rgb(11, 63, 138)'")
    page.goto(f"{demo}/sources?tz=CET&sevice=cart")
    card = "() => getComputedStyle(document.querySelector('.gs-card')).backgroundColor === 'rgb(255, 255, 255)'"
    page.wait_for_selector(".gs-card")
    page.wait_for_function(card)
    for sentence in ("the address says tz='CET'", "othing reads 'sevice' in the address; did you mean service?"):
        expect(page.locator(".gs-banner", has_text=sentence)).to_be_visible()
    context.close()
