"""A page on a slow phone with an empty cache: what it fetches and how soon values are there; and the second visit.

GS_BENCH_PHONE=1 python -m pytest tests/bench/test_phone.py -s     asserts seconds, too, at 1.6 Mbit/s, 150 ms and a
quarter of the processor; nothing else may run meanwhile. Sizes on the wire are the same everywhere.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from tests.bench.phone import SCREEN, Load, Phone
from tests.chromium import running_demo

pytestmark = pytest.mark.browser
KINDS = ("page", "scripts", "styles", "values", "fonts", "plotly", "other")
PACKED, KEPT = (*KINDS[:4], "plotly"), ("scripts", "styles", "fonts", "plotly")
SLOW = bool(os.environ.get("GS_BENCH_PHONE"))


@dataclass(frozen=True)
class Wanted:
    """A page, and what it may take.

    Attributes:
        path: of the page. `marks`: a name, the selector and how many of it must be there.
        values: the marks at which there are values. `usable`: of each mark, after how many seconds at most.
        most_kib: of each kind of request, on the wire. `messages_kib`: over the websocket.
    """

    path: str
    marks: Mapping[str, tuple[str, int]]
    values: Sequence[str]
    usable: Mapping[str, float]
    most_kib: Mapping[str, int]
    messages_kib: int


PAGES = {
    "wall": Wanted(
        "/",
        # The picture is closed off from the page: what can be seen of it is that it is there.
        {"picture": ("#gs-first", 1), "page": (".stApp .gs-tile", 12)},
        values=["page"],
        usable={"picture": 3, "page": 8},
        most_kib={"page": 20, "scripts": 580, "styles": 24, "fonts": 560, "plotly": 0},
        messages_kib=110,
    ),
    "service": Wanted(
        "/service?service=checkout",
        {"values": (".gs-cardhead .v", 4), "charts": (".live-chart .main-svg", 4)},
        values=["values"],
        usable={"values": 9, "charts": 20},
        most_kib={"page": 8, "scripts": 640, "styles": 24, "values": 40, "fonts": 560, "plotly": 1500},
        messages_kib=60,
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
    loads = []
    for _ in range(2):
        page, loaded = Phone(context, slow=SLOW).load(demo + wanted.path, wanted.marks)
        page.wait_for_load_state("networkidle")
        page.evaluate("document.fonts.ready")
        page.close()
        loads.append(loaded)
    yield wanted, *loads
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
    assert [each.path for each in first.requests if each.kind in KEPT and "immutable" not in each.kept] == []
    for kind, most in wanted.most_kib.items():
        assert sizes[kind] <= most, kind
    assert messages <= wanted.messages_kib


def test_a_second_visit_fetches_the_page_and_its_values_alone(visits: tuple[Wanted, Load, Load]) -> None:
    wanted, _, second = visits
    fetched = {each.path for each in second.requests if each.size and each.kind != "values"}
    # Icons browsers fetch as they please.
    assert fetched <= {wanted.path.partition("?")[0], "/_stcore/health", "/_stcore/host-config", "/favicon.png"}


@pytest.mark.skipif(not SLOW, reason="GS_BENCH_PHONE=1 asserts seconds")
def test_a_phone_is_served_in_time(visits: tuple[Wanted, Load, Load]) -> None:
    wanted, first, _ = visits
    for name, seconds in wanted.usable.items():
        assert first.marks[name] <= seconds, name
    # Letters and icons, and the library of charts, come when there is something to read.
    values = min(first.marks[name] for name in wanted.values)
    late = [each for each in first.requests if each.kind in ("fonts", "plotly")]
    assert late
    assert all(each.began > values for each in late)
