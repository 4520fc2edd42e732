"""Compares the share of one side with a given bound; the conclusion is valid however often one looks."""

from dataclasses import dataclass

from dashboard.comparison.dispersion import Side, autocorrelation, dispersion
from dashboard.comparison.ratios import STEPS_MIN
from dashboard.comparison.sequential import ALPHA, share_interval


@dataclass(frozen=True, slots=True)
class ShareBound:
    """The comparison of a share with a bound.

    Attributes:
        bad, valid: events. `dispersion`: the design effect φ: an event counts as 1/φ independent ones.
        least: the smallest share that is not rejected, over all looks together.
        is_exceeded: the bound is exceeded with confidence; None without events.
    """

    bad: float
    valid: float
    dispersion: float
    least: float
    is_exceeded: bool | None


def share_bound(side: Side, bound: float, alpha: float = ALPHA) -> ShareBound:
    """Test whether a share exceeds a bound.

    The probability that a share at the bound is ever called above it is at most α: the interval is that of a uniform
    mixture of binomials, whose likelihood ratio is a martingale (`sequential.share_interval`).

    Args:
        side: counts by step. `bound`: 0–1. `alpha`: for all looks together.
    """
    if not side.valid_events > 0:
        return ShareBound(0.0, 0.0, 1.0, 0.0, None)
    scatter = dispersion(side, autocorrelation(side))
    least = share_interval(side.bad_events / scatter, side.valid_events / scatter, alpha)[0]
    # A burst within one step does not show how it will go on.
    exceeded = least > bound and side.steps >= STEPS_MIN
    return ShareBound(side.bad_events, side.valid_events, scatter, least, exceeded)
