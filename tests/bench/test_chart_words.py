"""Words on charts lie on no other and on no edge, whatever the size, the scheme, the span and the service.

GS_BENCH_PICTURES=folder python -m pytest tests/bench/test_chart_words.py -s     all of them, with pictures to look at
Without it `tests/browser/test_charts.py` alone looks at a few.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.bench.looks import SCHEMES, SIZES, looked_at, picture
from tests.browser.test_charts import CLASHES, drawn
from tests.servers import Server

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("GS_BENCH_PICTURES", "")
SERVICES = ("checkout", "recommendations", "search", "legacy-batch")
SPANS = ("15m", "1h", "6h", "24h", "7d")
PAGES = [
    *(f"service?service={service}&span={span}" for service in SERVICES for span in SPANS),
    *(f"service?service={service}&span={span}&compare=last week" for service in SERVICES[:3] for span in ("1h", "24h")),
    *(f"service?service={service}&from=now-26h&to=now-{hours}h" for service in SERVICES[:3] for hours in (20, 25)),
    *(f"objectives?slo={service}-{kind}" for service in SERVICES[:4] for kind in ("availability", "latency")),
]


@pytest.mark.skipif(not PICTURES, reason="40 pages in ten looks take minutes: GS_BENCH_PICTURES=folder")
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES)
def test_no_word_lies_on_another(browser: Browser, demo: Server, size: str, scheme: str) -> None:
    clashes = {}
    with looked_at(browser, size, scheme) as page:
        for number, path in enumerate(PAGES):
            page.goto(f"{demo.url}/{path}")
            drawn(page)
            page.wait_for_timeout(300)
            if found := page.evaluate(CLASHES):
                clashes[path] = found
            picture(page, Path(PICTURES) / f"{size}-{scheme}-{number:02}.png")
    assert clashes == {}
