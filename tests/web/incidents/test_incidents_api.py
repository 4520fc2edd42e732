"""Incidents over the JSON API, kept in the store, with corrections beside what was derived."""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from dashboard.engine.incidents import incident_spending
from dashboard.engine.poller import Poller
from dashboard.exceptions import SourceUnavailable
from dashboard.incidents.incident import Edge, Incident
from dashboard.incidents.stored import read, written
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.sources.catalog import Catalog
from dashboard.sources.combined import CombinationsAnswer, UnusedLabel
from dashboard.state import added, incidents, running
from dashboard.state.incidents import StoredIncident
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.store import Store
from dashboard.state.tables import ACKNOWLEDGEMENTS, CORRECTIONS
from dashboard.timerange import DAY
from dashboard.web.incidents.incident_keeper import IncidentKeeper
from dashboard.web.incidents.incidents_api import IncidentsApi
from dashboard.web.incidents.post_mortem_api import PostMortemApi
from tests.incidents.impacts import START, impact, incident
from tests.oncall.tables import drawn
from tests.steady import Clock, Steady

NOW = START + 40_000.0


class Dashboard:
    """A poller that derived some incidents, a store, and the routes."""

    def __init__(self, source: Steady) -> None:
        self.clock = source.clock
        self.store: Store = open_store(StateSpec(MEMORY))
        running.use(self.store)
        self.poller = Poller(source, clock=self.clock)
        self.poller.tick()
        self.keeper = IncidentKeeper(self.poller, self.store, grace_s=0)
        api = IncidentsApi(self.poller.read, self.clock, self.store)
        self.app = Starlette(routes=api.routes("base"))

    def derive(self, *derived: Incident) -> None:
        """Publish incidents, and let the keeper have a turn after it."""
        tracker = self.poller.incidents
        tracker.derived, tracker._shown = derived, None
        self.poller.snapshot = tracker.put_into(self.poller.snapshot)
        self.keeper.turn()
        self.poller.snapshot = tracker.put_into(self.poller.snapshot)

    def get(self, path: str = "", asked: Mapping[str, str] | None = None, status: int = 200) -> dict[str, Any]:
        async def request() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://test") as http:
                return await http.get(f"/base/api/v1/incidents{path}", params=asked)

        # In a thread of its own: the browser tests keep an event loop in this one.
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(asyncio.run, request()).result()
        assert answer.status_code == status, answer.text
        content: dict[str, Any] = json.loads(answer.text)
        return content

    def correct(self, number: str, field: str, content: str, at: float) -> None:
        row = {"id": f"{field}{at}", "subject": number, "person": "mona", "added_at": at}
        added.add(self.store, CORRECTIONS, {**row, "field": field, "content": content})


@contextmanager
def dashboard_of(source: Steady) -> Iterator[Dashboard]:
    opened = Dashboard(source)
    try:
        yield opened
    finally:
        opened.poller.stop()
        running.use(None)
        opened.store.close()


@pytest.fixture
def dashboard() -> Iterator[Dashboard]:
    with dashboard_of(Steady(Clock(NOW), ("checkout", "payments"))) as opened:
        yield opened


def draft(api: PostMortemApi, form: str) -> str:
    """The post-mortem of incident a."""
    scope = {"type": "http", "query_string": f"format={form}".encode(), "path_params": {"number": "a"}, "headers": []}
    return bytes(api.answer(Request(scope)).body).decode()


CLOSED = incident("a", impact(), impact("payments"), edges=(Edge("checkout", "payments", 50.0, 20.0),), aliases=("x",))
OPEN = incident("b", impact("payments", start=NOW - 900, end=None, detected_at=None), detected_at=None)


