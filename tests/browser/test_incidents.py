"""The page of incidents in a browser: from the list to a story, what people add to it, the post-mortem as a file."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

WAIT = 60_000
IDLE = ".stApp[data-test-script-state=notRunning]"
# What is wider than the page, or lies on another label.
LANES = """() => {
  const boxes = [...document.querySelectorAll(".gs-incplot .labels span")].map(node => node.getBoundingClientRect());
  return boxes.flatMap((one, at) => boxes.slice(at + 1).filter(other =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom)).length;
}"""


@pytest.fixture
def page(browser: Browser) -> Page:
    opened = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True).new_page()
    opened.set_default_timeout(WAIT)
    return opened


def test_an_incident_is_read_corrected_followed_up_and_taken_along(page: Page, demo: str) -> None:
    page.goto(f"{demo}/incidents?service=cart")
    # By the keyboard alone, as everything.
    row = page.locator("a.gs-incrow", has_text="cart:").first
    row.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(re.compile(r"cart: [\d.]+\s% of requests failed for \d+\smin"))
    page.wait_for_function("document.title.startsWith('✓ cart: ')")
    assert page.evaluate(LANES) == 0
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Title").fill("The vault refused <cart>")
    page.get_by_label("Your name").fill("mona")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text("The vault refused <cart>")
    expect(page.locator(".gs-derived")).to_contain_text("Title by mona; derived: cart: ")
    page.get_by_role("link", name="Add", exact=True).click()
    page.get_by_label("What is to be done").fill("Test the vault")
    page.get_by_label("Owner").fill("kim")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".gs-items")).to_contain_text("Test the vault")
    with page.expect_download() as download:
        page.get_by_role("link", name="Post-mortem as Markdown").click()
    written = download.value.path().read_text(encoding="utf-8")
    assert written.startswith("# The vault refused &lt;cart&gt;\n")
    assert "| Test the vault | kim | – | open |" in written
    # Another document than the pages of the dashboard, in a tab of its own.
    with page.expect_popup() as popup:
        page.get_by_role("link", name="as HTML").click()
    expect(popup.value.locator("h1")).to_have_text("The vault refused <cart>")
    expect(popup.value.locator("h2")).to_have_count(11)
    popup.value.close()
    page.get_by_role("link", name="Incidents", exact=True).last.click()
    expect(page.locator(".gs-items")).to_contain_text("The vault refused <cart>")
    page.context.close()
