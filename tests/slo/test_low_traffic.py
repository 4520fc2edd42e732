"""Few events, half-measured windows, and exact ties: where a number says less than it seems to."""

from math import isclose

import numpy as np
import pytest

from dashboard.slo.budget import Z95
from dashboard.slo.caveats import Caveat, CaveatKind
from dashboard.slo.indicators import Column, Composite, Op, Part, Threshold
from dashboard.slo.objective import Credit, Method, Sla, Slo
from dashboard.slo.policy import LONG_MIN, SHORT_MIN, WORKBOOK, Policy
from dashboard.slo.report import Alert, Reading, SloReport, State, Suppression, downgraded_report
from dashboard.slo.windows import Rolling
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

NIGHT = 10 / 60  # ten requests an hour


def lately(failures: int, valid: float | Rate = NIGHT) -> tuple[Rate, float | Rate]:
    """So many failures, one in each of the last minutes."""
    return during(NOW - failures * MINUTE, NOW, 1), valid


# --- few failures --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("floor", "failures", "firing"),
    [
        pytest.param(None, 1, False, id="one error at night pages nobody: sloth#666, pyrra#1925"),
        pytest.param(None, 4, False, id="four of the five that are wanted"),
        pytest.param(None, 5, True, id="five"),
        pytest.param(26, 25, False, id="Grafana's rule wants more than 25"),
        pytest.param(26, 26, True, id="26"),
        pytest.param(0, 1, True, id="no floor"),
    ],
)
def test_a_rule_waits_for_failures_enough(floor: int | None, failures: int, firing: bool) -> None:
    policy = None if floor is None else Policy("floor", WORKBOOK.rows, min_failures=floor)
    page = alert_of(judged(availability(0.999, policy=policy), *lately(failures)))
    assert page.reading is Reading.CRITICAL
    assert page.firing is firing
    assert page.suppressed is (None if firing else Suppression.MIN_FAILURES)


@pytest.mark.parametrize("failures", [1, 2, 3, 4])
@pytest.mark.parametrize("ago", [0, 10, 59], ids=["now", "ten minutes ago", "an hour ago"])
def test_too_few_failures_to_fire_are_too_few_for_any_state(failures: int, ago: int) -> None:
    begin = NOW - (ago + failures) * MINUTE
    valid = during(NOW - DAY, NOW, NIGHT, 1000)
    report = judged(availability(0.999), during(begin, begin + failures * MINUTE, 1), valid)
    assert {alert.reading for alert in report.alerts} != {Reading.ACCEPTABLE}
    assert report.state is State.ACCEPTABLE


def test_failures_are_counted_in_the_long_window_of_each_rule() -> None:
    """One an hour: 1 in the page's hour, 6 in six hours, 24 in a day."""

    def hourly(at: np.ndarray) -> np.ndarray:
        return (at % HOUR == 0) * 1.0

    report = judged(availability(0.999), hourly, NIGHT)
    assert [alert.firing for alert in report.alerts[:2]] == [False, True]
    assert [alert.suppressed for alert in report.alerts[:2]] == [Suppression.MIN_FAILURES, None]
    assert [alert.long.rate for alert in report.alerts] == [pytest.approx(100)] * 4


def test_one_slow_request_of_one_and_then_a_thousand_fast_ones_do_not_fire() -> None:
    """A case of Azure/ARO-HCP's rule tests."""
    slow = during(NOW - 30 * MINUTE, NOW - 29 * MINUTE, 1)
    valid = during(NOW - 29 * MINUTE, NOW, 1000 / 29, slow)
    early = judged(availability(0.99), slow, slow, now=NOW - 29 * MINUTE)
    late = judged(availability(0.99), slow, valid)
    assert not any(alert.firing for report in (early, late) for alert in report.alerts)
    assert late.sli == pytest.approx(1 - 1 / 1001)


def test_bad_slices_need_no_floor() -> None:
    """Slices are few by nature: one of five minutes is a twelfth of an hour."""
    memory = Column("shop", "saturation", "memory")
    slo = Slo("shop", "memory", Threshold(memory, Op.LTE, 0.5), 0.999, slice_s=300, method=Method.TIMESLICES)
    report = Fed([slo], {memory.key: during(NOW - 300, NOW, 1)}).tick(NOW)[0]
    assert burn_over(report).rate == pytest.approx(1 / 12 / 0.001)
    assert alert_of(report).firing
    assert report.state is State.CRITICAL


