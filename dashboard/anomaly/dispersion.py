"""Dispersion: how much more counts scatter around their expectation than independent requests would."""

import numpy as np

# Weight of an update: about two hundred are remembered.
WEIGHT = 0.005
# A squared residual counts as at most four standard deviations, because an incident is not usual scatter.
CLIP = 16.0


def updated_dispersion(
    dispersion: np.ndarray, count: np.ndarray, expected: np.ndarray, *, weight: float = WEIGHT
) -> np.ndarray:
    """Update φ with a count: Pearson's (count - λ)² / λ, clipped at 4 standard deviations, exponentially weighted.

    Pearson's statistic over its degrees of freedom estimates φ: McCullagh and Nelder, Generalized Linear Models, 4.5.

    Args:
        dispersion: φ so far, initially 1; shape (services,), as the next two.
        count: requests of a window, NaN if not measured.
        expected: λ, the expected requests in it.
        weight: of the new count, 0–1.

    Returns:
        φ, shape (services,), never below 1; unchanged if the count is missing or nothing is expected.
    """
    counted = (expected > 0) & np.isfinite(count)
    square = (np.where(counted, count, 0.0) - np.where(counted, expected, 0.0)) ** 2 / np.where(counted, expected, 1.0)
    moved = dispersion + weight * (np.minimum(square, CLIP * dispersion) - dispersion)
    return np.asarray(np.where(counted, np.maximum(moved, 1.0), dispersion))
