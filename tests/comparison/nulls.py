"""Requests whose failures come in bursts that last, drawn from a seed, and comparisons that are watched."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dashboard.comparison.dispersion import Side
from dashboard.comparison.ratios import Design, RatioComparison, compare_ratios
from dashboard.comparison.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Traffic:
    """How requests come and fail.

    Attributes:
        share: of failures, on average. `requests`: of a step, on average. `spread`: standard deviation of the logarithm
            of the share. `correlation`: of that logarithm from one step to the next.
    """

    share: float
    requests: float
    spread: float = 0.0
    correlation: float = 0.0

    def side(self, random: np.random.Generator, steps: int) -> Side:
        """So many steps of it."""
        innovations = random.normal(size=steps) * np.sqrt(1 - self.correlation**2)
        level = np.empty(steps)
        level[0] = random.normal()
        for step in range(1, steps):
            level[step] = self.correlation * level[step - 1] + innovations[step]
        shares = np.minimum(self.share * np.exp(self.spread * level - self.spread**2 / 2), 1)
        valid = random.poisson(self.requests, steps)
        return Side.of(random.binomial(valid, shares), valid)


def first(side: Side, steps: int) -> Side:
    """The first steps of a side."""
    return Side(side.bad[:steps], side.valid[:steps])


def rest(side: Side, steps: int) -> Side:
    """What follows the first steps of a side."""
    return Side(side.bad[steps:], side.valid[steps:])


def looks(control: Side, experiment: Side, design: Design, every: int = 1) -> Iterator[RatioComparison]:
    """The comparison as it is seen at each step while the experiment goes on.

    Args:
        control, experiment: whole. `design`: whether the control goes on, too.
        every: so many steps from look to look.
    """
    for steps in range(1, experiment.steps + 1, every):
        seen = first(control, steps) if design.grows_together else control
        comparison = compare_ratios(seen, first(experiment, steps), design)
        assert isinstance(comparison, RatioComparison), "both sides have requests"
        yield comparison


def is_ever_worse(control: Side, experiment: Side, design: Design) -> bool:
    """Whether somebody who looks at every step ever sees that it is worse."""
    return any(comparison.verdict is Verdict.WORSE for comparison in looks(control, experiment, design))
