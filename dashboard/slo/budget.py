"""Error budget and burn rate from event counts; nothing is rounded or clamped.

Definitions of https://sre.google/workbook/implementing-slos/ and https://sre.google/workbook/alerting-on-slos/.
"""

from math import sqrt

# The normal quantile of a 95 % interval.
Z95 = 1.959963984540054
# Tolerance for decimal numbers in floating point: an SLI of exactly the objective has 0 left, not less.
TOLERANCE = 1e-12


def burn_rate(bad: float, valid: float, budget: float) -> float | None:
    """Error ratio over error budget; 1 spends the budget exactly in one window; None without valid events.

    Args:
        bad, valid: events. `budget`: 1 - objective, a share of valid events.
    """
    return bad / valid / budget if valid > 0 else None


def remaining(bad: float, valid: float, budget: float) -> float | None:
    """The remaining share of the error budget: 1 - bad / (budget × valid); None without valid events.

    Args:
        bad, valid: events; if the slices of a whole period have a budget, `valid` is the number of its slices.
        budget: 1 - objective, a share of valid events.
    """
    return 1 - bad / (budget * valid) if valid > 0 else None


def is_spent(left: float) -> bool:
    """Whether nothing of the budget is left."""
    return left <= TOLERANCE


def wilson(bad: float, valid: float, z: float = Z95) -> tuple[float, float]:
    """The confidence interval of the share of bad events, 0–1.

    Wilson's score interval: https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval

    Args:
        bad, valid: events; `valid` is above 0. `z`: the normal quantile of the interval, 95 % by default.
    """
    share = min(max(bad / valid, 0.0), 1.0)
    scale = 1 + z * z / valid
    middle = (share + z * z / (2 * valid)) / scale
    half = z / scale * sqrt(share * (1 - share) / valid + z * z / (4 * valid * valid))
    return max(0.0, middle - half), min(1.0, middle + half)
