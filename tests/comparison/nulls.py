"""Requests whose failures come in bursts that last, drawn from a seed, and comparisons that are watched."""

import math
from dataclasses import dataclass, replace

import numpy as np

from dashboard.comparison.dispersion import Side
from dashboard.comparison.later_starts import evidence
from dashboard.comparison.ratios import Design, RatioComparison, compare_ratios
from dashboard.comparison.sequential import ALPHA
from dashboard.comparison.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Traffic:
    """How requests come and fail.

    Attributes:
        share: of failures, on average. `requests`: of a step, on average. `spread`: standard deviation of the logarithm
            of the share. `correlation`: of that logarithm from one step to the next. `spikes`: probability of a step
            that fails a hundred times as often.
    """

    share: float
    requests: float
    spread: float = 0.0
    correlation: float = 0.0
    spikes: float = 0.0

    def side(self, random: np.random.Generator, steps: int) -> Side:
        """So many steps of it."""
        innovations = random.normal(size=steps) * np.sqrt(1 - self.correlation**2)
        level = np.empty(steps)
        level[0] = random.normal()
        for step in range(1, steps):
            level[step] = self.correlation * level[step - 1] + innovations[step]
        spikes = np.where(random.random(steps) < self.spikes, 100.0, 1.0) if self.spikes else 1.0
        shares = np.minimum(self.share * np.exp(self.spread * level - self.spread**2 / 2) * spikes, 1)
        valid = random.poisson(self.requests, steps)
        return Side.of(random.binomial(valid, shares), valid)


def first(side: Side, steps: int) -> Side:
    """The first steps of a side, after the same earlier ones."""
    return Side(side.bad[:steps], side.valid[:steps], earlier=side.earlier)


def rest(side: Side, steps: int) -> Side:
    """What follows the first steps of a side."""
    return Side(side.bad[steps:], side.valid[steps:])


def after_earlier(side: Side, steps: int) -> Side:
    """What follows the first steps of a side, which only show how its failures scatter."""
    return replace(rest(side, steps), earlier=first(side, steps))


def is_ever_worse(control: Side, experiment: Side, design: Design) -> bool:
    """Whether somebody who looks at every step of the experiment ever sees that it is worse.

    Args:
        control, experiment: whole, `control` seen as far as the experiment where both go on. `design`: whether they do.
    """
    for steps in range(1, experiment.steps + 1):
        sides = first(control, steps) if design.grows_together else control, first(experiment, steps)
        # Intervals take most of the time: of a look without evidence the verdict is none.
        if evidence(*sides, grows_together=design.grows_together).log < -math.log(ALPHA):
            continue
        comparison = compare_ratios(*sides, design)
        assert isinstance(comparison, RatioComparison), "both sides have requests"
        if comparison.verdict is Verdict.WORSE:
            return True
    return False
