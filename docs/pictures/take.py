"""Takes the README's pictures anew from the demo, into this folder: `python -m docs.pictures.take` in a checkout.

`incident.png` is animated: from the wall to the cause of what is breaching there.
"""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.test_charts import drawn
from tests.chromium import chromium, running_demo

FOLDER = Path(__file__).parent
# What a README loads within a moment.
MOST_BYTES = 500_000
# Seconds that a scene of the incident is shown, and colours that are left of it.
SCENE_S, COLOURS = 4.0, 256
# A sentence below the page, and a frame around what it speaks of.
CAPTION = """([text, selector]) => {
  document.querySelectorAll('.taken').forEach(node => node.remove());
  const box = document.querySelector(selector).getBoundingClientRect(), grow = 4;
  const add = (style, text) => {
    const node = document.createElement('div');
    Object.assign(node.style, {position: 'fixed', zIndex: 999999, pointerEvents: 'none', ...style});
    node.className = 'taken';
    node.textContent = text;
    document.querySelector('.stApp').append(node);
  };
  const [top, left] = [box.top - grow, Math.max(box.left - grow, 2)];
  const [right, bottom] = [Math.min(box.right + grow, innerWidth - 2), Math.min(box.bottom + grow, innerHeight - 58)];
  add({left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${bottom - top}px`,
       border: '3px solid #58a6ff', borderRadius: '10px'}, '');
  add({left: 0, right: 0, bottom: 0, padding: '14px 24px', font: '600 20px/24px "Source Sans", sans-serif',
       background: '#e6eaf0', color: '#0b0e14'}, text);
}"""
# Sentence → what it speaks of.
WALL = ("1 · The wall: one service is breaching", "a.gs-tile.gs-red")
SERVICE = ("2 · Its page says since when, how bad it is, and how long the budget lasts", ".gs-banner")
ERRORS = ("3 · Errors rose once its connection pool was full", ".gs-chartcard[data-card=saturation]")
BREAKDOWN = ("4 · The breakdown: one route fails far more often than the others", ".st-key-card_breakdown tbody tr")
OBJECTIVE = ("5 · The objective: what this costs, and when the budget is used up", ".gs-facts")
RULES = ("6 · Which burn rules page somebody, and why", ".gs-rules")


def main() -> None:
    """Start a demo, take every picture, and refuse one that is too large."""
    with running_demo("15s") as demo, chromium() as browser:
        stills(browser, demo.url)
        incident(browser, demo.url)
    for path in sorted(FOLDER.glob("*.png")):
        size = path.stat().st_size
        print(f"{path.name}: {size / 1000:.0f} kB")
        assert size <= MOST_BYTES, f"{path.name} is too large for a README"


def stills(browser: Browser, url: str) -> None:
    """One picture of each page."""
    for name, path, size in (
        ("wall", "/?embed=true", (1920, 1080)),
        ("service", "/service?service=checkout", (1440, 1600)),
        ("objectives", "/objectives", (1440, 1500)),
    ):
        page = opened(browser, f"{url}{path}", size)
        page.screenshot(path=FOLDER / f"{name}-dark.png")
        page.context.close()


def opened(browser: Browser, url: str, size: tuple[int, int]) -> Page:
    """A page in the dark scheme, once it is drawn."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme="dark")
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector(".gs-tile, .gs-chartcard")
    if page.locator(".gs-chartcard").count():
        drawn(page)
    # Letters and lines come to rest.
    page.wait_for_timeout(2_000)
    return page


def incident(browser: Browser, url: str) -> None:
    """The way from the wall to the cause, by the links that somebody on call clicks."""
    page = opened(browser, url, (1280, 800))
    scenes = [Image.open(FOLDER / path) for path in scene_files(page)]
    page.context.close()
    # One palette of all scenes: an animated PNG has no other.
    sheet = Image.new("RGB", (scenes[0].width, scenes[0].height * len(scenes)))
    for place, scene in enumerate(scenes):
        sheet.paste(scene.convert("RGB"), (0, place * scene.height))
    palette = sheet.quantize(COLOURS, dither=Image.Dither.NONE)
    first, *rest = (scene.convert("RGB").quantize(palette=palette, dither=Image.Dither.NONE) for scene in scenes)
    frames = {"save_all": True, "append_images": rest, "duration": SCENE_S * 1000, "loop": 0}
    first.save(FOLDER / "incident.png", optimize=True, **frames)
    for path in FOLDER.glob("scene-*.png"):
        path.unlink()


def scene_files(page: Page) -> Iterator[str]:
    """The names of the pictures of all scenes, as the page goes from one to the next."""
    yield taken(page, *WALL)
    page.locator("a.gs-tile.gs-red").first.click()
    drawn(page)
    yield taken(page, *SERVICE)
    yield taken(page, *ERRORS)
    yield taken(page, *BREAKDOWN)
    page.locator(".gs-card h2 a").first.click()
    page.wait_for_selector(".gs-facts")
    drawn(page)
    yield taken(page, *OBJECTIVE)
    yield taken(page, *RULES)


def taken(page: Page, text: str, selector: str) -> str:
    """Scroll to what a sentence speaks of, and take the picture of both."""
    page.evaluate("selector => document.querySelector(selector).scrollIntoView({block: 'center'})", selector)
    page.wait_for_timeout(1_500)
    page.evaluate(CAPTION, [text, selector])
    name = f"scene-{text[0]}.png"
    page.screenshot(path=FOLDER / name)
    return name


if __name__ == "__main__":
    main()
