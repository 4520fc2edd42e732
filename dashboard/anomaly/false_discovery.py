"""Selects, among many tests at once, those that chance does not explain: Benjamini and Hochberg (1995)."""

import numpy as np


def benjamini_hochberg(p: np.ndarray, q: float) -> np.ndarray:
    """Which p-values to call unusual so that on average at most a share `q` of those is not.

    The largest i with p(i) ≤ q · i / m, and all below it: https://doi.org/10.1111/j.2517-6161.1995.tb02031.x

    Args:
        p: one of each test, shape (tests,); NaN was not tested and is never called unusual.
        q: false discovery rate, 0–1.

    Returns:
        Booleans, shape (tests,).
    """
    tested = np.flatnonzero(~np.isnan(p))
    rejected = np.zeros(len(p), dtype=bool)
    order = tested[np.argsort(p[tested], kind="stable")]
    below = np.flatnonzero(p[order] <= q * np.arange(1, len(order) + 1) / max(len(order), 1))
    if len(below):
        rejected[order[: below[-1] + 1]] = True
    return rejected