@pytest.mark.parametrize(
    ("objective", "events", "warned"),
    [(0.999, 999, True), (0.999, 1000, False), (0.99, 99, True), (0.99, 100, False), (0.9999, 9999, True)],
)
def test_a_budget_of_less_than_one_failure_has_a_caveat(objective: float, events: int, warned: bool) -> None:
    """b × valid(P) < 1: one failure costs more than the whole budget."""
    report = judged(availability(objective), 0, during(NOW - 2 * MINUTE, NOW, events / 2, 0))
    assert report.valid == events
    caveats = (Caveat(CaveatKind.BUDGET_BELOW_ONE_FAILURE, events),) if warned else ()
    assert report.caveats == caveats
    failed = judged(availability(objective), during(NOW - MINUTE, NOW, 1), during(NOW - 2 * MINUTE, NOW, events / 2, 0))
    assert failed.remaining is not None
    assert (failed.remaining < -1e-9) is warned


# --- hardly measured -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("traffic", [100, 0], ids=["traffic", "nobody came"])
@pytest.mark.parametrize("hours", [1, 2])
def test_one_minute_does_not_vouch_for_an_hour(traffic: int, hours: int) -> None:
    """The days before were well, and the newest minute is; nothing is known of the others of the last hours."""
    known = during(NOW - hours * HOUR, NOW, during(NOW - MINUTE, NOW, traffic, NONE), 100)
    report = judged(availability(0.999), share(0, known), known)
    assert burn_over(report).coverage == pytest.approx(1 / 60)
    assert report.sli == 1.0
    assert report.state is State.NO_DATA


@pytest.mark.parametrize("measured", [1, 20, 59])
def test_an_hour_that_closed_was_measured_for_as_long_as_its_minutes_were(measured: int) -> None:
    """The whole hour is one answer, which does not say so; its minutes were held when it closed."""
    known = during(NOW - HOUR, NOW, during(NOW - HOUR, NOW - HOUR + measured * MINUTE, 100, NONE), 100)
    slo = availability(0.99)
    fed = Fed([slo], counts(slo, share(0, known), known))
    fed.tick(NOW - HOUR)
    for later in (0, 5, 10, 26):
        report = fed.tick(NOW + later * HOUR)[0]
        assert report.measured_s == pytest.approx(30 * DAY - (60 - measured) * MINUTE)


def test_the_hour_in_which_something_was_first_measured_has_no_gap() -> None:
    known = during(NOW - 600, NOW + DAY, 100, NONE)
    slo = availability(0.99)
    fed = Fed([slo], counts(slo, share(0, known), known))
    for later in (0, 5, 12):
        assert not fed.tick(NOW + later * HOUR)[0].caveats


def test_an_hour_whose_minutes_cannot_be_counted_was_measured_all_the_same() -> None:
    """Targets that are scraped too slowly have no fine rows."""
    slo = availability(0.99)
    series = counts(slo, 0, 100)
    hourly = {key: lambda at, rate=rate: np.where(at % HOUR == 0, rate(at), NONE) for key, rate in series.items()}
    report = Fed([slo], hourly).tick(NOW)[0]
    assert report.measured_s > 29 * DAY


@pytest.mark.parametrize("other", [NONE, 0.0], ids=["no series", "nobody came"])
def test_a_slice_of_which_one_part_is_bad_is_bad_whatever_is_known_of_the_other(other: float) -> None:
    """A composite whose one part is out for a day while the other says nothing; a good part says nothing of it."""
    first, second = availability(0.95, "one"), availability(0.95, "two")
    parts = Composite((Part(first.indicator, 0.95), Part(second.indicator, 0.95)))
    slo = Slo("all", "all", parts, 0.95, slice_s=300, method=Method.TIMESLICES, slice_target=0.95)
    partly = during(NOW - 2 * DAY, NOW, other, 100)
    series = {**counts(first, during(NOW - DAY, NOW, 100), 100), **counts(second, share(0, partly), partly)}
    report = Fed([slo], series).tick(NOW)[0]
    assert (report.bad, report.valid) == (288, 29 * 288)
    assert report.state is State.CRITICAL


