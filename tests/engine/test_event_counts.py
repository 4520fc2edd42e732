"""Terms of indicators become series: counts, gauges, ages and queries, each from where it is known."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard import frames
from dashboard.engine import event_counts
from dashboard.engine.default_slos import availability, saturation
from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.slo.caveats import CaveatKind
from dashboard.slo.evaluation import Evaluator
from dashboard.slo.event_requests import EventRequest, Level
from dashboard.slo.indicators import Column, Composite, Op, Part, Query, Ratio, Raw, Threshold
from dashboard.slo.ledger import Ledger
from dashboard.slo.objective import Method, Slo
from dashboard.slo.report import SloReport, State
from dashboard.slo.windows import Rolling
from dashboard.sources.protocol import Answer
from dashboard.timerange import DAY, HOUR, Grid
from tests.steady import COST, START, Clock, Steady


def threshold(limit: float) -> Threshold:
    """Data no older than so many seconds."""
    return Threshold(Column("shop", "age"), Op.LTE, limit)


FRESH = Slo(
    "shop",
    "shop-fresh",
    threshold(600.0),
    0.9,
    kind="freshness",
    method=Method.TIMESLICES,
    window=Rolling(float(DAY)),
    slice_s=300,
    limit=600.0,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(clock: Clock) -> Steady:
    return Steady(clock, ("shop",))


def judged(source: Steady, clock: Clock, slo: Slo) -> tuple[SloReport, Poller]:
    poller = Poller(source, Settings(slos=(slo,)), clock=clock)
    poller.tick()
    (report,) = poller.snapshot.slos
    return report, poller


def test_fresh_data_meet_the_objective(source: Steady, clock: Clock) -> None:
    report, poller = judged(source, clock, FRESH)
    assert (report.bad, report.valid, report.state) == (0, 288, State.ACCEPTABLE)
    assert poller.snapshot.by_name["shop"].health is Health.HEALTHY


def test_data_that_stop_grow_old_slice_by_slice(source: Steady, clock: Clock) -> None:
    source.ends = START - 3600
    report, poller = judged(source, clock, FRESH)
    # Of the twelve slices since the end the first two are still young enough.
    assert (report.bad, report.valid) == (10, 288)
    assert report.state is State.CRITICAL
    assert poller.snapshot.by_name["shop"].health is Health.UNKNOWN


def test_what_was_never_there_has_no_age(source: Steady, clock: Clock) -> None:
    source.silent = {"shop"}
    report, _ = judged(source, clock, FRESH)
    assert (report.valid, report.state) == (None, State.NO_DATA)


@pytest.mark.parametrize(("level", "bad"), [(0.79, 0), (0.81, 30 * 288)])
def test_a_resource_over_its_limit_is_bad_slice_by_slice(source: Steady, clock: Clock, level: float, bad: int) -> None:
    source.gauge = level
    report, _ = judged(source, clock, saturation("shop", "memory", 0.8, 0.99))
    assert (report.bad, report.valid) == (bad, 30 * 288)


def test_a_query_on_a_source_without_a_language_says_why_there_is_nothing(source: Steady, clock: Clock) -> None:
    slo = Slo("shop", "queried", Ratio(Query("all", counter=True), bad=Query("bad", counter=True)), 0.9)
    report, poller = judged(source, clock, slo)
    assert (report.valid, report.state) == (None, State.NO_DATA)
    assert [caveat.kind for caveat in report.caveats] == [CaveatKind.QUERY_REFUSED] * 2
    assert all("has no query language" in caveat.message for caveat in report.caveats)
    assert poller.snapshot.by_name["shop"].health is Health.UNKNOWN
    assert np.isfinite(report.coverage)


@pytest.mark.parametrize("kind", ["freshness", "staleness"])
def test_how_far_back_is_looked_follows_from_the_limit_and_not_from_the_name(clock: Clock, kind: str) -> None:
    """A batch of every third hour, judged each quarter of an hour for half a day, is never older than four hours."""
    source, slo = Batches(clock), replace(FRESH, kind=kind, indicator=threshold(14_400.0), limit=14_400.0)
    ledger, evaluator = Ledger(), Evaluator()
    reports: tuple[SloReport, ...] = ()
    for _ in range(48):
        ledger.follow((slo,), 60)
        for request in ledger.due(clock.now):
            ledger.add(request, event_counts.fetch(source, request).values)
        reports = evaluator.reports(ledger)
        clock.now += 900
    (report,) = reports
    assert (report.bad, report.valid, report.state) == (0, 288, State.ACCEPTABLE)


def test_the_parts_of_a_composite_are_looked_back_for_as_far_as_their_own_limits(clock: Clock) -> None:
    parts = (Part(threshold(600.0), 0.9), Part(threshold(14_400.0), 0.9))
    slo = replace(FRESH, kind="composite", indicator=Composite(parts), limit=None)
    source = Batches(clock)
    event_counts.fetch(source, EventRequest((slo,), Grid(START - 600, START, 300), Level.FINE))
    assert START - 600 - min(grid.start for grid in source.asked) == 14_400 + 300


def test_where_no_limit_tells_young_from_old_the_last_hour_is_looked_through(clock: Clock) -> None:
    slo = replace(FRESH, indicator=Raw(Column("shop", "age")), limit=None)
    source = Batches(clock)
    event_counts.fetch(source, EventRequest((slo,), Grid(START - 600, START, 300), Level.FINE))
    assert START - 600 - min(grid.start for grid in source.asked) == HOUR + 300


def test_gauges_are_asked_for_by_service_and_counts_once_for_all(clock: Clock) -> None:
    services: list[str | None] = []

    class Listening(Steady):
        def samples(self, grid: Grid, service: str | None = None) -> Answer:
            services.append(service)
            return super().samples(grid, service)

    slos = [saturation(name, "memory", 0.8, 0.99) for name in ("shop", "cart", "shop")]
    slos += [availability("shop"), availability("cart")]
    source = Listening(clock)
    event_counts.fetch(source, EventRequest(tuple(slos), Grid(START - 600, START, 300), Level.FINE))
    assert services == ["cart", "shop"]
    assert len(source.asked) == 2 + 1


class Batches(Steady):
    """Requests come for a minute every three hours, and nothing in between."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, ("shop",))

    def counts(self, grid: Grid) -> Answer:
        self.asked.append(grid)
        ends = np.arange(grid.start, grid.end + 1, grid.step)
        counts = np.where(ends % (3 * HOUR) < grid.step, 100.0, 0.0)
        return Answer(frames.samples({("shop", "requests", ""): counts}, grid), (COST,), newest=self.clock.now)
