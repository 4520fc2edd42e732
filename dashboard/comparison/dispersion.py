"""How many independent requests the counts of a side correspond to, as failures come in bursts."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from dashboard.comparison.sequential import Counts

# From this many steps on the correlation between steps is estimated, with this upper limit.
CORRELATED_STEPS, CORRELATION_MAX = 10, 0.95
# With fewer steps, counts that scatter more than this are assumed to have the usual correlation of bursts.
SHORT_SCATTER, SHORT_CORRELATION = 1.0, 0.8
# Standard errors by which φ is raised; more with correlation, as the length of bursts is then uncertain.
RAISED, RAISED_LASTING = 1.2, 2.5
# A control with this many steps and events determines the scatter; that of the other side may exceed it by this factor.
INFORMED_STEPS, INFORMED_EVENTS, EXCESS_MAX = 40, 10.0, 4.0

# The scatter of an experiment counts as its own if it is this many standard errors √(2/steps) above the usual.
CHANCE = 3.0
# The least number of steps on each side of a change within the experiment: what one step does is a burst.
CHANGE_STEPS = 2
# The share of the scatter that such a change may leave unexplained if the level before it is to be left out.
UNEXPLAINED = 0.05
# Bad events of a block of steps on average, the least number of blocks, and the standard errors √(2/blocks) by which
# their scatter must exceed that of independent events to count.
BLOCK_EVENTS, BLOCKS_MIN, BLOCK_CHANCE = 4.0, 6, 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side of a comparison, with a row for each step, in order of time.

    Attributes:
        bad, valid: events of each step, shape (steps,), 0 <= bad <= valid, valid above 0.
        places: positions of these steps among all, shape (steps,), ascending; None: there are no others.
        all_steps: number of steps including those without events; None: all have some.
        earlier: steps of the same kind from before the comparison, which only show how events scatter; None: unknown.
    """

    bad: np.ndarray
    valid: np.ndarray
    places: np.ndarray | None = None
    all_steps: int | None = None
    earlier: "Side | None" = None

    @classmethod
    def of(cls, bad: np.ndarray, valid: np.ndarray) -> Self:
        """A side from all steps, without those that had no events; missing (NaN) bad events count as 0.

        Args:
            bad: events of each step, NaN if the series of bad events is absent. `valid`: all events, shape (steps,).
        """
        measured = np.nan_to_num(valid) > 0
        events = np.asarray(valid, dtype=float)[measured]
        # A series of errors does not exist before the first error: with traffic, a missing value means none.
        failed = np.clip(np.nan_to_num(np.asarray(bad, dtype=float)[measured]), 0, events)
        return cls(failed, events, np.flatnonzero(measured), len(measured))

    @property
    def length(self) -> int:
        """The number of steps from the first to the last, including those without events."""
        return self.steps if self.all_steps is None else self.all_steps

    def since(self, begins: int) -> Self:
        """The part after its first steps, counting those without events."""
        place = self._place(begins)
        return type(self)(self.bad[place:], self.valid[place:])

    def until(self, begins: int) -> Self:
        """Its first steps, counting those without events."""
        place = self._place(begins)
        return type(self)(self.bad[:place], self.valid[:place])

    def with_more(self, other: Self) -> Self:
        """Its steps, followed by those of another side."""
        return type(self)(np.concatenate([self.bad, other.bad]), np.concatenate([self.valid, other.valid]))

    def _place(self, begins: int) -> int:
        return begins if self.places is None else int(np.searchsorted(self.places, begins))

    @property
    def with_earlier(self) -> "Side":
        """Its steps and those from before the comparison."""
        return self if self.earlier is None else self.earlier.with_more(self)

    @property
    def steps(self) -> int:
        """Number of steps with events."""
        return len(self.valid)

    @property
    def bad_events(self) -> float:
        """Number of bad events."""
        return float(self.bad.sum())

    @property
    def valid_events(self) -> float:
        """Number of events."""
        return float(self.valid.sum())

    @property
    def share(self) -> float:
        """Bad events over valid ones; NaN without any."""
        return self.bad_events / self.valid_events if self.steps else float("nan")


