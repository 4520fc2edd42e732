"""Numbers that others have worked out, and numbers that follow from a definition alone; each says where it is from.

All go through the ledger and the evaluator where that is possible; what these are fed follows from the input.
"""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dashboard.slo.caveats import Caveat, CaveatKind
from dashboard.slo.exclusions import Exclusion
from dashboard.slo.forecast import first_above, in_period, spending
from dashboard.slo.indicators import Column, Composite, Op, Part, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import Policy, Row, RuleFault
from dashboard.slo.report import Reading, SloReport, State
from dashboard.slo.windows import Calendar, Rolling, Unit
from dashboard.timerange import DAY, HOUR
from tests.slo.feeding import (
    MINUTE,
    NONE,
    NOW,
    Fed,
    Rate,
    alert_of,
    always,
    availability,
    burn_over,
    counts,
    during,
    judged,
    share,
)

WORKBOOK = "https://sre.google/workbook/alerting-on-slos/"
IMPLEMENTING = "https://sre.google/workbook/implementing-slos/"
KIBANA = "https://github.com/elastic/kibana, x-pack/solutions/observability/plugins/slo/README.md"
OPENOBSERVE = "https://openobserve.ai/docs/, SLO"
DATADOG = "https://docs.datadoghq.com/service_management/service_level_objectives/"
DATADOG_BURN = "https://docs.datadoghq.com/service_management/service_level_objectives/burn_rate/"
OPENSLO = "https://github.com/OpenSLO/OpenSLO, README.md"
SLOTH = "https://github.com/slok/sloth, internal/alert/window/windows at 0.16.0"
SLO_GENERATOR = "https://github.com/google/slo-generator, tests/unit/fixtures"
WIKIPEDIA = "https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval"
DEFINITION = "worked out from the definition"

MONTH = Rolling(30.0 * DAY)
PLENTY = 6000.0
# 1 of 1000 beside 1000 of 1000, and other shares, as far as printed digits tell.
PRINTED = 5e-5


def lasting(slo: Slo, ratio: float, valid: float = PLENTY) -> SloReport:
    """A constant share of failures at even traffic for longer than any window."""
    return judged(slo, ratio * valid, valid)


# --- burn and budget -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("objective", "sli", "rate", "origin"),
    [
        pytest.param(0.999, 0.9995, 0.5, KIBANA, id="half the allowed rate"),
        pytest.param(0.999, 0.99, 10.0, KIBANA, id="ten times the allowed rate"),
        pytest.param(0.999, 0.999, 1.0, WORKBOOK, id="the allowed rate"),
        pytest.param(0.35, 0.3585, 0.987, OPENOBSERVE, id="an objective of 35 %"),
        pytest.param(0.35, 0.5746, 0.654, OPENOBSERVE, id="the same, better"),
        pytest.param(0.94, 0.0, 16.67, OPENOBSERVE, id="no burn rate is above 1 / budget"),
        pytest.param(0.9, 0.5, 5.0, SLO_GENERATOR, id="half of all at 90 %"),
    ],
)
def test_the_burn_rate_of_a_lasting_sli(objective: float, sli: float, rate: float, origin: str) -> None:
    report = lasting(availability(objective), 1 - sli)
    assert burn_over(report).rate == pytest.approx(rate, abs=5e-3 if rate > 10 else 5e-4), origin
    assert report.sli == pytest.approx(sli)
    # An even window is spent as fast as it burns.
    assert report.spent == pytest.approx(rate, abs=5e-3)


@pytest.mark.parametrize(("objective", "budget"), [(0.9, 0.1), (0.95, 0.05), (0.999, 0.001), (0.99999, 0.00001)])
def test_a_budget_is_what_its_decimal_text_says(objective: float, budget: float) -> None:
    """In floating point 1 - 0.999 is 0.0010000000000000009: Sloth writes 0.0009999999999999432."""
    assert availability(objective).budget == budget
    assert 1 - objective != budget


