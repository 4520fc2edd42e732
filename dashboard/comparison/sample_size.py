"""The number of requests of the experiment at which the sequential test can conclude."""

import math
from bisect import bisect_left
from collections.abc import Callable
from statistics import NormalDist

from dashboard.comparison.later_starts import FROM_BEGIN
from dashboard.comparison.sequential import ALPHA, Counts, log_e_value, ratio_interval

POWER = 0.8
# The power to aim at with bursts: as dispersion is estimated, a sample for 80 % would detect 78 % of doublings.
POWER_OF_BURSTS = 0.84
# The effect to detect: a doubled ratio.
DOUBLED = 2.0
# Larger numbers of requests count as never.
REQUESTS_MAX = 1e12
# Number of equally likely parts of the normal distribution, represented by the quantiles at their middles.
_PARTS = 25


_QUANTILES = [NormalDist().inv_cdf((part + 0.5) / _PARTS) for part in range(_PARTS)]


def requests_to_find(
    share: float, control: float, dispersion: tuple[float, float], *, per_control: float | None = None
) -> float | None:
    """Requests of the experiment at which the sequential test detects a doubled share with a power of 80 %.

    Detection at earlier looks is not counted, so that the actual power is at least this.

    Args:
        share: of bad events in the control, 0–1.
        control: number of its valid events, which is final.
        dispersion: φ of control and experiment.
        per_control: requests of the experiment per request of the control, if both go on; None: the control has ended.

    Returns:
        Requests; None if no number suffices, as the control is too small.
    """

    power = POWER if max(dispersion) <= 1 else POWER_OF_BURSTS

    def enough(requests: float) -> bool:
        valid = control if per_control is None else requests / per_control
        # The scatter of the share grows with the share: twice as many failures come in bursts of twice the size.
        burstier = (1 + DOUBLED * (dispersion[1] - 1)) / dispersion[1]
        return _power(share, valid / dispersion[0], requests / dispersion[1], burstier) >= power

    return _least(enough)


def requests_to_settle(
    share: float, control: float, dispersion: tuple[float, float], *, margin: float, per_control: float | None = None
) -> float | None:
    """Requests of the experiment at which the interval of equal shares would fit within a margin.

    Args:
        share: of bad events on both sides, 0–1.
        control: number of its valid events, which is final.
        dispersion: φ of control and experiment.
        margin: the largest ratio that counts as the same, above 1.
        per_control: requests of the experiment per request of the control, if both go on; None: the control has ended.
    """

    def enough(requests: float) -> bool:
        valid = (control if per_control is None else requests / per_control) / dispersion[0]
        worth = requests / dispersion[1]
        low, high = ratio_interval(Counts(share * valid, valid, share * worth, worth))
        return high is not None and low >= 1 / margin and high <= margin

    return _least(enough)


def _least(enough: Callable[[float], bool]) -> float | None:
    """The smallest sufficient number of requests, within 1 %."""
    if not enough(REQUESTS_MAX):
        return None
    low, high = 0.0, math.log(REQUESTS_MAX)
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (low, middle) if enough(math.exp(middle)) else (middle, high)
    return math.ceil(math.exp(high))


def _power(share: float, control: float, experiment: float, burstier: float) -> float:
    """Probability that a doubled share is detected with this sample.

    Effective counts are treated as Poisson, as the square of a normal variable around the root of their mean (F. J.
    Anscombe, Biometrika 35 (1948) 246, https://doi.org/10.1093/biomet/35.3-4.246); the control's count at its
    quantiles, and for each of them the smallest count of the experiment that is sufficient evidence.

    Args:
        share: of the control. `control`, `experiment`: independent requests of each side.
        burstier: the factor by which the count of the experiment scatters more than assumed by its design effect.
    """
    doubled = min(DOUBLED * share, 1.0)
    spread = math.sqrt(max(1 - share, 0.0)), math.sqrt(max(1 - doubled, 0.0) * burstier)
    power = 0.0
    for quantile in _QUANTILES[2::5]:
        bad_control = min(_square(share * control, spread[0] * quantile), control)
        counts = [min(_square(doubled * experiment, spread[1] * other), experiment) for other in _QUANTILES]
        # Evidence grows with failures: a binary search finds the first sufficient number.
        least = bisect_left(counts, True, key=lambda bad: _is_evidence(Counts(bad_control, control, bad, experiment)))
        power += 1 - least / len(counts)
    return power / len(_QUANTILES[2::5])


def _square(mean: float, deviation: float) -> float:
    return max(math.sqrt(mean) + deviation / 2, 0.0) ** 2


def _is_evidence(counts: Counts) -> bool:
    # The weight of a difference from the beginning among all starts.
    return counts.effect > 0 and log_e_value(counts) + math.log(FROM_BEGIN) >= -math.log(ALPHA)