def dispersions(control: Side, experiment: Side) -> tuple[float, float]:
    """Design effects φ of the control and of the experiment: an event counts as 1/φ independent ones.

    If nothing has changed, both sides are one process, so the scatter of the control applies to both, and a failure
    that starts half-way through the experiment is not mistaken for scatter. If the control has too few events, the
    scatter of the experiment is used. Scatter of the ratio grows with the events of a step: it is converted from one
    side to the other as φ - 1 over the events of a step.

    Steps of the control from before the comparison count as well: bursts that last for ten steps cannot be told from a
    difference within the first ten.
    """
    known = control if control.earlier is None else _since_a_change(control.with_earlier)
    correlation = autocorrelation(known)
    own = dispersion(known, correlation)
    informed = _is_informed(known, own)
    if not informed:
        correlation = max(correlation, autocorrelation(experiment))
        own = dispersion(known, correlation)
    usual, usual_control = _carried(own, known, experiment), _carried(own, known, control)
    seen = dispersion(experiment, correlation)
    if not informed:
        return max(usual_control, _carried(seen, experiment, control)), max(usual, seen)
    # Deviations within chance are ignored: otherwise a few steps would reduce the weight of every experiment.
    if not experiment.steps or seen <= usual * (1 + CHANCE * np.sqrt(2 / experiment.steps)):
        return usual_control, usual
    # A failure that starts half-way and lasts is no scatter; bursts that come and go are, however large.
    bursts = _scatter_beside_a_change(experiment) * _lasting(correlation)
    return usual_control, max(min(seen, EXCESS_MAX * usual), bursts)


def has_few_bad(control: Side) -> bool:
    """Whether a side is long enough to determine its scatter, but has too few bad events for that."""
    own = dispersion(control, autocorrelation(control))
    return control.steps >= INFORMED_STEPS and not _is_informed(control, own)


def _is_informed(control: Side, own: float) -> bool:
    return control.steps >= INFORMED_STEPS and control.bad_events >= INFORMED_EVENTS * own