def test_an_sli_of_995_of_1000_has_spent_five_budgets() -> None:
    """Kibana's README prints -0.004: points of the SLI, not a share of the budget."""
    report = lasting(availability(0.999), 0.005)
    assert report.spent == pytest.approx(5)
    assert report.remaining == pytest.approx(-4)
    assert report.state is State.EXHAUSTED


def test_five_thousand_failures_of_a_million_are_four_thousand_too_many() -> None:
    """Kibana: 400 % over."""
    valid = 1_000_000 / (30 * 24 * 60)
    report = judged(availability(0.999), 0.005 * valid, valid)
    assert report.valid == pytest.approx(1_000_000)
    assert report.bad == pytest.approx(5_000)
    assert report.remaining_events == pytest.approx(-4_000)
    assert report.remaining == pytest.approx(-4)


def test_half_of_twelve_hours_lost_at_90_percent_is_288_minutes_too_many() -> None:
    """slo-generator: 43,200 s, budget 72 min, -288 min left."""
    report = lasting(availability(0.9, window=Rolling(43_200.0)), 0.5)
    assert report.slo.budget * 43_200 / MINUTE == pytest.approx(72)
    assert report.remaining_s == pytest.approx(-288 * MINUTE)


def test_a_budget_overspent_by_three_quarters_is_spent_1_756_times() -> None:
    """OpenObserve: remaining -0.756."""
    report = lasting(availability(0.999), 0.001756)
    assert report.remaining == pytest.approx(-0.756)
    assert report.spent == pytest.approx(1.756)


def test_one_failure_of_ten_an_hour_burns_a_hundred_times_and_costs_a_seventh_of_the_budget() -> None:
    """Ten events an hour, 99.9 %, 30 days: the workbook prints 1,000 times, which is wrong."""
    report = judged(availability(0.999), during(NOW - MINUTE, NOW, 1), 10 / 60)
    assert burn_over(report).rate == pytest.approx(100)
    assert report.spent == pytest.approx(1 / 7.2)
    assert report.spent == pytest.approx(0.139, abs=5e-4)


# --- minutes and slices --------------------------------------------------------------------------------------------


def spotless(slo: Slo, now: float = NOW) -> SloReport:
    return judged(slo, 0.0, PLENTY, now=now)


@pytest.mark.parametrize(
    ("objective", "days", "minutes", "origin"),
    [
        (0.99, 30, 432, DEFINITION),
        (0.999, 30, 43.2, WORKBOOK),
        (0.9995, 30, 21.6, DEFINITION),
        (0.9999, 30, 4.32, DEFINITION),
        (0.99999, 30, 25.92 / 60, WORKBOOK),
        (0.9995, 7, 5 + 2.4 / 60, OPENSLO),
        (0.95, 14, 16 * 60 + 48, OPENSLO),
    ],
)
def test_an_unspent_budget_in_minutes_of_full_outage(objective: float, days: int, minutes: float, origin: str) -> None:
    report = spotless(availability(objective, window=Rolling(days * float(DAY))))
    assert report.remaining == pytest.approx(1, abs=1e-12)
    assert report.remaining_s == pytest.approx(minutes * 60), origin


@pytest.mark.parametrize(("month", "minutes"), [(3, 44.58), (10, 44.70)])
def test_months_in_berlin_with_a_change_of_clocks_have_budgets_of_their_own(month: int, minutes: float) -> None:
    """99.9 % of 743 h and 745 h."""
    zone = "Europe/Berlin"
    now = datetime(2026, month, 31, 12, tzinfo=ZoneInfo(zone)).timestamp()
    report = spotless(availability(0.999, window=Calendar(Unit.MONTH, zone=zone)), now)
    assert report.remaining_s == pytest.approx(minutes * 60)


