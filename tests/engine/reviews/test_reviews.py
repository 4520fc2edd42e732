"""A review is worked out once for all who look, beside the refreshes, and shown until a newer one is there."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from dashboard.archive.archive import Archive
from dashboard.archive.spec import ArchiveSpec
from dashboard.config.agreements import Agreements, Maintenance
from dashboard.engine.past.hour_keeper import HourKeeper
from dashboard.engine.poller import Poller
from dashboard.engine.reviews.reviews import FRESH_OVER_S, FRESH_S, Reviews
from dashboard.engine.settings import Settings
from dashboard.engine.viewers.on_demand import FAILED_FOR, WINDOWS_KEPT
from dashboard.engine.viewers.viewer_queue import ViewerQueue
from dashboard.exceptions import SourceUnavailable, StateError
from dashboard.review.facts import Facts
from dashboard.review.making import review
from dashboard.review.period import Period
from dashboard.timerange import DAY, HOUR
from tests.review.facts import WEEK, week
from tests.steady import START, Clock, Steady


class Gathered:
    """Facts of the week as a poller would gather them; they can be held up, or fail."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.periods: list[Period] = []
        self.timeout_s: list[float] = []
        self.threads: set[int] = set()
        self.failure: StateError | None = None
        self.whole_after = 0
        self.goes_on = threading.Event()
        self.goes_on.set()

    def __call__(self, period: Period, timeout_s: float) -> Facts:
        self.periods.append(period)
        self.timeout_s.append(timeout_s)
        self.threads.add(threading.get_ident())
        assert self.goes_on.wait(20)
        if self.failure is not None:
            raise self.failure
        is_whole = len(self.periods) >= self.whole_after
        return Facts(period=period, at=self.clock.now, objectives=[week(bad=0.1)], is_whole=is_whole)


@pytest.fixture
def gathered() -> Gathered:
    return Gathered(Clock(WEEK.end - HOUR))


@pytest.fixture
def reviews(gathered: Gathered) -> Iterator[Reviews]:
    with closing(ViewerQueue()) as queue:
        yield Reviews(gathered, gathered.clock, queue)


def worked_out(gathered: Gathered, count: int) -> None:
    ends = time.monotonic() + 20
    while len(gathered.periods) < count:
        assert time.monotonic() < ends, "it was not worked out again"
        time.sleep(0.005)


def test_it_is_worked_out_in_another_thread_and_once_for_all(gathered: Gathered, reviews: Reviews) -> None:
    window = reviews.fetch(WEEK, wait_s=20)
    assert window.review is not None
    assert (window.error, window.retry_s, window.review.objectives[0].spent) == (None, None, pytest.approx(0.1))
    assert reviews.fetch(WEEK) is window
    assert len(gathered.periods) == 1
    assert threading.get_ident() not in gathered.threads


def test_nobody_waits_for_what_takes_long(gathered: Gathered, reviews: Reviews) -> None:
    gathered.goes_on.clear()
    window = reviews.fetch(WEEK, wait_s=0.05)
    assert (window.review, window.error) == (None, None)
    assert window.retry_s is not None
    gathered.goes_on.set()
    assert reviews.fetch(WEEK, wait_s=20).review is not None
    assert len(gathered.periods) == 1


def test_the_last_one_is_shown_while_a_newer_one_is_worked_out(gathered: Gathered, reviews: Reviews) -> None:
    first = reviews.fetch(WEEK, wait_s=20)
    gathered.clock.now += FRESH_S - 1
    assert reviews.fetch(WEEK) is first
    gathered.clock.now += 1
    gathered.goes_on.clear()
    assert reviews.fetch(WEEK) is first
    gathered.goes_on.set()
    worked_out(gathered, 2)
    # What is long over changes seldom: an incident is corrected, a change is told late.
    gathered.clock.now = WEEK.end + 3 * DAY
    reviews.fetch(WEEK)
    worked_out(gathered, 3)
    ends = time.monotonic() + 20
    while (newest := reviews.fetch(WEEK)).review is None or newest.review.at < WEEK.end:
        assert time.monotonic() < ends
    gathered.clock.now += FRESH_OVER_S - 1
    assert reviews.fetch(WEEK) is newest


def test_what_failed_is_told_and_tried_again_after_a_while(gathered: Gathered, reviews: Reviews) -> None:
    gathered.failure = StateError("the state cannot be read")
    for _ in range(3):
        assert reviews.fetch(WEEK, wait_s=20).error == "the state cannot be read"
    assert len(gathered.periods) == 1
    gathered.failure, gathered.clock.now = None, gathered.clock.now + FAILED_FOR
    window = reviews.fetch(WEEK, wait_s=20)
    assert (window.error, window.review is None) == (None, False)


