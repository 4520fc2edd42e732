"""Triage in a browser: acknowledged once with a name, a note that is kept, what is new, and the shift as text."""

import json

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

WAIT = 60_000
FIRST = ".gs-entry.gs-red"
SHOWN = ".stApp .gs-entry"
SEEN = "keys => localStorage.setItem('gs-triage-seen', JSON.stringify(keys))"
KEYS = "() => [...document.querySelectorAll('.gs-entry')].map(entry => entry.dataset.id)"
# Those that are marked as new are those that were not there; entries of a demo that has just begun come and go.
MARKED = """seen => {
  const entries = [...document.querySelectorAll(".gs-entry")];
  const marked = entry => entry.querySelector(".new").checkVisibility();
  return entries.length > 0 && entries.every(entry => marked(entry) !== seen.includes(entry.dataset.id));
}"""
REFRESHED = "before => Number(document.querySelector('.gs-alive.page').dataset.at) > before"
AT = "() => Number(document.querySelector('.gs-alive.page').dataset.at)"
# Two more refreshes of two seconds.
LATER_S = 4
# What can be tapped on a phone and is lower than a thumb is wide.
SMALL = """() => [...document.querySelectorAll(".gs-entry :is(button,input,a), .gs-minor summary")]
  .filter(node => node.checkVisibility() && node.getBoundingClientRect().height < 43.5)
  .map(node => node.outerHTML.slice(0, 80))"""
COPIES = "() => { window.copied = []; navigator.clipboard.writeText = async text => { copied.push(text); }; }"


def opened(browser: Browser, url: str, **context: object) -> Page:
    page = browser.new_context(reduced_motion="reduce", **context).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(WAIT)
    page.goto(url)
    page.wait_for_selector(SHOWN)
    page.wait_for_function("document.querySelector('.gs-actions style')")
    return page


def test_somebody_takes_it_on_writes_a_note_and_hands_it_over(browser: Browser, demo: str) -> None:
    page = opened(browser, f"{demo}/triage", viewport={"width": 1440, "height": 900})
    badge = page.locator("[data-gs-count]")
    expect(badge).to_have_attribute("data-gs-count", "1", timeout=WAIT)
    assert page.title().startswith("✕ 1 now · Triage")
    field = page.locator(f"{FIRST} [data-note]")
    field.fill("It is the pool <b>again</b>")
    # What is typed stays, however often the page is refreshed.
    page.wait_for_function(REFRESHED, arg=page.evaluate(AT) + LATER_S)
    expect(field).to_have_value("It is the pool <b>again</b>")
    page.locator(f"{FIRST} .ack").click()
    name = page.get_by_role("dialog").get_by_label("Your name")
    name.fill("Mona")
    name.press("Enter")
    expect(page.locator(f"{FIRST} .who")).to_contain_text("Acknowledged by Mona (name as given)", timeout=WAIT)
    expect(badge).to_have_count(0, timeout=WAIT)
    field.press("Enter")
    expect(page.locator(f"{FIRST} .note p").last).to_have_text("It is the pool <b>again</b>", timeout=WAIT)
    expect(field).to_have_value("", timeout=WAIT)

    page.get_by_text("Shift handover", exact=True).click()
    page.get_by_label("last 24 h").check()
    text = page.locator(".gs-shift pre:visible")
    expect(text).to_contain_text("acknowledged by Mona")
    page.evaluate(COPIES)
    page.get_by_role("button", name="Copy as text").click()
    page.wait_for_function("copied.length")
    assert page.evaluate("copied[0]").startswith("Shift handover, ")

    page.locator("body").press("g")
    page.keyboard.press("w")
    expect(page.locator(".gs-tile .gs-onit")).to_contain_text("Mona", timeout=WAIT)
    page.locator("body").press("g")
    page.keyboard.press("t")
    page.wait_for_selector(SHOWN)
    page.get_by_role("button", name="Change your name").click()
    renamed = page.get_by_role("dialog").get_by_label("Your name")
    renamed.fill("Kim")
    renamed.press("Enter")
    assert page.evaluate("localStorage.getItem('gs-name')") == "Kim"
    page.locator(f"{FIRST} h2 a").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement === document.querySelectorAll('.gs-entry h2 a')[1]")
    page.locator(f"{FIRST} .ack").click()
    expect(page.locator(f"{FIRST} .who")).to_have_count(0, timeout=WAIT)
    page.context.close()


def test_what_opened_while_nobody_looked_is_marked_and_a_thumb_finds_everything(browser: Browser, demo: str) -> None:
    page = opened(browser, f"{demo}/triage", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    keys = page.evaluate(KEYS)
    assert page.evaluate(MARKED, keys), "at the first visit everything would be new"
    for seen in (keys[1:], keys, []):
        # What the page leaves behind itself is not what the test wants.
        page.evaluate("addEventListener('pagehide', event => event.stopImmediatePropagation(), true)")
        page.add_init_script(f"({SEEN})({json.dumps(seen)})")
        page.goto(f"{demo}/triage")
        page.wait_for_selector(SHOWN)
        page.wait_for_function(MARKED, arg=seen)
    assert page.evaluate(SMALL) == []
    wide = "document.querySelector('.stMain').scrollWidth"
    assert page.evaluate(wide) <= 390
    # The bar of what can be done stands under the thumb while its entry is in sight.
    bar = page.locator(f"{FIRST} .acts").bounding_box()
    assert bar is not None
    assert 780 <= bar["y"] + bar["height"] <= 844
    page.context.close()
