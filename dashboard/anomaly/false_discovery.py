"""Selects, among many simultaneous tests, those that chance does not explain: Benjamini and Hochberg (1995)."""

import numpy as np


def benjamini_hochberg(p: np.ndarray, q: float) -> np.ndarray:
    """Select the p-values to flag so that on average at most a share `q` of them are false.

    The largest i with p(i) ≤ q · i / m, and all below it: https://doi.org/10.1111/j.2517-6161.1995.tb02031.x

    Args:
        p: one for each test, shape (tests,); NaN was not tested and is never flagged.
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
