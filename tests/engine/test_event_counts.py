"""Terms of indicators become series: counts, gauges, ages and queries, each from where it is known."""

import numpy as np
import pytest

from dashboard.engine.default_slos import saturation
from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.slo.indicators import Column, Op, Query, Ratio, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.slo.report import SloReport, State
from dashboard.slo.windows import Rolling
from dashboard.timerange import DAY
from tests.steady import START, Clock, Steady

FRESH = Slo(
    "shop",
    "shop-fresh",
    Threshold(Column("shop", "age"), Op.LTE, 600.0),
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


def test_fresh_data_keep_the_promise(source: Steady, clock: Clock) -> None:
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
    slo = Slo("shop", "asked", Ratio(Query("all", counter=True), bad=Query("bad", counter=True)), 0.9)
    report, poller = judged(source, clock, slo)
    assert (report.valid, report.state) == (None, State.NO_DATA)
    assert any("has no query language" in flag for flag in report.flags)
    assert poller.snapshot.by_name["shop"].health is Health.UNKNOWN
    assert np.isfinite(report.coverage)
