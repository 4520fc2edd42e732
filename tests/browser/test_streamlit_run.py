"""The pages of `streamlit run dashboard/app.py` in a browser: the wall, and charts that draw."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.servers import Server, free_port

pytestmark = pytest.mark.browser
APP = Path(__file__).parents[2] / "dashboard" / "app.py"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    port = free_port()
    server = Server([sys.executable, "-m", "streamlit", "run", str(APP), "--server.port", str(port)], port, "/readyz")
    server.start()
    yield server.url
    server.stop()


@pytest.mark.parametrize(("path", "part"), [("/service", ".live-chart .main-svg")])
def test_its_pages_open(browser: Browser, url: str, path: str, part: str) -> None:
    page = browser.new_page()
    page.goto(url + path)
    page.wait_for_selector(part, timeout=30_000)
    assert page.locator("[data-testid=stException]").count() == 0
    page.close()