@pytest.mark.parametrize(
    ("zone", "month", "hours"),
    [
        ("Europe/Berlin", 3, 743),
        ("Europe/Berlin", 10, 745),
        ("America/New_York", 3, 743),
        ("America/New_York", 11, 721),
        ("Australia/Lord_Howe", 4, 720.5),
        ("Australia/Lord_Howe", 10, 743.5),
    ],
)
def test_a_month_s_report_counts_the_hours_that_passed_and_no_others(zone: str, month: int, hours: float) -> None:
    """Half a minute after the month is over nothing of it counts; a minute before, all of it."""
    end = datetime(2026, month + 1, 1, tzinfo=ZoneInfo(zone)).timestamp()
    begin = datetime(2026, month, 1, tzinfo=ZoneInfo(zone)).timestamp()
    slo = availability(0.999, window=Calendar(Unit.MONTH, zone=zone))
    fed = Fed([slo], counts(slo, during(begin, end, 0, 50), 100))
    last, first = fed.tick(end - MINUTE)[0], fed.tick(end + MINUTE)[0]
    assert last.end - last.start == hours * HOUR
    assert (last.valid, last.bad) == (pytest.approx((hours * 60 - 1) * 100), 0)
    assert last.coverage == pytest.approx(1)
    assert (first.start, first.valid, first.bad) == (end, pytest.approx(100), pytest.approx(50))


@pytest.mark.parametrize(("month", "starts"), [(1, "01-31"), (2, "02-28"), (3, "03-31"), (4, "04-30")])
def test_periods_from_the_31st_are_clamped_from_the_anchor_and_not_from_each_other(month: int, starts: str) -> None:
    """31 Jan, 28 Feb, 31 Mar: from one to the next it would be 28 Mar."""
    window = Calendar(Unit.MONTH, anchor=datetime(2026, 1, 31))
    now = datetime(2026, month, int(starts[3:]), 6, tzinfo=UTC).timestamp()
    report = spotless(availability(0.999, window=window), now)
    assert f"{datetime.fromtimestamp(report.start, UTC):%m-%d %H:%M}" == f"{starts} 00:00"
    assert report.valid == pytest.approx(6 * 60 * PLENTY)


def sliced(
    bad: Rate,
    *,
    objective: float = 0.99,
    days: float = 7,
    slice_s: int = MINUTE,
    exclusions: tuple[Exclusion, ...] = (),
) -> SloReport:
    """Timeslices of a gauge that is 1 where a slice is bad."""
    indicator = Threshold(Column("shop", "saturation", "memory"), Op.LTE, 0.5)
    slo = Slo(
        "shop", "slices", indicator, objective, method=Method.TIMESLICES, window=Rolling(days * DAY), slice_s=slice_s
    )
    return Fed([slo], {("shop", "saturation", "memory"): bad}, exclusions=exclusions).tick(NOW)[0]


@pytest.mark.parametrize(
    ("bad", "sli"), [pytest.param(5, 0.99306, id="715 of 720 good"), pytest.param(10, 0.98611, id="10 of 720 bad")]
)
def test_minutes_of_twelve_hours(bad: int, sli: float) -> None:
    """Datadog's examples of a monitor's and of a time slice objective."""
    report = sliced(during(NOW - 2 * HOUR, NOW - 2 * HOUR + bad * MINUTE, 1), days=0.5)
    assert (report.valid, report.bad) == (720, bad)
    assert report.sli == pytest.approx(sli, abs=5e-6)


def test_what_is_excluded_counts_neither_as_good_nor_as_time() -> None:
    """Datadog: 60 bad of 10,080 minutes, 1,440 excluded: 60 / 8,640 and not 60 / 10,080."""
    away = Exclusion(NOW - 3 * DAY, NOW - 2 * DAY)
    bad = during(NOW - DAY, NOW - DAY + 60 * MINUTE, 1)
    worse = during(NOW - 3 * DAY, NOW - 2 * DAY, 1, bad)
    report = sliced(worse, exclusions=(away,))
    assert (report.bad, report.valid) == (60, 8640)
    assert report.sli == pytest.approx(1 - 60 / 8640)
    assert (report.excluded_s, report.coverage) == (DAY, pytest.approx(1))
    minutes = report.slo.budget * 8640 - 60
    assert report.remaining_s == pytest.approx(minutes * MINUTE), "as time it is a share of 8,640 minutes, too"


