"""Compares one side with a given bound on a share of requests, valid however often one looks."""

from dataclasses import dataclass

from dashboard.comparison.dispersion import Side, autocorrelation, dispersion
from dashboard.comparison.ratios import STEPS_MIN
from dashboard.comparison.sequential import ALPHA, share_interval


@dataclass(frozen=True, slots=True)
class ShareBound:
    """A share beside its bound.

    Attributes:
        bad, valid: events. `dispersion`: φ: an event is worth one over this many independent ones.
        least: the smallest share that is not refuted, at all looks together.
        is_exceeded: surely; None without events.
    """

    bad: float
    valid: float
    dispersion: float
    least: float
    is_exceeded: bool | None


def share_bound(side: Side, bound: float, alpha: float = ALPHA) -> ShareBound:
    """Whether a share surely exceeds a bound.

    A share at the bound is ever called beyond it with a probability of α at most: the interval is that of a uniform
    mixture of binomials, whose likelihood ratio is a martingale (`sequential.share_interval`).

    Args:
        side: counts by step. `bound`: 0–1. `alpha`: of all looks together.
    """
    if not side.valid_events > 0:
        return ShareBound(0.0, 0.0, 1.0, 0.0, None)
    scatter = dispersion(side, autocorrelation(side))
    least = share_interval(side.bad_events / scatter, side.valid_events / scatter, alpha)[0]
    # A burst of one step says nothing of how it will go on.
    exceeded = least > bound and side.steps >= STEPS_MIN
    return ShareBound(side.bad_events, side.valid_events, scatter, least, exceeded)
