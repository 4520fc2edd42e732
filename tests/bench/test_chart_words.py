"""Words on charts lie on no other and on no edge, whatever the size, the scheme, the span and the service.

GS_BENCH_PICTURES=folder python -m pytest tests/bench/test_chart_words.py -s     all of them, with pictures to look at
Without it a situation of each size.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.test_charts import CLASHES, drawn
from tests.servers import Server, binary, free_port

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("GS_BENCH_PICTURES", "")
SIZES = {"3840x2160": (3840, 2160), "1920x1080": (1920, 1080), "1440x900": (1440, 900), "1024x768": (1024, 768)}
PHONE = "390x844"
SERVICES = ("checkout", "recommendations", "search", "legacy-batch")
SPANS = ("15m", "1h", "6h", "24h", "7d")
PAGES = [
    *(f"service?service={service}&span={span}" for service in SERVICES for span in SPANS),
    *(f"service?service={service}&span={span}&compare=last week" for service in SERVICES[:3] for span in ("1h", "24h")),
    *(f"service?service={service}&from=now-26h&to=now-{hours}h" for service in SERVICES[:3] for hours in (20, 25)),
    *(f"objectives?slo={service}-{kind}" for service in SERVICES[:4] for kind in ("availability", "latency")),
]


@pytest.fixture(scope="module")
def demo() -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "dashboard.cli", "demo", "--port", str(port), "--refresh", "5s"]
    running = Server(command, port, "/readyz")
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    binary("chromium")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield chromium
        chromium.close()


@pytest.mark.skipif(not PICTURES, reason="40 pages in ten looks take minutes: GS_BENCH_PICTURES=folder")
@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [*SIZES, PHONE])
def test_no_word_lies_on_another(browser: Browser, demo: Server, size: str, scheme: str) -> None:
    width, height = SIZES.get(size, (390, 844))
    phone = size == PHONE
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        has_touch=phone,
        is_mobile=phone,
    )
    page, clashes = context.new_page(), {}
    for number, path in enumerate(PAGES):
        page.goto(f"{demo.url}/{path}")
        drawn(page)
        page.wait_for_timeout(300)
        page.screenshot(path=Path(PICTURES) / f"{size}-{scheme}-{number:02}.png", full_page=True)
        if found := page.evaluate(CLASHES):
            clashes[path] = found
    context.close()
    assert clashes == {}
