"""Dispersion: how many times more counts scatter around what is expected than independent requests would."""

import numpy as np

# An update has this weight: about two hundred are remembered.
WEIGHT = 0.005
# A squared residual counts as that of four standard deviations at most: an incident is not the usual scatter.
CLIP = 16.0


def updated(dispersion: np.ndarray, count: np.ndarray, expected: np.ndarray, *, weight: float = WEIGHT) -> np.ndarray:
    """φ after one more count: Pearson's (count - λ)² / λ, clipped at 4 standard deviations and exponentially forgotten.

    Args:
        dispersion: φ so far, 1 at first. `count` and `expected` (λ): requests of a window. All of shape (services,).

    Returns:
        φ, never below 1; as it was where the count is missing or nothing is expected.
    """
    known = (expected > 0) & np.isfinite(count)
    square = (np.where(known, count, 0.0) - np.where(known, expected, 0.0)) ** 2 / np.where(known, expected, 1.0)
    moved = dispersion + weight * (np.minimum(square, CLIP * dispersion) - dispersion)
    made: np.ndarray = np.where(known, np.maximum(moved, 1.0), dispersion)
    return made
