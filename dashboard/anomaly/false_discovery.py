"""Of many tests at once, the ones that chance does not explain: Benjamini and Hochberg (1995)."""

import numpy as np


def rejected(p: np.ndarray, q: float) -> np.ndarray:
    """Which of these p-values, shape (tests,), to call unusual so that on average at most `q` of those are not.

    The largest i with p(i) ≤ q · i / m, and all below it; NaN was not tested and is never called so.
    """
    known = np.flatnonzero(~np.isnan(p))
    made = np.zeros(len(p), dtype=bool)
    order = known[np.argsort(p[known], kind="stable")]
    below = np.flatnonzero(p[order] <= q * np.arange(1, len(order) + 1) / max(len(order), 1))
    if len(below):
        made[order[: below[-1] + 1]] = True
    return made
