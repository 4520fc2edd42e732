"""Pasts of an objective that tests are made with, by the seed."""

import numpy as np

from dashboard.engine.default_slos import availability
from dashboard.slo.objective import Slo
from dashboard.timerange import DAY
from dashboard.whatif.past import Counted, Past

# A full hour.
END = 1_760_000_400 // 3600 * 3600


def rows(
    days: float, seed: int, *, step: int = 60, troubles: int = 6, per_s: float = 30.0, calm: float = 2e-4
) -> Counted:
    """Events of a service with so many troubles of random length and size."""
    rng = np.random.default_rng(seed)
    count = int(days * DAY) // step
    valid = rng.poisson(per_s * step, count).astype(float)
    share = np.full(count, calm)
    for _ in range(troubles):
        begin, length = int(rng.integers(0, count)), int(rng.choice([5, 20, 60, 300, 1500]) * 60 // step)
        share[begin : begin + max(length, 1)] += float(rng.choice([0.001, 0.004, 0.02, 0.2]))
    bad = rng.binomial(valid.astype(int), np.minimum(share, 1.0)).astype(float)
    return Counted(END - (count - 1) * step, step, np.column_stack([bad, valid, np.full(count, float(step))]))


def past(counted: Counted, span: float) -> Past:
    return Past(counted, since=counted.end - span)


def slo(objective: float = 0.999) -> Slo:
    return availability("checkout", objective)