# --- intervals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bad", "valid"), [(0, 1), (1, 1), (1, 2), (0, 7), (3, 20), (500, 1000), (1, 100_000)])
def test_the_ends_of_an_interval_are_as_far_off_as_chance_goes(bad: int, valid: int) -> None:
    """Wilson's: the two true shares p from which what was seen lies z standard deviations of p away."""
    hour = during(NOW - MINUTE, NOW, valid, 0)
    report = judged(availability(0.5), share(bad / valid, hour), hour)
    assert report.interval is not None
    assert report.sli is not None
    low, high = report.interval
    assert 0 <= low <= report.sli + 1e-12
    assert report.sli - 1e-12 <= high <= 1
    for end in (low, high):
        distance, deviation = (report.sli - end) ** 2, end * (1 - end) / valid
        assert isclose(distance, Z95**2 * deviation, rel_tol=1e-6, abs_tol=1e-12)


def test_more_events_narrow_the_interval() -> None:
    widths = []
    for valid in (10, 100, 1000, 100_000):
        hour = during(NOW - MINUTE, NOW, valid, 0)
        low, high = judged(availability(0.5), share(0.1, hour), hour).interval or (0, 1)
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.004


def test_mean_shares_of_slices_have_no_interval() -> None:
    """They are no trials; slices that are good or bad are."""
    how = {"slice_s": 300}
    ratios = judged(availability(0.9, method=Method.RATIO_TIMESLICES, **how), 1, 100)
    slices = judged(availability(0.9, method=Method.TIMESLICES, slice_target=0.9, **how), 1, 100)
    assert ratios.interval is None
    assert slices.interval == (pytest.approx(1 - Z95**2 / (8640 + Z95**2)), 1.0)


# --- how long the budget lasts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("failures", [1, 4])
def test_too_few_failures_give_no_countdown(failures: int) -> None:
    """Section 6 of the definitions: below the floor of events none, whatever the burn rate says."""
    report = judged(availability(0.99), *lately(failures))
    assert burn_over(report).rate == pytest.approx(failures * 10)
    assert report.remaining is not None
    assert report.remaining > 0
    assert (report.exhaustion, report.exhausts_in_s) == (None, None)


def test_a_forecast_has_the_interval_of_its_rate() -> None:
    """Five of ten failed in the last hour, none before: (1 - spent) / B × P for the rate and for both its ends."""
    report = judged(availability(0.99), *lately(5))
    forecast = report.exhaustion
    assert forecast is not None
    assert (forecast.rate, forecast.window_s) == (pytest.approx(50), HOUR)
    # Wilson's interval of 5 of 10.
    low, high = 0.2366, 0.7634
    left = 1 - 5 / (0.01 * 7200)
    seconds = [left * 30 * DAY / (ratio / 0.01) for ratio in (high, 0.5, low)]
    early, late = forecast.between
    assert [early, forecast.seconds, late] == [pytest.approx(end, rel=1e-3) for end in seconds]


def test_nothing_failed_and_nothing_runs_out() -> None:
    forecast = judged(availability(0.99), 0, 100).exhaustion
    assert forecast is not None
    assert (forecast.rate, forecast.seconds, forecast.recovers_s) == (0, None, None)


def test_an_overspent_budget_is_exhausted_now_and_says_when_it_is_not() -> None:
    """A day of outage 20 days ago, 10 days to go; and since an hour nothing fails."""
    begin = NOW - 21 * DAY
    report = judged(availability(0.99), during(begin, begin + DAY, 50), 100)
    assert report.spent == pytest.approx(0.5 / 30 / 0.01)
    assert report.state is State.EXHAUSTED
    assert report.exhausts_in_s == 0
    assert report.exhaustion is not None
    # 1.667 budgets go evenly during the day that follows in 9 days: the first 0.667 of them are two fifths of it.
    assert report.exhaustion.recovers_s == pytest.approx((9 + 0.4) * DAY, rel=1e-3)


