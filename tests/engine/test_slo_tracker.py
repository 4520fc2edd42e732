"""The SLOs that hold follow the catalog and the configuration, and the history is counted once, in parts."""

from dashboard.config.agreements import Agreements, Contract
from dashboard.engine.default_slos import availability
from dashboard.engine.settings import Settings
from dashboard.engine.slo_tracker import SloTracker
from dashboard.engine.source_status import HistoryProgress
from dashboard.slo.objective import Sla
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
    contract = Contract("shop-availabilty", Sla(0.99))
    tracker = SloTracker(Settings(agreements=Agreements(contracts=(contract,))))
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
