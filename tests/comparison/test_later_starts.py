"""A fault that sets in later is found beside a control of few failures."""

import numpy as np
import pytest

from dashboard.comparison.dispersion import Side, dispersions, worth
from dashboard.comparison.later_starts import _starts, evidence
from dashboard.comparison.ratios import Design, RatioComparison, compare_ratios
from dashboard.comparison.sequential import log_e_value
from dashboard.comparison.verdicts import Verdict
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
def test_elsewhere_all_the_weight_is_the_beginnings(usual: Traffic, steps: int, grows_together: bool) -> None:
    random = np.random.default_rng(5)
    control, experiment = usual.side(random, steps), course(random, (usual, 30), (Traffic(0.04, 100), 30))
    counts = worth(control, experiment, dispersions(control, experiment))
    assert evidence(control, experiment, grows_together=grows_together).log == log_e_value(counts)


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