# --- frozen alerts -------------------------------------------------------------------------------------------------

OUT = during(NOW - HOUR, NOW + DAY, 100)


def gone(since: float, until: float = NOW + DAY) -> Rate:
    return during(since, until, NONE, 100)


def page_of(fed: Fed, now: float) -> tuple[Alert, SloReport]:
    report = fed.tick(now)[0]
    return alert_of(report), report


@pytest.mark.parametrize(("bad", "firing"), [(OUT, True), (always(0), False)], ids=["fires", "does not fire"])
def test_a_rule_whose_short_window_is_not_measured_stays_as_it_was(bad: Rate, firing: bool) -> None:
    slo = availability(0.99)
    fed = Fed([slo], counts(slo, bad, 100))
    assert page_of(fed, NOW)[0].firing is firing
    fed.series = counts(slo, share(1.0, gone(NOW)) if firing else always(0), gone(NOW))
    for minutes in (1, 2):
        page, _ = page_of(fed, NOW + minutes * MINUTE)
        assert (page.reading, page.firing) == (Reading.CRITICAL if firing else Reading.ACCEPTABLE, firing)
    for minutes in (3, 5, 30, 300):
        page, report = page_of(fed, NOW + minutes * MINUTE)
        assert (page.reading, page.firing) == (None, firing)
        assert page.suppressed is Suppression.WINDOW_NOT_MEASURED
        assert report.paging is firing
    assert report.state is State.NO_DATA


def test_a_rule_that_did_not_fire_is_not_set_off_by_the_one_minute_that_is_left() -> None:
    slo = availability(0.99)
    fed = Fed([slo], counts(slo, 0, 100))
    assert not page_of(fed, NOW)[0].firing
    # One minute of the next ten is known, and in it everything failed.
    fed.series = counts(slo, during(NOW + 9 * MINUTE, NOW + 10 * MINUTE, 100), during(NOW, NOW + 9 * MINUTE, NONE, 100))
    page, _ = page_of(fed, NOW + 10 * MINUTE)
    assert (page.reading, page.firing) == (None, False)
    assert page.short.coverage == pytest.approx(0.2)
    # A longer outage is measured, and fires.
    fed.series = counts(slo, during(NOW + 9 * MINUTE, NOW + DAY, 100), during(NOW, NOW + 9 * MINUTE, NONE, 100))
    assert page_of(fed, NOW + 30 * MINUTE)[0].firing


def test_a_rule_that_fired_stops_once_it_is_measured_that_it_is_over() -> None:
    slo = availability(0.99)
    over = NOW + 20 * MINUTE
    fed = Fed([slo], counts(slo, during(NOW - 30 * MINUTE, NOW, 100), 100))
    assert page_of(fed, NOW)[0].firing
    back = during(NOW, over, NONE, 100)
    fed.series = counts(slo, during(NOW - 30 * MINUTE, NOW, 100), back)
    assert page_of(fed, over)[0].firing
    assert page_of(fed, over + 2 * MINUTE)[0].reading is None
    page, _ = page_of(fed, over + 3 * MINUTE)
    assert (page.reading, page.firing) == (Reading.RECOVERING, False)


def test_nobody_who_judges_anew_remembers_what_fired() -> None:
    """After a restart of ours in the middle of a gap nothing is known of the past."""
    slo = availability(0.99)
    series = counts(slo, share(1.0, gone(NOW)), gone(NOW))
    page, report = page_of(Fed([slo], series), NOW + 3 * MINUTE)
    assert (page.reading, page.firing) == (None, False)
    assert report.state is not State.ACCEPTABLE


@pytest.mark.parametrize("read", [True, False], ids=["its least share", "a minute less"])
def test_a_long_window_is_read_from_a_small_share_of_it(read: bool) -> None:
    """A service that is new is judged soon; its short window of 30 minutes is half measured before."""
    minutes = LONG_MIN * 6 * 60 - (not read)
    assert minutes > SHORT_MIN * 30
    new = during(NOW - minutes * MINUTE, NOW, 100, NONE)
    page = alert_of(judged(availability(0.99), new, new), 6 * HOUR)
    assert page.long.coverage == pytest.approx(minutes / 360)
    assert page.firing is read
    assert (page.reading is None) is not read