def test_maintenance_that_is_still_to_come_takes_its_slices_out_of_the_month() -> None:
    """October has 44,640 minutes; of a day that is agreed to count for nothing none of them may fail."""
    ahead = Exclusion(NOW + 3 * DAY, NOW + 4 * DAY)
    month = Calendar(Unit.MONTH)
    slo = Slo("shop", "memory", Threshold(Column("shop", "saturation", "memory"), Op.LTE, 0.5), 0.99,
              method=Method.TIMESLICES, window=month, slice_s=60)  # fmt: skip
    (report,) = Fed([slo], {("shop", "saturation", "memory"): always(0)}, exclusions=(ahead,)).tick(NOW)
    assert report.budgeted == 44_640 - 1440
    assert report.remaining_events == pytest.approx(0.01 * 43_200)
    assert report.remaining_s == pytest.approx(0.01 * 43_200 * MINUTE)
    assert report.excluded_s == 0, "until now"


def test_what_is_missing_before_the_window_is_no_caveat() -> None:
    long = availability(window=Rolling(30.0 * DAY))
    short = replace(long, name="short", window=Rolling(2.0 * DAY))
    gap = during(NOW - 5 * DAY, NOW - 4 * DAY, NONE, 100)
    reports = Fed([short, long], counts(long, share(0, gap), gap)).tick(NOW)
    assert [report.caveats for report in reports] == [(), (Caveat(CaveatKind.NOT_MEASURED, float(DAY)),)]


def test_slices_that_were_not_measured_are_neither_good_nor_bad() -> None:
    """2,016 expected, 1,800 measured, 1,750 good; Kibana's 0.97520 takes what is missing for good."""
    begin = NOW - 7 * DAY
    bad = during(begin + DAY, begin + DAY + 50 * 300, 1, during(NOW - DAY, NOW - DAY + 216 * 300, NONE))
    report = sliced(bad, objective=0.95, slice_s=300)
    assert (report.valid, report.good) == (1800, 1750)
    assert report.sli == pytest.approx(0.97222, abs=5e-6)
    assert report.coverage == pytest.approx(0.8929, abs=PRINTED)


def test_two_weeks_of_minutes_at_95_percent_may_lose_1008() -> None:
    """OpenSLO: 20,160 slices, 16 h 48 min."""
    report = sliced(always(0), objective=0.95, days=14)
    assert report.valid == 20_160
    assert report.remaining_events == pytest.approx(1008)
    assert report.remaining_s == pytest.approx((16 * 60 + 48) * 60)


def test_336000_events_at_95_percent_may_fail_16800_times() -> None:
    """OpenSLO prints 16,632, which is 0.99 of it."""
    minutes = 14 * 24 * 60
    report = judged(availability(0.95, window=Rolling(14.0 * DAY)), 0, 336_000 / minutes)
    assert report.remaining_events == pytest.approx(16_800)


@pytest.mark.parametrize(("minutes", "left"), [(822, True), (823, False)])
def test_ratio_slices_that_fall_from_99_to_1_percent_last_13_h_42_9_min(minutes: int, left: bool) -> None:
    """OpenSLO prints "about 13 h 45"; 1,008 = 0.99 x + 0.01 (20,160 - x)."""
    slo = availability(0.95, method=Method.RATIO_TIMESLICES, slice_s=MINUTE, window=Rolling(14.0 * DAY))
    fallen = during(NOW - minutes * MINUTE, NOW, 99, 1)
    report = judged(slo, fallen, 100)
    assert report.bad == pytest.approx(0.99 * minutes + 0.01 * (20_160 - minutes))
    assert (report.remaining is not None and report.remaining > 0) is left
    assert (report.state is State.EXHAUSTED) is not left


