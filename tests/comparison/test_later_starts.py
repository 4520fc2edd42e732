"""A fault that sets in later is found beside a control of few failures."""

import numpy as np
import pytest

from dashboard.comparison.dispersion import Side, dispersions, worth
from dashboard.comparison.later_starts import BURST_MOST, _starts, evidence
from dashboard.comparison.ratios import Design, RatioComparison, compare_ratios
from dashboard.comparison.sequential import Counts, log_e_value, log_e_value_beyond
from dashboard.comparison.verdicts import Reason, Verdict
from tests.comparison.nulls import Traffic

# Two or three failures an hour.
QUIET = Traffic(0.0005, 100)
AFTER = Design(60.0, plans=False)


def course(random: np.random.Generator, *parts: tuple[Traffic, int]) -> Side:
    """Steps of some traffic, then of another."""
    sides = [traffic.side(random, steps) for traffic, steps in parts]
    return Side(np.concatenate([side.bad for side in sides]), np.concatenate([side.valid for side in sides]))


def compared(control: Side, experiment: Side, design: Design) -> RatioComparison:
    comparison = compare_ratios(control, experiment, design)
    assert isinstance(comparison, RatioComparison)
    return comparison


@pytest.mark.parametrize("calm", [15, 30, 45])
def test_a_fault_that_sets_in_later_is_found_beside_few_failures(calm: int) -> None:
    for seed in range(10):
        random = np.random.default_rng(seed)
        control = QUIET.side(random, 60)
        experiment = course(random, (QUIET, calm), (Traffic(0.04, 100), 60 - calm))
        comparison = compared(control, experiment, AFTER)
        assert comparison.verdict is Verdict.WORSE, seed
        assert abs(comparison.begins_s - calm * 60) <= 300, seed


@pytest.mark.parametrize(
    ("usual", "steps", "grows_together"),
    [(Traffic(0.01, 1000, 0.5, 0.9), 60, False), (QUIET, 30, False), (QUIET, 60, True)],
    ids=["many failures", "a short control", "beside a canary"],
)
def test_elsewhere_nine_tenths_of_the_weight_are_the_beginnings(
    usual: Traffic, steps: int, grows_together: bool
) -> None:
    random = np.random.default_rng(5)
    control, experiment = usual.side(random, steps), course(random, (usual, 30), (Traffic(0.005, 100), 30))
    counts = worth(control, experiment, dispersions(control, experiment))
    log = evidence(control, experiment, grows_together=grows_together).log
    assert np.exp(log) == pytest.approx(0.9 * np.exp(log_e_value(counts)) + 0.1)


@pytest.mark.parametrize("spread", [0.0, 0.5], ids=["independent", "bursts"])
def test_a_canary_that_breaks_later_than_any_burst_is_worse_within_a_quarter_of_an_hour(spread: float) -> None:
    for seed in range(5):
        random = np.random.default_rng(seed)
        control, calm = Traffic(0.0003, 600, spread, 0.6).side(random, 35), Traffic(0.0003, 60, spread, 0.6)
        experiment = course(random, (calm, 20), (Traffic(0.1, 60, spread, 0.6), 15))
        comparison = compared(control, experiment, Design(60.0, grows_together=True))
        assert (comparison.verdict, comparison.reason) == (Verdict.WORSE, Reason.BEYOND_BURSTS), seed
        assert comparison.interval[0] == 1.0
        before = compared(control.until(20), calm.side(random, 20), Design(60.0, grows_together=True))
        assert before.verdict is Verdict.INCONCLUSIVE


def test_what_is_below_the_largest_burst_is_no_evidence_of_more() -> None:
    assert log_e_value_beyond(Counts(10, 10_000, 150, 10_000), BURST_MOST) == 0.0
    assert log_e_value_beyond(Counts(10, 10_000, 1_000, 10_000), BURST_MOST) > 10.0


def test_what_differs_from_the_beginning_begins_there() -> None:
    random = np.random.default_rng(4)
    comparison = compared(QUIET.side(random, 60), Traffic(0.04, 100).side(random, 60), AFTER)
    assert (comparison.verdict, comparison.begins_s) == (Verdict.WORSE, 0.0)


@pytest.mark.parametrize("length", [1, 9, 10, 15, 60, 720])
def test_all_starts_together_weigh_one_and_are_few(length: int) -> None:
    starts = list(_starts(length))
    assert sum(weight for _, weight in starts) == pytest.approx(1.0)
    assert len(starts) <= 30
    assert [begins for begins, _ in starts] == sorted({begins for begins, _ in starts})
    # However much comes later, what is looked at stays what it was.
    assert starts[:-1] == list(_starts(length + 200))[: len(starts) - 1]


def test_steps_without_requests_keep_their_time() -> None:
    valid = np.array([0, 10, 10, np.nan, 10, 0, 10, 10], dtype=float)
    side = Side.of(np.arange(8.0), valid)
    assert side.length == 8
    assert side.since(3).bad.tolist() == [4, 6, 7]
    assert side.until(3).bad.tolist() == [1, 2]
    assert side.until(3).with_more(side.since(3)).bad.tolist() == side.bad.tolist()


def test_nothing_is_evidence_before_there_are_steps_behind_a_start() -> None:
    control, same = Side(np.zeros(60), np.full(60, 10.0)), Side(np.zeros(4), np.full(4, 10.0))
    assert evidence(control, same, grows_together=False).log == pytest.approx(0.0)
