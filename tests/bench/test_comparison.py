"""Comparisons watched at every step, a thousand of each kind.

GS_BENCH_COMPARISON=1 python -m pytest tests/bench/test_comparison.py -s, some minutes. What is the same is "worse" in
at most 5 %, and a doubling is found with 80 % at the sample that is told.
"""

import os
from dataclasses import replace

import numpy as np
import pytest

from dashboard.comparison.dispersion import dispersions
from dashboard.comparison.ratios import Design, RatioComparison, compare_ratios
from dashboard.comparison.sample_size import requests_to_find
from dashboard.comparison.verdicts import Verdict
from tests.comparison.nulls import Traffic, after_earlier, first, is_ever_worse, rest

pytestmark = pytest.mark.skipif(not os.environ.get("GS_BENCH_COMPARISON"), reason="minutes: GS_BENCH_COMPARISON=1")

RUNS, STEPS = 1000, 60
AFTER, BESIDE = Design(60.0, plans=False), Design(60.0, grows_together=True, plans=False)


@pytest.mark.parametrize(
    ("traffic", "before"),
    [
        (Traffic(0.01, 1000), 60),
        (Traffic(0.01, 1000, 0.5, 0.6), 60),
        (Traffic(0.001, 1000, 1.0, 0.6), 60),
        (Traffic(0.01, 1000, 0.5, 0.9), 60),
        (Traffic(0.01, 1000, 0.5, 0.8), 30),
        (Traffic(0.01, 1000, 0.5, 0.6), 15),
        (Traffic(0.0002, 1000, 1.0, 0.5), 60),
        (Traffic(0.05, 20, 0.5, 0.5), 60),
        (Traffic(0.0005, 100, 1.0, 0.8), 60),
        (Traffic(0.01, 1000, 1.0, 0.9), 60),
        (Traffic(0.001, 1000, spikes=1 / 60), 60),
        (Traffic(0.001, 1000, spikes=1 / 200), 60),
    ],
    ids=[
        "independent", "bursts", "rare", "lasting", "half an hour", "quarter of an hour", "very rare", "quiet", "few",
        "large and lasting", "spikes", "few spikes",
    ],
)  # fmt: skip
def test_what_is_the_same_is_worse_in_at_most_a_twentieth_after_a_change(traffic: Traffic, before: int) -> None:
    alarms = 0
    for seed in range(RUNS):
        side = traffic.side(np.random.default_rng(seed), before + STEPS)
        alarms += is_ever_worse(first(side, before), rest(side, before), AFTER)
    print(f"\n{traffic}, {before} steps before: worse in {alarms} of {RUNS}")
    assert alarms <= 0.05 * RUNS


@pytest.mark.parametrize(
    ("stable", "earlier"),
    [
        (Traffic(0.01, 1000, 0.5), 0),
        (Traffic(0.01, 1000, 0.5, 0.6), 0),
        (Traffic(0.01, 1000, 0.5, 0.8), 0),
        (Traffic(0.01, 1000, 0.5, 0.9), 60),
        (Traffic(0.01, 1000, 1.0, 0.9), 60),
        (Traffic(0.001, 1000, 1.0, 0.9), 60),
        (Traffic(0.001, 1000, spikes=1 / 60), 60),
    ],
)
def test_what_is_the_same_is_worse_in_at_most_a_twentieth_beside_a_canary(stable: Traffic, earlier: int) -> None:
    canary = replace(stable, requests=100)
    alarms = 0
    for seed in range(RUNS):
        random = np.random.default_rng(seed)
        control = after_earlier(stable.side(random, earlier + STEPS), earlier)
        alarms += is_ever_worse(control, canary.side(random, STEPS), BESIDE)
    print(f"\n{stable}, {earlier} steps before: worse in {alarms} of {RUNS}")
    assert alarms <= 0.05 * RUNS


@pytest.mark.parametrize("spread", [0.0, 0.4])
def test_a_doubling_is_found_by_the_sample_that_is_told(spread: float) -> None:
    """The sample is told by the comparison of the first five steps, as somebody would read it."""
    usual, doubled = Traffic(0.01, 300, spread), Traffic(0.02, 300, spread)
    worse = early = 0
    for seed in range(RUNS):
        random = np.random.default_rng(seed)
        control, experiment = usual.side(random, 400), doubled.side(random, 300)
        needed = requests_to_find(control.share, control.valid_events, dispersions(control, first(experiment, 5)))
        assert needed is not None
        steps = int(np.searchsorted(np.cumsum(experiment.valid), needed)) + 1
        at_last = compare_ratios(control, first(experiment, steps), AFTER)
        assert isinstance(at_last, RatioComparison)
        worse += at_last.verdict is Verdict.WORSE
        early += is_ever_worse(control, first(experiment, steps), AFTER)
    print(f"\nspread {spread}: found in {worse} of {RUNS} at the sample told, in {early} when watched until then")
    assert worse >= 0.8 * RUNS
