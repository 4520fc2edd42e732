"""Drops in one step, as after a restart: a sawtooth is interrupted growth, not a fall."""

import numpy as np

from dashboard.anomaly.saturation.slopes import SIGMA, median

# A drop is at least this share of the limit, and this many times the usual difference of two rows.
DROP_MIN, UNUSUAL = 0.08, 6.0
# Two of the three rows after it stay down (tested by their median); otherwise it was a dip.
ROWS_MIN = 3


def drops(values: np.ndarray) -> np.ndarray:
    """Mask of the rows after a drop.

    A mean may include the restart, so the drop is measured from the row before to the row after.

    Args:
        values: shares of the limit, shape (series, rows), evenly spaced; NaN for missing.

    Returns:
        Booleans of that shape.
    """
    dropped = np.zeros(values.shape, dtype=bool)
    if values.shape[1] < ROWS_MIN:
        return dropped
    levels = filled(values)
    change = levels[:, 2:] - levels[:, :-2]
    least = np.maximum(DROP_MIN, UNUSUAL * SIGMA * median(np.abs(change)))[:, None]
    with np.errstate(invalid="ignore"):
        dropped[:, 1:-1] = (change < -least) & (median_of_next_three(levels) < levels[:, :-2] - least / 2)
    return dropped


def median_of_next_three(levels: np.ndarray) -> np.ndarray:
    """Medians of each row from the third on with its two successors, shape (series, rows - 2)."""
    padded = np.concatenate([levels, np.repeat(levels[:, -1:], 2, axis=1)], axis=1)
    first, second, third = padded[:, 2:-2], padded[:, 3:-1], padded[:, 4:]
    lower, upper = np.minimum(first, second), np.maximum(first, second)
    return np.asarray(np.maximum(lower, np.minimum(upper, third)))


def since_last(values: np.ndarray, dropped: np.ndarray) -> np.ndarray:
    """The values, shape (series, rows), with NaN up to and including the last drop."""
    rows = np.arange(values.shape[1])
    last = np.where(dropped, rows, -1).max(axis=1, initial=-1)
    return np.where(rows > last[:, None], values, np.nan)


def without_drops(values: np.ndarray, dropped: np.ndarray) -> np.ndarray:
    """The values, shape (series, rows), as if nothing had ever dropped: each drop is added to all later values."""
    levels = filled(values)
    falls = np.zeros(values.shape)
    falls[:, 1:] = np.minimum(np.nan_to_num(levels[:, 1:] - levels[:, :-1]), 0)
    falling = dropped.copy()
    falling[:, 1:] |= dropped[:, :-1]
    return np.asarray(values - np.cumsum(np.where(falling, falls, 0), axis=1))


def filled(values: np.ndarray) -> np.ndarray:
    """Fill gaps with the value before them."""
    rows = np.arange(values.shape[1])
    last = np.maximum.accumulate(np.where(np.isfinite(values), rows, 0), axis=1)
    return np.take_along_axis(values, last, axis=1)
