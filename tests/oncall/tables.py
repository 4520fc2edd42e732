"""Tables of events that tests draw: every combination of labels, and what is wrong with some of them."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

from dashboard.oncall.combinations import Combinations

LABELS = {
    "route": ("/pay", "/cart", "/list", "/help"),
    "version": ("41", "42"),
    "zone": ("a", "b", "c"),
}


def drawn(
    *faults: tuple[Mapping[str, str], float],
    labels: Mapping[str, Sequence[str]] = LABELS,
    ratio: float = 0.002,
    everywhere: float = 1.0,
    valid: int = 4000,
    seed: int = 1,
) -> Combinations:
    """Poisson counts of all combinations, before and now.

    Args:
        faults: selections, each with the share of its events that fail now beside the usual ones.
        labels: name → values. `ratio`: the usual share of bad events. `everywhere`: by which it is raised now.
        valid: events of a combination on average. `seed`: of the noise.
    """
    rng = np.random.default_rng(seed)
    keys = list(product(*labels.values()))
    events = rng.integers(valid // 4, 2 * valid, len(keys)).astype(float)
    now = np.full(len(keys), ratio * everywhere)
    for selection, share in faults:
        names = list(labels)
        inside = [all(key[names.index(name)] == value for name, value in selection.items()) for key in keys]
        now = now + share * np.array(inside)
    bad_before, bad = rng.binomial(events.astype(int), ratio), rng.binomial(events.astype(int), np.minimum(now, 1))
    return Combinations.of(tuple(labels), keys, np.array([bad_before, events, bad, events], dtype=float))
