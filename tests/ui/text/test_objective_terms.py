"""What an objective is, in words: what it counts, what it allows, its limit and its window."""

from dataclasses import replace

import pytest

from dashboard.engine.default_slos import availability, latency, saturation
from dashboard.slo.indicators import Column, Op, Query, Ratio, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.slo.report import SloReport, State
from dashboard.slo.windows import Calendar, Rolling, Unit
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import objective_terms
from dashboard.ui.text.units import plain

NOW = 1_760_000_000.0  # Thu 9 Oct 2025, 08:53:20 UTC
AVAILABILITY = availability("shop")
SLICES = saturation("shop", "memory", 0.9, 0.99)
QUERIES = Slo("shop", "own", Ratio(Query("all"), bad=Query("bad")), 0.999)


@pytest.mark.parametrize(
    ("slo", "good", "bad", "further", "counting", "allowance", "limit"),
    [
        (AVAILABILITY, "requests answered without a server error", "failures", "failed requests",
         "counted per request", "1 in 1,000 may fail", ""),
        (latency("shop", 0.3), "requests answered within 300 ms", "slow requests", "slow requests",
         "counted per request", "1 in 100 may be slower", "≤ 300 ms"),
        (SLICES, "time with at most 90 % in use", "bad slices", "bad slices of 5 m",
         "counted per slice of 5 m", "1 in 100 slices of 5 m may be bad", "≤ 90 %"),
        (replace(AVAILABILITY, method=Method.RATIO_TIMESLICES, slice_s=300), "requests answered without a server error",
         "bad slices", "bad slices of 5 m", "mean of slices of 5 m", "1 in 1,000, mean of slices", ""),
        (QUERIES, "own", "bad events", "bad events", "counted per event", "1 in 1,000 may be bad", ""),
    ],
)  # fmt: skip
def test_terms_follow_what_is_measured_and_not_what_it_is_called(
    slo: Slo, good: str, bad: str, further: str, counting: str, allowance: str, limit: str
) -> None:
    for named in (slo, replace(slo, kind="staleness")):
        terms = (
            objective_terms.good_events(named), objective_terms.bad_events(named),
            objective_terms.further_events(named), objective_terms.counting(named),
            objective_terms.allowance(named), objective_terms.limit(named),
        )  # fmt: skip
        assert tuple(map(plain, terms)) == (good, bad, further, counting, allowance, limit)


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (0.001, "1 in 1,000"),
        (0.0005, "1 in 2,000"),
        (0.05, "1 in 20"),
        (0.007, "7 in 1,000"),
        (0.0003, "3 in 10,000"),
        (0.1, "1 in 10"),
        (0.00001, "1 in 100,000"),
    ],
)
def test_a_budget_in_words(budget: float, words: str) -> None:
    assert objective_terms.chance(budget).replace("\xa0", " ") == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(300, "5 m"), (3600, "1 h"), (86400, "24 h"), (259200, "3 d"), (90, "90 s"), (5400, "90 m")]
)
def test_a_window_in_a_letter(seconds: float, words: str) -> None:
    assert objective_terms.burn_window(seconds).replace("\xa0", " ") == words


def test_an_interval_has_the_digits_that_tell_its_ends_apart() -> None:
    assert objective_terms.sli_interval(0.9992, 0.9994, 0.999).replace("\xa0", " ") == "99.920–99.940 %"
    assert objective_terms.sli_interval(0.999412, 0.999414, 0.999).replace("\xa0", " ") == "99.9412–99.9414 %"


@pytest.mark.parametrize("unit", list(Unit))
def test_every_calendar_window_is_named_by_its_period(unit: Unit) -> None:
    period = objective_terms.PERIODS[unit]
    assert objective_terms.window(Calendar(unit)) == f"calendar {period}"
    assert objective_terms.window(Calendar(unit, count=2, rolling=True)) == f"rolling 2-{period}"


