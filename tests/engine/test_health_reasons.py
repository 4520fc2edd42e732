"""Reasons are values with the numbers they speak of, and a burn that is over is told in the past."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard import frames
from dashboard.engine import health_reasons
from dashboard.engine.default_slos import availability, latency
from dashboard.engine.health import (
    AnsweredInPart,
    BudgetSpent,
    BudgetUnavailable,
    Burned,
    Burning,
    FailuresUnknown,
    Health,
    MeasuredTooShortly,
    NearlyFull,
    NeverMeasured,
    NoDataSince,
    NoRequestCounts,
    NoRequestsYet,
    NoSamples,
    NotMeasuredNow,
    Reason,
)
from dashboard.engine.poller import Poller
from dashboard.exceptions import SourceUnavailable
from dashboard.outcomes import UnknownWords
from dashboard.signals.current import CurrentValues
from dashboard.slo.caveats import Caveat, CaveatKind
from dashboard.slo.ledger_view import EMPTY
from dashboard.slo.objective import Slo
from dashboard.slo.report import SloReport, State
from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.protocol import Answer
from dashboard.timerange import DAY, HOUR, Grid, epoch
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


@pytest.mark.parametrize(("minutes", "hours"), [(26, 6), (30, 6), (40, 6), (60, 24), (75, 24)])
def test_a_burn_that_is_over_is_told_in_the_past_until_when_it_was_seen(minutes: float, hours: int) -> None:
    """Its five-minute window was above the threshold until four minutes after the last failure."""
    assert reason_after(minutes, over=20) == Burned(SHOP, hours * HOUR, pytest.approx(START + 23.5 * MINUTE, abs=60))


def test_a_long_outage_is_over_although_its_slow_rule_goes_on() -> None:
    """Both windows of the rule over six hours are still above the threshold, but nothing failed for ten minutes."""
    reason = reason_after(70, over=60)
    assert reason == Burned(SHOP, 6 * HOUR, pytest.approx(START + 64 * MINUTE, abs=60))


def test_few_requests_do_not_tell_that_a_burn_is_over() -> None:
    clock = Clock(START + 30 * MINUTE)
    source = Outage(clock, ("shop",))
    source.over, source.share, source.rate = 20.0, 0.05, 0.5
    poller = Poller(source, clock=clock)
    poller.tick()
    reason = poller.snapshot.by_name["shop"].reasons[0]
    assert isinstance(reason, Burning)
    assert (reason.window_s, reason.rising) == (1800, True)


def test_a_budget_of_which_too_little_was_measured_is_not_called_spent() -> None:
    clock = Clock()
    source = Steady(clock, ("shop",))
    source.error_ratio = 0.002
    poller = Poller(source, clock=clock)
    poller.tick()
    assert poller.snapshot.by_name["shop"].reasons == (BudgetSpent(SHOP),)
    source.begins = START - 40 * MINUTE
    poller = Poller(source, clock=clock)
    poller.tick()
    shop = poller.snapshot.by_name["shop"]
    assert shop.health is Health.UNKNOWN
    assert shop.reasons == (MeasuredTooShortly(40 * MINUTE, pytest.approx(40 / (30 * 24 * 60))),)
    (availability, latency) = shop.slos
    assert (availability.state, availability.judged_remaining) == (State.NO_DATA, None)
    assert availability.remaining == pytest.approx(-1), "what was counted is told all the same"
    assert latency.state is State.ACCEPTABLE


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


# --- which reason it is ----------------------------------------------------------------------------------------------

LATENCY = latency("shop", 0.5)
NOTHING_READ = CurrentValues()


def report(state: State, **more: Any) -> SloReport:
    """Of an SLO that was measured until now."""
    empty = SloReport(SHOP, state, START, START - DAY, START, 9.0, 10.0, 1.0, 0.9, None, 0.5, measured_at=START)
    return replace(empty, measured_s=float(DAY), **more)


def test_a_service_that_went_long_ago_says_since_when() -> None:
    reason = health_reasons.without_data(NOTHING_READ, START - 9000.0, has_signals=True, last_seen=START - 10_000.0)
    assert reason == NoDataSince(START - 10_000.0)


def test_a_service_has_no_data_since_its_slos_have_none() -> None:
    moments = (None, START - 9000.0, START - 9900.0)
    slos = [report(State.NO_DATA, measured_at=moment, stale=moment is not None) for moment in moments]
    reason = health_reasons.without_data(NOTHING_READ, None, slos, has_signals=True, last_seen=START - 10_000.0)
    assert reason == NoDataSince(START - 9000.0)
    slos.append(report(State.ACCEPTABLE))
    assert health_reasons.without_data(NOTHING_READ, None, slos, has_signals=True) == NoSamples(HOUR)


@pytest.mark.parametrize(
    ("time", "newest", "has_signals", "reason"),
    [
        (None, None, True, NoSamples(HOUR)),
        (None, START - 9000.0, True, NoSamples(HOUR)),
        (START, None, True, NoRequestCounts(HOUR)),
        (START, START - 600.0, True, NoDataSince(START - 600.0)),
        (None, START - 600.0, False, NoDataSince(START - 600.0)),
        (None, None, False, NeverMeasured()),
    ],
    ids=["silent", "silent for long", "a gauge alone", "late", "an SLO that stopped", "an SLO that never began"],
)
def test_what_is_said_of_a_service_without_live_data(
    time: float | None, newest: float | None, has_signals: bool, reason: Reason
) -> None:
    assert health_reasons.without_data(CurrentValues(time=time), newest, has_signals=has_signals) == reason


@pytest.mark.parametrize(
    ("states", "measured_s", "reasons"),
    [
        ([State.NO_DATA], 0.0, (NoRequestsYet(),)),
        ([State.NO_DATA], 600.0, (MeasuredTooShortly(600.0, 0.5),)),
        ([State.NO_DATA], float(HOUR), (NoRequestsYet(),)),
        ([State.NO_DATA, State.ACCEPTABLE], 600.0, (MeasuredTooShortly(600.0, 0.5),)),
        ([State.ACCEPTABLE], 600.0, ()),
    ],
    ids=["never", "for ten minutes", "an hour without requests", "beside another", "well"],
)
def test_too_little_to_judge_is_told_from_no_requests(
    states: list[State], measured_s: float, reasons: tuple[Reason, ...]
) -> None:
    slos = [replace(report(state), measured_s=measured_s, coverage=0.5) for state in states]
    assert health_reasons.with_data(slos, NOTHING_READ, EMPTY) == reasons


def test_what_the_source_refuses_or_lacks_explains_more_than_what_was_not_measured() -> None:
    refused = report(State.NO_DATA, caveats=(Caveat(CaveatKind.UNAVAILABLE, message="too much"),))
    lacking = report(State.NO_DATA, is_partial_now=True)
    assert health_reasons.with_data([refused, lacking], NOTHING_READ, EMPTY) == (
        BudgetUnavailable(SHOP, "too much"),
        AnsweredInPart(),
    )
    burning = replace(lacking, state=State.ACCEPTABLE)
    assert health_reasons.with_data([burning], NOTHING_READ, EMPTY) == ()


UNKNOWN_WORDS = (UnknownWords("status", ("violet",)),)
OWN = replace(SHOP, origin="slo/shop.yaml:1")
LATENCY_ONLY = latency("shop", 0.5)


@pytest.mark.parametrize(
    ("slos", "reading", "told"),
    [
        ([], CurrentValues(traffic=10.0), False),
        ([], CurrentValues(), True),
        ([LATENCY_ONLY], CurrentValues(traffic=10.0), False),
        ([LATENCY_ONLY], CurrentValues(traffic=0.0), True),
        ([SHOP], CurrentValues(traffic=10.0, errors={"server": 0.0}), True),
        ([SHOP], CurrentValues(traffic=10.0, errors={"server": None}), False),
        ([OWN], CurrentValues(traffic=10.0, errors={"server": None}), False),
        ([replace(LATENCY_ONLY, origin="slo/shop.yaml:1")], CurrentValues(traffic=10.0), True),
    ],
    ids=[
        "no SLO", "no SLO and no requests", "latency by default", "no traffic", "told", "not told",
        "not told where an SLO asks", "judged by something else",
    ],
)  # fmt: skip
def test_requests_of_which_nobody_knows_what_became_are_a_reason(
    slos: list[Slo], reading: CurrentValues, told: bool
) -> None:
    info = ServiceInfo("shop", "x", unknown_words=UNKNOWN_WORDS)
    reports = [replace(report(State.ACCEPTABLE), slo=slo) for slo in slos]
    said = health_reasons.failures_unknown(info, reports, reading, pd.DataFrame())
    assert said == (None if told else FailuresUnknown(UNKNOWN_WORDS))


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        ([0.0] * 40, True),
        ([np.nan] * 20 + [0.0] * 20, True),
        ([0.0] * 20 + [np.nan] + [0.0] * 19, False),
        ([0.0] * 39 + [np.nan], False),
    ],
    ids=["told", "six minutes ago", "five minutes ago", "now"],
)
def test_what_could_not_be_told_for_a_moment_is_not_called_well_for_minutes(failed: list[float], told: bool) -> None:
    samples = pd.DataFrame({("requests", ""): [10.0] * 40, ("errors", "server"): failed})
    reading = CurrentValues(traffic=10.0, errors={"server": 0.0})
    said = health_reasons.failures_unknown(ServiceInfo("shop", "x"), [report(State.ACCEPTABLE)], reading, samples)
    assert said == (None if told else FailuresUnknown())
    # Where nobody asks, nothing is missing.
    samples["requests", ""] = 0.0
    said = health_reasons.failures_unknown(ServiceInfo("shop", "x"), [report(State.ACCEPTABLE)], reading, samples)
    assert said is None


@pytest.mark.parametrize(("used", "count"), [(0.9, 1), (0.899, 0)])
def test_a_resource_is_worth_a_word_from_nine_tenths_on(used: float, count: int) -> None:
    reading = CurrentValues(saturation={"memory": used, "cpu": 0.1})
    assert health_reasons.with_data([], reading, EMPTY) == (NearlyFull("memory", used),) * count


def test_budgets_come_before_what_is_nearly_full() -> None:
    reading = CurrentValues(saturation={"memory": 0.95})
    reasons = health_reasons.with_data([report(State.EXHAUSTED), report(State.ACCEPTABLE)], reading, EMPTY)
    assert reasons == (BudgetSpent(SHOP), NearlyFull("memory", 0.95))


@pytest.mark.parametrize(
    ("measured_s", "so_far_s", "little"),
    [
        (DAY - 60.0, 30.0 * DAY, True),
        (float(DAY), 30.0 * DAY, False),
        (0.4 * HOUR, float(HOUR), True),
        (0.5 * HOUR, float(HOUR), False),
    ],
    ids=["less than a day", "a day", "less than half of a short window", "half of it"],
)
def test_what_is_too_little_to_call_a_budget_spent(measured_s: float, so_far_s: float, little: bool) -> None:
    spent = replace(report(State.NO_DATA), start=START - so_far_s, measured_s=measured_s, remaining=-2.17)
    assert spent.is_little_measured is little
    assert spent.judged_remaining == (None if little else -2.17)
    assert replace(spent, remaining=0.5).judged_remaining == 0.5, "what is left is left"


@pytest.mark.parametrize(
    ("slos", "reasons"),
    [
        ([report(State.ACCEPTABLE)], []),
        ([report(State.ACCEPTABLE, stale=True)], [NotMeasuredNow(SHOP, START)]),
        ([replace(report(State.NO_DATA), measured_at=None)], []),
        (
            [report(State.ACCEPTABLE), replace(report(State.NO_DATA), slo=LATENCY, measured_at=None)],
            [NotMeasuredNow(LATENCY)],
        ),
        (
            [report(State.ACCEPTABLE), replace(report(State.NO_DATA), slo=LATENCY, measured_at=None, stale=True)],
            [NotMeasuredNow(LATENCY)],
        ),
    ],
    ids=["measured", "stopped", "none ever", "never beside one that is", "said once"],
)
def test_which_slos_are_not_measured_now(slos: list[SloReport], reasons: list[NotMeasuredNow]) -> None:
    assert list(health_reasons.not_measured_now(slos)) == reasons
