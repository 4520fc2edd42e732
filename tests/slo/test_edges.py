"""Where one rule ends and the next begins: each edge is stated, and what lies just beyond it is another answer."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.slo.budget import wilson
from dashboard.slo.burndown import Stretch, _is_covered
from dashboard.slo.caveats import GAP_MIN, CaveatKind, gap_caveats
from dashboard.slo.evaluation import STALE
from dashboard.slo.exclusions import ExcludedTime, Exclusion
from dashboard.slo.forecast import COVERAGE_MIN, continued_rate
from dashboard.slo.objective import Method
from dashboard.slo.policy import WEEKLY, WORKBOOK, Policy, Row, RuleFault, default_policy, rules
from dashboard.slo.report import State
from dashboard.timerange import DAY, HOUR
from tests.slo.feeding import MINUTE, NONE, NOW, availability, during, judged, share

# --- silence ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row_s", "stale_after_s"),
    [(60, 300), (150, 300), (300, 600), (600, 1200)],
    ids=["60 s", "150 s", "300 s", "600 s"],
)
def test_silence_is_no_data_after_two_rows_and_never_before_five_minutes(row_s: int, stale_after_s: int) -> None:
    assert STALE == 300
    for silent in range(0, 2 * stale_after_s + 1, row_s):
        known = during(NOW - 40 * DAY, NOW - silent, 100, NONE)
        report = judged(availability(0.9), share(0, known), known, base=row_s)
        assert (report.stale, report.stale_after_s) == (silent > stale_after_s, stale_after_s), silent
        assert (report.state is State.NO_DATA) is (silent > stale_after_s), silent


@pytest.mark.parametrize("slice_s", [300, 900, 1800])
def test_an_slo_of_slices_is_silent_after_two_of_its_slices(slice_s: int) -> None:
    slo = availability(0.9, method=Method.TIMESLICES, slice_s=slice_s)
    for slices in range(5):
        known = during(NOW - 40 * DAY, NOW - slices * slice_s, 100, NONE)
        assert judged(slo, share(0, known), known).stale is (slices > 2), slices


# --- gaps ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "said"), [(9, None), (10, None), (11, 660.0), (90, 5400.0)])
def test_ten_minutes_are_no_gap_and_eleven_are(minutes: int, said: float | None) -> None:
    assert GAP_MIN == 600
    known = during(NOW - 3 * HOUR - minutes * MINUTE, NOW - 3 * HOUR, NONE, 100)
    report = judged(availability(0.9), share(0, known), known)
    amounts = [caveat.amount for caveat in report.caveats if caveat.kind is CaveatKind.NOT_MEASURED]
    assert amounts == ([] if said is None else [said])


def test_maintenance_is_no_gap() -> None:
    move = Exclusion(NOW - 5 * HOUR, NOW - 2 * HOUR)
    known = during(NOW - 5 * HOUR, NOW - 2 * HOUR, NONE, 100)
    assert judged(availability(0.9), share(0, known), known, exclusions=[move]).caveats == ()
    longer = during(NOW - 6 * HOUR, NOW - 2 * HOUR, NONE, 100)
    (caveat,) = judged(availability(0.9), share(0, longer), longer, exclusions=[move]).caveats
    assert caveat.amount == HOUR


def test_slices_are_missing_as_slices_and_not_as_minutes() -> None:
    assert [caveat.amount for caveat in gap_caveats(601, 0, 0, start=0, now=DAY, sliced=False)] == [601]
    assert list(gap_caveats(601, 0, 0, start=0, now=DAY, sliced=True)) == []


def test_a_counter_that_ran_backwards_is_worth_a_word_while_the_window_holds_it() -> None:
    for at, said in ((99.0, []), (100.0, []), (101.0, [DAY - 101.0])):
        assert [caveat.amount for caveat in gap_caveats(0, at, 0, start=100, now=DAY, sliced=False)] == said


# --- coverage --------------------------------------------------------------------------------------------------------


def test_coverage_is_what_was_measured_of_what_could_be() -> None:
    """Of thirty days ten were not measured, and five of those are maintenance."""
    known = during(NOW - 20 * DAY, NOW, 100, NONE)
    slo = availability(0.9)
    assert judged(slo, share(0, known), known).coverage == pytest.approx(20 / 30)
    move = Exclusion(NOW - 28 * DAY, NOW - 23 * DAY)
    assert judged(slo, share(0, known), known, exclusions=[move]).coverage == pytest.approx(20 / 25)
    assert judged(slo, 0, 100, exclusions=[move]).coverage == pytest.approx(1.0), "and never above all of it"
    moment = Exclusion(NOW - DAY, NOW - DAY + 20)
    assert judged(slo, 0, 100, exclusions=[moment]).coverage == 1.0, "a row of which a third is maintenance is whole"
    everything = Exclusion(NOW - 40 * DAY, NOW + DAY)
    assert judged(slo, 0, 100, exclusions=[everything]).coverage == 0.0


# --- maintenance -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "excluded"), [(0, False), (299, False), (300, False), (301, True), (600, True)])
def test_a_row_is_left_out_once_more_than_half_of_it_is_maintenance(seconds: int, excluded: bool) -> None:
    for start in (0, 600 - seconds):
        time = ExcludedTime.of(availability(), [Exclusion(start, start + seconds)])
        assert time.rows(np.array([0]), np.array([600])).tolist() == [excluded]


def test_parts_of_a_row_add_up_and_what_they_share_counts_once() -> None:
    row = np.array([0]), np.array([600])
    apart = [Exclusion(0, 160), Exclusion(400, 550)]
    assert ExcludedTime.of(availability(), apart).rows(*row).tolist() == [True]
    shared = [Exclusion(0, 200), Exclusion(100, 290)]
    assert ExcludedTime.of(availability(), shared).rows(*row).tolist() == [False]


@pytest.mark.parametrize(("seconds", "covered"), [(1799, False), (1800, False), (1801, True)])
def test_a_gap_is_maintenance_once_more_than_half_of_it_is(seconds: int, covered: bool) -> None:
    assert _is_covered(Stretch(0, HOUR), (Stretch(0, seconds),)) is covered
    assert _is_covered(Stretch(0, HOUR), (Stretch(-DAY, 1000), Stretch(HOUR - seconds + 1000, DAY))) is covered


# --- forecasts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bad", "window_s"), [(1, HOUR), (2, HOUR)])
def test_one_bad_slice_is_enough_for_a_forecast(bad: int, window_s: float) -> None:
    """A slice is judged as a whole: it is no unlucky request."""
    slo = availability(0.95, method=Method.TIMESLICES, slice_s=300)
    report = judged(slo, during(NOW - bad * 300, NOW, 100), 100)
    rate = continued_rate(report)
    assert rate is not None
    assert (rate.window_s, rate.rate) == (window_s, pytest.approx(bad / 12 / 0.05))


def test_without_a_bad_slice_the_rate_is_zero() -> None:
    rate = continued_rate(judged(availability(0.9, method=Method.TIMESLICES, slice_s=300), 0, 100))
    assert rate is not None
    assert rate.rate == 0.0


@pytest.mark.parametrize(("share_measured", "known"), [(0.49, False), (0.51, True)])
def test_a_budget_of_which_half_was_measured_has_a_forecast(share_measured: float, known: bool) -> None:
    assert COVERAGE_MIN == 0.5
    report = replace(judged(availability(0.9), 20, 100), coverage=share_measured)
    assert (continued_rate(report) is not None) is known
    assert continued_rate(replace(report, coverage=0.5)) is not None


# --- intervals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [0, 1, 100])
def test_counts_that_can_be_have_an_interval(bad: int) -> None:
    report = judged(availability(0.9), bad, 100)
    assert report.valid is not None
    low, high = wilson(bad * report.valid / 100, report.valid)
    assert report.interval == (pytest.approx(1 - high), pytest.approx(1 - low))


@pytest.mark.parametrize("bad", [-1, 101])
def test_counts_that_cannot_be_have_none(bad: int) -> None:
    """More bad than valid events, or more good ones: their share is no share, and no trials stand behind it."""
    report = judged(availability(0.9), bad, 100)
    assert report.sli == pytest.approx(1 - bad / 100)
    assert report.interval is None
    assert report.exhaustion is None or len({report.exhaustion.rate, *report.exhaustion.rate_interval}) == 1


def test_an_sli_without_any_event_has_none() -> None:
    assert judged(availability(0.9), 0, 0).interval is None


# --- policies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "policy"),
    [(DAY, WEEKLY), (7 * DAY, WEEKLY), (14 * DAY, WEEKLY), (14 * DAY + 1, WORKBOOK), (28 * DAY, WORKBOOK)],
)
def test_up_to_fourteen_days_the_shares_are_those_of_a_week(period: int, policy: Policy) -> None:
    assert default_policy(period) is policy


def fault(row: Row, *, period: float = 30 * DAY, budget: float = 0.001) -> RuleFault | None:
    """What is wrong with the only row of a policy; a rule stands for each row that is not left out."""
    kept_rules, diagnostics = rules(Policy("one", (row,)), period_s=period, budget=budget)
    assert len(kept_rules) == 1 - sum(diagnostic.left_out for diagnostic in diagnostics)
    return diagnostics[0].fault if diagnostics else None


@pytest.mark.parametrize(
    ("period", "wrong"),
    [(DAY - 1, RuleFault.WINDOW_TOO_LONG), (DAY, RuleFault.WINDOW_TOO_LONG), (DAY + 1, None), (2 * DAY, None)],
)
def test_a_long_window_is_shorter_than_the_objective_s(period: float, wrong: RuleFault | None) -> None:
    assert fault(Row("page", 0.1, DAY, HOUR, factor=2.0), period=period) is wrong


@pytest.mark.parametrize(
    ("factor", "wrong"),
    [(1000.1, RuleFault.NEVER_FIRES), (1000.0, RuleFault.NEVER_FIRES), (999.9, None), (1.0, None),
     (0.99, RuleFault.BELOW_ALLOWED_RATE)],
)  # fmt: skip
def test_a_threshold_lies_between_the_allowed_rate_and_nothing_but_failures(
    factor: float, wrong: RuleFault | None
) -> None:
    assert fault(Row("page", 0.1, HOUR, 300.0, factor=factor)) is wrong


@pytest.mark.parametrize(("share_", "long_s", "short_s"), [(0.0, 2, 1), (-0.1, 2, 1), (0.1, 2, 2), (0.1, 2, 0)])
def test_a_row_that_cannot_be_is_refused(share_: float, long_s: float, short_s: float) -> None:
    with pytest.raises(ValueError, match="a short window that is shorter than the long one"):
        Row("page", share_, long_s, short_s)
