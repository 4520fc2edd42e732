"""How many independent requests the counts of a side are worth, because failures come in bursts."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from dashboard.comparison.sequential import Counts

# From this many steps on correlation between steps is estimated; it is never taken to be higher than this.
CORRELATED_STEPS, CORRELATION_MAX = 10, 0.95
# Fewer steps whose counts scatter by more than that are taken to be correlated as bursts usually are.
SHORT_SCATTER, SHORT_CORRELATION = 1.0, 0.8
# This many standard errors is φ raised by: how long bursts last is estimated as well where they last.
RAISED, RAISED_LASTING = 1.2, 2.5
# A control with this many steps and events says itself how its counts scatter; the other side may scatter so much more.
INFORMED_STEPS, INFORMED_EVENTS, EXCESS_MAX = 40, 10.0, 4.0

# This many standard errors √(2/steps) above the usual the scatter of an experiment is its own.
CHANCE = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side of a comparison, a row a step, in order of time.

    Attributes:
        bad, valid: events of each step, shape (steps,), 0 <= bad <= valid, valid above 0.
        places: of these steps among all, shape (steps,), ascending; None: there are no others.
        all_steps: this many there are, those without events included; None: all have some.
    """

    bad: np.ndarray
    valid: np.ndarray
    places: np.ndarray | None = None
    all_steps: int | None = None

    @classmethod
    def of(cls, bad: np.ndarray, valid: np.ndarray) -> Self:
        """A side without the steps that had no events; bad events that are NaN among valid ones are 0.

        Args:
            bad: events of each step, NaN where the series of bad events is absent. `valid`: all events, shape (steps,).
        """
        measured = np.nan_to_num(valid) > 0
        events = np.asarray(valid, dtype=float)[measured]
        # A series of errors that never had one does not exist: with traffic beside it that is none of n.
        failed = np.clip(np.nan_to_num(np.asarray(bad, dtype=float)[measured]), 0, events)
        return cls(failed, events, np.flatnonzero(measured), len(measured))

    @property
    def length(self) -> int:
        """Steps from the first to the last, those without events included."""
        return self.steps if self.all_steps is None else self.all_steps

    def since(self, begins: int) -> Self:
        """What follows its first steps, those without events included."""
        place = self._place(begins)
        return type(self)(self.bad[place:], self.valid[place:])

    def until(self, begins: int) -> Self:
        """Its first steps, those without events included."""
        place = self._place(begins)
        return type(self)(self.bad[:place], self.valid[:place])

    def with_more(self, other: Self) -> Self:
        """Its steps and those of another side that follow."""
        return type(self)(np.concatenate([self.bad, other.bad]), np.concatenate([self.valid, other.valid]))

    def _place(self, begins: int) -> int:
        return begins if self.places is None else int(np.searchsorted(self.places, begins))

    @property
    def steps(self) -> int:
        """Steps that had events."""
        return len(self.valid)

    @property
    def bad_events(self) -> float:
        """Bad events in all."""
        return float(self.bad.sum())

    @property
    def valid_events(self) -> float:
        """Events in all."""
        return float(self.valid.sum())

    @property
    def share(self) -> float:
        """Bad events over valid ones; NaN without any."""
        return self.bad_events / self.valid_events if self.steps else float("nan")


def dispersions(control: Side, experiment: Side) -> tuple[float, float]:
    """Design effects: an event counts as one over this many independent ones; of the control, and of the experiment.

    If nothing has changed both sides are one process, so what the control shows of its scatter holds for both, and a
    failure that sets in half-way through the experiment does not pass for scatter. What a control without enough events
    cannot show is taken from the experiment. Scatter of the ratio itself grows with the events of a step: it is carried
    from side to side as φ - 1 over the events of a step.
    """
    correlation = autocorrelation(control)
    own = dispersion(control, correlation)
    informed = _is_informed(control, own)
    if not informed:
        correlation = max(correlation, autocorrelation(experiment))
        own = dispersion(control, correlation)
    usual = _carried(own, control, experiment)
    seen = dispersion(experiment, correlation)
    if informed:
        # Within chance of what is usual it is that: else few steps would make every experiment worth less.
        chance = 1 + CHANCE * np.sqrt(2 / experiment.steps) if experiment.steps else np.inf
        return own, float(min(seen, EXCESS_MAX * usual)) if seen > usual * chance else usual
    return max(own, _carried(seen, experiment, control)), max(usual, seen)


