"""How additional bad events lie over the values of labels that no cause names: evenly, or not."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from dashboard.oncall.combinations import Combinations

# A value stands out that has so many times the additional events that its requests would have, and more than others by
# this share of all of them and by so many standard deviations.
TIMES, SHARE, DEVIATIONS = 1.5, 0.1, 3.0


@dataclass(frozen=True, slots=True)
class Spread:
    """The additional bad events of a selection by a further label.

    Attributes:
        label: its name. `values`: how many of its values have requests in the selection.
        is_even: no value has clearly more of the additional events than of the requests.
        worst: the value with the most additional events beyond its share of the requests.
        share: of the additional events, that it has, may be above 1. `traffic_share`: of the requests, 0–1.
    """

    label: str
    values: int
    is_even: bool
    worst: str
    share: float
    traffic_share: float


def spreads(
    table: Combinations, additional: np.ndarray, inside: np.ndarray, without: Collection[int]
) -> tuple[Spread, ...]:
    """A spread for each label of which more than one value has requests.

    Args:
        table: all events. `additional`: bad ones beyond those to be expected of each combination, shape (C,).
        inside: combinations of the selection, shape (C,). `without`: places of labels that select it.
    """
    total, valid = float(additional[inside].sum()), float(table.valid[inside].sum())
    if total <= 0 or valid <= 0:
        return ()
    each = []
    for place, label in enumerate(table.labels):
        codes, size = table.codes[place][inside], len(table.values[place])
        bad, more, requests = (
            np.bincount(codes, counts[inside], size) for counts in (table.bad, additional, table.valid)
        )
        count = int((requests > 0).sum())
        if place in without or count < 2:
            continue
        excess = more - total * requests / valid
        stands_out = (more > TIMES * (more - excess)) & (excess > SHARE * total) & (excess > DEVIATIONS * np.sqrt(bad))
        worst = int(np.argmax(excess))
        shares = float(more[worst]) / total, float(requests[worst]) / valid
        each.append(Spread(label, count, not stands_out.any(), table.values[place][worst], *shares))
    return tuple(each)
