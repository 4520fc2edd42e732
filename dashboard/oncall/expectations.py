"""The expected number of bad events of each combination if nothing had changed."""

from dataclasses import dataclass

import numpy as np

from dashboard.oncall.combinations import Combinations, grouped

# The weight, in bad events, of the ratio of similar combinations when a combination's own ratio is estimated.
PRIOR_BAD = 1.0
# A value is new if its share of the earlier events is below this fraction of its current share: a version that was
# rolled out, the pods of a deploy.
NEW = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Expectations:
    """The expected bad events of C combinations.

    Attributes:
        bad: expected events, shape (C,). `variance`: of that number, as the time before was finite.
    """

    bad: np.ndarray
    variance: np.ndarray


def expectations(table: Combinations) -> Expectations:
    """Current valid events times the earlier ratio, which is shrunk to that of similar combinations if data are few.

    Similar combinations are all of the service, or those that differ only in new values: a route that has always failed
    more often than others is expected to do so on a new version, too.

    The mean of a Gamma distribution after Poisson counts: https://en.wikipedia.org/wiki/Gamma_distribution#Conjugate_prior
    """
    prior = PRIOR_BAD / _ratios_of_likes(table)
    rate = (table.bad_before + PRIOR_BAD) / (table.valid_before + prior)
    return Expectations(table.valid * rate, table.valid**2 * rate / (table.valid_before + prior))


def _ratios_of_likes(table: Combinations) -> np.ndarray:
    """The earlier share of bad events of the combinations similar to each, 0–1, shape (C,)."""
    # Half an event is added, so that events that never failed do not count as impossible to fail.
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
