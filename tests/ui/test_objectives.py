"""The objectives page as Streamlit runs it: the list, one objective, and what the address may hold."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.engine import running_poller
from dashboard.engine.default_slos import availability, latency
from dashboard.engine.gate.added_exceptions import nothing_added
from dashboard.engine.gate.keeping_exceptions import rows_of_process
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState
from dashboard.slo.indicators import Column, Composite, Op, Part, Query, Ratio, Raw, Threshold
from dashboard.slo.objective import Credit, Method, Sla, Slo
from dashboard.slo.report import SloReport, State
from dashboard.slo.windows import Calendar, Unit
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.protocol import Source
from dashboard.state import running
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.ui.panels.objectives import objective_filter
from dashboard.ui.text import moments, objective_text
from tests.ui.test_pages import NOW, ROOT, Breaking, Clock, Empty, opened, payload, text

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def clock() -> Iterator[Clock]:
    yield Clock()
    running_poller.use(None)


def polled(clock: Clock, *slos: Slo, source: Source | None = None, ticks: int = 1, zone: str = "UTC") -> Poller:
    settings = Settings(title="Shop", slos=slos, time_zone=zone)
    running = Poller(source or DemoSource(start=NOW), settings, clock=clock)
    running_poller.use(running)
    for _ in range(ticks):
        running.tick()
    return running


@pytest.fixture(scope="module")
def ticked() -> Poller:
    running = Poller(DemoSource(start=NOW), Settings(title="Shop"), clock=lambda: NOW)
    running.tick()
    return running


@pytest.fixture
def full(ticked: Poller, clock: Clock) -> Poller:
    """The demo after a tick; whoever changes its snapshot puts it back."""
    running_poller.use(ticked)
    return ticked


def looked_at(query: dict[str, str]) -> AppTest:
    test = AppTest.from_file(str(ROOT / "pages" / "objectives.py"), default_timeout=20)
    for name, value in query.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception, test.exception
    return test


def written(test: AppTest) -> str:
    return unescape(text(test)).replace("\xa0", " ")


def rows(test: AppTest) -> list[str]:
    """The objectives that are listed, in their order."""
    return [unescape(name) for name in re.findall(r'<a class="gs-slo [^>]*data-soft="([^"]*)"', text(test))]


def report(running: Poller, name: str) -> SloReport:
    return next(report for report in running.snapshot.slos if report.slo.name == name)


def test_the_worst_comes_first_and_is_shown(full: Poller) -> None:
    test = opened("objectives")
    listed = rows(test)
    reports = [report(full, name) for name in listed]
    assert len(listed) == objective_filter.FIRST
    assert listed == [slo.slo.name for slo in sorted(reports, key=lambda slo: slo.urgency)]
    assert len({slo.state for slo in reports}) > 1, "of several states"
    assert f"<h2>{listed[0]}</h2>" in text(test)
    assert f"The 10 most urgent of {len(full.snapshot.slos)} objectives" in written(test)
    assert "used up about" in payload(test)
    assert "requests of" in written(test), "the queries"


def test_all_are_shown_when_asked_for(full: Poller) -> None:
    test = opened("objectives", all="1")
    assert len(rows(test)) == len(full.snapshot.slos) == 24


def test_the_address_chooses_the_objective_and_links_keep_the_filter(full: Poller) -> None:
    test = opened("objectives", slo="search-latency", service="search")
    assert "<h2>search-latency</h2>" in text(test)
    assert sorted(rows(test)) == ["search-availability", "search-latency"]
    assert 'aria-current="true"' in text(test)
    assert "objectives?slo=search-availability&service=search" in written(test)


def test_what_is_looked_for_is_found_by_a_part_of_its_name(full: Poller) -> None:
    assert set(rows(opened("objectives", find="LATENCY", all="1"))) == {
        f"{service.name}-latency" for service in full.snapshot.services
    }
    assert "No objective matches" in written(opened("objectives", find="nothing like it"))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"slo": "checkout-availabilty"}, "No objective is called 'checkout-availabilty'; did you mean checkout-avail"),
        ({"slo": HOSTILE}, "No objective is called"),
        ({"from": "soon"}, "The address says from='soon', which is no time: write now-6h"),
        ({"all": "1", "page": "two"}, "The address says page='two', which is no number."),
        ({"service": "chekout"}, "No service is called 'chekout'; did you mean checkout"),
        ({"page": "-7", "all": "1"}, "1–24 of 24"),
        ({"page": "99999999", "all": "1"}, "1–24 of 24"),
        ({"page": "9" * 5000, "all": "1"}, "1–24 of 24"),
        ({"page": "x", "all": "1"}, "1–24 of 24"),
    ],
)
def test_an_address_that_makes_no_sense_is_told(full: Poller, query: dict[str, str], sentence: str) -> None:
    test = looked_at(query)
    assert sentence in written(test)
    assert "<script>" not in text(test)


def test_hostile_names_are_text(clock: Clock) -> None:
    credit = Sla(0.9999999, (Credit(0.9999999, HOSTILE),))
    slo = availability("checkout")
    polled(
        clock,
        replace(slo, name=HOSTILE, title=HOSTILE, description=HOSTILE, origin=HOSTILE, notes=(HOSTILE,), sla=credit),
        replace(slo, service=HOSTILE, name="of a hostile service"),
    )
    test = opened("objectives", slo=HOSTILE)
    html = "".join(element.proto.body for element in test.get("html"))
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") > 5
    assert "owed" in written(test)


def test_before_the_first_answer_it_says_what_it_waits_for(clock: Clock) -> None:
    polled(clock, ticks=0)
    test = opened("objectives")
    assert "as soon as the source has answered" in written(test)
    assert "gs-green" not in text(test)


def test_without_an_objective_it_says_what_to_do(clock: Clock) -> None:
    polled(clock, source=Empty(start=NOW))
    assert "No objective is defined" in written(opened("objectives"))


def test_a_source_that_breaks_keeps_its_picture_and_nothing_is_fine(clock: Clock) -> None:
    source = Breaking(start=NOW)
    running = polled(clock, source=source)
    source.broken = True
    clock.now += 300
    for _ in range(3):
        running.tick()
    assert running.snapshot.source.state is SourceState.DOWN
    test = opened("objectives", all="1")
    assert "connection refused" in written(test)
    assert "data 5 m 5 s old" in written(test)
    assert "gs-slo gs-green" not in text(test)
    assert "acceptable" not in "".join(re.findall(r'class="state">(.*?)</span>', text(test)))
    assert "left then" in written(test)
    assert "last answer" in payload(test)


def test_an_objective_that_nobody_counts_has_no_numbers(clock: Clock) -> None:
    polled(clock, availability("nobody"))
    test = opened("objectives", slo="nobody-availability")
    assert "No data in this window" in written(test)
    assert "there is no budget to draw" in payload(test)
    assert "gs-budget none" in text(test)
    assert rows(test)[1] == "nobody-availability", "behind what wakes somebody up"


def test_an_overspent_budget_says_since_when(clock: Clock) -> None:
    running = polled(clock, availability("recommendations", 0.9998))
    assert report(running, "recommendations-availability").state is State.EXHAUSTED
    test = opened("objectives")
    assert rows(test)[0] == "recommendations-availability"
    assert "Overspent since" in written(test)
    assert "−" in re.findall(r'class="n left">([^<]*)<', text(test))[0]


def test_a_silent_objective_says_since_when_and_what_was_left(full: Poller) -> None:
    judged = replace(report(full, "auth-availability"), state=State.NO_DATA, stale=True, measured_at=NOW - 9420)
    words = objective_text.lasts(judged, zone="UTC").replace("\xa0", " ")
    assert words == f"No data since {moments.near(NOW - 9420, 'UTC', judged.at)} (2 h 36 m), 94 % left then"


MONTH = Calendar(Unit.MONTH, zone="Europe/Berlin")
KINDS = (
    replace(availability("checkout"), window=MONTH, sla=Sla(0.995, (Credit(0.995, "10 %"),)), origin="slo/c.yaml:12"),
    replace(latency("checkout", 0.5), method=Method.TIMESLICES, slice_s=300, slice_target=0.99, window=MONTH),
    replace(latency("search", 0.5), method=Method.RATIO_TIMESLICES, slice_s=300),
    Slo("media-proxy", "memory", Threshold(Column("media-proxy", "saturation", "memory"), Op.LTE, 0.9), 0.97,
        kind="saturation", limit=0.9, slice_s=300),
    Slo("cart", "both", Composite((
        Part(Ratio(Column("cart", "requests"), bad=Column("cart", "errors", "server")), 0.999),
        Part(Ratio(Column("cart", "latency", "inf"), good=Column("cart", "latency", "0.5")), 0.99, 2.0))), 0.999),
    Slo("shop", "asked", Ratio(Query("sum(all_requests)", True), bad=Query("sum(failed)", True)), 0.999),
    Slo("shop", "somebodys", Raw(Query("slo:sli_error:ratio_rate5m"), success=False), 0.999),
)  # fmt: skip


@pytest.fixture(scope="module")
def mixed() -> Poller:
    running = Poller(DemoSource(start=NOW), Settings(slos=KINDS), clock=lambda: NOW)
    running.tick()
    return running


@pytest.mark.parametrize("slo", KINDS, ids=[slo.name for slo in KINDS])
def test_every_kind_of_objective_has_its_page(clock: Clock, mixed: Poller, slo: Slo) -> None:
    running_poller.use(mixed)
    test = opened("objectives", slo=slo.name)
    assert f"<h2>{slo.name}</h2>" in text(test)
    assert "How was this computed?" in [expander.label for expander in test.expander]


@pytest.mark.parametrize(
    ("slo", "sentences"),
    [
        (
            "checkout-availability",
            ("calendar month, 1 Oct 00:00 – 1 Nov 00:00", "SLA 99.5 % met", "SLO from slo/c.yaml:12"),
        ),
        ("checkout-latency", ("counted per slice of 5 m", "bad slices", "of bad slices")),
        ("search-latency", ("mean of slices of 5 m", "no interval can be given")),
        ("memory", ("≤ 90 %", "counted per slice of 5 m", "good while ≤ 0.9")),
        ("both", ("a part of weight 2, with an objective of 99 %", "requests answered, however long it took, of cart")),
        ("asked", ("sum(all_requests)", "valid events, its increase")),
        ("somebodys", ("share of bad events", "slo:sli_error:ratio_rate5m")),
    ],
)
def test_each_kind_says_what_it_is_made_of(
    clock: Clock, mixed: Poller, slo: str, sentences: tuple[str, ...]
) -> None:  # fmt: skip
    running_poller.use(mixed)
    page = written(opened("objectives", slo=slo))
    for sentence in sentences:
        assert sentence in page, sentence


def test_the_page_s_time_zone_holds_for_all_times(clock: Clock) -> None:
    polled(clock, zone="Asia/Tokyo")
    assert "Thu 9 Oct, 17:53 JST" in written(opened("objectives"))


def test_the_choice_stays_while_another_becomes_the_worst(full: Poller) -> None:
    test = opened("objectives")
    first = rows(test)[0]
    alerts = report(full, first).alerts
    worse = replace(report(full, "auth-latency"), remaining=-1.0, state=State.EXHAUSTED, alerts=alerts)
    slos = tuple(worse if slo.slo.name == "auth-latency" else slo for slo in full.snapshot.slos)
    before, full.snapshot = full.snapshot, replace(full.snapshot, slos=slos)
    test.run()
    full.snapshot = before
    assert rows(test)[0] == "auth-latency"
    assert f"<h2>{first}</h2>" in text(test), "nothing jumps under the reader"


def test_an_exception_is_added_and_ended_where_the_policy_is_shown(full: Poller) -> None:
    store = open_store(StateSpec(MEMORY))
    running.use(store)
    full.exceptions.rows = rows_of_process
    running.added().read()
    query = {"slo": full.snapshot.slos[0].slo.name}
    try:
        assert f"objectives?slo={query['slo']}&amp;edit=exception" in text(looked_at(query))
        page = looked_at({**query, "edit": "exception"})
        page.button[0].click().run()
        # What lacks a name and a reason is not kept, and what was chosen stays.
        assert "Not kept: who lets releases go is empty." in text(page)
        page.text_input(key="exception_person").set_value("Ada <i>")
        page.text_input(key="exception_why").set_value("a try")
        page.button[0].click().run()
        assert "Exception: Ada &lt;i&gt; (name as given) lets releases go until" in text(page)
        (exception,) = full.read().policy.exceptions
        assert (exception.slos, exception.even_burning) == ((query["slo"],), False)
        page = looked_at({**query, "edit": "exception"})
        page.text_input(key="exception_end_person").set_value("Bob")
        page.button[1].click().run()
        assert full.read().policy.exceptions == ()
    finally:
        full.exceptions.rows = nothing_added
        running.use(None)
        store.close()
