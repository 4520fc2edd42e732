"""A review in a browser: no barriers, nothing lost at any width, no words over words, nothing cut on paper."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from dashboard.ui.review.review_file import Paper, written
from tests.browser.test_accessibility import BARRIERS, SCHEMES
from tests.review.samples import hostile, large, signed, with_effort, with_policy

pytestmark = pytest.mark.browser

# What is wider than the window, and words that lie over others or leave the piece of a bar that they stand in.
LOST = "() => document.documentElement.scrollWidth - innerWidth"
OVERLAID = """() => [...document.querySelectorAll(".stack")].flatMap(stack => {
  const boxes = [...stack.querySelectorAll(".in span, .sum")].filter(node => node.checkVisibility()).map(node => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const {left, right} = range.getBoundingClientRect(), piece = node.closest(".in")?.getBoundingClientRect();
    const isOut = piece && (left < piece.left - 1 || right > piece.right + 1);
    return {text: node.textContent, left, right, out: isOut};
  });
  return boxes.filter((box, place) => box.out || boxes.some((other, at) =>
    at !== place && box.left < other.right - 1 && other.left < box.right - 1)).map(({text}) => text);
})"""
HEADS = "getComputedStyle(document.querySelector('.objectives thead')).display"
INK = "getComputedStyle(document.querySelector('.rv')).color"
# What must not be cut says so, and fits on a page. A note of a person may be longer than one.
PAPER = """height => [...document.querySelectorAll(".rv :is(tr, .spent, .spentrow, .rows > li, .said)")].filter(
  node => getComputedStyle(node).breakInside !== "avoid" || node.getBoundingClientRect().height > height
).filter(node => !node.querySelector(".note")).map(node => node.outerHTML.slice(0, 120))"""
# Printed from its page: all of it, in ink, without what is around it.
PRINTED = """() => ({
  whole: getComputedStyle(document.querySelector(".stMain")).overflowY,
  around: [...document.querySelectorAll("header, .st-key-review_filter, .gs-reviewfiles")].filter(
    node => node.checkVisibility()).length,
  ink: getComputedStyle(document.querySelector(".gs-title h1")).color,
  rows: document.querySelectorAll(".rv .objectives tbody tr").length > 20,
})"""
# Pixels of the area that is printed on: width and height.
AREAS = {Paper.A4: (695, 1005), Paper.SLIDE: (1165, 619)}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_context(reduced_motion="reduce").new_page()
    yield page
    page.context.close()


def show(page: Page, file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    page.goto(file.as_uri())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_file_has_no_barriers_and_loses_nothing_at_any_width(page: Page, tmp_path: Path, scheme: str) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url.split(":")[0]))
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for name, review in (
        ("hostile", hostile()),
        ("signed", signed()),
        ("policy", with_policy()),
        ("effort", with_effort()),
    ):
        show(page, tmp_path / f"{name}.html", written(review))
        for width in (360, 768, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(LOST) <= 0, (name, width)
            assert page.evaluate(OVERLAID) == [], (name, width)
    page.evaluate(AXE_SCRIPT)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(BARRIERS) == [], width
    # Everything is in the file: fonts are data, and nothing is asked of anybody.
    assert set(requests) <= {"file", "data"}


@pytest.mark.parametrize("paper", Paper)
def test_no_row_and_no_chart_is_cut_on_paper(page: Page, tmp_path: Path, paper: Paper) -> None:
    width, height = AREAS[paper]
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": width, "height": height})
    for name, text in (("hostile", written(hostile(), paper)), ("large", written(large(50), paper))):
        show(page, tmp_path / f"{name}.html", text)
        assert page.evaluate(PAPER, height) == [], name
        assert page.evaluate(OVERLAID) == [], name
        assert page.evaluate(LOST) <= 0, name
    # Heads are said again on each page, and paper is white whatever the screen is.
    assert page.evaluate(HEADS) == "table-header-group"
    assert page.evaluate(INK) == "rgb(25, 32, 42)"
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")


def test_printed_from_its_page_a_review_is_all_that_is_there(page: Page, demo: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{demo}/review")
    page.wait_for_selector(".rv .objectives", timeout=60_000)
    page.emulate_media(media="print", color_scheme="dark")
    wanted = {"whole": "visible", "around": 0, "ink": "rgb(25, 32, 42)", "rows": True}
    assert page.evaluate(PRINTED) == wanted
