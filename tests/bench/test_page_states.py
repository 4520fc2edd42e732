"""Every page in states that the demo never is in: whole, without a word on another, and saying what is the matter.

GS_BENCH_STATES=folder python -m pytest tests/bench/test_page_states.py -s     all of them, with pictures to look at
Without it one state on a phone.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.bench import page_states
from tests.bench.looks import SCHEMES, SIZES, looked_at, picture
from tests.bench.page_states import LONG, MARKUP, objective_pages, service_pages
from tests.browser.test_accessibility import BARRIERS
from tests.browser.test_charts import CLASHES
from tests.chromium import running_demo
from tests.servers import Server

pytestmark = pytest.mark.browser
FOLDER = os.environ.get("GS_BENCH_STATES", "")
LOOKS = [(size, scheme) for size in SIZES for scheme in SCHEMES] if FOLDER else [("390x844", "light")]
WALLS = ("", "?view=compact", "?embed=true")
REST = ("objectives", "sources", "triage", "incidents")
EVERY_PAGE = (*WALLS, "service", *REST)
FILLED = tuple(name for name in page_states.SERVICES if name not in (LONG, MARKUP))


@contextmanager
def demo(folder: Path) -> Iterator[Server]:
    with running_demo("15s", folder) as server:
        yield server


def of(kind: str) -> Callable[[Path], AbstractContextManager[Server]]:
    """Files of that kind."""
    return partial(page_states.files, kind=kind)


CHOICES = (
    "from=2031-01-01&to=2031-01-02", "from=2001-01-01&to=2001-01-02", "from=now-3d&to=now-2d",
    "from=now-40m&to=now-5m&compare=yesterday", "from=now-30d&to=now-12h", "by=instance&span=6h", "tz=browser",
)  # fmt: skip
# State → what brings it about, and the pages that are looked at.
STATES: dict[str, tuple[Callable[[Path], AbstractContextManager[Server]], tuple[str, ...]]] = {
    "damaged": (
        of("damaged"),
        (
            *service_pages("untold", "half-read", LONG, MARKUP, *FILLED), *WALLS, *REST, "?by=team", "objectives?all=1",
            *objective_pages("spent-availability", "breaks-now-latency", "untold-availability", "idle-availability"),
            "service?service=breaks-now&span=15m", "service?service=spent&span=24h",
        ),
    ),
    "ended": (
        of("ended"),
        (*EVERY_PAGE, *service_pages("spent", "idle"), *objective_pages("spent-availability")),
    ),
    "alone": (of("alone"), EVERY_PAGE),
    "nothing": (of("nothing"), EVERY_PAGE),
    "refused": (page_states.refused, EVERY_PAGE),
    "silent": (page_states.silent, EVERY_PAGE),
    "died": (
        page_states.died,
        (*EVERY_PAGE, *service_pages("checkout", "legacy-batch"), *objective_pages("checkout-latency")),
    ),
    "address": (
        demo,
        (
            "?find=zzz", "?team=nobody", "?fav=checkout&fav=search", "objectives?find=zzz", "objectives?slo=zzz",
            "service?service=chekout&span=9y&tz=Mars", "service?service=legacy-batch&span=15m",
            "service?service=cart&by=version&from=now-24h&to=now-21h",
            *(f"service?service=checkout&{choice}" for choice in CHOICES),
        ),
    ),
}  # fmt: skip
FEW = {"damaged": (*service_pages("untold", "breaks-now", LONG), "sources")}
# The page is drawn, and nothing of it is still on its way.
SETTLED = """() => {
  const app = document.querySelector('.stApp');
  const charts = [...document.querySelectorAll('.live-chart')];
  return app?.dataset.testScriptState === 'notRunning' && !document.querySelector('[data-testid=stSkeleton]')
    && document.querySelector('.gs-alive') && charts.every(host => host._fullLayout && host.gsChart);
}"""
# Words that are cut without a mark, or with one but without a way to the rest; and what goes wrong.
CUT = """() => {
  const root = document.documentElement, main = document.querySelector('.stMain'), found = [];
  if (Math.max(root.scrollWidth, main.scrollWidth) > root.clientWidth) found.push('wider than the window');
  if (document.querySelector('[data-testid=stException]')) found.push('an exception');
  for (const node of main.querySelectorAll('[class^=gs-] *, [class^=gs-]')) {
    const style = getComputedStyle(node), text = node.textContent.trim();
    const own = [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
    if (!own || !node.getClientRects().length || node.closest('.gs-labels,.gs-marks,.gs-under,[hidden]')) continue;
    const low = parseFloat(style.lineHeight) < 1.15 * parseFloat(style.fontSize);
    if (low && /hidden|clip/.test(style.overflowY)) found.push(`cut below: ${text}`);
    if (node.scrollWidth <= node.clientWidth + 1 || !/hidden|clip/.test(style.overflowX)) continue;
    if (style.textOverflow !== 'ellipsis') found.push(`cut: ${text}`);
    else if (!node.closest('[title],a,button')) found.push(`no way to the rest: ${text}`);
  }
  return found;
}"""


def settled(page: Page) -> None:
    page.wait_for_function(SETTLED, timeout=60_000)
    page.wait_for_timeout(400)


def faults(page: Page, *, all_of_it: bool) -> list[str]:
    """What is wrong with the page as it is."""
    barriers: list[str] = [*page.evaluate(CLASHES), *page.evaluate(CUT)]
    if all_of_it:
        page.evaluate(AXE_SCRIPT)
        barriers += [" · ".join(map(str, barrier)) for barrier in page.evaluate(BARRIERS)]
    return barriers


@pytest.fixture(scope="module", params=STATES if FOLDER else FEW)
def state(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Server]]:
    """The name of a state and a dashboard that is in it."""
    begin, _ = STATES[request.param]
    with begin(tmp_path_factory.mktemp(request.param)) as server:
        yield request.param, server


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_a_page_says_what_is_the_matter_and_loses_no_word(
    browser: Browser, state: tuple[str, Server], size: str, scheme: str
) -> None:
    name, server = state
    by_path: dict[str, list[str]] = {}
    with looked_at(browser, size, scheme) as page:
        for number, path in enumerate(STATES[name][1] if FOLDER else FEW[name]):
            page.goto(f"{server.url}/{path}")
            settled(page)
            if wrong := faults(page, all_of_it=size == "1440x900"):
                by_path[path] = wrong
                print(f"\n{name}-{size}-{scheme}-{number:02} {path}", *wrong, sep="\n  ")
            if FOLDER:
                picture(page, Path(FOLDER) / f"{name}-{size}-{scheme}-{number:02}.png")
    assert by_path == {}