@pytest.mark.parametrize(
    ("method", "sli"),
    [(Method.OCCURRENCES, 0.999001), (Method.TIMESLICES, 0.5), (Method.RATIO_TIMESLICES, 0.5)],
)
def test_the_same_two_slices_have_an_sli_by_each_method(method: Method, sli: float) -> None:
    """One event that is bad in one slice, a thousand that are good in the other."""
    slo = availability(0.99, method=method, slice_s=300, slice_target=0.99)
    quiet, busy = NOW - 2 * HOUR, NOW - HOUR
    valid = during(quiet - MINUTE, quiet, 1, during(busy - MINUTE, busy, 1000, NONE))
    bad = during(quiet - MINUTE, quiet, 1, during(busy - MINUTE, busy, 0, NONE))
    assert judged(slo, bad, valid).sli == pytest.approx(sli, abs=5e-7)


# --- composites ----------------------------------------------------------------------------------------------------


def composite(method: Method, ratios: tuple[float | Rate, ...], weights: tuple[float, ...] = (1, 1)) -> SloReport:
    """Parts of 95 % each, with even traffic and these shares of failures."""
    parts = [availability(0.95, service=f"part{number}") for number in range(len(ratios))]
    indicator = Composite(
        tuple(Part(part.indicator, 0.95, weight) for part, weight in zip(parts, weights, strict=True))
    )
    slice_s = 0 if method is Method.OCCURRENCES else 300
    slo = Slo("all", "composite", indicator, 0.95, method=method, slice_s=slice_s, slice_target=0.95)
    series = {}
    for part, ratio in zip(parts, ratios, strict=True):
        series |= counts(part, share(ratio, always(100)), 100)
    return Fed([slo], series).tick(NOW)[0]


def test_shortfalls_of_parts_add_up_in_ratio_slices() -> None:
    """OpenSLO: 95 % and 95 % make 90 %."""
    assert composite(Method.RATIO_TIMESLICES, (0.05, 0.05)).sli == pytest.approx(0.9)


def test_a_slice_is_bad_if_any_part_of_it_is() -> None:
    """OpenSLO, Timeslices: six slices of one part and twelve others of another are eighteen."""
    first = during(NOW - 3 * DAY, NOW - 3 * DAY + 6 * 300, 1)
    second = during(NOW - 2 * DAY, NOW - 2 * DAY + 12 * 300, 1)
    assert composite(Method.TIMESLICES, (first, second)).bad == 18


@pytest.mark.parametrize(("weights", "rate"), [((1, 1), 1.0), ((2, 1), 1.5), ((3, 3), 3.0)])
def test_a_weight_multiplies_the_burn_of_its_part(weights: tuple[float, ...], rate: float) -> None:
    """OpenSLO, Occurrences; both parts burn at the allowed rate with equal traffic."""
    assert burn_over(composite(Method.OCCURRENCES, (0.05, 0.05), weights)).rate == pytest.approx(rate)


# --- burn policies -------------------------------------------------------------------------------------------------

SLOTH_WEEK = "https://github.com/slok/sloth, examples/windows/7d.yml"


def of_shares(*shares: float) -> Policy:
    """Datadog's and OpenObserve's rows: 1 h, 6 h, 24 h, and three days."""
    longs = (HOUR, 6 * HOUR, DAY, 3 * DAY)
    rows = [Row("page", part, long, long / 12) for part, long in zip(shares, longs, strict=False)]
    return Policy("shares", tuple(rows))


