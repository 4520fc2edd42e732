"""How many events of each combination were to be expected to be bad, had nothing changed."""

from dataclasses import dataclass

import numpy as np

from dashboard.oncall.combinations import Combinations

# Before its own events tell a combination's ratio, that of the service stands for as many bad events.
PRIOR_BAD = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Expectations:
    """Of C combinations.

    Attributes:
        bad: events that were to be expected, shape (C,). `variance`: of that number, as the time before was finite.
    """

    bad: np.ndarray
    variance: np.ndarray


def expectations(table: Combinations) -> Expectations:
    """Valid events now times the ratio before, which is drawn to that of the service where little is known.

    The mean of a Gamma distribution after Poisson counts: https://en.wikipedia.org/wiki/Gamma_distribution#Conjugate_prior
    """
    # Half an event, so that what never failed is not taken for what cannot fail.
    ratio = (table.bad_before.sum() + 0.5) / (table.valid_before.sum() + 1)
    prior = PRIOR_BAD / ratio
    rate = (table.bad_before + PRIOR_BAD) / (table.valid_before + prior)
    return Expectations(table.valid * rate, table.valid**2 * rate / (table.valid_before + prior))
