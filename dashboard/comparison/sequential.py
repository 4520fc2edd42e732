"""Tests and intervals that are valid however often one looks: likelihoods mixed over effects.

A mixture of likelihood ratios is an e-process: if nothing differs it ever exceeds 1/α with probability α at most.
H. Robbins, Statistical methods related to the law of the iterated logarithm, Ann. Math. Stat. 41 (1970) 1397,
https://doi.org/10.1214/aoms/1177696786; as a mixture SPRT for two sides: R. Johari, P. Koomen, L. Pekelis, D. Walsh,
Always Valid Inference, Operations Research 70 (2022) 1806, https://arxiv.org/abs/1512.04922. Intervals contain what is
not rejected: S. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, Ann. Stat. 49 (2021) 1055, https://arxiv.org/abs/1810.08240
"""

import math
from dataclasses import dataclass
from math import lgamma

import numpy as np

# Probability of both errors together, "worse" or "better" although both are the same, whenever one stops.
ALPHA = 0.05
# The scale of the mixture over the logarithm of a ratio, Cauchy distributed: half of it lies within a doubling.
EFFECT_SCALE = float(np.log(2))
# Ratios beyond e^±12 do not occur.
EFFECT_MAX = 12.0
_GRID = EFFECT_SCALE * np.sinh(np.linspace(-1, 1, 161) * np.arcsinh(EFFECT_MAX / EFFECT_SCALE))
# Grid around the most likely effect, in standard errors: many events make a peak that a fixed grid would miss.
_PEAK = np.linspace(-7, 7, 57)
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Counts:
    """Bad and valid events of control and experiment, as independent events; they may be fractional."""

    bad_control: float
    valid_control: float
    bad: float
    valid: float

    @property
    def effect(self) -> float:
        """Logarithm of the ratio of the shares, with half an event added to each count so that it is finite."""
        ratio = (self.bad + 0.5) / (self.valid + 1) * (self.valid_control + 1) / (self.bad_control + 0.5)
        return float(np.clip(np.log(ratio), -EFFECT_MAX, EFFECT_MAX))

    @property
    def standard_error(self) -> float:
        """The standard error of the effect: https://en.wikipedia.org/wiki/Relative_risk#Inference."""
        rare = 1 / (self.bad + 0.5) + 1 / (self.bad_control + 0.5)
        return float(np.sqrt(max(rare - 1 / (self.valid + 1) - 1 / (self.valid_control + 1), 1e-12)))

    def log_likelihood(self, effects: np.ndarray) -> np.ndarray:
        """Log-likelihood of effects, with the control's share maximised for each; shape of `effects`.

        The constrained maximum in closed form: O. Miettinen, M. Nurminen, Comparative analysis of two rates, Statistics
        in Medicine 4 (1985) 213, appendix 1, https://doi.org/10.1002/sim.4780040211. For rare events it is the
        conditional likelihood of how many of all bad events are the experiment's.
        """
        ratios = np.exp(effects)
        bad, valid = self.bad + self.bad_control, self.valid + self.valid_control
        half = ratios * (self.valid + self.bad_control) + self.bad + self.valid_control
        root = np.sqrt(np.maximum(half**2 - 4 * valid * ratios * bad, 0))
        share = 2 * bad / (half + root)
        return np.asarray(
            bad * np.log(np.maximum(share, _TINY))
            + self.bad * effects
            + (self.valid - self.bad) * np.log(np.maximum(1 - ratios * share, _TINY))
            + (self.valid_control - self.bad_control) * np.log(np.maximum(1 - share, _TINY))
        )


def log_mixture(counts: Counts) -> float:
    """Logarithm of the likelihood mixed over all effects."""
    peak = np.clip(counts.effect + counts.standard_error * _PEAK, -EFFECT_MAX, EFFECT_MAX)
    effects = np.sort(np.concatenate([_GRID, peak]))
    logs = counts.log_likelihood(effects)
    highest = float(logs.max())
    density = np.exp(logs - highest) / (np.pi * EFFECT_SCALE * (1 + (effects / EFFECT_SCALE) ** 2))
    return highest + float(np.log(max(np.trapezoid(density, effects), _TINY)))


def log_e_value(counts: Counts) -> float:
    """Logarithm of the evidence that the shares differ: they do if it ever exceeds log(1/α)."""
    if not counts.bad + counts.bad_control > 0:
        return 0.0
    return log_mixture(counts) - float(counts.log_likelihood(np.zeros(1))[0])