def test_incidents_are_listed_and_chosen(dashboard: Dashboard) -> None:
    dashboard.derive(OPEN, CLOSED)
    content = dashboard.get()
    assert [(one["id"], one["state"], one["services"]) for one in content["incidents"]] == [
        ("b", "open", ["payments"]),
        ("a", "closed", ["checkout", "payments"]),
    ]
    assert content["incidents"][1]["bad"] == 800
    assert content["statistics"]["to_detect"] == {
        "median_s": 600.0,
        "shortest_s": 600.0,
        "longest_s": 600.0,
        "known": 1,
        "undefined": 1,
    }
    for asked, ids in (
        ({"service": "checkout"}, ["a"]),
        ({"state": "open"}, ["b"]),
        ({"from": "now-1h"}, ["b"]),
        ({"from": "now-1d", "to": "now-1h"}, ["a"]),
    ):
        assert [one["id"] for one in dashboard.get(asked=asked)["incidents"]] == ids


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("", {"service": "chekout"}, 404),
        ("", {"state": "closing"}, 400),
        ("", {"from": "yesterday"}, 400),
        ("", {"severity": "page"}, 400),
        ("/nothing", {}, 404),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    dashboard: Dashboard, path: str, asked: dict[str, str], status: int
) -> None:
    assert dashboard.get(path, asked, status)["error"]


def test_one_is_answered_by_its_id_and_by_those_it_had(dashboard: Dashboard) -> None:
    dashboard.derive(CLOSED)
    whole = dashboard.get("/x")
    assert whole == dashboard.get("/a")
    assert whole["edges"] == [{"caller": "checkout", "callee": "payments", "requests": 50.0, "failed": 20.0}]
    assert whole["moved"] == "along the service graph"
    assert whole["impacts"][0]["counts"]["bad"] == [0.0, None, 40.0]


def test_what_was_kept_outlives_the_source(dashboard: Dashboard) -> None:
    dashboard.derive(CLOSED, OPEN)
    assert [row.id for row in incidents.stored(dashboard.store)] == ["a"]
    dashboard.derive()
    (stored,) = dashboard.poller.snapshot.incidents
    assert replace(stored, context=None) == replace(CLOSED, is_frozen=True)
    coarser = incident("c", impact(bad=500.0, start=START - 600.0))
    dashboard.derive(coarser)
    assert [one.id for one in dashboard.poller.snapshot.incidents] == ["a"]
    # Months later it is no more in the list, and still answers.
    dashboard.clock.now += 90 * DAY
    dashboard.derive()
    dashboard.poller.snapshot = replace(dashboard.poller.snapshot, incidents=())
    assert dashboard.get("/a")["kept"]


def test_what_goes_on_for_long_is_kept_too_and_keeps_its_id(dashboard: Dashboard) -> None:
    dashboard.derive(incident("long", impact(start=NOW - DAY, end=None)))
    dashboard.derive(incident("cut", impact(start=NOW - DAY / 2, end=None, bad=700.0)))
    (shown,) = dashboard.poller.snapshot.incidents
    assert (shown.id, shown.start, shown.impacts[0].bad) == ("long", NOW - DAY, 700.0)
    dashboard.clock.now += 3 * DAY
    dashboard.derive()
    (over,) = dashboard.poller.snapshot.incidents
    assert over.end is not None


def test_corrections_count_and_never_change_what_was_derived(dashboard: Dashboard) -> None:
    dashboard.correct("x", "title", "The bank was down", NOW)
    dashboard.correct("a", "start", str(START - 600.0), NOW)
    dashboard.derive(CLOSED)
    dashboard.correct("a", "end", "", NOW + 1)
    added.add(dashboard.store, ACKNOWLEDGEMENTS, {"id": "1", "subject": "a", "person": "lee", "added_at": START + 60})
    dashboard.derive(CLOSED)
    whole = dashboard.get("/a")
    assert whole["title"] == "The bank was down"
    assert set(whole["corrections"]) == {"title", "start"}
    assert whole["to_detect_s"] == 1_200
    assert whole["start"] > whole["corrections"]["start"]
    assert whole["id"] == "a"


class Combined(Steady):
    """A source whose events have labels, until it forgets them."""

    forgets, times = False, 0

    def combinations(self, service: str, bad: BadEvents, spans: Spans) -> CombinationsAnswer:
        self.times += 1
        assert (service, bad) == ("checkout", BadEvents.FAILED)
        if self.forgets:
            raise SourceUnavailable("nothing of then")
        return CombinationsAnswer(drawn(({"route": "/pay", "version": "42"}, 0.05)), (UnusedLabel("user", "too many"),))


