"""Compares shares of bad events: ratio, interval, evidence, verdict, and the number of requests still needed."""

import math
from dataclasses import dataclass

from dashboard.comparison.dispersion import Side, dispersions, worth
from dashboard.comparison.later_starts import Evidence, evidence
from dashboard.comparison.sample_size import requests_to_find, requests_to_settle
from dashboard.comparison.sequential import ALPHA, ratio_interval, share_interval
from dashboard.comparison.verdicts import Reason, Verdict

# Shares count as the same if the interval of their ratio lies within this and its inverse …
MARGIN = 1.25
# … or if that of their difference is at most this share of what the objective allows.
BUDGET_MARGIN = 0.1
# Fewer steps cannot distinguish a burst of one step from a change.
STEPS_MIN = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """The numbers of one side.

    Attributes:
        bad, valid: events. `steps`: number of those with events.
        dispersion: the design effect φ: an event counts as 1/φ independent ones.
        interval: shares of bad events that are not rejected, 0–1.
    """

    bad: float
    valid: float
    steps: int
    dispersion: float
    interval: tuple[float, float]

    @property
    def share(self) -> float | None:
        """Bad events over valid ones; None without any."""
        return self.bad / self.valid if self.valid else None


@dataclass(frozen=True, slots=True)
class Missing:
    """What is needed for a conclusion.

    Attributes:
        needed: total requests of the experiment; None if no number would suffice.
        needed_control: the same for the control, if it has too few; None if it has enough.
        missing: requests still to come.
        ready_in_s: seconds until they have arrived at the current rate; None if unknown.
    """

    needed: float | None
    missing: float | None
    ready_in_s: float | None
    needed_control: float | None = None


@dataclass(frozen=True, slots=True)
class RatioComparison:
    """The comparison of two shares of bad events.

    Attributes:
        ratio: the experiment's share over the control's; None if that is 0. `interval`: of it; None: no upper end.
        difference: of the shares, 0–1. `difference_interval`: its interval.
        e_value: evidence that they differ; its inverse is a p-value valid at all looks.
        margin: the largest ratio that counts as the same. `budget`: the share that the objective allows, or None.
        begins_s: seconds of the experiment after which the difference began; 0 if it began at the start.
    """

    control: Sample
    experiment: Sample
    ratio: float | None
    interval: tuple[float, float | None]
    difference: float
    difference_interval: tuple[float, float]
    e_value: float
    verdict: Verdict
    reason: Reason | None
    missing: Missing | None
    margin: float = MARGIN
    budget: float | None = None
    begins_s: float = 0.0

    @property
    def p_value(self) -> float:
        """Upper bound of the probability of such evidence at any look if nothing differs."""
        return min(1.0, 1 / self.e_value)


@dataclass(frozen=True, slots=True)
class Design:
    """The design of a comparison.

    Attributes:
        step_s: seconds of a step. `budget`: share of bad events allowed by the objective; None without one.
        grows_together: both sides are still measured, like canary and stable; else the control ended before a change.
        plans: compute the number of missing requests, which takes most of the time.
    """

    step_s: float
    budget: float | None = None
    grows_together: bool = False
    plans: bool = True


def compare_ratios(control: Side, experiment: Side, design: Design) -> RatioComparison | Reason:
    """Compare two shares; a reason if a side has no events.

    Args:
        control, experiment: steps in order of time. `design`: of the comparison.
    """
    if not control.steps or not experiment.steps:
        return Reason.NO_EXPERIMENT if control.steps else Reason.NO_CONTROL
    scatter = dispersions(control, experiment)
    counts = worth(control, experiment, scatter)
    samples = _sample(control, scatter[0]), _sample(experiment, scatter[1])
    difference = experiment.share - control.share
    since = evidence(control, experiment, grows_together=design.grows_together)
    apart = samples[1].interval[0] - samples[0].interval[1], samples[1].interval[1] - samples[0].interval[0]
    ratio = experiment.share / control.share if control.bad_events else None
    interval = ratio_interval(counts)
    verdict = _verdict(since, interval, apart, design.budget)
    reason, missing = None, None
    if verdict is Verdict.WORSE and since.is_beyond_bursts:
        reason, interval = Reason.BEYOND_BURSTS, (max(interval[0], 1.0), interval[1])
    if min(control.steps, experiment.steps) < STEPS_MIN:
        verdict, reason, missing = Verdict.INCONCLUSIVE, Reason.FEW_STEPS, _until_steps(control, experiment, design)
    elif verdict is Verdict.INCONCLUSIVE and design.plans:
        reason, missing = _missing(control, experiment, scatter, design)
    return RatioComparison(
        *samples,
        ratio,
        interval,
        difference,
        apart,
        math.exp(min(since.log, 600.0)),
        verdict,
        reason,
        missing,
        budget=design.budget,
        begins_s=since.begins * design.step_s if verdict in (Verdict.WORSE, Verdict.BETTER) else 0.0,
    )