def log_e_value_beyond(counts: Counts, ratio: float) -> float:
    """Logarithm of the evidence that the experiment's share is more than this multiple of the control's; else 0.

    The likelihood mixed over all effects against the best of those up to the bound, which is below the e-process of
    the true effect.

    Args:
        counts: of events that are independent given the shares. `ratio`: above 1.
    """
    if not counts.effect > math.log(ratio):
        return 0.0
    # The likelihood falls on both sides of its peak, which is beyond the bound.
    return log_mixture(counts) - float(counts.log_likelihood(np.full(1, math.log(ratio)))[0])


def ratio_interval(counts: Counts, alpha: float = ALPHA) -> tuple[float, float | None]:
    """Ratios of the shares that are not rejected, over all looks with probability 1 - α; None: no upper end."""
    if not counts.bad + counts.bad_control > 0:
        return 0.0, None
    least = log_mixture(counts) + float(np.log(alpha))
    ends = np.array([-EFFECT_MAX, EFFECT_MAX])
    middle = np.full(2, _most_likely(counts))
    is_open = counts.log_likelihood(ends) >= least
    for _ in range(40):
        halves = (ends + middle) / 2
        inside = counts.log_likelihood(halves) >= least
        middle, ends = np.where(inside, halves, middle), np.where(inside, ends, halves)
    low, high = np.exp(middle).tolist()
    return (0.0 if is_open[0] else low), (None if is_open[1] else high)


def _most_likely(counts: Counts) -> float:
    if not counts.bad or not counts.bad_control:
        return -EFFECT_MAX if not counts.bad else EFFECT_MAX
    ratio = counts.bad / counts.valid * counts.valid_control / counts.bad_control
    return float(np.clip(np.log(ratio), -EFFECT_MAX, EFFECT_MAX))


def share_interval(bad: float, valid: float, alpha: float = ALPHA) -> tuple[float, float]:
    """Shares of one side that are not rejected, over all looks with probability 1 - α.

    The uniform mixture of binomials, whose likelihood ratio is a martingale: Robbins (1970);
    (n + 1) · C(n, k) · p^k · (1 - p)^(n - k) > α.

    Args:
        bad, valid: independent events, may be fractional. `alpha`: of both ends together.
    """
    if not valid > 0:
        return 0.0, 1.0
    best = bad / valid
    least = _log_beta(bad + 1, valid - bad + 1) + np.log(alpha)
    ends, middle = np.array([0.0, 1.0]), np.full(2, best)
    for _ in range(60):
        halves = (ends + middle) / 2
        logs = bad * np.log(np.maximum(halves, _TINY)) + (valid - bad) * np.log(np.maximum(1 - halves, _TINY))
        inside = logs >= least
        middle, ends = np.where(inside, halves, middle), np.where(inside, ends, halves)
    return float(middle[0]), float(middle[1])


def normal_radius(variance: float, scale: float, alpha: float = ALPHA) -> float:
    """Half the width of an interval around an estimated difference that is valid at all looks.

    √(V · (V + τ²)/τ² · (2 log(1/α) + log((V + τ²)/V))): Johari et al. (2022), the mixture SPRT with a normal mixture.

    Args:
        variance: V of the estimate, at this look. `scale`: τ of the mixture of differences, in the same unit.
        alpha: of both ends together.
    """
    if not variance > 0:
        return 0.0
    mixed = variance + scale**2
    return float(np.sqrt(variance * mixed / scale**2 * (2 * np.log(1 / alpha) + np.log(mixed / variance))))


def normal_log_e_value(difference: float, variance: float, scale: float) -> float:
    """Logarithm of the evidence against no difference, for a normal estimate with a known variance.

    ½ log(V/(V + τ²)) + d² τ²/(2 V (V + τ²)): Johari et al. (2022), the mixture SPRT with a normal mixture.

    Args:
        difference: d, estimated. `variance`: V of it. `scale`: τ of the mixture of differences, in the same unit.
    """
    if not variance > 0:
        return 0.0
    mixed = variance + scale**2
    return float(np.log(variance / mixed) / 2 + difference**2 * scale**2 / (2 * variance * mixed))


def _log_beta(first: float, second: float) -> float:
    return lgamma(first) + lgamma(second) - lgamma(first + second)
