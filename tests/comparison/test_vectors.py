"""Cases that people reported to canary judges, each with the right answer."""

import math

import numpy as np
import pytest

from dashboard.comparison.dispersion import Side
from dashboard.comparison.levels import LevelComparison, compare_levels
from dashboard.comparison.ratios import Design, RatioComparison, compare_ratios
from dashboard.comparison.verdicts import Reason, Verdict

NAN = math.nan


def ratios(control: list[float], experiment: list[float], requests: float = 1000.0) -> RatioComparison:
    """Failures of steps with the same number of requests each."""
    sides = [Side.of(np.array(bad, dtype=float), np.full(len(bad), requests)) for bad in (control, experiment)]
    comparison = compare_ratios(*sides, Design(60.0, 0.001))
    assert isinstance(comparison, RatioComparison)
    return comparison


def levels(control: list[float], experiment: list[float], margin: float) -> LevelComparison:
    comparison = compare_levels(np.array(control), np.array(experiment), margin)
    assert isinstance(comparison, LevelComparison)
    return comparison


def test_few_errors_after_none_are_inconclusive_with_the_requests_that_are_missing() -> None:
    """https://github.com/spinnaker/kayenta/issues/426: a judge of points passed it."""
    comparison = ratios([0, 0, 0, 0, 0, 0], [0, 1, 2, 1, 0, 0])
    assert (comparison.control.bad, comparison.experiment.bad) == (0, 4)
    assert (comparison.verdict, comparison.reason) == (Verdict.INCONCLUSIVE, Reason.SMALL_CONTROL)
    assert comparison.p_value > 0.0625
    missing = comparison.missing
    assert missing is not None
    assert missing.needed is not None
    assert missing.missing == missing.needed - 6000
    assert missing.needed_control == pytest.approx(missing.needed)
    # A thousand requests a minute.
    assert missing.ready_in_s == pytest.approx(missing.missing / 1000 * 60)


@pytest.mark.parametrize("nothing", [0.0, NAN], ids=["zeros", "no series"])
def test_many_errors_after_none_are_worse(nothing: float) -> None:
    """https://github.com/spinnaker/kayenta/issues/799: the answer depended on how NaN was replaced."""
    comparison = ratios([nothing] * 5, [1, 4, 2, 3, 1])
    assert (comparison.verdict, comparison.experiment.bad) == (Verdict.WORSE, 11)
    assert comparison.p_value <= 0.05
    # Nothing to divide by, but the interval has a low end.
    low, high = comparison.interval
    assert comparison.ratio is None
    assert low > 1
    assert high is None


def test_a_series_of_errors_that_comes_and_goes_is_worse_than_none() -> None:
    """https://github.com/spinnaker/spinnaker/issues/5622: shares of NaN, .048, NaN, .18 passed as not applicable."""
    comparison = ratios([NAN] * 20, [NAN, 48, NAN, 180] * 5)
    assert (comparison.verdict, comparison.control.bad) == (Verdict.WORSE, 0)


def test_a_side_without_traffic_is_no_side_without_errors() -> None:
    quiet, busy = Side.of(np.full(9, NAN), np.zeros(9)), Side.of(np.zeros(9), np.full(9, 100.0))
    assert compare_ratios(quiet, busy, Design(60.0)) is Reason.NO_CONTROL
    assert compare_ratios(busy, quiet, Design(60.0)) is Reason.NO_EXPERIMENT


def test_one_burst_after_none_is_inconclusive() -> None:
    assert ratios([0] * 30, [0] * 29 + [20]).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    "experiment",
    [[1] * 20 + [100], [1] * 20 + [100] + [1] * 20, ([1] * 15 + [100]) * 3],
    ids=["at last", "in between", "again and again"],
)
def test_single_steps_that_fail_a_hundredfold_are_bursts(experiment: list[float]) -> None:
    assert ratios([1] * 60, experiment).verdict is Verdict.INCONCLUSIVE


def test_a_failure_that_sets_in_late_does_not_pass_for_scatter() -> None:
    comparison = ratios([10] * 60, [10] * 30 + [200] * 2)
    assert comparison.verdict is Verdict.WORSE


def test_a_burst_is_not_told_from_a_change_by_four_steps() -> None:
    comparison = ratios([0] * 60, [0, 0, 0, 900])
    assert (comparison.verdict, comparison.reason) == (Verdict.INCONCLUSIVE, Reason.FEW_STEPS)
    assert comparison.missing is not None
    assert comparison.missing.ready_in_s == 60


def test_most_points_far_higher_are_worse() -> None:
    """https://github.com/spinnaker/spinnaker/issues/6278: passed until the eighth of ten; by permutation p = .0015."""
    comparison = levels([1.0] * 10, [100.0] * 7 + [1.0] * 3, margin=0.1)
    assert comparison.verdict is Verdict.WORSE
    assert comparison.p_value <= 0.05
    assert comparison.higher == pytest.approx(0.85)


def test_a_constant_is_the_same() -> None:
    """https://github.com/spinnaker/kayenta/issues/301: a memory limit was an error."""
    comparison = levels([0.5] * 10, [0.5] * 10, margin=0.05)
    assert (comparison.verdict, comparison.interval, comparison.p_value) == (Verdict.SAME, (0.0, 0.0), 1.0)


def test_an_eighth_more_is_shown_with_its_interval() -> None:
    """https://github.com/spinnaker/kayenta/issues/744: +12.5 % passed, and nobody saw how much it was."""
    random = np.random.default_rng(1)
    control = list(np.log(100 + 5 * random.normal(size=60)))
    experiment = list(np.log(112.5 + 5 * random.normal(size=60)))
    comparison = levels(control, experiment, margin=math.log(1.1))
    low, high = comparison.ratio_interval
    assert low < comparison.ratio < high
    assert (comparison.ratio, low > 1.05) == (pytest.approx(1.125, rel=0.02), True)
    assert comparison.verdict is Verdict.WORSE


def test_much_traffic_that_fails_alike_is_the_same() -> None:
    comparison = ratios([100] * 60, [101] * 60, requests=10_000.0)
    low, high = comparison.interval
    assert comparison.verdict is Verdict.SAME
    assert high is not None
    assert low >= 1 / 1.25
    assert high <= 1.25


def test_a_difference_that_costs_next_to_nothing_of_the_budget_is_the_same() -> None:
    """Three times as many, and surely so, but a hundredth of what the objective allows."""
    comparison = ratios([0.5] * 100, [1.5] * 100, requests=100_000.0)
    assert (comparison.verdict, comparison.p_value < 0.001) == (Verdict.SAME, True)


def test_far_fewer_errors_are_better() -> None:
    comparison = ratios([50] * 60, [10] * 60)
    assert (comparison.verdict, comparison.ratio) == (Verdict.BETTER, pytest.approx(0.2))


def test_no_error_on_either_side_needs_requests_and_not_an_answer() -> None:
    comparison = ratios([0] * 20, [0] * 20)
    assert (comparison.verdict, comparison.p_value) == (Verdict.INCONCLUSIVE, 1.0)
    assert ratios([0] * 60, [0] * 60, requests=100_000.0).verdict is Verdict.SAME
