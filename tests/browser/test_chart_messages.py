"""Whatever messages about charts a tab has missed, the next one it gets shows all there is, without a gap."""

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from dashboard import keyframes
from dashboard.bundle import CHART_SCRIPTS_PATH
from dashboard.engine.poller import Poller
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import Grid
from dashboard.ui.live_chart import Broadcast
from dashboard.ui.panels.service import service_charts
from dashboard.ui.panels.service.service_view import ServiceView
from tests.broadcasts import assert_like, message, payload

pytestmark = pytest.mark.browser
NOW = 1_760_000_000
# A message comes to the charts at a place in the page.
SHOW = f"""async ([place, message]) => {{
  const {{show}} = await import('{CHART_SCRIPTS_PATH}/page.js');
  let root = document.getElementById(place);
  if (!root) document.body.append(root = Object.assign(document.createElement('div'), {{id: place}}));
  window.shown = show(root, message);
}}"""
# What is shown there, with arrays as lists of numbers.
SHOWN = f"""async place => {{
  const {{numbers}} = await import('{CHART_SCRIPTS_PATH}/arrays.js');
  const plain = value => !value || typeof value !== 'object' ? value
    : Array.isArray(value) ? value.map(plain)
    : 'dtype' in value ? {{...value, values: [...numbers(value)]}}
    : Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
  return plain(document.getElementById(place).gsPayload?.cards ?? null);
}}"""


@pytest.fixture(scope="module")
def views() -> list[ServiceView]:
    """The service page of the demo at each of some refreshes."""
    clock, pages = [float(NOW)], []
    poller = Poller(DemoSource(start=NOW), clock=lambda: clock[0])
    for tick in range(6):
        clock[0] = NOW + 15.0 * tick
        poller.tick()
        report = poller.snapshot.by_name["checkout"]
        end = int(report.samples.index[-1].timestamp())
        pages.append(ServiceView(report, Grid.ending(end, span=3600, step=15)))
    return pages


class Keyframes:
    """What the page fetches: answered, refused or kept waiting."""

    def __init__(self, page: Page) -> None:
        self.fetched: list[str] = []
        self.waiting: list[Route] = []
        self.how = "answer"
        page.route(f"**{keyframes.PATH}/*", self._come)

    def _come(self, route: Route) -> None:
        self.fetched.append(route.request.url.rpartition("/")[2])
        match self.how:
            case "answer":
                self.answer(route)
            case "refuse":
                route.fulfill(status=404)
            case "wait":
                self.waiting.append(route)

    def answer(self, route: Route) -> None:
        kept = keyframes.find(route.request.url.rpartition("/")[2])
        assert kept is not None
        route.fulfill(body=gzip.decompress(kept.zipped), content_type="application/json")


@pytest.fixture
def page(browser: Browser, demo: str) -> Iterator[Page]:
    """A page of nothing but charts."""
    shown = browser.new_page(viewport={"width": 1200, "height": 900})
    shown.goto(f"{demo}/healthz")
    yield shown
    shown.close()


def whole(view: ServiceView) -> Any:
    """The cards as they are sent without anything before."""
    return payload(service_charts._broadcast(view, None))["cards"]


def show(page: Page, broadcast: Broadcast, place: str = "charts") -> None:
    page.evaluate(SHOW, [place, message(broadcast)])


def shown(page: Page, place: str = "charts") -> Any:
    page.evaluate("window.shown")
    return page.evaluate(SHOWN, place)


def test_a_tab_that_missed_refreshes_or_has_nothing_shows_what_all_others_do(
    page: Page, views: list[ServiceView]
) -> None:
    asked, first = Keyframes(page), service_charts._broadcast(views[0], None)
    following = [first, *(service_charts._broadcast(view, first) for view in views[1:])]
    for tick in (0, 1, 4):
        show(page, following[tick])
        assert_like(shown(page), whole(views[tick]))
    mounted = "charts that have just been mounted"
    show(page, following[3], mounted)
    assert_like(shown(page, mounted), whole(views[3]))
    assert asked.fetched == [first.keyframe.name], "once"
    page.reload()
    show(page, following[4])
    assert_like(shown(page), whole(views[4]))

    asked.how = "refuse"
    renewed = service_charts._broadcast(views[5], None)
    show(page, renewed)
    assert_like(shown(page), whole(views[4]))
    asked.how = "answer"
    built = f"{keyframes.PATH}/{renewed.keyframe.name}"
    page.wait_for_function("path => document.getElementById('charts').gsPayload.keyframe === path", arg=built)
    assert_like(shown(page), whole(views[5]))


def test_what_came_last_is_shown_whatever_is_still_on_its_way(page: Page, views: list[ServiceView]) -> None:
    asked, first = Keyframes(page), service_charts._broadcast(views[0], None)
    show(page, first)
    shown(page)
    asked.how = "wait"
    show(page, service_charts._broadcast(views[1], None))
    show(page, service_charts._broadcast(views[2], first))
    assert_like(shown(page), whole(views[2]))
    while not asked.waiting:
        page.wait_for_timeout(20)
    asked.answer(asked.waiting.pop())
    page.evaluate("() => new Promise(done => setTimeout(done, 200))")
    assert_like(shown(page), whole(views[2]))


def test_where_another_replica_answers_requests_charts_come_with_a_message(browser: Browser, demo: str) -> None:
    """It knows of none of the keyframes that the messages of the first one build on."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    asked = Keyframes(page)
    asked.how = "refuse"
    page.goto(f"{demo}/service?service=checkout")
    page.wait_for_selector(".live-chart .main-svg", timeout=30_000)
    assert asked.fetched, "it was looked for first"
    page.close()
