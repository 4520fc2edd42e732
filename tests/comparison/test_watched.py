"""Watched at every step, what is the same is not called worse, and a doubling is found by the sample that is told."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.comparison.dispersion import Side, dispersion, dispersions
from dashboard.comparison.ratios import Design, RatioComparison, compare_ratios
from dashboard.comparison.sample_size import requests_to_find
from dashboard.comparison.verdicts import Verdict
from tests.comparison.nulls import Traffic, after_earlier, first, is_ever_worse, rest

BURSTS = Traffic(0.01, 1000, spread=0.5, correlation=0.6)
# The bench has a thousand of each; these are a part of them.
NULLS, STEPS = 30, 30


def test_what_is_the_same_is_not_called_worse_after_a_change() -> None:
    random = np.random.default_rng(15)
    sides = (BURSTS.side(random, 60 + STEPS) for _ in range(NULLS))
    assert sum(is_ever_worse(first(side, 60), rest(side, 60), Design(60.0, plans=False)) for side in sides) <= 2


def test_what_is_the_same_is_not_called_worse_beside_a_canary() -> None:
    random = np.random.default_rng(16)
    canary = Traffic(0.01, 100, spread=0.5, correlation=0.6)
    pairs = ((BURSTS.side(random, STEPS), canary.side(random, STEPS)) for _ in range(NULLS))
    assert sum(is_ever_worse(*pair, Design(60.0, grows_together=True, plans=False)) for pair in pairs) <= 2


def test_the_hour_before_a_canary_shows_how_large_bursts_are_and_how_long_they_last() -> None:
    random = np.random.default_rng(18)
    stable, canary = Traffic(0.01, 1000, spread=1.0, correlation=0.9), Traffic(0.01, 100, spread=1.0, correlation=0.9)
    beside, alarms = Design(60.0, grows_together=True, plans=False), np.zeros(2, dtype=int)
    for _ in range(NULLS):
        side, experiment = after_earlier(stable.side(random, 60 + 20), 60), canary.side(random, 20)
        alarms += [is_ever_worse(control, experiment, beside) for control in (side, replace(side, earlier=None))]
    assert alarms[0] <= 1
    assert alarms[1] > 2


def test_sums_of_several_steps_show_how_rare_failures_come_together() -> None:
    # Two failures in three steps, for a quarter of an hour, and none for another.
    bad = np.tile(np.concatenate([np.tile([1.0, 0.0, 1.0], 5), np.zeros(15)]), 2)
    together, apart = Side(bad, np.full(60, 1000.0)), Side(np.tile([1.0, 0.0, 0.0], 20), np.full(60, 1000.0))
    assert dispersion(together, 0.0) > 3
    assert dispersion(apart, 0.0) < 1.3


def test_a_test_of_one_look_would_call_it_worse() -> None:
    """The nulls are hard: counts as they are, looked at by z > 1.645, make an alarm in a third of them."""
    random = np.random.default_rng(15)
    alarms = 0
    for _ in range(NULLS):
        side = BURSTS.side(random, 60 + STEPS)
        control, experiment = first(side, 60), rest(side, 60)
        bad, valid = np.cumsum(experiment.bad), np.cumsum(experiment.valid)
        pooled = (bad + control.bad_events) / (valid + control.valid_events)
        error = np.sqrt(pooled * (1 - pooled) * (1 / valid + 1 / control.valid_events))
        alarms += bool(((bad / valid - control.share) / error > 1.645).any())
    assert alarms > NULLS / 3


@pytest.mark.parametrize("spread", [0.0, 0.4], ids=["independent", "bursts"])
def test_a_doubling_is_found_by_the_sample_that_is_told(spread: float) -> None:
    random = np.random.default_rng(17)
    usual, doubled = Traffic(0.01, 500, spread), Traffic(0.02, 500, spread)
    worse, runs = 0, 20
    for _ in range(runs):
        control = usual.side(random, 400)
        experiment = doubled.side(random, 400)
        needed = requests_to_find(0.01, control.valid_events, dispersions(control, experiment))
        assert needed is not None
        steps = int(np.searchsorted(np.cumsum(experiment.valid), needed)) + 1
        comparison = compare_ratios(control, first(experiment, steps), Design(60.0, plans=False))
        assert isinstance(comparison, RatioComparison)
        worse += comparison.verdict is Verdict.WORSE
    assert worse >= 0.75 * runs


def test_the_sample_grows_as_the_share_falls_and_as_bursts_do() -> None:
    needed = [requests_to_find(share, 1.0, (1.0, 1.0), per_control=1.0) for share in (0.01, 0.001, 0.0001)]
    # One look needs 2,315, 23,507 and 235,427: being watched costs about twice as many.
    assert needed == [pytest.approx(number, rel=0.05) for number in (4_656, 47_082, 472_939)]
    bursts = requests_to_find(0.01, 1.0, (3.0, 3.0), per_control=1.0)
    # Three times as many, and more: what fails twice as often comes in larger bursts.
    assert bursts is not None
    assert 3 * 4_656 < bursts < 5 * 4_656


def test_no_experiment_is_long_enough_beside_too_small_a_control() -> None:
    assert requests_to_find(0.001, 2000.0, (1.0, 1.0)) is None


def test_a_level_that_was_another_one_long_before_is_no_scatter() -> None:
    calm, bad = np.full(30, 10.0), np.full(30, 40.0)
    earlier = Side(np.concatenate([calm, bad]), np.full(60, 1000.0))
    control, experiment = Side(bad, np.full(30, 1000.0), earlier=earlier), Side(bad, np.full(30, 1000.0))
    assert dispersions(control, experiment) == (1.0, 1.0)
    # Levels that come and go are.
    swinging = Side(np.concatenate([calm, bad, calm, bad]), np.full(120, 1000.0))
    assert dispersions(replace(control, earlier=swinging), experiment)[0] > 100
