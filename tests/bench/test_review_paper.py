"""The PDF that Chromium makes of a review, page for page: with GS_BENCH_PAPER=1 and pypdfium2 installed.

Rows stay whole, heads of tables stand on each of their pages, charts on one, and nothing lies in a margin.
"""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from dashboard.review.review import Review
from dashboard.ui.review.review_file import Paper, written
from tests.review.samples import hostile, large, review, with_policy

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not os.environ.get("GS_BENCH_PAPER"), reason="set GS_BENCH_PAPER=1"),
]
# Points that nothing but the number of the page lies in: left and right, above, below.
MARGINS = {Paper.A4: (36.0, 39.0, 48.0), Paper.SLIDE: (43.0, 36.0, 39.0)}
VERDICT, COVERAGE = re.compile("Missed|Met|Nodata"), re.compile(r"coverage\d")


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize(
    "shown", [review(), with_policy(), hostile(), large(50)], ids=["usual", "policy", "hostile", "fifty"]
)
def test_no_row_and_no_chart_is_cut(browser: Browser, tmp_path: Path, shown: Review, paper: Paper) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    page = browser.new_page()
    file = tmp_path / "review.html"
    file.write_text(written(shown, paper), encoding="utf-8")
    page.goto(file.as_uri())
    page.pdf(path=tmp_path / "review.pdf", prefer_css_page_size=True, print_background=True)
    page.close()
    document = pdfium.PdfDocument(tmp_path / "review.pdf")
    # Without blanks: what is read back has them here and there only.
    texts = ["".join(each.get_textpage().get_text_bounded().split()) for each in document]
    rows = 0
    for text in texts:
        table = text.partition("Whatthebudgetwasspenton")[0].rpartition("Verdict")
        number = len(COVERAGE.findall(table[2]))
        if not number:
            continue
        # Each part of a row is on its page, and so is the head above it.
        rows += number
        assert len(VERDICT.findall(table[2])) == number
        assert "ServiceObjectiveAchievedUsed" in table[0]
    assert rows == len(shown.objectives)
    (chart,) = [text for text in texts if "100%:thewholebudget" in text]
    assert "Whatthebudgetwasspenton" in chart
    side, above, below = MARGINS[paper]
    for each in document:
        width, height = each.get_size()
        boxes = each.get_textpage()
        for place in range(boxes.count_rects()):
            left, bottom, right, top = boxes.get_rect(place)
            is_number = bottom < below and left > width / 2
            assert is_number or (left >= side - 1 and right <= width - side + 1), boxes.get_text_bounded(
                left, bottom, right, top
            )
            assert is_number or (bottom >= below - 2 and top <= height - above + 2)