@pytest.mark.parametrize(
    ("days", "policy", "thresholds", "origin"),
    [
        pytest.param(30, None, (14.4, 6, 3, 1), WORKBOOK, id="30 days"),
        pytest.param(28, None, (13.44, 5.6, 2.8, 0.9333), SLOTH, id="28 days"),
        pytest.param(7, None, (13.44, 3.5, 1.4, 0.98), SLOTH_WEEK, id="7 days"),
        pytest.param(7, of_shares(0.1, 0.2, 0.4), (16.8, 5.6, 2.8), DATADOG_BURN, id="Datadog, 7 days"),
        pytest.param(30, of_shares(0.02, 0.05, 0.1), (14.4, 6, 3), DATADOG_BURN, id="Datadog, 30 days"),
        pytest.param(90, of_shares(0.01, 0.03, 0.05), (21.6, 10.8, 4.5), DATADOG_BURN, id="Datadog, 90 days"),
        pytest.param(7, of_shares(0.02, 0.05, 0.1, 0.1), (3.36, 1.4, 0.7, 0.2333), DEFINITION, id="30 d shares on 7 d"),
    ],
)
def test_thresholds_follow_from_the_window(
    days: int, policy: Policy | None, thresholds: tuple[float, ...], origin: str
) -> None:
    report = spotless(availability(0.999, window=Rolling(days * float(DAY)), policy=policy))
    assert tuple(alert.rule.threshold for alert in report.alerts) == pytest.approx(thresholds, abs=PRINTED), origin
    assert all(alert.reading is Reading.ACCEPTABLE for alert in report.alerts)
    # A rule that fires below the allowed rate has a diagnostic.
    below = [
        (RuleFault.BELOW_ALLOWED_RATE, pytest.approx(threshold, abs=PRINTED))
        for threshold in thresholds
        if threshold < 1
    ]
    assert [(diagnostic.fault, diagnostic.threshold) for diagnostic in report.slo.diagnostics] == below


def test_a_rule_that_needs_more_than_an_error_a_request_is_left_out_with_a_diagnostic() -> None:
    """At 90 % the first row of the workbook needs 144 % errors."""
    report = lasting(availability(0.9), 1.0)
    assert [alert.rule.threshold for alert in report.alerts] == pytest.approx([6, 3, 1])
    (diagnostic,) = report.slo.diagnostics
    assert (diagnostic.fault, diagnostic.left_out) == (RuleFault.NEVER_FIRES, True)
    assert (diagnostic.threshold, diagnostic.error_ratio) == (pytest.approx(14.4), pytest.approx(1.44))


@pytest.mark.parametrize(
    ("long_s", "seconds"),
    [(HOUR, 51.84), (6 * HOUR, 129.6), (DAY, 259.2), (3 * DAY, 259.2)],
    ids=["1h", "6h", "24h", "3d"],
)
def test_a_full_outage_is_seen_after_so_many_seconds(long_s: int, seconds: float) -> None:
    """W × B × b, 99.9 % over 30 days, on rows of a second: not in the second before."""
    readings = []
    for after in (int(seconds), int(seconds) + 1):
        report = judged(availability(0.999), during(NOW - after, NOW, PLENTY), PLENTY, base=1)
        readings.append(alert_of(report, long_s).reading)
    assert readings == [Reading.INCREASING, Reading.CRITICAL]


@pytest.mark.parametrize(
    ("after", "reading", "firing"),
    [
        pytest.param(345, Reading.INCREASING, False, id="before the long window crosses"),
        pytest.param(346, Reading.CRITICAL, True, id="5.76 min: it has"),
        pytest.param(600, Reading.CRITICAL, True, id="the end of the incident"),
        pytest.param(600 + 271, Reading.CRITICAL, True, id="before the short window clears"),
        pytest.param(600 + 272, Reading.RECOVERING, False, id="4.52 min after: it has"),
        pytest.param(600 + 3254, Reading.RECOVERING, False, id="before the long window clears"),
        pytest.param(600 + 3255, Reading.ACCEPTABLE, False, id="54.24 min after: it has"),
    ],
)
def test_fifteen_percent_errors_for_ten_minutes(after: int, reading: Reading, firing: bool) -> None:
    """The workbook rounds: fires after 5 min, the short window clears after 5, the long one after 60."""
    bad = during(NOW, NOW + 600, 0.15 * PLENTY)
    page = alert_of(judged(availability(0.999), bad, PLENTY, now=NOW + after, base=1), HOUR)
    assert (page.reading, page.firing) == (reading, firing)


