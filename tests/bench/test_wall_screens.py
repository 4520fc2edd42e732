"""The wall on every screen: nothing too small, cut or out of sight, whatever the number of services and their state.

GS_BENCH_SCREENS=/tmp/screens python -m pytest tests/bench/test_wall_screens.py -s
runs all sizes, both schemes and every situation, and writes pictures to look at; without it a few are tried.
"""

import base64
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit
from playwright.sync_api import Browser, Page

from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import Snapshot, downgraded
from dashboard.engine.source_status import SourceState, Trouble
from dashboard.sources.demo.source import DemoSource
from dashboard.ui import theme
from dashboard.ui.panels.wall import wall
from dashboard.ui.panels.wall.wall_choice import WallChoice
from tests.bench.looks import SCHEMES, SIZES
from tests.browser.test_wall import OUT, SMALL
from tests.ui.panels.services import copies, named

pytestmark = pytest.mark.browser
NOW = 1_760_000_000.0
FOLDER = os.environ.get("GS_BENCH_SCREENS", "")
FEW_SIZES = ("1024x768",)
ANY, TILES, TEAMS = WallChoice(), WallChoice(view="tiles"), WallChoice(by_team=True)
# Services, how many are not healthy, and the choice.
CROWDS = [
    (1, 0, ANY), (1, 1, ANY), (2, 1, ANY), (3, 3, ANY), (5, 1, ANY), (7, 2, ANY), (12, 0, ANY), (12, 12, ANY),
    (12, 3, TEAMS), (13, 0, ANY), (13, 1, ANY), (20, 20, ANY), (25, 8, ANY), (30, 9, ANY), (30, 11, TEAMS),
    (37, 5, ANY), (45, 13, ANY), (60, 24, ANY), (60, 26, ANY), (60, 60, ANY), (61, 0, ANY), (61, 61, ANY),
    (120, 5, ANY), (120, 1, TILES), (200, 3, ANY), (200, 12, ANY), (214, 5, ANY), (240, 24, ANY), (240, 240, ANY),
    (300, 40, ANY), (1000, 0, ANY), (1000, 5, ANY), (1000, 40, ANY), (1000, 1000, ANY), (1000, 40, TILES),
]  # fmt: skip
Situation = Callable[[Snapshot], tuple[Snapshot, WallChoice]]


def crowd(number: int, unhealthy: int, choice: WallChoice) -> Situation:
    return lambda snapshot: (copies(snapshot, number, unhealthy, teams=9), choice)


def down(snapshot: Snapshot) -> tuple[Snapshot, WallChoice]:
    error = "http://prometheus.example:9090 cannot be reached: connection refused"
    return downgraded(replace(snapshot, source=replace(snapshot.source, state=SourceState.DOWN, error=error))), ANY


def ended(snapshot: Snapshot) -> tuple[Snapshot, WallChoice]:
    source = replace(snapshot.source, state=SourceState.STALE, trouble=Trouble.ENDED, data_end=snapshot.at)
    return downgraded(replace(copies(snapshot, 30, 2), source=source)), ANY


def long_names(snapshot: Snapshot) -> tuple[Snapshot, WallChoice]:
    services = copies(snapshot, 90, 14, teams=9).services
    longer = [
        named(report, f"{report.name}-recommendation-frontend-gateway-europe", "customer experience platform", 1)
        for report in services
    ]
    return replace(snapshot, services=tuple(longer)), ANY


def silent(snapshot: Snapshot) -> tuple[Snapshot, WallChoice]:
    services = [
        replace(report, health=Health.UNKNOWN, samples=report.samples * float("nan"), slos=())
        for report in copies(snapshot, 14).services
    ]
    return replace(snapshot, services=tuple(services)), ANY


SITUATIONS: dict[str, Situation] = {
    "demo": lambda snapshot: (snapshot, ANY),
    "down": down,
    "ended": ended,
    "long-names": long_names,
    "silent": silent,
    **{
        f"{number}-{unhealthy}{'-tiles' if choice is TILES else '-teams' if choice is TEAMS else ''}": crowd(
            number, unhealthy, choice
        )
        for number, unhealthy, choice in CROWDS
    },
}
FEW = ("long-names", "60-26", "demo")


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    poller = Poller(DemoSource(start=NOW), Settings(title="Production"), clock=lambda: NOW)
    poller.tick()
    return poller.snapshot


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    shown = browser.new_page()
    yield shown
    shown.close()


def font() -> str:
    """The letters that Streamlit brings, whose widths count."""
    media = Path(streamlit.__file__).parent / "static" / "static" / "media"
    upright = next(path for path in sorted(media.glob("SourceSansVF-Upright*.woff2")))
    data = base64.b64encode(upright.read_bytes()).decode()
    return f"@font-face{{font-family:letters;font-weight:200 900;src:url(data:font/woff2;base64,{data})}}"


LETTERS = font()


def document(html: str) -> str:
    body = (
        "body{margin:0;background:var(--gs-page);color-scheme:light dark;font-family:letters}*{box-sizing:border-box}"
    )
    style = f"{LETTERS}{theme.STYLE}{body}button{{font:inherit}}"
    return f'<style>{style}</style><div class="stApp"><div class="stMainBlockContainer">{html}</div></div>'


# Names and values of small panels that lie on one another.
TOUCHING = """() => [...document.querySelectorAll('.gs-minis')].flatMap(minis => {
  const words = [...minis.querySelectorAll('.t b, .t span')].map(node => {
    const text = document.createRange(), own = node.getBoundingClientRect();
    text.selectNodeContents(node);
    const {left, right, top, bottom} = text.getBoundingClientRect();
    const cut = getComputedStyle(node).overflowX === 'hidden';
    return {word: node.textContent, left, right: cut ? Math.min(right, own.right) : right, top, bottom};
  });
  const across = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const along = (a, b) => Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  // A box is higher than what is written in it, the more so the larger the type.
  const high = ({top, bottom}) => bottom - top;
  const rows = (one, other) => along(one, other) > Math.max(2, .15 * Math.min(high(one), high(other)));
  return words.flatMap((one, at) => words.slice(0, at)
    .filter(other => across(one, other) > -2 && rows(one, other)).map(other => `${other.word} and ${one.word}`));
})"""


@pytest.mark.parametrize("scheme", SCHEMES if FOLDER else ("dark",))
@pytest.mark.parametrize("size", SIZES if FOLDER else FEW_SIZES)
@pytest.mark.parametrize("name", SITUATIONS if FOLDER else FEW)
def test_nothing_is_too_small_cut_or_out_of_sight(
    page: Page, snapshot: Snapshot, name: str, size: str, scheme: str
) -> None:
    shown, choice = SITUATIONS[name](snapshot)
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for kiosk in (True, False):
        page.set_content(document(wall.wall(shown, NOW, kiosk=kiosk, choice=choice)))
        page.evaluate("document.fonts.ready")
        if FOLDER:
            place = "kiosk" if kiosk else "desk"
            page.screenshot(path=Path(FOLDER) / f"{name}-{place}-{size}-{scheme}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(TOUCHING) == []
        # A phone scrolls.
        if kiosk and width > 640:
            assert page.evaluate(SMALL) == []
            assert page.evaluate(OUT) == []
