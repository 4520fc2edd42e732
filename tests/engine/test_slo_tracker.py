"""The SLOs that hold follow the catalog and the configuration, and the history is counted once, in parts."""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from dashboard import frames
from dashboard.config.agreements import Agreements, Maintenance, NamedSla
from dashboard.engine.default_slos import availability
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.slo_tracker import SloTracker
from dashboard.engine.source_status import HistoryProgress, SourceState, Unavailable
from dashboard.exceptions import LimitExceeded, SourceError, SourceTimeout, SourceUnavailable
from dashboard.openslo.slo_files import SloFiles
from dashboard.slo.caveats import Caveat, CaveatKind
from dashboard.slo.indicators import Query, Ratio
from dashboard.slo.objective import Sla, Slo
from dashboard.slo.report import State
from dashboard.sources.catalog import Catalog
from dashboard.sources.protocol import Answer, Refusal
from dashboard.timerange import DAY, HOUR, Grid
from tests.steady import START, Clock, Steady


def counted(tracker: SloTracker, source: Steady, now: float) -> list[HistoryProgress]:
    """What is told of the progress while the events that are due are counted."""
    progress: list[HistoryProgress] = []
    tracker.follow(source.discover(now), now)
    tracker.count(source, now, progress=progress.append)
    return progress


def test_progress_is_told_while_the_history_is_read_and_not_again() -> None:
    clock = Clock()
    source, tracker = Steady(clock, ("shop",)), SloTracker(Settings())
    progress = counted(tracker, source, START)
    assert len(progress) > 1
    assert [part.done for part in progress] == list(range(len(progress)))
    assert all(part.total > part.done for part in progress)
    clock.now += 60
    assert counted(tracker, source, clock.now) == []
    assert {report.at for report in tracker.reports()} == {START + 60}


def test_a_configured_slo_replaces_the_defaults_of_its_service() -> None:
    source = Steady(Clock())
    tracker = SloTracker(Settings(slos=(availability("shop", 0.99),)))
    tracker.follow(source.discover(START), START)
    assert {(slo.service, slo.objective) for slo in tracker.slos} == {("shop", 0.99), ("cart", 0.999), ("cart", 0.99)}


def test_an_agreement_about_an_unknown_slo_is_a_diagnostic() -> None:
    named = NamedSla("shop-availabilty", Sla(0.99))
    tracker = SloTracker(Settings(agreements=Agreements(slas=(named,))))
    tracker.follow(Steady(Clock()).discover(START), START)
    (diagnostic,) = tracker.diagnostics
    assert "shop-availabilty" in diagnostic
    assert "shop-availability" in diagnostic


def test_events_that_are_forgotten_are_counted_anew() -> None:
    source, tracker = Steady(Clock(), ("shop",)), SloTracker(Settings())
    counted(tracker, source, START)
    first = len(source.asked)
    tracker.forget_events()
    counted(tracker, source, START)
    assert len(source.asked) == 2 * first


# --- which hold ------------------------------------------------------------------------------------------------------


def test_before_the_first_catalog_no_slo_holds() -> None:
    tracker = SloTracker(Settings(slos=(availability("shop"),)))
    assert (tracker.slos, tracker.reports(), tracker.diagnostics) == ((), (), ())


def test_the_slos_of_a_service_that_is_gone_go_with_it() -> None:
    tracker = SloTracker(Settings())
    tracker.follow(Steady(Clock()).discover(START), START)
    tracker.follow(Steady(Clock(), ("cart",)).discover(START), START)
    assert {slo.service for slo in tracker.slos} == {"cart"}


def test_an_agreement_is_part_of_the_slos_it_is_about() -> None:
    named = NamedSla("shop-availability", Sla(0.99))
    tracker = SloTracker(Settings(agreements=Agreements(slas=(named,))))
    tracker.follow(Steady(Clock(), ("shop",)).discover(START), START)
    assert [slo.sla for slo in tracker.slos] == [Sla(0.99), None]
    assert tracker.diagnostics == ()


