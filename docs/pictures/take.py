"""Takes the README's pictures anew from the demo, into this folder: `python -m docs.pictures.take` in a checkout.

`incident.png` is animated: from the wall by triage to the cause of what is breaching, and to the story of another one.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.test_charts import drawn
from tests.chromium import chromium, running_demo

FOLDER = Path(__file__).parent
# What a README loads within a moment.
MOST_BYTES = 500_000
# Seconds that a scene of the incident is shown, and colours that are left of a picture.
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
TRIAGE = ("2 · Triage: since when, how bad it is, and how long the budget lasts", ".gs-entry.full > p.say")
FACTS = ("3 · What spends the budget, what changed, and what moved with it", ".gs-entry.full .facts")
ERRORS = ("4 · The service: errors rose once its connection pool was full", ".gs-chartcard[data-card=saturation]")
BREAKDOWN = ("5 · The breakdown: one route fails far more often than the others", ".st-key-card_breakdown tbody tr")
OBJECTIVE = ("6 · The objective: what this costs, and when the budget is used up", ".gs-facts")
STORY = ("7 · The morning after: what happened when, what it cost, and what may have caused it", ".gs-incfacts")


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
    for name, address, size in (
        ("wall", "/?embed=true", (1920, 1080)),
        ("triage", "/triage", (1440, 1300)),
        ("service", "/service?service=checkout", (1440, 1600)),
        ("objectives", "/objectives", (1440, 1500)),
        ("incident", f"/incidents?incident={of_deploy(url)}", (1440, 1480)),
    ):
        page = opened(browser, f"{url}{address}", size)
        path = FOLDER / f"{name}-dark.png"
        page.screenshot(path=path)
        page.context.close()
        # Nobody sees the difference but who waits for it.
        Image.open(path).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def of_deploy(url: str) -> str:
    """The id of the incident that a bad deploy caused, once it is known."""
    for _ in range(60):
        every = httpx.get(f"{url}/api/v1/incidents?service=cart").json()["incidents"]
        if every:
            return str(every[0]["id"])
        time.sleep(1)
    raise AssertionError("the demo has no incident of cart")


def opened(browser: Browser, url: str, size: tuple[int, int]) -> Page:
    """A page in the dark scheme, once it is drawn."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme="dark")
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector(".stApp :is(.gs-tile, .gs-chartcard, .gs-entry, .gs-incfacts)")
    if page.locator(".gs-chartcard").count():
        drawn(page)
    # What spends a budget is worked out beside the pages.
    if page.locator(".gs-entry.full, .gs-incfacts").count():
        page.wait_for_selector(".gs-entry.full .gs-spends b, .gs-spend", timeout=60_000)
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
    page.get_by_role("link", name="Triage").first.click()
    page.wait_for_selector(".stApp .gs-entry.full .gs-spends b", timeout=60_000)
    yield taken(page, *TRIAGE)
    yield taken(page, *FACTS)
    page.locator(".gs-entry.full h2 a").first.click()
    drawn(page)
    yield taken(page, *ERRORS)
    yield taken(page, *BREAKDOWN)
    page.locator(".gs-card h2 a").first.click()
    page.wait_for_selector(".gs-facts")
    drawn(page)
    yield taken(page, *OBJECTIVE)
    page.get_by_role("link", name="Incidents").first.click()
    page.locator("a.gs-incrow", has_text="cart:").first.click()
    page.wait_for_selector(".gs-spend", timeout=60_000)
    yield taken(page, *STORY)


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
