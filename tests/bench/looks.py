"""Sizes and schemes that pages are looked at in, pictures of whole pages, and sheets with many of them side by side.

python -m tests.bench.looks FOLDER [PART]     sheets of the folder's pictures whose names hold the part
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page

SIZES = {
    "3840x2160": (3840, 2160),
    "1920x1080": (1920, 1080),
    "1440x900": (1440, 900),
    "1024x768": (1024, 768),
    "390x844": (390, 844),
}
PHONE = "390x844"
SCHEMES = ("dark", "light")
# Pixels of a sheet and of one picture on it.
SHEET, TILE = (2400, 1500), 590
# The page scrolls inside of its window.
HEIGHT = "document.querySelector('.stMain').scrollHeight"
MOST_HIGH = 6000


@contextmanager
def looked_at(browser: Browser, size: str, scheme: str) -> Iterator[Page]:
    """A page of that size and scheme; a phone's is touched."""
    width, height = SIZES[size]
    phone = size == PHONE
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        has_touch=phone,
        is_mobile=phone,
    )
    try:
        yield context.new_page()
    finally:
        context.close()


def picture(page: Page, path: Path) -> None:
    """All of a page, also what has to be scrolled to."""
    size = page.viewport_size
    assert size is not None
    # A wall is as high as its window.
    high = 0 if page.locator(".gs-wall").count() else min(page.evaluate(HEIGHT), MOST_HIGH)
    if high > size["height"]:
        page.set_viewport_size({"width": size["width"], "height": high})
        page.wait_for_timeout(300)
    page.screenshot(path=path)
    page.set_viewport_size(size)  # type: ignore[arg-type]


def sheets(folder: Path, part: str) -> None:
    """Put pictures on sheets, `sheet-0.png` and on, in columns, each with its name above it."""
    paths = [path for path in sorted(folder.glob(f"*{part}*.png")) if not path.name.startswith("sheet")]
    numbers = count()
    sheet, x, y, lowest = Image.new("RGB", SHEET, "grey"), 0, 0, 0
    for path in paths:
        image = Image.open(path).convert("RGB")
        image.thumbnail((TILE, SHEET[1] - 16))
        if x + image.width > SHEET[0]:
            x, y = 0, lowest
        if y + image.height + 14 > SHEET[1]:
            sheet.save(folder / f"sheet{part}-{next(numbers)}.png")
            sheet, x, y, lowest = Image.new("RGB", SHEET, "grey"), 0, 0, 0
        ImageDraw.Draw(sheet).text((x + 2, y), path.stem, fill="yellow")
        sheet.paste(image, (x, y + 12))
        x, lowest = x + image.width + 6, max(lowest, y + image.height + 16)
    sheet.save(folder / f"sheet{part}-{next(numbers)}.png")


if __name__ == "__main__":
    sheets(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
