"""Which hours are looked at in steps of five minutes: those in which something may have begun, ended or paged.

Whatever a fast rule or a costly hour sees lies in such an hour or beside one, so that others may hold an even share of
their events in each step. It depends on the hour, the one before and the one after alone.
"""

import numpy as np

from dashboard.slo.event_rows import BAD, VALID

# In an hour at this burn rate a fast rule may fire; one that spends the budget as fast as allowed or faster burns.
FAST, ALLOWED = 2.5, 1.0


def burning(hours: np.ndarray, budgets: np.ndarray) -> np.ndarray:
    """Which hours spent their budget faster than is allowed, shape (hours, objectives).

    Args:
        hours: events, shape (hours, objectives, 3). `budgets`: shares of valid events, shape (objectives,).
    """
    spends: np.ndarray = (hours[:, :, BAD] > 0) & (hours[:, :, BAD] >= ALLOWED * budgets * hours[:, :, VALID])
    return spends


def candidates(hours: np.ndarray, budgets: np.ndarray, failures_min: np.ndarray) -> np.ndarray:
    """Which hours are to be looked at closely, shape (hours, objectives).

    Args:
        hours: events, shape (hours, objectives, 3). `budgets`: shares of valid events, shape (objectives,).
        failures_min: so many bad events an hour and its neighbours must hold, shape (objectives,).
    """
    burns = burning(hours, budgets)
    fast = burns & (hours[:, :, BAD] >= FAST * budgets * hours[:, :, VALID])
    edges = burns & ~(_shifted(burns, 1) & _shifted(burns, -1))
    near = fast | edges
    near = near | _shifted(near, 1) | _shifted(near, -1)
    bad = hours[:, :, BAD]
    around = bad + _shifted(bad, 1) + _shifted(bad, -1)
    enough: np.ndarray = around + _shifted(around, 1) + _shifted(around, -1) >= failures_min
    wanted: np.ndarray = near & enough
    return wanted


def _shifted(values: np.ndarray, by: int) -> np.ndarray:
    moved = np.zeros_like(values)
    if by > 0:
        moved[by:] = values[:-by]
    else:
        moved[:by] = values[-by:]
    return moved
