"""A watch of the gate over traffic in which nothing happens: how often it ends for no reason.

GS_BENCH_GATE=1000 python -m pytest tests/bench/test_gate_watch.py -s: a thousand watches, half an hour each, looked at
every minute: errors and latency against the hour before, and limits that lie at what is usual.
"""

import math
import os
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from dashboard import frames
from dashboard.comparison.comparison import Sides, Signal, compare
from dashboard.comparison.dispersion import Side, dispersions
from dashboard.comparison.ratios import worth
from dashboard.comparison.sequential import ALPHA, log_e_value
from dashboard.comparison.verdicts import Verdict
from dashboard.engine.gate.watching import checked_limit
from dashboard.gate.limits import limit_of
from dashboard.timerange import Grid
from tests.comparison.nulls import Traffic

WATCHES = int(os.environ.get("GS_BENCH_GATE", "12"))
BEFORE, STEPS, STEP_S = 60, 30, 60.0
# At what is usual: a limit below it would rightly be exceeded.
LIMITS = tuple(map(limit_of, ("error_ratio<=0.01", "latency_p99_s<=0.5")))


def samples(traffic: Traffic, random: np.random.Generator) -> pd.DataFrame:
    """An hour before a watch and the watch, in rates; requests fail, and are slow, independently of each other."""
    failed, slow = (traffic.side(random, BEFORE + STEPS) for _ in range(2))
    steps = min(failed.steps, slow.steps)
    valid = failed.valid[:steps]
    late = np.minimum(slow.bad[:steps] / slow.valid[:steps], 1) * valid
    values = {
        ("shop", "requests", ""): valid,
        ("shop", "errors", "server"): failed.bad[:steps],
        ("shop", "latency", "0.5"): valid - late,
        ("shop", "latency", "inf"): valid,
    }
    grid = Grid(60, 60 * steps, 60)
    return frames.of_service(frames.samples({key: each / STEP_S for key, each in values.items()}, grid), "shop")


def breaches(traffic: Traffic, seed: int) -> Iterator[str]:
    """What ends a watch, look by look."""
    frame = samples(traffic, np.random.default_rng(seed))
    before, after = frame.iloc[:BEFORE], frame.iloc[BEFORE:]
    budgets = {Signal.ERRORS: 0.001, Signal.LATENCY: 0.01}
    for steps in range(1, len(after) + 1):
        seen = after.iloc[:steps]
        sides = Sides(before, seen, STEP_S, grows_together=False, tells_errors=True, threshold=0.5, budgets=budgets)
        if is_suspect(sides) and compare(sides).verdict is Verdict.WORSE:
            yield "worse"
        for limit in LIMITS:
            if checked_limit(limit, seen, STEP_S, ALPHA / len(LIMITS)).is_exceeded:
                yield limit.text


def is_suspect(sides: Sides) -> bool:
    """Whether there is evidence at all: intervals take most of the time, and without evidence no verdict is worse."""
    bad = (
        lambda frame: frames.values(frame, "errors", "server"),
        lambda frame: frames.values(frame, "latency", "inf") - frames.values(frame, "latency", "0.5"),
    )
    for of_signal in bad:
        control, experiment = (
            Side.of(of_signal(frame) * STEP_S, frames.values(frame, "requests") * STEP_S)
            for frame in (sides.control, sides.experiment)
        )
        if log_e_value(worth(control, experiment, dispersions(control, experiment))) >= -math.log(ALPHA):
            return True
    return False


@pytest.mark.parametrize(
    "traffic",
    [Traffic(0.01, 1000), Traffic(0.01, 1000, 0.5, 0.6), Traffic(0.01, 60, 0.5, 0.3)],
    ids=["independent", "bursts", "quiet"],
)
def test_a_watch_of_nothing_ends_early_in_at_most_a_twentieth(traffic: Traffic) -> None:
    ended = [next(breaches(traffic, seed), "") for seed in range(WATCHES)]
    early = sum(map(bool, ended))
    print(f"\n{traffic}: {early} of {WATCHES} watches ended: {sorted(filter(None, ended))[:10]}")
    # So many that chance alone allows where the true share is a twentieth.
    assert early <= 0.05 * WATCHES + (0 if WATCHES >= 1000 else 2 * np.sqrt(0.05 * 0.95 * WATCHES))