@pytest.mark.parametrize(("minutes", "read"), [(3, True), (2, False)], ids=["more than half", "less"])
def test_a_short_window_is_read_from_half_of_it(minutes: int, read: bool) -> None:
    gap = during(NOW - (5 - minutes) * MINUTE, NOW, NONE, 100)
    page = alert_of(judged(availability(0.99), gap, gap))
    assert page.short.coverage == pytest.approx(minutes / 5)
    assert page.firing is read


def test_objectives_of_one_name_remember_their_own_alerts() -> None:
    shop, cart = (Slo(name, "availability", availability(0.99, name).indicator, 0.99) for name in ("shop", "cart"))
    for slos in ((shop, cart), (cart, shop)):
        fed = Fed(slos, {**counts(shop, OUT, 100), **counts(cart, 0, 100)})
        before = {report.slo.service: alert_of(report).firing for report in fed.tick(NOW)}
        fed.series = {**counts(shop, OUT, gone(NOW)), **counts(cart, 0, gone(NOW))}
        after = {report.slo.service: alert_of(report).firing for report in fed.tick(NOW + 4 * MINUTE)}
        assert before == after == {"shop": True, "cart": False}


# --- who is woken --------------------------------------------------------------------------------------------------


def test_a_page_holds_back_tickets_and_no_other_page() -> None:
    report = judged(availability(0.99), OUT, 100)
    assert [alert.reading for alert in report.alerts] == [Reading.CRITICAL] * 4
    assert [(alert.rule.row.severity, alert.firing) for alert in report.alerts] == [
        ("page", True),
        ("page", True),
        ("ticket", False),
        ("ticket", False),
    ]
    assert {alert.suppressed for alert in report.alerts[2:]} == {Suppression.FASTER_ALERT}


def test_a_ticket_is_written_once_no_page_is_open() -> None:
    """A slow burn of four: above 3 and 1, below 6 and 14.4."""
    report = judged(availability(0.99, window=Rolling(30.0 * DAY)), during(NOW - 5 * DAY, NOW, 4), 100)
    assert [alert.firing for alert in report.alerts] == [False, False, True, True]
    assert not report.paging


def test_a_frozen_page_holds_back_tickets_as_well() -> None:
    slo = availability(0.99)
    fed = Fed([slo], counts(slo, OUT, 100))
    assert fed.tick(NOW)[0].paging
    fed.series = counts(slo, share(1.0, gone(NOW)), gone(NOW))
    report = fed.tick(NOW + 4 * MINUTE)[0]
    assert [(alert.reading, alert.firing) for alert in report.alerts[:2]] == [
        (None, True),
        (Reading.CRITICAL, True),
    ]
    assert [alert.suppressed for alert in report.alerts[2:]] == [Suppression.FASTER_ALERT] * 2


# --- ties ----------------------------------------------------------------------------------------------------------

OBJECTIVES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9995, 0.9999, 0.99999)


@pytest.mark.parametrize("days", [7, 28, 30, 90])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_burn_of_exactly_the_threshold_does_not_fire(objective: float, days: int) -> None:
    slo = availability(objective, window=Rolling(days * float(DAY)))
    assert len(slo.rules) + sum(diagnostic.left_out for diagnostic in slo.diagnostics) == 4
    for rule in slo.rules:
        exactly, more = (
            alert_of(judged(slo, rule.threshold * slo.budget * 1e6 * times, 1e6), rule.row.long_s)
            for times in (1, 1 + 1e-6)
        )
        assert exactly.reading is Reading.ACCEPTABLE
        assert more.reading is Reading.CRITICAL


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_an_sli_of_exactly_the_objective_keeps_it_and_has_nothing_left(objective: float) -> None:
    slo = availability(objective)
    report = judged(slo, slo.budget * 1e5, 1e5)
    assert report.sli == pytest.approx(objective, abs=1e-12)
    assert report.remaining == pytest.approx(0, abs=1e-9)
    assert report.state is State.EXHAUSTED
    assert report.exhausts_in_s == 0
    less = judged(slo, slo.budget * 1e5 * (1 - 1e-6), 1e5)
    assert less.remaining == pytest.approx(1e-6, rel=1e-3)
    assert less.state is not State.EXHAUSTED


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_an_sla_is_met_at_exactly_its_objective(objective: float) -> None:
    sla = Sla(objective, (Credit(objective, "10 %"),))
    slo = availability(0.3, sla=sla)
    budget = availability(objective).budget
    exactly, less = (judged(slo, budget * 1e5 * times, 1e5).sla for times in (1, 1 + 1e-6))
    assert exactly is not None
    assert less is not None
    assert (exactly.met, exactly.credit) == (True, None)
    assert exactly.remaining == pytest.approx(0, abs=1e-9)
    assert (less.met, less.credit) == (False, "10 %")


