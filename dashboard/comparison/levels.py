"""Compares values that are not counts (gauges, rates, quantiles) by ranks; shows them as means."""

import math
from dataclasses import dataclass

import numpy as np

from dashboard.comparison.dispersion import CORRELATED_STEPS, series_correlation
from dashboard.comparison.sequential import ALPHA, normal_log_e_value, normal_radius
from dashboard.comparison.verdicts import Reason, Verdict

# Fewer steps allow no conclusion.
STEPS_MIN = 5
# The scale of the mixture: differences of the probability that a value of the experiment is higher.
RANK_SCALE = 0.25


@dataclass(frozen=True, slots=True)
class LevelComparison:
    """The comparison of two series of values.

    Attributes:
        control, experiment: means. `steps`: of each. `difference`: of the means, with its interval.
        higher: probability that a value of the experiment is higher, 0–1; ties count half.
        e_value: evidence that this is not one half; its inverse is a p-value valid at all looks.
        margin: differences within it count as the same.
        sign: -1 if the values are negative logarithms, as less is worse.
    """

    control: float
    experiment: float
    steps: tuple[int, int]
    difference: float
    interval: tuple[float, float]
    higher: float
    e_value: float
    verdict: Verdict
    reason: Reason | None
    margin: float
    sign: int = 1

    @property
    def centre(self) -> tuple[float, float]:
        """Geometric means of both sides, for values that are logarithms."""
        return math.exp(self.sign * self.control), math.exp(self.sign * self.experiment)

    @property
    def ratio(self) -> float:
        """The ratio of the geometric means."""
        return math.exp(self.sign * self.difference)

    @property
    def ratio_interval(self) -> tuple[float, float]:
        """The interval of the ratio of the geometric means, lower end first."""
        low, high = sorted(math.exp(self.sign * end) for end in self.interval)
        return low, high

    @property
    def p_value(self) -> float:
        """Upper bound of the probability of such evidence at any look if nothing differs."""
        return min(1.0, 1 / self.e_value)


def compare_levels(
    control: np.ndarray, experiment: np.ndarray, margin: float, earlier: np.ndarray | None = None
) -> LevelComparison | Reason:
    """Compare two series, higher is worse; a reason if a side has no values.

    Args:
        control, experiment: a value for each step in order of time, NaN for no data, shape (steps,) each.
        margin: the largest difference of the means that counts as the same, in the unit of the values.
        earlier: values of the control from before the comparison, shape (steps,), which only show how long they stay
            high or low.
    """
    before, after = control[~np.isnan(control)], experiment[~np.isnan(experiment)]
    if not len(before) or not len(after):
        return Reason.NO_EXPERIMENT if len(before) else Reason.NO_CONTROL
    raised = _inflation(before if earlier is None else np.concatenate([earlier[~np.isnan(earlier)], before]), after)
    difference = float(after.mean() - before.mean())
    variance = float(before.var() / len(before) + after.var() / len(after)) * raised
    radius = normal_radius(variance, margin)
    higher, rank_variance = rank_probability(before, after)
    evidence = normal_log_e_value(higher - 0.5, rank_variance * raised, RANK_SCALE)
    interval = difference - radius, difference + radius
    verdict, reason = _verdict(interval, evidence, difference, margin)
    if min(len(before), len(after)) < STEPS_MIN:
        verdict, reason = Verdict.INCONCLUSIVE, Reason.FEW_STEPS
    means, steps = (float(before.mean()), float(after.mean())), (len(before), len(after))
    return LevelComparison(
        *means, steps, difference, interval, higher, math.exp(min(evidence, 600.0)), verdict, reason, margin
    )


def _verdict(
    interval: tuple[float, float], evidence: float, difference: float, margin: float
) -> tuple[Verdict, Reason | None]:  # fmt: skip
    if max(-interval[0], interval[1]) <= margin:
        return Verdict.SAME, None
    if evidence < -math.log(ALPHA):
        return Verdict.INCONCLUSIVE, Reason.FEW_VALUES
    return (Verdict.WORSE if difference > 0 else Verdict.BETTER), None


def rank_probability(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Probability that a later value is higher than an earlier one, ties half, and its variance if both are alike.

    U/(m n) of Mann and Whitney with the variance (m + n + 1)/(12 m n), corrected for ties:
    https://en.wikipedia.org/wiki/Mann%E2%80%93Whitney_U_test#Normal_approximation_and_tie_correction

    Args:
        before, after: shapes (m,) and (n,), without NaN.
    """
    values, counts = np.unique(np.concatenate([before, after]), return_counts=True)
    ordered, first, second = np.sort(before), len(before), len(after)
    below, upto = np.searchsorted(ordered, after), np.searchsorted(ordered, after, side="right")
    every = first + second
    ties = float((counts.astype(float) ** 3 - counts).sum()) / (every**3 - every)
    variance = (every + 1) / (12 * first * second) * (1 - ties) if len(values) > 1 else 0.0
    return float((below + upto).sum()) / (2 * first * second), variance


def _inflation(before: np.ndarray, after: np.ndarray) -> float:
    """(1 + ρ)/(1 - ρ) of the control, or of the experiment if the control is too short."""
    series = before if len(before) >= CORRELATED_STEPS else after
    residuals = series - series.mean()
    # The residuals of a constant are rounding errors.
    is_rounding = np.abs(residuals) <= 1e-9 * np.abs(series).max()
    correlation = series_correlation(np.where(is_rounding, 0.0, residuals))
    return (1 + correlation) / (1 - correlation)