def test_an_hour_of_outage_costs_139_percent_of_the_budget() -> None:
    """What `for: 1h` would let pass; the workbook prints 140 %."""
    report = judged(availability(0.999), during(NOW - HOUR, NOW, PLENTY), PLENTY)
    assert report.spent == pytest.approx(1.39, abs=5e-3)


def test_a_burn_of_35_never_fires_at_36() -> None:
    """The workbook's example of what a single rule overlooks: the budget is gone after 20.57 h (it prints 20.5)."""
    policy = Policy("single", (Row("page", 0.05, HOUR, 5 * MINUTE),))
    slo = availability(0.999, policy=policy)
    assert slo.rules[0].threshold == pytest.approx(36)
    report = judged(slo, during(NOW - HOUR, NOW, 0.035 * PLENTY), PLENTY)
    assert burn_over(report).rate == pytest.approx(35)
    assert alert_of(report).firing is False
    assert report.exhausts_in_s is not None
    assert (report.exhausts_in_s + HOUR) / HOUR == pytest.approx(20.57, abs=5e-3)


# --- exhaustion ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("objective", "days", "rate", "seconds", "origin"),
    [
        pytest.param(0.999, 30, 1, 30 * DAY, WORKBOOK, id="1x"),
        pytest.param(0.999, 30, 2, 15 * DAY, WORKBOOK, id="2x"),
        pytest.param(0.999, 30, 10, 3 * DAY, WORKBOOK, id="10x"),
        pytest.param(0.999, 7, 1.74, 4.02 * DAY, OPENOBSERVE, id="1.74x over a week"),
    ],
)
def test_a_full_budget_lasts_for_its_period_over_the_burn_rate(
    objective: float, days: int, rate: float, seconds: float, origin: str
) -> None:
    """It burns since an hour, and before that nothing failed."""
    slo = availability(objective, window=Rolling(days * float(DAY)))
    ratio = rate * slo.budget
    report = judged(slo, during(NOW - HOUR, NOW, ratio * PLENTY), PLENTY)
    assert report.exhaustion is not None
    assert report.exhaustion.rate == pytest.approx(rate)
    assert report.exhausts_in_s is not None
    assert report.exhausts_in_s + HOUR == pytest.approx(seconds, rel=2e-3), origin


def test_a_burn_of_1000_takes_43_2_minutes() -> None:
    """The workbook's full outage at 99.9 %; eight minutes of the period have passed."""
    begin = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
    slo = Slo(
        "shop",
        "slices",
        availability(0.999).indicator,
        0.999,
        method=Method.TIMESLICES,
        slice_s=MINUTE,
        window=Calendar(Unit.MONTH),
    )
    outage = during(begin, begin + DAY, 100, NONE)
    report = judged(slo, outage, outage, now=begin + 8 * MINUTE)
    assert burn_over(report).rate == pytest.approx(1000)
    assert report.spent == pytest.approx(8 / 43.2)
    assert report.exhausts_in_s == pytest.approx((43.2 - 8) * MINUTE)


def history(spent: float, rate: float, at: Rate | None = None) -> SloReport:
    """So much of a 30 days' budget of 99 % spent evenly (or where `at` says), the last hour of it at a burn rate."""
    rest = spent - rate / 720
    evenly = always(rest / (1 - 1 / 720)) if at is None else share(rest, at)
    bad = share(0.01 * PLENTY, during(NOW - HOUR, NOW, rate, evenly))
    report = judged(availability(0.99), bad, PLENTY)
    assert report.spent == pytest.approx(spent)
    assert report.exhaustion is not None
    assert report.exhaustion.rate == pytest.approx(rate)
    return report


def test_what_is_left_lasts_longer_while_old_failures_leave() -> None:
    """0.6 spent evenly, burning twice too fast: 6 d at first order, 8.57 d as the window moves, not 15 d."""
    seconds = history(0.6, 2).exhausts_in_s
    assert seconds is not None
    # 0.6 - h t + 2 t = 1, where history has spent h a window: a little under 0.6, the last hour's share is dearer.
    slope = (0.6 - 2 / 720) / (1 - 1 / 720)
    assert seconds == pytest.approx(0.4 / (2 - slope) * 30 * DAY)
    assert seconds / DAY == pytest.approx(8.57, abs=0.02)


