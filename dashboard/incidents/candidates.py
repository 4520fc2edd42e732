"""Which hours are looked at in steps of five minutes: those in which something may have begun, ended or paged.

Whatever a fast rule or a costly hour sees lies in such an hour or beside one, so that others may hold an even share of
their events in each step. It depends on the hour, the one before and the one after alone.
"""

import numpy as np

from dashboard.running_sums import running_sums
from dashboard.slo.event_rows import BAD, VALID

# In an hour at this burn rate a fast rule may fire; one that spends the budget as fast as allowed or faster burns.
FAST, ALLOWED = 2.5, 1.0
# What takes less than this share of the budget, with an hour beside it, can be no incident that begins there.
COST = 0.003
# Hours before, by which the budget of a window is estimated.
BEFORE = 72


def burning(hours: np.ndarray, budgets: np.ndarray) -> np.ndarray:
    """Which hours spent their budget faster than is allowed, shape (hours, objectives).

    Args:
        hours: events, shape (hours, objectives, 3). `budgets`: shares of valid events, shape (objectives,).
    """
    spends: np.ndarray = (hours[:, :, BAD] > 0) & (hours[:, :, BAD] >= ALLOWED * budgets * hours[:, :, VALID])
    return spends


def candidates(hours: np.ndarray, budgets: np.ndarray, windows_s: np.ndarray, failures_min: np.ndarray) -> np.ndarray:
    """Which hours are to be looked at closely, shape (hours, objectives).

    Args:
        hours: events, shape (hours, objectives, 3).
        budgets: shares of valid events, shape (objectives,); so are `windows_s`, the seconds of their windows, and
            `failures_min`, the bad events that an hour and one beside it must hold.
    """
    burns, bad = burning(hours, budgets), hours[:, :, BAD]
    fast = burns & (bad >= FAST * budgets * hours[:, :, VALID])
    edges = burns & ~(_shifted(burns, 1) & _shifted(burns, -1))
    pairs = bad + np.maximum(_shifted(bad, 1), _shifted(bad, -1))
    # By the traffic of the days before: what is a candidate stays one.
    usual = running_sums(hours[:, :, VALID:])
    places = np.arange(len(hours))
    before = usual[places] - usual[np.maximum(places - BEFORE, 0)]
    rates = np.divide(before[:, :, 0], before[:, :, 1], out=np.zeros(bad.shape), where=before[:, :, 1] > 0)
    near = (fast | edges) & (pairs >= np.maximum(failures_min, COST * budgets * windows_s * rates))
    wanted: np.ndarray = near | _shifted(near, 1) | _shifted(near, -1)
    return wanted


def _shifted(values: np.ndarray, by: int) -> np.ndarray:
    moved = np.zeros_like(values)
    if by > 0:
        moved[by:] = values[:-by]
    else:
        moved[:by] = values[-by:]
    return moved