def has_few_bad(control: Side) -> bool:
    """A side is long enough to say how its counts scatter, but has too few bad events for it."""
    own = dispersion(control, autocorrelation(control))
    return control.steps >= INFORMED_STEPS and not _is_informed(control, own)


def _is_informed(control: Side, own: float) -> bool:
    return control.steps >= INFORMED_STEPS and control.bad_events >= INFORMED_EVENTS * own


def worth(control: Side, experiment: Side, scatter: tuple[float, float]) -> Counts:
    """Counts in independent events: divided by their design effect.

    J. N. K. Rao, A. J. Scott, A simple method for the analysis of clustered binary data, Biometrics 48 (1992) 577,
    https://doi.org/10.2307/2532311.

    Args:
        control, experiment: each side. `scatter`: φ of each.
    """
    return Counts(
        control.bad_events / scatter[0],
        control.valid_events / scatter[0],
        experiment.bad_events / scatter[1],
        experiment.valid_events / scatter[1],
    )


def dispersion(side: Side, correlation: float) -> float:
    """φ of one side around its own ratio, never below 1.

    Pearson's statistic over its degrees of freedom (McCullagh and Nelder, Generalized Linear Models, 4.5), in sums so
    that steps of few events do not rule it, raised by its own standard error √(2/independent steps) or more; times
    (1 + ρ)/(1 - ρ), the variance of a mean of an AR(1) series over that of independent values.
    https://en.wikipedia.org/wiki/Overdispersion#Binomial
    https://en.wikipedia.org/wiki/Effective_sample_size#Autocorrelated_samples

    Args:
        side: at least two steps, else 1.
        correlation: ρ between one step and the next, 0 or more.
    """
    lasting = (1 + correlation) / (1 - correlation)
    # Steps that are alike say less of the scatter, and lie closer to their own mean.
    steps = max(side.steps / lasting, 2.0)
    errors = RAISED_LASTING if correlation else RAISED
    return max(1.0, _scatter(side) * steps / (steps - 1) * float(1 + errors * np.sqrt(2 / steps)) * lasting)


def _scatter(side: Side) -> float:
    """Squared residuals over what independent events would have; 0 if there is nothing to tell it by."""
    expected = side.share * (1 - side.share) * side.valid_events if side.steps > 1 else 0.0
    residuals = side.bad - side.share * side.valid
    return float(residuals @ residuals) / expected if expected > 0 else 0.0


def autocorrelation(side: Side) -> float:
    """ρ between one step and the next, at least 0; a usual one where too few steps tell.

    Raised by its bias in short series, and by its standard error √((1 - ρ²)/steps): what is taken too low makes alarms
    of chance.

    Bias -(1 + 3ρ)/steps: M. G. Kendall, Note on bias in the estimation of autocorrelation, Biometrika 41 (1954) 403.
    https://doi.org/10.1093/biomet/41.3-4.403
    """
    if side.steps < CORRELATED_STEPS:
        return SHORT_CORRELATION if _scatter(side) > SHORT_SCATTER else 0.0
    return series_correlation(side.bad - side.share * side.valid)


def series_correlation(residuals: np.ndarray) -> float:
    """As `autocorrelation`, of residuals around a mean, shape (steps,)."""
    square = float(residuals @ residuals)
    if len(residuals) < CORRELATED_STEPS or not square > 0:
        return 0.0
    rho = float(residuals[1:] @ residuals[:-1]) / square
    if rho <= 1 / np.sqrt(len(residuals)):
        # Within chance of independent steps.
        return 0.0
    bias, error = (1 + 3 * rho) / len(residuals), np.sqrt((1 - rho**2) / len(residuals))
    return float(min(rho + bias + error, CORRELATION_MAX))


def _carried(dispersion: float, source: Side, other: Side) -> float:
    """φ of one side for the events that a step of the other has."""
    if not source.steps or not other.steps:
        return dispersion
    return 1 + (dispersion - 1) * float(other.valid.mean() / source.valid.mean())