def test_it_is_shown_before_the_periods_before_it_are_known(
    gathered: Gathered, reviews: Reviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.engine.reviews.reviews.REST_S", 0.3)
    gathered.whole_after = 3
    first = reviews.fetch(WEEK, wait_s=0.15)
    assert (first.review is None, first.is_whole) == (False, False)
    worked_out(gathered, 3)
    ends = time.monotonic() + 20
    while not (whole := reviews.fetch(WEEK)).is_whole:
        assert time.monotonic() < ends
    assert reviews.fetch(WEEK) is whole
    # All is added up again each time: few times, however long it takes.
    assert gathered.timeout_s == [2, 4, 8]


def test_few_are_kept(gathered: Gathered, reviews: Reviews) -> None:
    for period in WEEK.earlier(WINDOWS_KEPT + 3):
        reviews.fetch(period, wait_s=20)
    assert len(reviews._slots) == WINDOWS_KEPT
    reviews.forget()
    assert not reviews._slots


# --- of a poller -----------------------------------------------------------------------------------------------------


def test_a_period_that_the_ledger_does_not_hold_is_asked_of_the_source_once() -> None:
    clock = Clock(START)
    source = Steady(clock, ("shop",))
    poller = Poller(source, clock=clock)
    poller.tick()
    period = Period.parse("2023-09", "UTC")
    source.asked.clear()
    window = poller.viewers.reviews.fetch(period, wait_s=60)
    assert window.review is not None
    availability = next(each for each in window.review.objectives if each.slo.kind == "availability")
    assert availability.valid == pytest.approx(10 * 30 * DAY)
    assert (availability.coverage, window.review.data_begin) == (1.0, None)
    assert availability.before == (pytest.approx(0.1),) * 5
    asked = len(source.asked)
    assert asked
    # A newer one of the same period, and one beside it, have its hours already.
    clock.now += FRESH_OVER_S + 1
    poller.viewers.review_facts.of(period)
    assert len(source.asked) == asked
    poller.stop()


def test_maintenance_of_before_all_windows_of_now_is_left_out_of_a_review(tmp_path: Path) -> None:
    """Also of hours that were kept before anybody excluded them."""
    period, clock = Period.parse("2023-09", "UTC"), Clock(START)
    moved = Maintenance(datetime(2023, 9, 10), datetime(2023, 9, 11), "UTC", "the data centre moved")
    for maintenance in ((), (moved,)):
        # A day after the month the ledger still has all of it; then 45 days have gone by.
        clock.now = START if maintenance else period.end + DAY
        keeper = HourKeeper(Archive(ArchiveSpec(tmp_path, "test memory")), "rules")
        settings = Settings(agreements=Agreements(maintenance=maintenance))
        poller = Poller(Steady(clock, ("shop",)), settings, clock=clock, keeper=keeper)
        poller.tick()
        facts = poller.viewers.review_facts.of(period)
        poller.stop()
        for each in review(facts).objectives:
            assert each.valid == pytest.approx(10 * DAY * (29 if maintenance else 30))
            assert [gap.reason for gap in each.gaps] == [moved.reason] * bool(maintenance)
            assert each.coverage == 1


def test_of_very_many_objectives_periods_before_are_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    # The month itself has 720 hours of two objectives.
    monkeypatch.setattr("dashboard.engine.reviews.older_hours.KEPT_ROWS", 1000)
    clock = Clock(START)
    source = Steady(clock, ("shop",))
    poller = Poller(source, clock=clock)
    poller.tick()
    period = Period.parse("2023-09", "UTC")
    whole = poller.viewers.reviews.fetch(period, wait_s=60)
    assert whole.is_whole
    assert whole.review is not None
    assert all(each.coverage == 1 for each in whole.review.objectives)
    assert all(each.before[:4] == (None,) * 4 for each in whole.review.objectives)
    asked = len(source.asked)
    poller.viewers.review_facts.of(period)
    assert len(source.asked) == asked
    poller.stop()


def test_objectives_that_come_are_reviewed_at_once() -> None:
    clock = Clock(START)
    poller = Poller(Steady(clock, ("shop",)), clock=clock)
    period = Period.parse("2023-11", "UTC")
    before = poller.viewers.reviews.fetch(period, wait_s=60).review
    assert before is not None
    assert before.objectives == ()
    poller.tick()
    poller.viewers.reviews.fetch(period, wait_s=60)
    ends = time.monotonic() + 20
    while not ((whole := poller.viewers.reviews.fetch(period, wait_s=60).review) and whole.objectives):
        assert time.monotonic() < ends
    poller.stop()


def test_a_source_that_is_away_leaves_what_is_known() -> None:
    clock = Clock(START)
    source = Steady(clock, ("shop",))
    poller = Poller(source, clock=clock)
    poller.tick()
    source.failure = SourceUnavailable("cannot be reached")
    whole = poller.viewers.reviews.fetch(Period.parse("2023-Q4", "UTC"), wait_s=60).review
    assert whole is not None
    assert whole.data_begin == pytest.approx(START - 30 * DAY, abs=2 * HOUR)
    poller.stop()
