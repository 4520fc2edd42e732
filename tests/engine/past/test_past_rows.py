"""The past of objectives of every kind, as the ledger counts it; hours that are kept; a server's windows."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dashboard.engine.default_slos import availability, latency, saturation
from dashboard.engine.past.past_rows import Wanted, read_past
from dashboard.engine.past.window_edges import ASKED, STEP, WINDOW, lost_s
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.exceptions import QueryRejected
from dashboard.slo.indicators import Composite, Part, Query
from dashboard.slo.objective import Method, Slo
from dashboard.slo.windows import Rolling
from dashboard.sources.catalog import Catalog, ServiceInfo
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.protocol import Answer
from dashboard.timerange import DAY, HOUR, Grid
from dashboard.whatif.candidate import Candidate
from dashboard.whatif.past import Counted
from dashboard.whatif.what_if import what_if
from tests.whatif.pasts import END

WEEK = Rolling(7.0 * DAY)
FAILED, SLOW = availability("cart"), latency("cart", 0.1)
KINDS: dict[str, Slo] = {
    "counts": FAILED,
    "latency": SLOW,
    "slices of a value": saturation("cart", "cpu", 0.35, 0.9),
    "good slices": replace(FAILED, name="slices", method=Method.TIMESLICES, slice_s=300, objective=0.95),
    "mean of slices": replace(FAILED, name="mean", method=Method.RATIO_TIMESLICES, slice_s=300),
    "parts": replace(
        FAILED,
        name="parts",
        indicator=Composite((Part(FAILED.indicator, 0.999), Part(SLOW.indicator, 0.95))),  # type: ignore[arg-type]
    ),
}


@pytest.fixture(scope="module")
def poller() -> Poller:
    slos = tuple(replace(slo, name=name.replace(" ", "-"), window=WEEK) for name, slo in KINDS.items())
    running = Poller(DemoSource(start=END), Settings(slos=slos), clock=lambda: float(END))
    running.tick()
    return running


@pytest.mark.parametrize("kind", KINDS)
def test_as_it_is_the_last_period_has_what_the_ledger_counted(poller: Poller, kind: str) -> None:
    snapshot, catalog = poller.read(), poller.catalog
    assert catalog is not None
    report = next(each for each in snapshot.slos if each.slo.name == kind.replace(" ", "-"))
    wanted = Wanted(report.slo, catalog.named("cart"), catalog, report.at, 8.0 * DAY, hours_s=0.0, has_bounds=False)
    tried = what_if(report.slo, read_past(poller.source, wanted), Candidate())
    last = tried.periods[-1]
    assert (last.bad, last.valid) == pytest.approx((report.bad, report.valid), rel=1e-9)
    assert last.left == pytest.approx(report.judged_remaining, abs=1e-9)
    assert tried.course.values[-1] == pytest.approx(report.judged_remaining, abs=1e-9)


def test_kept_hours_make_the_periods_before_the_rows(poller: Poller) -> None:
    """What is kept is not asked for, and other thresholds have hours, too."""
    catalog = poller.catalog
    assert catalog is not None
    slo = next(report.slo for report in poller.read().slos if report.slo.name == "latency")
    wanted = Wanted(slo, catalog.named("cart"), catalog, END, float(DAY), hours_s=10.0 * DAY, stored=poller.past_hours)
    past = read_past(poller.source, wanted)
    assert past.hours is not None
    demo = DemoSource(start=END, limits=(0.05, 0.1))
    begin = past.own.start - 10 * DAY
    counts = demo.counts(Grid.between(begin, past.own.start, step=HOUR)).frame["cart"].sum()
    assert past.hours.start <= begin
    assert past.hours.within(np.array([begin]), np.array([past.own.start]))[0, :2] == pytest.approx(
        [counts["latency", "inf"] - counts["latency", "0.1"], counts["latency", "inf"]]
    )
    other = past.reaching_back(0.05)
    assert other.start <= begin
    assert other.within(np.array([begin]), np.array([past.own.start]))[0, 0] == pytest.approx(
        counts["latency", "inf"] - counts["latency", "0.05"], rel=1e-3
    )


class Windows(DemoSource):
    """A server whose windows of five minutes hold so many rows of a minute."""

    def __init__(self, rows: Counted, held: int) -> None:
        super().__init__(start=END)
        self._rows, self._held = rows, held

    def query_values(self, queries: object, grid: Grid) -> Answer:
        (query,) = queries  # type: ignore[misc]
        if not self._held:
            raise QueryRejected("no", query="x")
        ends = grid.start + np.arange(len(grid)) * float(grid.step)
        counted = self._rows.within(ends - self._held * 60, ends)[:, 1] * 5 / self._held
        return Answer(pd.DataFrame(counted, index=grid.index(), columns=pd.MultiIndex.from_tuples([query.key])))


@pytest.mark.parametrize(("held", "lost"), [(4, 60.0), (5, 0.0), (0, 60.0)], ids=["between", "all", "refused"])
def test_what_windows_lose_is_what_the_server_says(held: int, lost: float) -> None:
    count = (ASKED + WINDOW) // STEP
    valid = np.random.default_rng(1).poisson(600, count).astype(float)
    rows = Counted(END - (count - 1) * STEP, STEP, np.column_stack([0 * valid, valid, np.full(count, 60.0)]), 60.0)
    assert lost_s(Windows(rows, held), Query("http_requests_total", counter=True), rows) == lost


def test_of_many_services_fewer_rows_are_asked_for_at_once() -> None:
    """An answer of a source that is not scraped holds all of them."""
    services = tuple(ServiceInfo(f"s{number}", "test", tuple(np.geomspace(0.01, 10, 30))) for number in range(200))
    points = {
        count: Wanted(latency("s0", 0.5), services[0], Catalog(services[:count], 15.0), END).points
        for count in (1, 20, 200)
    }
    assert points == {1: 10_000, 20: 2_941, 200: 500}
    scraped = Catalog(services, scrape_interval=15.0, counts_newest=True)
    assert Wanted(latency("s0", 0.5), services[0], scraped, END).points == 10_000
