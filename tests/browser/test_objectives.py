"""The objectives page in a browser: links that load nothing anew, a list that keeps the keyboard, a phone."""

import pytest
from playwright.sync_api import Browser

from tests.browser.test_pages import opened

pytestmark = pytest.mark.browser

CHOSEN = "name => document.querySelector('.gs-objective h2')?.textContent === name"
REACHED = "() => document.activeElement.dataset.soft"


def test_choosing_by_the_keyboard_changes_the_address_and_loads_nothing_anew(browser: Browser, demo: str) -> None:
    page = opened(browser, f"{demo}/objectives", 1440, 900)
    page.wait_for_selector(".live-chart .main-svg")
    page.wait_for_timeout(1500)
    page.evaluate("window.loadedOnce = true")
    row = page.locator("a.gs-slo").nth(3)
    row.focus()
    name = page.evaluate(REACHED)
    page.wait_for_timeout(5000)
    assert page.evaluate(REACHED) == name, "a refresh, every two seconds here, must not lose it"
    page.keyboard.press("Enter")
    page.wait_for_function(CHOSEN, arg=name)
    assert page.url.endswith(f"/objectives?slo={name}")
    page.locator(".gs-foot a").first.click()
    page.wait_for_function("document.querySelectorAll('a.gs-slo').length === 24")
    page.go_back()
    page.wait_for_function("document.querySelectorAll('a.gs-slo').length === 10")
    assert page.evaluate("window.loadedOnce")
    page.context.close()


@pytest.mark.parametrize("width", [390, 768, 1024, 1440])
def test_nothing_runs_over_the_edge(browser: Browser, demo: str, width: int) -> None:
    page = opened(browser, f"{demo}/objectives?slo=checkout-availability", width, 844)
    page.wait_for_selector(".live-chart .main-svg")
    page.wait_for_timeout(1000)
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= width
    page.context.close()


def test_a_budget_of_a_service_leads_to_its_objective(browser: Browser, demo: str) -> None:
    page = opened(browser, f"{demo}/service?service=search", 1440, 900)
    page.locator(".gs-card h2 a").first.click()
    page.wait_for_function(CHOSEN, arg="search-availability", timeout=30_000)
    page.context.close()
