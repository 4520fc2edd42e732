"""The page of capacity as Streamlit runs it: what leads, what is opened, what is asked, and where nothing is known."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.capacity.capacity import CapacityReport, Urgency
from dashboard.capacity.load import Load, Relation
from dashboard.capacity.planned import PlannedEvent
from dashboard.capacity.prices import Prices
from dashboard.commands.capacity_table import HEADS
from dashboard.commands.capacity_table import capacity_table as printed
from dashboard.engine import running_poller
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import DAY
from dashboard.ui.panels.capacity import capacity_charts, capacity_table
from dashboard.ui.text import units
from dashboard.ui.text.units import plain
from dashboard.web.service import capacity_json
from tests.steady import Clock, Steady
from tests.ui.test_pages import NOW, opened, text

SALE = PlannedEvent("winter sale", NOW + 10 * DAY, NOW + 11 * DAY, 4.5, ("recommendations",))


@pytest.fixture(scope="module")
def polled() -> Poller:
    """The demo after one refresh, with all of its past; one for all, as both take most of the time."""
    settings = Settings(title="Shop", planned_events=(SALE,), prices=Prices("€", {"core": 20.0}))
    running = Poller(DemoSource(start=NOW), settings, clock=Clock(NOW))
    running.tick()
    report = running.capacity.read_all(running.snapshot, None)
    running.snapshot = replace(running.snapshot, capacity=report)
    return running


@pytest.fixture
def report(polled: Poller) -> Iterator[CapacityReport]:
    running_poller.use(polled)
    yield polled.snapshot.capacity
    running_poller.use(None)


def names(page: str) -> list[str]:
    """The resources that are listed, in their order."""
    return [part.partition('"')[0] for part in page.split('data-soft="')[1:] if " " in part.partition('"')[0]]


def test_the_page_leads_with_what_runs_out_first_and_folds_what_has_room(report: CapacityReport) -> None:
    page = text(opened("capacity"))
    assert "<b>The pool of checkout is full.</b> Next is the disk of inventory, about" in page
    listed = names(page)
    assert listed[:2] == ["checkout pool", "inventory disk"]
    assert len(listed) < len(report.resources)
    assert f"{len(report.resources) - len(listed)} more have room" in page
    assert "Held but hardly used" in page
    assert "together" in page
    every = names(text(opened("capacity", all="1")))
    assert len(every) == len(report.resources)


def test_the_demo_has_what_is_full_fills_up_follows_traffic_and_is_hardly_used(report: CapacityReport) -> None:
    assert not report.is_reading
    pool, disk = (report.named(*key) for key in (("checkout", "pool"), ("inventory", "disk")))
    assert pool is not None
    assert pool.outlook.seconds == 0, "the incident that is under way has filled it"
    assert disk is not None
    assert disk.urgency is Urgency.SOON
    assert disk.load.relation is Relation.TIME
    # It holds 70 % and grows by 1.1 % of the limit a day.
    assert disk.outlook.seconds == pytest.approx(0.29 / 0.011 * DAY, rel=0.1)
    cpu = report.named("recommendations", "cpu")
    assert cpu is not None
    assert cpu.load.relation is Relation.FOLLOWS
    (effect,) = cpu.effects
    assert effect.full_from is not None
    assert SALE.start <= effect.full_from <= effect.peak_at <= SALE.end
    assert [each.key for each in report.surplus] == [("notifications", "cpu"), ("shipping", "cpu")]
    assert all(each.surplus is not None and each.surplus.enough > each.peak for each in report.surplus)
    answer = capacity_json.as_json(running_poller.current().snapshot)
    json.dumps(answer, allow_nan=False)
    assert [each["resource"] for each in answer["resources"]][:2] == ["pool", "disk"]
    assert answer["headline"].startswith("The pool of checkout is full.")


def test_the_command_and_the_json_have_the_numbers_of_the_page(report: CapacityReport) -> None:
    page = text(opened("capacity", all="1"))
    rows = [plain(row) for row in page.split('<a class="gs-caprow')[1:]]
    heads, *lines = printed(report).splitlines()
    starts = [heads.index(head) for head in HEADS]
    ends = [*starts[1:], None]
    answer = capacity_json.as_json(running_poller.current().snapshot)["resources"]
    assert len(lines) == len(rows) == len(answer)
    for line, row, each in zip(lines, rows, answer, strict=True):
        cells = dict(zip(HEADS, (line[a:b].strip() for a, b in zip(starts, ends, strict=True)), strict=True))
        assert all(cells[head] in row for head in HEADS if head != "STATE"), cells
        assert cells["STATE"] in row
        shares = [units.percent(each[key]) for key in ("use", "peak", "headroom_at_peak")]
        assert [plain(share) for share in shares] == [cells[head] for head in ("USE", "PEAK", "HEADROOM")]
        assert cells["FULL"].startswith("not") == (each["full_in_s"] is None)


@pytest.mark.usefixtures("report")
def test_a_chosen_row_opens_with_its_charts_and_an_answer_to_what_is_asked() -> None:
    chosen = {"service": "recommendations", "resource": "cpu"}
    page = text(opened("capacity", **chosen))
    assert "recommendations: cpu in use, by hour" in page
    assert "CPU against traffic" in page
    assert "<b>winter sale</b>: Full from" in page
    asked = text(opened("capacity", **chosen, more="+20"))
    assert "Lasts:" in asked
    assert "Copy as text" in asked
    closed = text(opened("capacity", resource="none"))
    assert "by hour" not in closed


def test_money_is_told_with_its_prices_and_where_it_cannot_be_that_is_said(report: CapacityReport) -> None:
    priced = capacity_table.surplus(report, "UTC", NOW)
    assert "Saves a month" in priced
    assert "Prices of a month: 20 € a core (the configuration)." in plain(priced)
    shares = tuple(
        replace(each, limit=None, surplus=None if each.surplus is None else replace(each.surplus, saves=None))
        for each in report.resources
    )
    unpaid = capacity_table.surplus(replace(report, resources=shares), "UTC", NOW)
    assert "Saves a month" not in unpaid
    assert "What that would save is unknown" in unpaid
    assert "gs-capprices" not in capacity_table.surplus(replace(report, resources=shares, prices=Prices()), "UTC", NOW)


def test_there_is_no_chart_against_traffic_that_nobody_knows(report: CapacityReport) -> None:
    each = report.resources[0]
    unknown = replace(each, load=Load(Relation.NO_TRAFFIC))
    assert "against traffic" in capacity_charts.charts(each, NOW, "UTC")
    assert "against traffic" not in capacity_charts.charts(unknown, NOW, "UTC")


def test_nothing_is_green_while_the_source_does_not_answer(report: CapacityReport) -> None:
    running = running_poller.current()
    before = running.snapshot
    running.snapshot = replace(before, source=replace(before.source, state=SourceState.DOWN))
    page = text(opened("capacity", all="1"))
    running.snapshot = before
    assert "gs-green" not in page
    assert "not measured now" in page
    assert "have room" not in page.partition("Held but hardly used")[0].partition("gs-caprow")[0]
    assert len(names(page)) == len(report.resources)


@pytest.mark.usefixtures("report")
def test_an_address_that_names_nothing_says_so() -> None:
    page = opened("capacity", service="<b>shop", resource="gold", more="+7", on="yesterday")
    assert "has no limited resource" in text(page)
    assert "<b>shop" not in text(page)


@pytest.mark.parametrize("names_of", [(), ("shop",)], ids=["no service", "no limit"])
def test_where_nothing_is_limited_the_page_says_what_would_make_it(names_of: tuple[str, ...]) -> None:
    running = Poller(Steady(Clock(NOW), names_of), Settings(), clock=Clock(NOW))
    running.tick()
    running.capacity.report = replace(running.capacity.report, is_reading=False)
    running.snapshot = replace(running.snapshot, capacity=running.capacity.report)
    running_poller.use(running)
    page: AppTest = opened("capacity")
    assert "No limit of any resource is known here" in text(page) or "No service is known yet" in text(page)
    running_poller.use(None)


def test_every_other_time_below_a_chart_is_a_day() -> None:
    """A phone shows no more of them."""
    noon = datetime(2026, 11, 28, 11, tzinfo=UTC).timestamp()
    labels = [label for _, label in capacity_charts._dates(capacity_charts.Scale(noon, noon + 3 * DAY, 1.0), "UTC")]
    assert labels[::2] == ["29\u00a0Nov", "30\u00a0Nov", "1\u00a0Dec"]
    assert set(labels[1::2]) == {"12:00"}
