"""The objectives page in a browser: links that load nothing anew, a list that keeps the keyboard, a phone."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_pages import opened, refreshed

pytestmark = pytest.mark.browser

CHOSEN = "name => document.querySelector('.gs-objective h2')?.textContent === name"
REACHED = "() => document.activeElement.dataset.soft"


def test_choosing_by_the_keyboard_changes_the_address_and_loads_nothing_anew(browser: Browser, demo: str) -> None:
    page = opened(browser, f"{demo}/objectives", 1440, 900)
    page.wait_for_selector(".live-chart .main-svg")
    page.evaluate("window.loadedOnce = true")
    row = page.locator("a.gs-slo").nth(3)
    row.focus()
    name = page.evaluate(REACHED)
    page.keyboard.press("Enter")
    page.wait_for_function(CHOSEN, arg=name)
    assert page.url.endswith(f"/objectives?slo={name}")
    page.locator(".gs-foot a").first.click()
    page.wait_for_function("document.querySelectorAll('a.gs-slo').length === 24")
    page.go_back()
    page.wait_for_function("document.querySelectorAll('a.gs-slo').length === 10")
    assert page.evaluate("window.loadedOnce")
    page.context.close()


def test_nothing_runs_over_the_edge(browser: Browser, demo: str) -> None:
    page = opened(browser, f"{demo}/objectives?slo=checkout-availability", 1440, 844)
    page.wait_for_selector(".live-chart .main-svg")
    # From wide to narrow: what is as wide as before would run over the new edge.
    for width in (1440, 1024, 768, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_function("width => document.querySelector('.stMain').scrollWidth <= width", arg=width)
    page.context.close()


def test_a_budget_of_a_service_leads_to_its_objective(browser: Browser, demo: str) -> None:
    page = opened(browser, f"{demo}/service?service=search", 1440, 900)
    page.locator(".gs-card h2 a").first.click()
    page.wait_for_function(CHOSEN, arg="search-availability", timeout=30_000)
    page.context.close()


def test_another_objective_is_tried_by_the_keyboard_and_taken_back(browser: Browser, demo: str) -> None:
    address = f"{demo}/objectives?slo=cart-latency&whatif=1&threshold=0.1"
    page = opened(browser, address, 1440, 900)
    tried = page.locator(".gs-tryfacts tbody tr").first.locator("td").last
    expect(tried).to_have_text("99\u00a0% ≤\u00a0100\u00a0ms over 30\u00a0d", timeout=60_000)
    # Whatever message the browser draws them by, sliders stand where the address says.
    assert page.url == address
    # The table may be there before the slider, and a slider that is being drawn takes the value of the address.
    slider = page.locator(".st-key-objective input")
    expect(slider).to_be_enabled(timeout=30_000)
    refreshed(page, 1)
    slider.press("ArrowRight")
    expect(tried).to_have_text("99.5\u00a0% ≤\u00a0100\u00a0ms over 30\u00a0d", timeout=30_000)
    assert page.url == f"{address}&objective=0.995"
    page.go_back()
    expect(tried).to_have_text("99\u00a0% ≤\u00a0100\u00a0ms over 30\u00a0d", timeout=30_000)
    page.context.close()