@pytest.mark.parametrize(
    ("sli", "credit"), [(0.995, None), (0.985, "10 %"), (0.96, "10 %"), (0.94, "25 %"), (0.5, "100 %")]
)
def test_the_worst_credit_is_the_one_that_is_owed(sli: float, credit: str | None) -> None:
    sla = Sla(0.99, (Credit(0.99, "10 %"), Credit(0.95, "25 %"), Credit(0.9, "100 %")))
    report = judged(availability(0.999, sla=sla), (1 - sli) * 1000, 1000)
    assert report.sla is not None
    assert report.sla.credit == credit
    assert report.sla.met is (credit is None)
    assert report.sla.remaining == pytest.approx((sli - 0.99) / 0.01)


@pytest.mark.parametrize(
    ("sli", "credit", "below", "failures"),
    [
        (0.995, "10 %", 0.99, 0.005), (0.99, "10 %", 0.99, 0.0), (0.985, "25 %", 0.95, 0.035),
        (0.94, "100 %", 0.9, 0.04), (0.5, None, None, None),
    ],
)  # fmt: skip
def test_the_next_credit_says_how_far_away_it_is(
    sli: float, credit: str | None, below: float | None, failures: float | None
) -> None:
    sla = Sla(0.99, (Credit(0.99, "10 %"), Credit(0.95, "25 %"), Credit(0.9, "100 %")))
    report = judged(availability(0.999, sla=sla), (1 - sli) * 1000, 1000)
    assert report.sla is not None
    assert report.valid is not None
    assert (report.sla.next_credit, report.sla.next_below) == (credit, below)
    events = None if failures is None else pytest.approx(failures * report.valid, abs=1e-3)
    assert report.sla.next_events == events


@pytest.mark.parametrize("target", [0.7, 0.8, 0.9, 0.95, 0.99, 0.999])
def test_a_slice_that_is_exactly_as_good_as_it_shall_be_is_good(target: float) -> None:
    how = {"method": Method.TIMESLICES, "slice_s": 300, "slice_target": target}
    bad = availability(target).budget * 1000
    exactly, less = (judged(availability(0.5, **how), bad * times, 1000).sli for times in (1, 1 + 1e-4))
    assert (exactly, less) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("op", "good"), [(Op.LTE, True), (Op.LT, False), (Op.GTE, True), (Op.GT, False)], ids=["≤", "<", "≥", ">"]
)
def test_a_value_of_exactly_the_limit_is_good_where_the_comparison_says_so(op: Op, good: bool) -> None:
    memory = Column("shop", "saturation", "memory")
    slo = Slo("shop", "memory", Threshold(memory, op, 0.8), 0.9, slice_s=300, method=Method.TIMESLICES)
    assert Fed([slo], {memory.key: always(0.8)}).tick(NOW)[0].sli == float(good)


def test_an_sla_is_not_called_met_by_data_that_are_not_believed() -> None:
    sla = Sla(0.99, (Credit(0.99, "10 %"),))
    met, broken = (judged(availability(0.999, sla=sla), bad, 1000) for bad in (0.5, 100))
    assert met.sla is not None
    assert broken.sla is not None
    assert (met.sla.met, broken.sla.met) == (True, False)
    slas = [downgraded_report(report).sla for report in (met, broken)]
    assert [sla.met for sla in slas if sla is not None] == [None, False]
