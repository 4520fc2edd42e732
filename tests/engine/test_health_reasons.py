"""Reasons are values with the numbers they speak of, and a burn that is over is told in the past."""

import numpy as np
import pytest

from dashboard import frames
from dashboard.engine.default_slos import availability
from dashboard.engine.health import BudgetSpent, Burned, Burning, NearlyFull, NoDataSince, NoRequestCounts, Reason
from dashboard.engine.poller import Poller
from dashboard.exceptions import SourceUnavailable
from dashboard.sources.protocol import Answer
from dashboard.timerange import HOUR, Grid, epoch
from tests.steady import COST, START, Clock, Steady

SHOP = availability("shop")
MINUTE = 60.0


class Outage(Steady):
    """Of the requests after START until `over` minutes later, `share` fail."""

    over, share = 0.0, 0.0

    def _answer(self, grid: Grid, level: float) -> Answer:
        answer = super()._answer(grid, level)
        frame = answer.frame.copy()
        seconds = np.array([epoch(moment) for moment in frame.index])
        during = (seconds > START) & (seconds <= START + self.over * MINUTE)
        for name in self.names:
            frame.loc[during, (name, "errors", "server")] = level * self.share
        return Answer(
            frames.samples({key: frame[key].to_numpy() for key in frame}, grid), (COST,), newest=answer.newest
        )


def reason_after(minutes: float, *, over: float, share: float = 0.05) -> Reason:
    """The reason of a service so many minutes after the start of an outage that is over after `over` of them."""
    clock = Clock(START + minutes * MINUTE)
    source = Outage(clock, ("shop",))
    source.over, source.share = over, share
    poller = Poller(source, clock=clock)
    poller.tick()
    (reason,) = poller.snapshot.by_name["shop"].reasons
    return reason


def test_a_burn_that_has_begun_is_told_by_its_short_window_and_rises() -> None:
    reason = reason_after(5, over=20)
    assert isinstance(reason, Burning)
    assert (reason.slo, reason.window_s, reason.rising) == (SHOP, 300, True)
    assert reason.rate == pytest.approx(50)


def test_a_burn_that_goes_on_is_told_by_the_long_window_of_its_rule() -> None:
    reason = reason_after(20, over=20)
    assert isinstance(reason, Burning)
    assert (reason.window_s, reason.rising) == (HOUR, False)
    assert reason.rate == pytest.approx((20 * 50 + 40 * 0.1) / 60)


@pytest.mark.parametrize("minutes", [26, 30, 40, 60, 75])
def test_a_burn_that_is_over_is_told_in_the_past_until_when_it_was_seen(minutes: float) -> None:
    """Its five-minute window was above the threshold until four minutes after the last failure."""
    assert reason_after(minutes, over=20) == Burned(SHOP, pytest.approx(START + 23.5 * MINUTE, abs=60))


def test_a_long_outage_is_over_although_its_slow_rule_goes_on() -> None:
    """Both windows of the rule over six hours are still above the threshold, but nothing failed for ten minutes."""
    reason = reason_after(70, over=60)
    assert reason == Burned(SHOP, pytest.approx(START + 64 * MINUTE, abs=60))


def test_few_requests_do_not_tell_that_a_burn_is_over() -> None:
    clock = Clock(START + 30 * MINUTE)
    source = Outage(clock, ("shop",))
    source.over, source.share, source.rate = 20.0, 0.05, 0.5
    poller = Poller(source, clock=clock)
    poller.tick()
    reason = poller.snapshot.by_name["shop"].reasons[0]
    assert isinstance(reason, Burning)
    assert (reason.window_s, reason.rising) == (1800, True)


def test_a_spent_budget_says_how_little_of_its_window_was_measured() -> None:
    clock = Clock()
    source = Steady(clock, ("shop",))
    source.error_ratio = 0.002
    poller = Poller(source, clock=clock)
    poller.tick()
    assert poller.snapshot.by_name["shop"].reasons == (BudgetSpent(SHOP),)
    source.begins = START - 40 * MINUTE
    poller = Poller(source, clock=clock)
    poller.tick()
    assert poller.snapshot.by_name["shop"].reasons == (BudgetSpent(SHOP, 40 * MINUTE),)


def test_a_source_that_fails_leaves_the_moment_of_the_last_data() -> None:
    clock = Clock()
    source = Steady(clock, ("shop",))
    poller = Poller(source, clock=clock)
    poller.tick()
    source.failure = SourceUnavailable("connection refused")
    clock.now += 10 * MINUTE
    poller.tick()
    assert poller.snapshot.by_name["shop"].reasons == (NoDataSince(START),)


def test_a_gauge_alone_is_not_a_count_of_requests() -> None:
    clock = Clock()
    source = Steady(clock, ("shop",))
    source.gauge = 0.95
    source.lost = dict.fromkeys(("requests", "errors", "latency"), START - 2 * HOUR)
    poller = Poller(source, clock=clock)
    poller.tick()
    assert poller.snapshot.by_name["shop"].reasons == (NoRequestCounts(HOUR),)


def test_a_full_resource_is_named_with_its_level() -> None:
    clock = Clock()
    source = Steady(clock, ("shop",))
    source.gauge = 0.95
    poller = Poller(source, clock=clock)
    poller.tick()
    assert poller.snapshot.by_name["shop"].reasons == (NearlyFull("memory", 0.95),)