def worth(control: Side, experiment: Side, scatter: tuple[float, float]) -> Counts:
    """Counts in independent events: divided by the design effect.

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
    """φ of one side around its own ratio, at least 1.

    Pearson's statistic over its degrees of freedom (McCullagh and Nelder, Generalized Linear Models, 4.5), as a ratio
    of sums, so that steps with few events do not dominate, raised by at least its standard error √(2/steps); times
    (1 + ρ)/(1 - ρ), the variance of a mean of an AR(1) series over that of independent values.
    https://en.wikipedia.org/wiki/Overdispersion#Binomial
    https://en.wikipedia.org/wiki/Effective_sample_size#Autocorrelated_samples

    Args:
        side: 1 for less than two steps.
        correlation: ρ between one step and the next, 0 or more.
    """
    lasting = _lasting(correlation)
    # Correlated steps say less about the scatter, and lie closer to their own mean.
    steps = max(side.steps / lasting, 2.0)
    errors = RAISED_LASTING if correlation else RAISED
    of_steps = _scatter(side) * steps / (steps - 1) * float(1 + errors * np.sqrt(2 / steps)) * lasting
    return max(1.0, of_steps, _dispersion_of_blocks(side))


def _lasting(correlation: float) -> float:
    """The variance of a mean of an AR(1) series over that of independent values."""
    return (1 + correlation) / (1 - correlation)


def _scatter(side: Side) -> float:
    """Squared residuals relative to those of independent events; 0 if there are too few data."""
    expected = side.share * (1 - side.share) * side.valid_events if side.steps > 1 else 0.0
    residuals = side.bad - side.share * side.valid
    return float(residuals @ residuals) / expected if expected > 0 else 0.0


def _dispersion_of_blocks(side: Side) -> float:
    """φ from sums of several steps; 1 if these scatter like independent events.

    With less than a bad event per step, chance hides how steps are correlated, and sums of several steps show it: the
    method of batch means, B. Schmeiser, Batch size effects in the analysis of simulation output, Operations Research 30
    (1982) 556, https://doi.org/10.1287/opre.30.3.556.
    """
    if side.steps < INFORMED_STEPS or not 0 < side.bad_events < side.steps:
        return 1.0
    size = int(min(np.ceil(BLOCK_EVENTS * side.steps / side.bad_events), side.steps // BLOCKS_MIN))
    blocks = side.steps // size
    bad, valid = (each[-blocks * size :].reshape(blocks, size).sum(axis=1) for each in (side.bad, side.valid))
    scatter, error = _scatter(Side(bad, valid)) * blocks / (blocks - 1), float(np.sqrt(2 / blocks))
    return scatter * (1 + RAISED * error) if scatter > 1 + BLOCK_CHANCE * error else 1.0


def _scatter_beside_a_change(side: Side) -> float:
    """The scatter around the shares before and after that change of the share which explains most of it."""
    return _change(side)[1]


def _since_a_change(side: Side) -> Side:
    """The steps since a lasting change of the share that explains nearly all of the scatter; all if there is none.

    A level that was another one before, such as before an incident that still goes on, is no scatter.
    """
    place, beside = _change(side)
    excess = _scatter(side) - 1
    is_change = side.steps > 0 and excess > CHANCE * np.sqrt(2 / side.steps) and beside - 1 < UNEXPLAINED * excess
    return Side(side.bad[place:], side.valid[place:]) if is_change else side


def _change(side: Side) -> tuple[int, float]:
    """The position of that change of the share which explains most of the scatter, and the scatter beside it."""
    places = np.arange(CHANGE_STEPS, side.steps - CHANGE_STEPS + 1) - 1
    moments = np.cumsum([side.bad, side.valid, side.bad**2, side.bad * side.valid, side.valid**2], axis=1)
    before, every = moments[:, places], moments[:, -1:]
    squares, expected = np.add(_squares(*before), _squares(*(every - before)))
    scatter = np.divide(squares, expected, out=np.full(len(places), np.inf), where=expected > 0)
    if not len(places) or not scatter.min() < _scatter(side):
        return 0, _scatter(side)
    return int(places[scatter.argmin()]) + 1, float(scatter.min())


def _squares(
    bad: np.ndarray, valid: np.ndarray, bad_squares: np.ndarray, products: np.ndarray, valid_squares: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Squared residuals around the share of some steps, and those expected of independent events, shape (places,).

    Args:
        bad, valid: sums of events. `bad_squares`, `products`, `valid_squares`: sums over steps.
    """
    share = bad / valid
    return bad_squares - 2 * share * products + share**2 * valid_squares, share * (1 - share) * valid


def autocorrelation(side: Side) -> float:
    """ρ between one step and the next, at least 0; a usual value if there are too few steps.

    Raised by its bias in short series, and by its standard error √((1 - ρ²)/steps), as too low a value would cause
    false alarms.

    Bias -(1 + 3ρ)/steps: M. G. Kendall, Note on bias in the estimation of autocorrelation, Biometrika 41 (1954) 403.
    https://doi.org/10.1093/biomet/41.3-4.403
    """
    if side.steps < CORRELATED_STEPS:
        return SHORT_CORRELATION if _scatter(side) > SHORT_SCATTER else 0.0
    return series_correlation(side.bad - side.share * side.valid)


def series_correlation(residuals: np.ndarray) -> float:
    """The same as `autocorrelation`, for residuals around a mean, shape (steps,)."""
    square = float(residuals @ residuals)
    if len(residuals) < CORRELATED_STEPS or not square > 0:
        return 0.0
    rho = float(residuals[1:] @ residuals[:-1]) / square
    if rho <= 1 / np.sqrt(len(residuals)):
        # Compatible with independent steps.
        return 0.0
    bias, error = (1 + 3 * rho) / len(residuals), np.sqrt((1 - rho**2) / len(residuals))
    return float(min(rho + bias + error, CORRELATION_MAX))


def _carried(dispersion: float, source: Side, other: Side) -> float:
    """φ of one side, converted to the events per step of the other."""
    if not source.steps or not other.steps:
        return dispersion
    return 1 + (dispersion - 1) * float(other.valid.mean() / source.valid.mean())
