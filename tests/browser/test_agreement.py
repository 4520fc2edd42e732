"""One truth: pages, tab and JSON say the same of services and objectives, in words and in numbers."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

WORDS = {"breaching": "breaching", "unknown": "no data", "at_risk": "at risk", "healthy": "healthy"}
MARKS = {"breaching": "✕", "no data": "◌", "at risk": "▲", "healthy": "✓"}
COUNTS = """(all => Object.fromEntries(all.map(node =>
  [node.lastChild.textContent.trim(), Number(node.querySelector("b").textContent)])))"""
WALL = f"""() => ({{
  counts: {COUNTS}([...document.querySelectorAll(".gs-head .gs-count")]), tab: document.title,
  words: Object.fromEntries([...document.querySelectorAll(".gs-tile")].map(tile =>
    [tile.querySelector(".name").textContent, tile.querySelector(".gs-chip").lastChild.textContent.trim()])),
}})"""
SERVICE = """() => ({
  name: document.querySelector(".gs-title h1").textContent, tab: document.title,
  word: document.querySelector(".gs-title .gs-chip").lastChild.textContent.trim(),
  slos: [...document.querySelectorAll(".gs-card .gs-chip")].map(chip => chip.lastChild.textContent.trim()),
})"""
OBJECTIVES = f"""() => ({{
  counts: {COUNTS}([...document.querySelectorAll(".gs-title .gs-count")]), tab: document.title,
  chosen: document.querySelector(".gs-objective h2").textContent,
  word: document.querySelector(".gs-objective .gs-chip").lastChild.textContent.trim(),
  rows: Object.fromEntries([...document.querySelectorAll("a.gs-slo")].map(row =>
    [row.dataset.soft, row.querySelector(".state").lastChild.textContent.trim()])),
}})"""
Words = dict[str, str]


def said(url: str) -> tuple[Words, Words, dict[str, list[str]]]:
    """What the JSON says: service → word, objective → word, and service → its objectives."""
    content = httpx.get(f"{url}/api/v1/status").json()
    services = {report["service"]: WORDS[report["health"]] for report in content["services"]}
    slos = {report["slo"]: _word(report) for report in content["slos"]}
    owned = {name: [slo["slo"] for slo in content["slos"] if slo["service"] == name] for name in services}
    return services, slos, owned


def _word(slo: dict[str, Any]) -> str:
    pages = any(alert["firing"] and alert["severity"] == "page" for alert in slo["alerts"])
    critical = "critical" if pages else "critical, ticket"
    return critical if slo["state"] == "critical" else str(slo["state"]).replace("_", " ")


def agreed(page: Page, url: str, path: str, drawn: str, read: Callable[[], Any]) -> tuple[Any, Any]:
    """What a page says, and what the JSON said just before and just after.

    Args:
        page: of the browser. `url`: of the server. `path`: of the page.
        drawn: what is there once it is drawn.
        read: reads the page.
    """
    for _ in range(5):
        before = said(url)
        page.goto(url + path)
        page.wait_for_selector(drawn)
        page.wait_for_function("document.title.includes(' · ')")
        words, after = read(), said(url)
        # A service may change its state in between.
        if before == after:
            return words, after
    raise AssertionError("states change faster than a page is drawn")


def test_words_and_counts_are_the_same_everywhere(browser: Browser, demo: str) -> None:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    wall, (services, _, _) = agreed(page, demo, "/", ".gs-tile", lambda: page.evaluate(WALL))
    assert wall["words"] == services
    assert wall["counts"] == Counter(services.values())
    assert {"breaching", "at risk", "healthy"} <= set(wall["counts"]), "states differ, or this proves little"
    worst = next(word for word in MARKS if word in wall["counts"])
    first = next(name for name, word in services.items() if word == worst)
    more = f" and {wall['counts'][worst] - 1} more" if wall["counts"][worst] > 1 else ""
    assert wall["tab"] == f"{MARKS[worst]} {first}{more} · Golden signals"
    # The worst, and one that is well.
    for name in (first, next(name for name, word in services.items() if word == "healthy")):
        shown, (services, slos, owned) = agreed(
            page, demo, f"/service?service={name}", ".gs-card .gs-chip", lambda: page.evaluate(SERVICE)
        )
        assert (shown["name"], shown["word"]) == (name, services[name])
        assert shown["tab"] == f"{MARKS[services[name]]} {name} · Golden signals"
        assert shown["slos"] == [slos[slo] for slo in owned[name]]
    listed, (_, slos, _) = agreed(
        page, demo, "/objectives?all=1", ".gs-objective .gs-chip", lambda: page.evaluate(OBJECTIVES)
    )
    assert listed["rows"] == slos
    assert listed["counts"] == Counter(slos.values())
    assert listed["word"] == slos[listed["chosen"]]
    assert listed["tab"].endswith(f" {listed['chosen']} · Golden signals")
    page.context.close()
