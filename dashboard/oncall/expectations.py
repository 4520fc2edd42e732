"""How many events of each combination were to be expected to be bad, had nothing changed."""

from dataclasses import dataclass

import numpy as np

from dashboard.oncall.combinations import Combinations, grouped

# Before its own events tell a combination's ratio, that of its likes stands for as many bad events.
PRIOR_BAD = 1.0
# A value is new where its share of the events before was below so much of that now: a version that was rolled out, the
# pods of a deploy.
NEW = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Expectations:
    """Of C combinations.

    Attributes:
        bad: events that were to be expected, shape (C,). `variance`: of that number, as the time before was finite.
    """

    bad: np.ndarray
    variance: np.ndarray


def expectations(table: Combinations) -> Expectations:
    """Valid events now times the ratio before, which is drawn to that of its likes where little is known of it.

    The likes of a combination are all of the service, or those that differ from it in new values alone: a route that
    always failed more often than others is expected to on a new version, too.

    The mean of a Gamma distribution after Poisson counts: https://en.wikipedia.org/wiki/Gamma_distribution#Conjugate_prior
    """
    prior = PRIOR_BAD / _ratios_of_likes(table)
    rate = (table.bad_before + PRIOR_BAD) / (table.valid_before + prior)
    return Expectations(table.valid * rate, table.valid**2 * rate / (table.valid_before + prior))


def _ratios_of_likes(table: Combinations) -> np.ndarray:
    """The share of bad events before of the likes of each combination, 0–1, shape (C,)."""
    # Half an event, so that what never failed is not taken for what cannot fail.
    whole = (table.bad_before.sum() + 0.5) / (table.valid_before.sum() + 1)
    ratios = np.full(len(table), whole)
    is_new = _are_new(table)
    patterns, pattern_of = np.unique(is_new, axis=1, return_inverse=True)
    for number, pattern in enumerate(patterns.T):
        kept = np.flatnonzero(~pattern).tolist()
        if not pattern.any() or not kept:
            continue
        group, count = grouped(table.codes[kept], [len(table.values[place]) for place in kept], len(table))
        bad, valid = (np.bincount(group, counts, count) for counts in (table.bad_before, table.valid_before))
        rows = pattern_of.ravel() == number
        ratios[rows] = ((bad + PRIOR_BAD) / (valid + PRIOR_BAD / whole))[group[rows]]
    return ratios


def _are_new(table: Combinations) -> np.ndarray:
    """Whether the value of each label is new, for each combination, shape (L, C)."""
    is_new = np.zeros(table.codes.shape, dtype=bool)
    before, now = max(float(table.valid_before.sum()), 1e-9), max(float(table.valid.sum()), 1e-9)
    for place, codes in enumerate(table.codes):
        shares = [
            np.bincount(codes, counts) / total for counts, total in ((table.valid_before, before), (table.valid, now))
        ]
        is_new[place] = (shares[0] < NEW * shares[1])[codes]
    return is_new
