"""The pages as Streamlit runs them: full, empty and failing sources, and what the address may hold."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.engine import running_poller
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState
from dashboard.engine.viewers import on_demand
from dashboard.exceptions import SourceUnavailable
from dashboard.sources.catalog import Catalog
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.protocol import Answer, Source
from dashboard.timerange import Grid
from dashboard.ui import data, waiting
from tests.broadcasts import whole

ROOT = Path(__file__).parents[2]
NOW = 1_760_000_000.0
PAGES = ("wall", "service", "sources")


class Breaking(DemoSource):
    """The demo until it is broken."""

    broken = False

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        if self.broken:
            raise SourceUnavailable("http://127.0.0.1:9090 cannot be reached: connection refused")
        return super().samples(grid, service)


class Empty(DemoSource):
    """Answers, but knows no service."""

    def discover(self, now: float) -> Catalog:
        return Catalog((), scrape_interval=15.0, notes=("no known metric among 16 presets",))


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    yield Clock()
    running_poller.use(None)


def polled(source: Source, clock: Clock, *, ticks: int = 1, zone: str = "UTC") -> Poller:
    running = Poller(source, Settings(title="Shop", time_zone=zone), clock=clock)
    running_poller.use(running)
    for _ in range(ticks):
        running.tick()
    return running


def opened(page: str, **query: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=20)
    for name, value in query.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception, test.exception
    return test


def text(test: AppTest) -> str:
    """Everything that is written on the page."""
    html = [element.proto.body for element in test.get("html")]
    return "\n".join([*html, *(element.value for element in (*test.text, *test.markdown, *test.code))])


@pytest.mark.parametrize("page", PAGES)
def test_a_full_source_fills_the_page(clock: Clock, page: str) -> None:
    running = polled(DemoSource(start=NOW), clock)
    written = text(opened(page))
    assert running.snapshot.services[0].name in written
    assert "Source down" not in written
    assert "Source stale" not in written


@pytest.mark.parametrize("page", PAGES)
def test_before_the_first_answer_the_page_says_what_it_waits_for(clock: Clock, page: str) -> None:
    polled(DemoSource(start=NOW), clock, ticks=0)
    written = text(opened(page))
    assert "gs-green" not in written
    assert {"wall": "Looking for services", "service": "No service is known yet", "sources": "starting"}[
        page
    ] in written


@pytest.mark.parametrize("page", PAGES)
def test_a_source_without_services_says_what_to_do(clock: Clock, page: str) -> None:
    polled(Empty(start=NOW), clock)
    written = text(opened(page))
    expected = {
        "wall": "No service was found",
        "service": "No service is known yet",
        "sources": "no known metric among 16 presets",
    }
    assert expected[page] in written


@pytest.mark.parametrize("page", PAGES)
def test_a_source_that_breaks_keeps_its_picture_with_its_age(clock: Clock, page: str) -> None:
    source = Breaking(start=NOW)
    running = polled(source, clock)
    source.broken = True
    clock.now += 30
    running.tick()
    assert running.snapshot.source.state is SourceState.STALE
    written = text(opened(page))
    assert "connection refused" in written
    assert running.snapshot.services[0].name in written
    assert f"35{chr(160)}s" in written  # the newest sample was 5 s old
    if page != "sources":
        assert "old" in written
        assert "✓</i> healthy" not in written


def test_an_error_that_is_over_stays_on_the_sources_page(clock: Clock) -> None:
    source = Breaking(start=NOW)
    running = polled(source, clock)
    source.broken = True
    running.tick()
    source.broken = False
    clock.now += 60
    running.tick()
    assert running.snapshot.source.state is SourceState.OK
    written = text(opened("sources"))
    assert f"Last error, 1{chr(160)}m ago" in written
    assert "connection refused" in written


def test_a_broken_breakdown_leaves_the_rest_of_the_page(clock: Clock) -> None:
    class NoBreakdown(DemoSource):
        def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
            raise SourceUnavailable("http://127.0.0.1:9090 broke off its answer")

    polled(NoBreakdown(start=NOW), clock)
    written = text(opened("service", service="checkout"))
    assert "broke off its answer" in written
    assert "of 30-day budget left" in written


def test_the_address_chooses_service_span_and_comparison(clock: Clock) -> None:
    polled(DemoSource(start=NOW), clock)
    test = opened("service", service="search", span="6h", compare="yesterday")
    assert "<h1>search</h1>" in text(test)
    assert test.selectbox[0].value == "search"
    assert "vs yesterday" in payload(test)


def test_a_service_that_comes_later_is_offered_and_one_that_goes_is_not_replaced(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = polled(DemoSource(start=NOW), clock).snapshot
    few = replace(every, by_name=dict(list(every.by_name.items())[1:]))
    drawn_anew: list[bool] = []
    monkeypatch.setattr(st, "rerun", lambda: drawn_anew.append(True))
    data.follow_services(every, every)
    data.follow_services(every, few)
    assert not drawn_anew
    data.follow_services(few, every)
    assert drawn_anew


def test_an_absolute_range_is_told_in_the_time_zone_of_the_page(clock: Clock) -> None:
    polled(DemoSource(start=NOW), clock, zone="Europe/Berlin")
    written = text(
        opened("service", service="search", **{"from": "2025-10-08T10:00Z", "to": "2025-10-08T12:00Z"})
    ).replace("\xa0", " ")
    assert (
        "A past range:</b> 8 Oct 2025 12:00 – 14:00 CEST. The budgets below are those of now, when search is" in written
    )
    assert "<i>↶</i> past" in written, "in place of the health, which is of now"
    assert "gs-card gs-grey" in written
    assert "gs-banner gs-red" not in written
    assert "times in Europe/Berlin, UTC+2" in written


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"service": "chekout"}, "No service is called &#x27;chekout&#x27;: "),
        (
            {"service": "chekout"},
            'is shown. Did you mean <a href="service?service=checkout" target="_self">checkout</a>?',
        ),
        ({"service": '<script>alert("x")</script>'}, "No service is called"),
        (
            {"from": "soon", "to": "later"},
            "The address says from=&#x27;soon&#x27;, which is no time: write now-6h, epoch",
        ),
        ({"to": "2025-10-08T10:00Z"}, "The address has a to, but no from: write now-6h"),
        (
            {"from": "2025-10-08T12:00Z", "to": "2025-10-08T10:00Z"},
            "The range of the address must begin a minute to 31 days before it ends",
        ),
        (
            {"from": "2024-10-08T12:00Z", "to": "2025-10-08T10:00Z"},
            "The range of the address must begin a minute to 31 days before it ends",
        ),
        ({"from": "now+1h", "to": "now+2h"}, "The range of the address lies in the future"),
    ],
)
def test_an_address_that_makes_no_sense_is_told_and_the_page_still_shows(
    clock: Clock, query: dict[str, str], sentence: str
) -> None:
    polled(DemoSource(start=NOW), clock)
    written = text(opened("service", **query))
    assert sentence in written
    assert "<script>" not in written
    assert "of 30-day budget left" in written


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"from": "2024-10-08T12:00Z", "to": "2024-10-09T12:00Z"},
         "This range lies before the data, which begin 10 Aug 08:53."),
        ({"from": "2025-08-10T00:00Z", "to": "2025-08-11T00:00Z"},
         "Data begin 10 Aug 08:53: nothing is known of what lies before."),
    ],
)  # fmt: skip
def test_a_range_before_the_data_says_so(clock: Clock, query: dict[str, str], sentence: str) -> None:
    polled(DemoSource(start=NOW), clock)
    assert sentence in text(opened("service", **query)).replace("\xa0", " ")


def test_a_range_behind_the_end_of_the_data_says_so(clock: Clock, tmp_path: Path) -> None:
    ends = NOW - 10 * 86400
    rows = [f"{ends - 60 * minute:.0f},shop,100,0" for minute in range(100)]
    (tmp_path / "old.csv").write_text("\n".join(["time,service,requests,errors", *rows]) + "\n", encoding="utf-8")
    polled(CsvSource([str(tmp_path / "old.csv")]), clock)
    query = {"from": f"{NOW - 86400:.0f}", "to": f"{NOW - 80000:.0f}"}
    assert "The range of the address lies behind the end of the data." in text(opened("service", **query))


def test_six_hours_of_history_are_not_told_as_thirty_days(clock: Clock, tmp_path: Path) -> None:
    rows = [f"{NOW - 6 * 3600 + 60 * minute:.0f},shop,{100},{minute % 7 == 0:d}" for minute in range(361)]
    (tmp_path / "short.csv").write_text("\n".join(["time,service,requests,errors", *rows]) + "\n", encoding="utf-8")
    polled(CsvSource([str(tmp_path / "short.csv")]), clock)
    written = text(opened("service")).replace("\xa0", " ")
    assert "So far 6 h 1 m of 30 days measured." in written
    assert "6 h 1 m of 30 days measured" in text(opened("wall")).replace("\xa0", " ")


def test_links_lead_to_the_span_that_is_shown(clock: Clock) -> None:
    running = polled(DemoSource(start=NOW), clock)
    report = running.snapshot.by_name["checkout"]
    links = {"traces": "https://traces.example/?s={service}&from={from}&to={to}", "odd": "javascript:alert(1)"}
    linked = replace(report, info=replace(report.info, links=links))
    running.snapshot = replace(running.snapshot, by_name={**running.snapshot.by_name, "checkout": linked})
    written = text(opened("service", service="checkout"))
    end = int(NOW // 15 * 15) * 1000
    assert f"https://traces.example/?s=checkout&amp;from={end - 3_600_000}&amp;to={end}" in written
    assert "javascript:" not in written


def payload(test: AppTest) -> str:
    """What the live charts have; empty without any."""
    components = [each for each in test.get("bidi_component") if each.key in ("charts", "burndown")]
    return "".join(json.dumps(whole(each.proto.bytes), default=np.ndarray.tolist) for each in components)


class Hanging(DemoSource):
    """The demo, whose long ranges come when they are let go on."""

    def __init__(self) -> None:
        super().__init__(start=NOW)
        self.go_on = threading.Event()

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        assert service is None or self.go_on.wait(30)
        return super().samples(grid, service)


def test_a_range_that_takes_long_is_announced_and_comes_by_itself(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_demand, "WAIT_S", 0.05)
    source = Hanging()
    running = polled(source, clock)
    page = opened("service", span="24h")
    sentence = "Busy:</b> the source is still being asked for this range. This page tries again by itself in 2 s."
    assert sentence in text(page)
    assert not payload(page), "nothing is drawn before anything came"
    assert page.session_state[waiting.KEY] == 2, "it runs more often than there are refreshes"
    source.go_on.set()
    monkeypatch.setattr(on_demand, "WAIT_S", 60.0)
    monkeypatch.setattr(data, "GLANCE_S", 60.0)
    fetch = next(iter(running.viewers._windows._queue._running), None)
    assert fetch is None or fetch.done.wait(10)
    page.run()
    assert "Busy" not in text(page)
    assert payload(page)
    assert waiting.KEY not in page.session_state, "and then as ever"


def test_the_charts_stay_until_another_range_has_come(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_demand, "WAIT_S", 0.05)
    source = Hanging()
    polled(source, clock)
    page = opened("service", service="checkout")
    before = payload(page)
    page.query_params["from"], page.query_params["to"] = "2025-10-01T10:00Z", "2025-10-01T12:00Z"
    page.run()
    assert "Busy:" in text(page)
    assert before
    assert payload(page) == before
    page.session_state["charts_drawn"] = ("search", b"{}")
    page.run()
    assert not payload(page), "those of another service do not"
    source.go_on.set()


class HangingBreakdown(DemoSource):
    """The demo, whose breakdowns come when they are let go on."""

    def __init__(self) -> None:
        super().__init__(start=NOW)
        self.go_on = threading.Event()

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        assert self.go_on.wait(30)
        return super().breakdown(grid, service, label)


def test_a_breakdown_that_takes_long_leaves_the_rest_of_the_page_as_it_is(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_demand, "WAIT_S", 0.05)
    source = HangingBreakdown()
    polled(source, clock)
    page = opened("service")
    assert payload(page), "the charts are there"
    assert text(page).count("Busy:</b>") == 1
    assert "No request was counted by this label" not in text(page)
    assert page.session_state[waiting.KEY] == 2
    source.go_on.set()


def test_what_spends_the_budget_is_told_of_services_in_trouble_and_of_ranges(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "GLANCE_S", 20.0)
    polled(DemoSource(start=NOW), clock)
    troubled = text(opened("service", service="checkout"))
    assert "What spends the budget" in troubled
    assert "Without route=/checkout/payment (" in troubled
    assert "What spends the budget" not in text(opened("service", service="inventory"))
    begin, end = NOW - 23 * 3600 - 1800, NOW - 22 * 3600 - 1800
    chosen = text(opened("service", service="cart", **{"from": str(int(begin)), "to": str(int(end))}))
    assert "What spent the budget" in chosen
    assert "Without route=/cart/items, version=4.1.7 (" in chosen


def test_the_address_says_which_two_sides_are_compared(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "GLANCE_S", 20.0)
    polled(DemoSource(start=NOW), clock)
    around = text(opened("service", service="checkout", change=str(int(NOW - 1900))))
    assert "Worse: errors, latency." in around
    assert "In a pipeline: <code>golden-signals compare --service checkout --change " in around
    beside = text(
        opened("service", service="checkout", label="route", control="/coupons", experiment="/checkout/payment")
    )
    assert "route: /checkout/payment beside /coupons" in beside
    assert "<b>Worse: errors" in beside
    assert "label=route&amp;control=" in beside, "the breakdown leads there"
    for query, sentence in (
        ({"label": "route", "control": "/coupons"}, "A comparison needs a label and two values of it"),
        ({"change": "99999999999999999"}, "No change of the last 30 days has the id"),
        ({"change": "yesterday"}, "which is no time"),
        ({"change": str(int(NOW + 5000))}, "The change lies ahead of the end of the span"),
    ):
        assert sentence in text(opened("service", service="checkout", **query))
