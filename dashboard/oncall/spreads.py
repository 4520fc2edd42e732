"""How additional bad events lie over the values of labels that no cause names: evenly, or not."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from dashboard.oncall.combinations import Combinations

# A value stands out that has this many times the additional events that its requests, and its usual bad events, would
# have, and more than that by this share of all of them and by this many standard deviations.
TIMES, SHARE, DEVIATIONS = 1.5, 0.1, 3.0


@dataclass(frozen=True, slots=True)
class Spread:
    """The additional bad events of a selection by a further label.

    Attributes:
        label: its name. `values`: how many of its values have requests in the selection.
        is_even: no value has clearly more of the additional events than of the requests and of the usual bad events.
        worst: the value with the most additional events beyond its share of the requests.
        share: of the additional events, that it has, may be above 1. `traffic_share`: of the requests, 0–1.
    """

    label: str
    values: int
    is_even: bool
    worst: str
    share: float
    traffic_share: float


def spreads(table: Combinations, usual: np.ndarray, inside: np.ndarray, without: Collection[int]) -> tuple[Spread, ...]:
    """A spread for each label of which more than one value has requests.

    Args:
        table: all events. `usual`: bad ones that were to be expected of each combination, shape (C,).
        inside: combinations of the selection, shape (C,). `without`: places of labels that select it.
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
        # What failed twice as often as others before, and does so now, is no more to blame than they are.
        fair = total * np.maximum(requests / valid, expected / max(before, 1e-9))
        excess = more - fair
        stands_out = (more > TIMES * fair) & (excess > SHARE * total) & (excess > DEVIATIONS * np.sqrt(bad))
        worst = int(np.argmax(excess))
        shares = float(more[worst]) / total, float(requests[worst]) / valid
        each.append(Spread(label, count, not stands_out.any(), table.values[place][worst], *shares))
    return tuple(each)
