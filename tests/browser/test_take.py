"""What one takes along from a page: numbers as a table and as CSV, and a chart as a picture."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.test_charts import drawn
from tests.browser.test_pages import opened

pytestmark = pytest.mark.browser
NAMES = "all => all.map(node => node.textContent)"
SCRIPT = "import(document.querySelector('.gs-charts').gsPayload.scripts.replace('page.js', name))"
FONTS = f"""async name => {{
  const family = document.querySelector('.live-chart').layout.font.family, style = await (await {SCRIPT}).fonts(family);
  return [family, style.match(/@font-face[{{]font-family:"?([^;"]+)/)[1], /url[(]data:font.woff2;base64,/.test(style)];
}}"""
GAPS = f"""async name => {{
  const low = {{y: [NaN, 1, 1, NaN, 2]}}, high = {{y: [NaN, 3, NaN, NaN, 4], fill: "tonexty"}};
  (await {SCRIPT}).closeGaps([low, high]);
  return [Array.from(low.y), Array.from(high.y)];
}}"""
PICTURE = """async () => {
  const root = document.querySelector('.gs-charts');
  const {pictureOf} = await import(root.gsPayload.scripts.replace('page.js', 'take.js'));
  const {data, layout} = pictureOf(root.querySelector('.live-chart'), root);
  return {words: layout.annotations.map(note => note.text), whole: JSON.stringify([data, layout])};
}"""


@pytest.fixture(scope="module")
def page(browser: Browser, demo: str) -> Iterator[Page]:
    shown = opened(browser, f"{demo}/service?service=checkout", 1440, 900)
    drawn(shown)
    yield shown
    shown.context.close()


def downloaded(page: Page, click: Locator) -> Path:
    with page.expect_download() as download:
        click.click()
    return Path(download.value.path()).rename(Path(download.value.path()).with_name(download.value.suggested_filename))


def test_a_chart_is_a_table_that_stays_while_data_move(page: Page) -> None:
    card = page.locator(".gs-chartcard").first
    assert page.locator(".gs-take").count() == page.locator(".live-chart").count() == 5
    card.get_by_text("Show as table").click()
    rows = card.locator("tbody tr")
    rows.nth(200).wait_for()
    assert card.locator("caption").text_content() == "Latency, times in UTC, each of the interval that ends then"
    heads = card.locator("thead th").evaluate_all(NAMES)
    assert {"Time", "p99", "p95", "p50"} <= set(heads)
    texts = rows.nth(20).locator("th, td").evaluate_all(NAMES)
    assert len(texts) == len(heads)
    assert texts[heads.index("p99")].endswith(("\u00a0ms", "\u00a0s"))
    rows.nth(20).evaluate("row => { row.gsKept = true; }")
    before = page.locator(".gs-alive").first.get_attribute("data-at")
    page.wait_for_function("at => document.querySelector('.gs-alive').dataset.at > at + 2", arg=before)
    assert card.locator("tbody").evaluate("body => [...body.rows].filter(row => row.gsKept).length") == 1
    # The heat map has a column for each bucket.
    wide = page.locator(".gs-chartcard.wide")
    wide.get_by_text("Show as table").click()
    wide.locator("tbody tr").nth(20).wait_for()
    highest = wide.locator(".ytick").last.text_content()
    assert wide.locator("thead th").last.text_content() == ("slower" if highest == "slower" else f"up to {highest}")


def test_its_numbers_are_downloaded_with_range_zone_and_query(page: Page) -> None:
    link = page.locator(".gs-chartcard .gs-take a").first
    file = downloaded(page, link)
    comments = [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("# ")]
    lines = file.read_text(encoding="utf-8").splitlines()[len(comments) :]
    assert file.name.startswith("checkout-latency-")
    assert comments[0] == "# golden-signals: checkout, latency"
    assert "time zone UTC" in comments[2]
    assert lines[0].startswith("time,p99 (s),p95 (s),p50 (s)")
    assert len(lines) == 241
    table = downloaded(page, page.locator("a[download='breakdown.csv']"))
    assert table.read_text(encoding="utf-8").startswith("# golden-signals: checkout by ")


def test_its_picture_has_title_and_words_in_the_colours_of_the_screen(page: Page) -> None:
    picture = page.evaluate(PICTURE)
    labels = page.locator(".live-chart").first.locator(".gs-labels > :not([hidden])").evaluate_all(NAMES)
    assert len(picture["words"]) == len(labels) + 2
    assert "checkout: Latency" in picture["words"]
    assert not any(mark in picture["whole"] for mark in ("var(--", '"$'))
    family, embedded, is_inside = page.evaluate(FONTS, "take.js")
    assert (embedded, is_inside) == (family.split(",")[0].strip('"'), True), "a picture loads no fonts"
    # Where a band is not known it has no area: plotly.js would draw a diagonal over it.
    assert page.evaluate(GAPS, "plot.js") == [[3, 1, 3, 3, 2], [3, 3, 3, 3, 4]]
    file = downloaded(page, page.locator(".gs-take button").first)
    assert file.suffix == ".png"
    width, height = struct.unpack(">II", file.read_bytes()[16:24])
    box = page.locator(".live-chart").first.bounding_box()
    assert box is not None
    assert (width, height > 2 * box["height"]) == (2 * round(box["width"]), True)