def test_one_burst_that_is_about_to_leave_gives_nearly_all_back() -> None:
    """0.9 spent 29.5 days ago, burning twice too fast: 1.5 d at first order, 15 d as the window moves."""
    begin = NOW - 29.5 * DAY
    # Twelve minutes that bear the whole of it: a share of the window's events.
    burst = during(begin, begin + 12 * MINUTE, 30 * DAY / (12 * MINUTE))
    seconds = history(0.9, 2, burst).exhausts_in_s
    assert seconds is not None
    assert seconds == pytest.approx((1 - 2 / 720) / 2 * 30 * DAY)
    assert seconds / DAY == pytest.approx(15, abs=0.05)


@pytest.mark.parametrize(("rate", "days"), [(0.5, 24.0), (0.3, None)])
def test_what_was_spent_in_the_last_hour_is_not_given_back_for_a_window(rate: float, days: float | None) -> None:
    """0.6 just spent: at half the allowed rate 24 d; at 0.3 first order says 40 d, which the window does not reach."""
    period = 30.0 * DAY
    moments = np.append(np.arange(0.0, period, HOUR), period)
    gone = np.zeros((len(moments), 1))
    gone[-1] = 0.6
    at = first_above(spending(np.array([0.6]), moments, gone, np.array([rate]), period), moments)
    assert [None if np.isnan(seconds) else seconds / DAY for seconds in at] == [pytest.approx(days) if days else None]


def test_a_calendar_budget_only_runs_out_before_the_period_ends() -> None:
    """Half of October's budget left at noon of the 16th: at rate 1 it lasts to the end, at 2 for a quarter of it."""
    begin = datetime(2026, 10, 1, tzinfo=UTC).timestamp()
    end = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
    now = (begin + end) / 2
    assert in_period(0.5, 0.99, start=begin, now=now, end=end) is None
    assert in_period(0.5, 2, start=begin, now=now, end=end) == pytest.approx((end - begin) / 4)
    assert in_period(0.5, 0, start=begin, now=now, end=end) is None
    assert in_period(0.0, 0.1, start=begin, now=now, end=end) == 0


@pytest.mark.parametrize(("rate", "days"), [(0.99, None), (2.0, 0.75 * 31 / 2)])
def test_a_month_s_forecast_extrapolates_its_traffic_to_the_end(rate: float, days: float | None) -> None:
    """Noon of 16 October is exactly half: half the budget of the traffic so far is a quarter of the month's."""
    now = datetime(2026, 10, 16, 12, tzinfo=UTC).timestamp()
    slo = availability(0.99, window=Calendar(Unit.MONTH))
    before = (0.5 * 15.5 * 24 - rate) / (15.5 * 24 - 1)
    bad = share(0.01 * PLENTY, during(now - HOUR, now, rate, before))
    report = judged(slo, bad, PLENTY, now=now)
    assert report.spent == pytest.approx(0.5)
    assert report.exhaustion is not None
    assert report.exhaustion.rate == pytest.approx(rate)
    assert report.exhausts_in_s == (None if days is None else pytest.approx(days * DAY))


# --- intervals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "valid", "low", "high"), [(1, 10, 0.5958, 0.9821), (0, 1000, 0.9962, 1.0)], ids=["9 of 10", "1000 of 1000"]
)
def test_the_interval_of_an_sli_is_wilson_s(bad: int, valid: int, low: float, high: float) -> None:
    """https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval"""
    moment = NOW - HOUR
    failures = during(moment - MINUTE, moment, bad, 0)
    report = judged(availability(0.9), failures, during(moment - MINUTE, moment, valid, 0))
    assert report.interval == pytest.approx((low, high), abs=PRINTED)