def test_a_rolling_window_is_named_by_its_days() -> None:
    assert objective_terms.window(Rolling()) == "30-day"
    assert plain(objective_terms.window_length(Rolling())) == "30 d"
    assert plain(objective_terms.window_length(Calendar(Unit.MONTH))) == "1 M"


def report(slo: Slo, *, at: float = NOW) -> SloReport:
    return SloReport(
        slo, State.ACCEPTABLE, at, NOW - 30 * DAY, NOW + 22 * DAY, good=1, valid=1, coverage=1.0, sli=1.0,
        interval=None, remaining=1.0,
    )  # fmt: skip


MONTH = replace(AVAILABILITY, window=Calendar(Unit.MONTH, zone="Europe/Berlin"))


def test_a_window_is_named_with_both_of_its_ends() -> None:
    rolling = plain(objective_terms.window_ends(report(AVAILABILITY), "UTC"))
    assert rolling == "rolling 30 d, 9 Sep 08:53 – 31 Oct 08:53 UTC"
    assert plain(objective_terms.window_ends(report(AVAILABILITY, at=0.0), "UTC")) == "rolling 30 d"


def test_a_period_of_the_calendar_ends_by_its_own_clock_and_not_by_the_page_s() -> None:
    month = plain(objective_terms.window_ends(report(MONTH), "Asia/Tokyo"))
    assert month == "calendar month, 9 Sep 10:53 – 31 Oct 09:53 CET"
    assert objective_terms.zone_of(report(MONTH), "Asia/Tokyo") == "Europe/Berlin"
    assert objective_terms.zone_of(report(AVAILABILITY), "Asia/Tokyo") == "Asia/Tokyo"
    late = replace(report(MONTH), end=NOW + 15 * HOUR)
    assert plain(objective_terms.ending(late, "UTC")) == "10 Oct"


def test_an_slo_says_where_it_was_written() -> None:
    assert objective_terms.origin(AVAILABILITY) == "default SLO (not configured)"
    written = replace(AVAILABILITY, origin="slo/checkout.yaml:12")
    assert objective_terms.origin(written) == "SLO from slo/checkout.yaml:12"


@pytest.mark.parametrize(
    ("coverage", "words"),
    [
        (1.0, ""),
        (0.97, ""),
        (0.5, "15 days of 30 days measured"),
        (0.0012, "52 m of 30 days measured"),
        (0.0028, "2 h 1 m of 30 days measured"),
        (0.0347, "1 day 1 h of 30 days measured"),
    ],
)
def test_what_was_measured_is_said_where_it_is_not_nearly_all(coverage: float, words: str) -> None:
    assert plain(objective_terms.measured(coverage, 30 * DAY)) == words


@pytest.mark.parametrize(
    ("slo", "words"),
    [
        (Slo("shop", "age", Threshold(Column("shop", "age", ""), Op.LT, 7200), 0.99, limit=7200.0), "< 2 h"),
        (Slo("shop", "depth", Threshold(Query("depth"), Op.LT, 7200), 0.99, slice_s=60, limit=7200.0), "< 7200"),
        (QUERIES, ""),
    ],
)
def test_a_limit_has_the_sign_of_its_indicator_and_the_unit_of_its_measure(slo: Slo, words: str) -> None:
    assert plain(objective_terms.limit(slo)) == words


def test_a_title_goes_before_every_other_name() -> None:
    assert objective_terms.good_events(replace(AVAILABILITY, title="checkout works")) == "checkout works"
    assert objective_terms.good_events(replace(QUERIES, title="")) == "own"


@pytest.mark.parametrize(
    ("slo", "words"),
    [(AVAILABILITY, "requests"), (QUERIES, "events"), (SLICES, "slices of 5 m")],
)
def test_what_is_counted_is_named(slo: Slo, words: str) -> None:
    assert plain(objective_terms.counted_events(slo)) == words


def test_an_odd_budget_has_the_least_zeros_that_tell_it() -> None:
    assert plain(objective_terms.chance(1 / 3.7)) == "27,027 in 100,000"
