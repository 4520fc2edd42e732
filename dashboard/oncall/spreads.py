"""How additional bad events are distributed over the values of labels that no cause names: evenly, or not."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from dashboard.oncall.combinations import Combinations

# A value stands out if it has this many times the additional events expected by its requests and its usual bad events,
# and more than that by this share of all of them and by this many standard deviations.
TIMES, SHARE, DEVIATIONS = 1.5, 0.1, 3.0


@dataclass(frozen=True, slots=True)
class Spread:
    """The distribution of a selection's additional bad events over a further label.

    Attributes:
        label: its name. `values`: number of its values with requests in the selection.
        is_even: no value has clearly more of the additional events than of the requests and of the usual bad events.
        worst: the value with the most additional events beyond its share of the requests.
        share: of the additional events, may be above 1. `traffic_share`: of the requests, 0–1.
    """

    label: str
    values: int
    is_even: bool
    worst: str
    share: float
    traffic_share: float


def spreads(table: Combinations, usual: np.ndarray, inside: np.ndarray, without: Collection[int]) -> tuple[Spread, ...]:
    """A spread for each label with more than one value that has requests.

    Args:
        table: all events. `usual`: expected bad ones of each combination, shape (C,).
        inside: combinations of the selection, shape (C,). `without`: positions of labels that select it.
    """
    additional = table.bad - usual
    total, valid, before = (float(counts[inside].sum()) for counts in (additional, table.valid, usual))
    if total <= 0 or valid <= 0:
        return ()
    each = []
    for place, label in enumerate(table.labels):
        codes, size = table.codes[place][inside], len(table.values[place])
        bad, more, requests, expected = (
            np.bincount(codes, counts[inside], size) for counts in (table.bad, additional, table.valid, usual)
        )
        count = int((requests > 0).sum())
        if place in without or count < 2:
            continue
        # A value that has always failed twice as often as others is no more to blame than they are.
        fair = total * np.maximum(requests / valid, expected / max(before, 1e-9))
        excess = more - fair
        stands_out = (more > TIMES * fair) & (excess > SHARE * total) & (excess > DEVIATIONS * np.sqrt(bad))
        worst = int(np.argmax(excess))
        shares = float(more[worst]) / total, float(requests[worst]) / valid
        each.append(Spread(label, count, not stands_out.any(), table.values[place][worst], *shares))
    return tuple(each)
