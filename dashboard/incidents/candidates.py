"""Selects the hours to examine in five-minute steps: those in which something may have begun, ended or paged.

Whatever a fast rule or a costly hour detects is in such an hour or next to one, so all other hours may be spread evenly
over their steps. The selection depends only on an hour and its two neighbours.
"""

import numpy as np

from dashboard.running_sums import running_sums
from dashboard.slo.event_rows import BAD, VALID

# The burn rate of an hour at which a fast rule may fire; at 1 or more, an hour burns.
FAST, ALLOWED = 2.5, 1.0
# If an hour and a neighbour take less than this share of the budget, no incident can begin there.
COST = 0.003
# How many preceding hours are used to estimate the budget of a window.
BEFORE = 72


def burning(hours: np.ndarray, budgets: np.ndarray) -> np.ndarray:
    """Mask of hours that spent their budget faster than allowed, shape (hours, objectives).

    Args:
        hours: events, shape (hours, objectives, 3). `budgets`: shares of valid events, shape (objectives,).
    """
    spends: np.ndarray = (hours[:, :, BAD] > 0) & (hours[:, :, BAD] >= ALLOWED * budgets * hours[:, :, VALID])
    return spends


def candidates(hours: np.ndarray, budgets: np.ndarray, windows_s: np.ndarray, failures_min: np.ndarray) -> np.ndarray:
    """Mask of hours to examine closely, shape (hours, objectives).

    Args:
        hours: events, shape (hours, objectives, 3).
        budgets: shares of valid events, shape (objectives,); so are `windows_s`, the seconds of their windows, and
            `failures_min`, the bad events that an hour and a neighbour need.
    """
    burns, bad = burning(hours, budgets), hours[:, :, BAD]
    fast = burns & (bad >= FAST * budgets * hours[:, :, VALID])
    edges = burns & ~(_shifted(burns, 1) & _shifted(burns, -1))
    pairs = bad + np.maximum(_shifted(bad, 1), _shifted(bad, -1))
    # Based on the traffic of preceding days, so that a candidate stays one.
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