def test_what_spent_the_budget_is_kept_and_told_when_the_source_has_forgotten_it() -> None:
    source = Combined(Clock(NOW), ("checkout", "payments"))
    with dashboard_of(source) as dashboard:
        api, told = PostMortemApi(dashboard.poller), incident("a", impact(kind="availability"), impact("payments"))
        dashboard.derive(told)
        assert dashboard.get("/a")["spending"] is None
        before = {form: draft(api, form) for form in ("md", "html")}
        assert "## What spent the budget" in before["md"]
        assert "| route=/pay, version=42 |" in before["md"]
        assert "user is not combined with other labels: too many." in before["md"]
        assert "<td>route=/pay, version=42</td>" in before["html"]
        # What the post-mortem had the source asked for is kept now.
        dashboard.derive(told)
        source.forgets = True
        dashboard.poller.viewers.forget()
        spending = dashboard.get("/a")["spending"]
        assert (spending["verdict"], spending["span_s"]) == ("causes", 1_200)
        assert "would have been" in spending["sentence"]
        assert [one["labels"] for one in spending["selections"]] == [{"route": "/pay", "version": "42"}]
        assert {form: draft(api, form) for form in ("md", "html")} == before
        # Of a time that a person corrected it is asked for anew; what was kept is told where nobody knows it.
        dashboard.correct("a", "start", str(START - 600.0), NOW)
        dashboard.derive(told)
        assert "| route=/pay, version=42 |" in draft(api, "md")


def test_what_cannot_be_told_is_asked_once() -> None:
    source = Combined(Clock(NOW), ("checkout", "payments"))
    source.forgets = True
    with dashboard_of(source) as dashboard:
        told, explanations = incident("a", impact(kind="availability")), dashboard.poller.viewers.explanations
        dashboard.derive(told)
        wanted = incident_spending.wanted(told, NOW)
        assert wanted is not None
        assert explanations.fetch(*wanted, wait_s=20).error == "nothing of then"
        # Whoever waits is told a moment before it is noted.
        until = time.monotonic() + 10
        while explanations.fetch(*wanted, wait_s=0.0).error is None and time.monotonic() < until:
            time.sleep(0.01)
        dashboard.derive(told)
        explanations.forget()
        dashboard.derive(told)
        dashboard.derive(told)
        assert source.times == 1
        assert dashboard.get("/a")["spending"] is None
        assert "What spent the budget" not in draft(PostMortemApi(dashboard.poller), "md")


class Away(Steady):
    """Nobody answers."""

    def discover(self, now: float) -> Catalog:
        raise SourceUnavailable("nobody answers")


def test_what_was_kept_is_shown_though_the_source_has_never_answered(dashboard: Dashboard) -> None:
    dashboard.derive(CLOSED)
    later = Poller(Away(dashboard.clock, ("checkout",)), clock=dashboard.clock)
    try:
        later.tick()
        IncidentKeeper(later, dashboard.store).turn()
        later.tick()
        assert [told.id for told in later.read().incidents] == ["a"]
    finally:
        later.stop()


def test_nothing_is_kept_before_what_belongs_to_it_was_read(dashboard: Dashboard) -> None:
    dashboard.keeper = IncidentKeeper(dashboard.poller, dashboard.store)
    dashboard.derive(CLOSED)
    dashboard.clock.now += 200
    dashboard.derive(CLOSED)
    assert incidents.stored(dashboard.store) == []
    dashboard.clock.now += 101
    dashboard.derive(CLOSED)
    assert [row.id for row in incidents.stored(dashboard.store)] == ["a"]


def test_replicas_keep_one_row_and_a_text_nobody_reads_is_left_out(dashboard: Dashboard) -> None:
    dashboard.derive(CLOSED)
    IncidentKeeper(dashboard.poller, dashboard.store).turn()
    assert len(incidents.stored(dashboard.store)) == 1
    incidents.keep(dashboard.store, StoredIncident("odd", NOW - 500, NOW, "{"), NOW)
    dashboard.derive(CLOSED)
    assert [one.id for one in dashboard.poller.snapshot.incidents] == ["a"]
    text = incidents.stored(dashboard.store, number="a")[0].content
    known = read(text)
    assert known is not None
    assert written(known) == text