def _sample(side: Side, dispersion: float) -> Sample:
    # Half of the error for each side: the interval of the difference is valid if both intervals are.
    interval = share_interval(side.bad_events / dispersion, side.valid_events / dispersion, ALPHA / 2)
    return Sample(side.bad_events, side.valid_events, side.steps, dispersion, interval)


def _verdict(
    since: Evidence, interval: tuple[float, float | None], apart: tuple[float, float], budget: float | None
) -> Verdict:
    """The verdict; a small difference counts as the same, however significant it is.

    Args:
        since: the evidence that they differ. `interval`: of their ratio.
        `apart`: of their difference. `budget`: share allowed by the objective.
    """
    low, high = interval
    is_close = high is not None and low >= 1 / MARGIN and high <= MARGIN
    if is_close or (budget is not None and max(-apart[0], apart[1]) <= BUDGET_MARGIN * budget):
        return Verdict.SAME
    if since.log < -math.log(ALPHA):
        return Verdict.INCONCLUSIVE
    return Verdict.WORSE if since.is_higher else Verdict.BETTER


def _until_steps(control: Side, experiment: Side, design: Design) -> Missing:
    if control.steps < STEPS_MIN and not design.grows_together:
        # The comparison has ended: waiting adds nothing.
        return Missing(None, None, None)
    steps = STEPS_MIN - min(control.steps, experiment.steps)
    per_step = experiment.valid_events / experiment.steps
    return Missing(per_step * STEPS_MIN, per_step * steps, steps * design.step_s)


def _missing(
    control: Side, experiment: Side, scatter: tuple[float, float], design: Design
) -> tuple[Reason, Missing]:  # fmt: skip
    """Why there is no conclusion yet, and how long to wait.

    Args:
        control, experiment: each side. `scatter`: φ of each. `design`: of the comparison.
    """
    # If the control had none, assume one event among all: a smaller share is not known.
    bad = control.bad_events or max(experiment.bad_events, 1.0)
    valid = control.valid_events + (0 if control.bad_events else experiment.valid_events)
    plan = _Plan(bad / valid, control.valid_events, experiment.valid_events, scatter)
    reason, needed, needed_control = plan.next_sample(grows_together=design.grows_together)
    if needed is None:
        return reason, Missing(None, None, None, needed_control)
    missing = max(needed - experiment.valid_events, 0.0)
    per_second = experiment.valid_events / (experiment.steps * design.step_s)
    return reason, Missing(needed, missing, missing / per_second, needed_control)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The requests to wait for.

    Attributes:
        share: of bad events if nothing differs. `control`, `experiment`: current events. `scatter`: φ of each.
    """

    share: float
    control: float
    experiment: float
    scatter: tuple[float, float]

    def next_sample(self, *, grows_together: bool) -> tuple[Reason, float | None, float | None]:
        """Why there is no conclusion yet, and the sufficient number of events, of both sides.

        The number of the control is given if it has ended with too few.

        First a doubling must be detectable, then the interval must fit within the margin.
        """
        together = self.experiment / self.control
        per_control = together if grows_together else None
        needed = requests_to_find(self.share, self.control, self.scatter, per_control=per_control)
        if needed is None:
            # A longer period for both sides: the control can be extended into the past.
            needed = requests_to_find(self.share, self.control, self.scatter, per_control=together)
            return Reason.SMALL_CONTROL, needed, None if needed is None else needed / together
        if needed > self.experiment:
            return Reason.FEW_REQUESTS, needed, None
        settled = requests_to_settle(
            self.share, self.control, self.scatter, margin=MARGIN, per_control=per_control
        )  # fmt: skip
        return Reason.SMALL_EFFECT, settled, None