OPENSLO = """apiVersion: openslo/v1
kind: SLO
metadata: {name: shop-up}
spec:
  service: shop
  indicator:
    metadata: {name: shop-up-sli}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: signals, spec: {measure: errors, detail: server}}}
        total: {metricSource: {type: signals, spec: {measure: requests}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: TARGET}]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "slo.yaml"
    path.write_text(OPENSLO.replace("TARGET", "0.99"), encoding="utf-8")
    return path


def rewrite(file: Path, text: str) -> None:
    """Another text, written a second later."""
    file.write_text(text, encoding="utf-8")
    later = file.stat().st_mtime + 1
    os.utime(file, (later, later))


def test_a_file_that_changes_is_followed_while_it_can_be_read(file: Path) -> None:
    files = SloFiles([str(file)], zone="UTC", limits=())
    tracker = SloTracker(Settings(slos=(availability("shop", 0.5),), files=files))
    catalog = Steady(Clock(), ("shop",)).discover(START)
    tracker.follow(catalog, START)
    assert [slo.objective for slo in tracker.slos] == [0.5], "what was read at the start holds"
    rewrite(file, OPENSLO.replace("TARGET", "0.9"))
    tracker.follow(catalog, START)
    assert [(slo.name, slo.objective) for slo in tracker.slos] == [("shop-up", 0.9)]


def test_a_file_that_breaks_leaves_its_slos_and_says_so_until_it_is_mended(file: Path) -> None:
    files = SloFiles([str(file)], zone="UTC", limits=())
    tracker = SloTracker(Settings(slos=(availability("shop", 0.5),), files=files))
    catalog = Steady(Clock(), ("shop",)).discover(START)
    tracker.follow(catalog, START)
    rewrite(file, OPENSLO.replace("TARGET", "1.5"))
    tracker.follow(catalog, START)
    assert [slo.objective for slo in tracker.slos] == [0.5]
    (diagnostic,) = tracker.diagnostics
    assert diagnostic.endswith("; the SLOs read before are kept")
    rewrite(file, OPENSLO.replace("TARGET", "0.95"))
    tracker.follow(catalog, START)
    assert ([slo.objective for slo in tracker.slos], tracker.diagnostics) == ([0.95], ())


@pytest.mark.parametrize("query", ["up offset 1e30", "rate(a[1e20])", "max_over_time(a[5m:1e30])"])
def test_a_file_with_a_query_that_the_parser_panics_at_ends_nothing(file: Path, query: str) -> None:
    """What it raises is no Exception: the line is told, and refreshes go on by the SLOs that were read before."""
    clock = Clock()
    files = SloFiles([str(file)], zone="UTC", limits=())
    poller = Poller(Steady(clock, ("shop",)), Settings(slos=(availability("shop", 0.5),), files=files), clock=clock)
    signal = "{metricSource: {type: signals, spec: {measure: requests}}}"
    asked = f"{{metricSource: {{type: Prometheus, spec: {{query: '{query}'}}}}}}"
    poller.tick()
    rewrite(file, OPENSLO.replace("TARGET", "0.99").replace(signal, asked))
    clock.now += 60
    poller.tick()
    snapshot = poller.snapshot
    assert (snapshot.source.state, [report.slo.objective for report in snapshot.slos]) == (SourceState.OK, [0.5])
    (note,) = snapshot.source.notes
    assert note == (
        f"{file}:1: shop-up: `{query}` has a duration of more than 292 years: write a shorter one, such as 5m; "
        "the SLOs read before are kept"
    )
    poller.stop()


# --- what is counted -------------------------------------------------------------------------------------------------


def test_nothing_is_asked_while_no_row_has_closed() -> None:
    clock = Clock()
    source, tracker = Steady(clock, ("shop",)), SloTracker(Settings())
    counted(tracker, source, START)
    source.asked.clear()
    counted(tracker, source, START + 59)
    assert source.asked == []
    counted(tracker, source, START + 60)
    assert source.asked != []


def test_a_source_that_fails_is_asked_for_the_same_again() -> None:
    source, tracker = Steady(Clock(), ("shop",)), SloTracker(Settings())
    tracker.follow(source.discover(START), START)
    source.failure = SourceUnavailable("connection refused")
    with pytest.raises(SourceUnavailable):
        tracker.count(source, START, progress=lambda _: None)
    source.failure = None
    assert counted(tracker, source, START), "it is still the first time"
    assert [report.state for report in tracker.reports()] == [State.ACCEPTABLE] * 2


def test_half_an_answer_is_asked_for_again() -> None:
    source, tracker = Steady(Clock(), ("shop",)), SloTracker(Settings())
    source.partial = True
    counted(tracker, source, START)
    first, source.partial = list(source.asked), False
    source.asked.clear()
    counted(tracker, source, START + 60)
    assert max(map(len, source.asked)) < max(map(len, first)), "whether it is whole again nobody knows yet"
    counted(tracker, source, START + 120)
    assert max(map(len, source.asked)) >= max(map(len, first))


REFUSED = Slo("shop", "own", Ratio(Query("all", counter=True), bad=Query("bad", counter=True)), 0.9)


def test_a_query_that_is_refused_is_told_by_the_slo_that_needs_it_alone() -> None:
    source, tracker = Steady(Clock(), ("shop",)), SloTracker(Settings(slos=(REFUSED, availability("shop"))))
    counted(tracker, source, START)
    own, other = tracker.reports()
    assert {caveat.kind for caveat in own.caveats} == {CaveatKind.QUERY_REFUSED}
    assert len(own.caveats) == 2
    assert other.caveats == ()


class Refusing(Steady):
    """A source that refuses questions by the hour, all of them or about one service, until it is told to answer.

    Attributes:
        error: what all are refused with. `refused`: the service that alone is.
    """

    error: SourceError | None = None
    refused = ""

    def counts(self, grid: Grid) -> Answer:
        if grid.step == HOUR and self.error is not None:
            self.asked.append(grid)
            raise self.error
        answer = super().counts(grid)
        if grid.step != HOUR or not self.refused:
            return answer
        refusals = tuple(Refusal(self.refused, measure, "", "too much") for measure in ("requests", "errors"))
        return replace(answer, frame=answer.frame.drop(columns=self.refused, level=0), refused=refusals)


LIMITED = LimitExceeded("server limits queries (allow more with --query.max-samples)")
GAVE_UP = SourceTimeout("server gave up on a query", by_server=True)


@pytest.mark.parametrize("error", [LIMITED, GAVE_UP])
def test_hours_that_the_source_refuses_make_budgets_unavailable_and_leave_alerts(error: SourceError) -> None:
    source, tracker = Refusing(Clock(), ("shop",)), SloTracker(Settings(slos=(availability("shop"),)))
    source.error = error
    counted(tracker, source, START)
    (report,) = tracker.reports()
    assert (report.state, report.sli, report.remaining, report.valid) == (State.NO_DATA, None, None, None)
    assert report.caveats == (Caveat(CaveatKind.UNAVAILABLE, message=str(error)),)
    assert tracker.unavailable == Unavailable(str(error))
    assert any(burn.rate is not None for burn in report.burn), "the last hours are known by the minute"
    source.error_ratio = 1.0
    for minute in range(1, 40):
        source.clock.now = START + 60 * minute
        counted(tracker, source, source.clock.now)
    (report,) = tracker.reports()
    assert (report.state, report.sli, report.paging) == (State.CRITICAL, None, True), "an outage is seen all the same"


def test_what_is_refused_is_asked_for_rarely_and_once_it_is_answered_all_is_there() -> None:
    source, tracker = Refusing(Clock(), ("shop",)), SloTracker(Settings(slos=(availability("shop"),)))
    source.error = LIMITED
    asked_at = []
    for minute in range(75):
        source.asked.clear()
        counted(tracker, source, START + 60 * minute)
        asked_at += [minute] if any(grid.step == HOUR for grid in source.asked) else []
    assert asked_at == [0, 10, 30, 70]
    source.error = None
    counted(tracker, source, START + 60 * 150)
    (report,) = tracker.reports()
    assert (report.coverage, tracker.unavailable) == (pytest.approx(1, abs=0.01), None)
    assert all(caveat.kind is not CaveatKind.UNAVAILABLE for caveat in report.caveats)


def test_a_service_that_is_too_much_takes_no_budget_from_the_others() -> None:
    source = Refusing(Clock())
    tracker = SloTracker(Settings(slos=(availability("shop"), availability("cart"))))
    source.refused = "cart"
    counted(tracker, source, START)
    reports = {report.slo.service: report for report in tracker.reports()}
    assert (reports["shop"].state, reports["shop"].caveats) == (State.ACCEPTABLE, ())
    assert (reports["cart"].state, reports["cart"].sli) == (State.NO_DATA, None)
    assert reports["cart"].caveats == (Caveat(CaveatKind.UNAVAILABLE, message="too much"),)
    assert tracker.unavailable == Unavailable("too much", ("cart",))


def test_hours_that_were_counted_before_a_refusal_stay() -> None:
    source, tracker = Refusing(Clock(), ("shop",)), SloTracker(Settings(slos=(availability("shop"),)))
    counted(tracker, source, START)
    (before,) = tracker.reports()
    source.error = LIMITED
    counted(tracker, source, START + HOUR)
    (report,) = tracker.reports()
    assert report.sli == pytest.approx(before.sli)
    assert [caveat.kind for caveat in report.caveats] == [CaveatKind.UNAVAILABLE]


def test_no_answer_in_time_is_no_refusal() -> None:
    source, tracker = Refusing(Clock(), ("shop",)), SloTracker(Settings(slos=(availability("shop"),)))
    source.error = SourceTimeout("no answer within 20 s")
    with pytest.raises(SourceTimeout):
        counted(tracker, source, START)
    assert tracker.unavailable is None


class Learning(Steady):
    """A source that understands queries once it is told to: nothing of what they ask for ever happens."""

    understands = False

    def query_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        if not self.understands:
            return super().query_values(queries, grid)
        return Answer(frames.samples({query.key: np.full(len(grid), np.nan) for query in queries}, grid))


def test_a_refusal_is_forgotten_when_the_next_answer_has_none() -> None:
    source, tracker = Learning(Clock(), ("shop",)), SloTracker(Settings(slos=(REFUSED,)))
    counted(tracker, source, START)
    assert tracker.reports()[0].caveats
    source.understands = True
    counted(tracker, source, START + 60)
    assert tracker.reports()[0].caveats == ()


def test_a_catalog_that_counts_by_a_longer_step_is_counted_by_it() -> None:
    source, tracker = Steady(Clock(), ("shop",)), SloTracker(Settings())
    catalog = Catalog(source.discover(START).services, 300.0, count_step=600)
    tracker.follow(catalog, START)
    tracker.count(source, START, progress=lambda _: None)
    assert {grid.step for grid in source.asked} == {600, 3600}


def test_each_service_is_counted_by_the_step_of_its_own_targets() -> None:
    source, tracker = Steady(Clock(), ("fast", "slow")), SloTracker(Settings())
    infos = source.discover(START).services
    steps = {"fast": 60, "slow": 300}
    services = tuple(replace(info, count_step=steps[info.name]) for info in infos)
    tracker.follow(Catalog(services, 15.0, count_step=300), START)
    tracker.count(source, START, progress=lambda _: None)
    assert {grid.step for grid in source.asked} == {60, 300, 3600}
    tracker.count(source, START + 60, progress=lambda _: None)
    assert source.asked[-1].step == 60, "the slow one has no new row yet"


def test_an_hour_that_maintenance_cuts_is_asked_for_by_the_minute_too() -> None:
    """From half past nine to ten: of that hour thirty minutes count, and only fine rows tell which."""
    hour = datetime.fromtimestamp(START // HOUR * HOUR - 10 * HOUR, UTC).replace(tzinfo=None)
    maintenance = Maintenance(hour + timedelta(minutes=30), hour + timedelta(hours=1), "UTC")
    whole = Maintenance(hour, hour + timedelta(hours=1), "UTC")
    steps = {}
    for name, agreed in (("none", ()), ("whole", (whole,)), ("cut", (maintenance,))):
        source = Steady(Clock(), ("shop",))
        tracker = SloTracker(Settings(agreements=Agreements(maintenance=agreed)))
        counted(tracker, source, START)
        steps[name] = [grid.step for grid in source.asked].count(60)
    assert steps["whole"] == steps["none"]
    assert steps["cut"] == steps["none"] + 1


def test_what_maintenance_takes_out_counts_neither_good_nor_bad() -> None:
    day = datetime.fromtimestamp(START // DAY * DAY - 5 * DAY, UTC).replace(tzinfo=None)
    maintenance = Maintenance(day, day + timedelta(days=1), "UTC")
    valid = {}
    for agreed in ((), (maintenance,)):
        source = Steady(Clock(), ("shop",))
        tracker = SloTracker(Settings(agreements=Agreements(maintenance=agreed)))
        counted(tracker, source, START)
        report = tracker.reports()[0]
        valid[len(agreed)] = report.valid
        assert report.excluded_s == len(agreed) * DAY
    assert valid[0] is not None
    assert valid[1] == pytest.approx(valid[0] - DAY * 10)
