"""A page on a slow phone with an empty cache: what it fetches and how soon values are there; and the second visit.

GS_BENCH_PHONE=1 python -m pytest tests/bench/test_phone.py -s     asserts seconds, too, at 1.6 Mbit/s, 150 ms and a
quarter of the processor; nothing else may run meanwhile. Sizes on the wire are the same everywhere.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from tests.bench.phone import SCREEN, Load, Phone
from tests.chromium import running_demo

pytestmark = pytest.mark.browser
KINDS = ("page", "scripts", "styles", "values", "fonts", "plotly", "other")
PACKED, KEPT = (*KINDS[:4], "plotly"), ("scripts", "styles", "fonts", "plotly")
FONTS = "!document.documentElement.classList.contains('gs-late') && document.fonts.status === 'loaded'"
ORDER = ("values", "plotly", "fonts")
# The message with the wall is longer, all others are shorter.
WALL_BYTES = 20_000
SLOW = bool(os.environ.get("GS_BENCH_PHONE"))


@dataclass(frozen=True)
class Wanted:
    """A page, and what it may take.

    Attributes:
        path: of the page. `marks`: a name, the selector and how many of it must be there.
        usable: of each mark, after how many seconds at most.
        most_kib: of each kind of request, on the wire. `messages_kib`: over the websocket.
    """

    path: str
    marks: Mapping[str, tuple[str, int]]
    usable: Mapping[str, float]
    most_kib: Mapping[str, int]
    messages_kib: int


PAGES = {
    "wall": Wanted(
        "/",
        # The picture is closed off from the page: what can be seen of it is that it is there.
        {"picture": ("#gs-first", 1), "page": (".stApp .gs-tile", 12)},
        usable={"picture": 3, "page": 8},
        most_kib={"page": 20, "scripts": 580, "styles": 30, "fonts": 560, "plotly": 0},
        messages_kib=110,
    ),
    "triage": Wanted(
        "/triage",
        # What needs somebody can be read, and its links lead on, before a script has come.
        {"picture": ("#gs-first", 1), "page": (".stApp .gs-entry", 3)},
        usable={"picture": 3, "page": 8},
        most_kib={"page": 24, "scripts": 600, "styles": 30, "fonts": 560, "plotly": 0},
        messages_kib=70,
    ),
    "service": Wanted(
        "/service?service=checkout",
        {"values": (".gs-cardhead .v", 4), "lines": (".gs-sketch path", 8), "charts": (".live-chart .main-svg", 4)},
        # Lines that can be read; charts that can be zoomed into.
        usable={"values": 9, "lines": 12, "charts": 20},
        most_kib={"page": 8, "scripts": 640, "styles": 30, "values": 40, "fonts": 560, "plotly": 1500},
        messages_kib=80,
    ),
}


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """A demo that does not refresh while its pages load: what they fetch is the same each time."""
    with running_demo("10m") as server:
        yield server.url


@pytest.fixture(scope="module", params=PAGES)
def visits(request: pytest.FixtureRequest, browser: Browser, demo: str) -> Iterator[tuple[Wanted, Load, Load]]:
    """A page, and what was loaded at the first and at the second visit."""
    wanted = PAGES[request.param]
    context = browser.new_context(**SCREEN)  # type: ignore[arg-type]
    loads = list[Load]()
    # Charts that the browser keeps plotly.js for may be there before anybody saw their lines.
    for marks in (wanted.marks, {name: mark for name, mark in wanted.marks.items() if name != "lines"}):
        page, loaded = Phone(context, slow=SLOW).load(demo + wanted.path, marks)
        # Letters and icons come last.
        page.wait_for_function(FONTS, timeout=60_000)
        page.wait_for_load_state("networkidle")
        page.close()
        loads.append(loaded)
    yield wanted, loads[0], loads[1]
    context.close()


def test_a_first_visit_fetches_little_and_all_of_it_compressed(visits: tuple[Wanted, Load, Load]) -> None:
    wanted, first, _ = visits
    sizes = {kind: sum(each.size for each in first.requests if each.kind == kind) / 1024 for kind in KINDS}
    messages = sum(size for _, size in first.messages) / 1024
    print(
        f"\n{wanted.path}: {len(first.requests)} requests, "
        + ", ".join(f"{kind} {size:.0f} KiB" for kind, size in sizes.items())
        + f", messages {messages:.0f} KiB; "
        + ", ".join(f"{name} after {seconds:.1f} s" for name, seconds in first.marks.items())
    )
    assert [(each.path, each.status, each.failed) for each in first.requests if each.status >= 400 or each.failed] == []
    assert [each.path for each in first.requests if each.kind in PACKED and not each.encoding] == []
    kept = [each for each in first.requests if each.kind in KEPT and each.size]
    assert [each.path for each in kept if "immutable" not in each.kept] == []
    for kind, most in wanted.most_kib.items():
        assert sizes[kind] <= most, kind
    assert messages <= wanted.messages_kib


def test_a_second_visit_fetches_the_page_and_its_values_alone(visits: tuple[Wanted, Load, Load]) -> None:
    _, first, second = visits
    had = {each.path for each in first.requests if each.size and each.kind in KEPT}
    fetched = [each for each in second.requests if each.size]
    assert [each.path for each in fetched if each.path in had] == []
    # Icons browsers fetch as they please.
    assert {each.kind for each in fetched} <= {"page", "values", "fonts", "other"}


@pytest.mark.skipif(not SLOW, reason="GS_BENCH_PHONE=1 asserts seconds")
def test_a_phone_is_served_in_time(visits: tuple[Wanted, Load, Load]) -> None:
    wanted, first, _ = visits
    for name, seconds in wanted.usable.items():
        assert first.marks[name] <= seconds, name
    # Letters and icons come when there is something to read, and charts are drawn.
    values, plotly, fonts = ([each for each in first.requests if each.kind == kind] for kind in ORDER)
    came = max([each.ended for each in (*values, *plotly)] or [at for at, size in first.messages if size > WALL_BYTES])
    assert fonts
    assert all(each.began > came for each in fonts)
