"""Drops in one step, as after a restart: a sawtooth is growth that was interrupted, not a fall."""

import numpy as np

from dashboard.anomaly.saturation.slopes import median

# A drop is at least this share of the limit, and so many times what two rows usually differ by.
LEAST_DROP, UNUSUAL = 0.08, 6.0
# Of the three rows after it two stay down (their median does); otherwise it was a dip.
LEAST_ROWS = 3


def drops(values: np.ndarray) -> np.ndarray:
    """Where rows have just dropped, shape (series, rows): the row after which the level is down.

    A mean may straddle the restart, so the fall is measured from the row before to the row after.
    """
    held = _held(values)
    found = np.zeros(values.shape, dtype=bool)
    if values.shape[1] < LEAST_ROWS:
        return found
    change = held[:, 2:] - held[:, :-2]
    least = np.maximum(LEAST_DROP, UNUSUAL * 1.4826 * median(np.abs(change)))[:, None]
    padded = np.concatenate([held, np.repeat(held[:, -1:], 2, axis=1)], axis=1)
    first, second, third = padded[:, 2:-2], padded[:, 3:-1], padded[:, 4:]
    lower, upper = np.minimum(first, second), np.maximum(first, second)
    afterwards = np.maximum(lower, np.minimum(upper, third))
    with np.errstate(invalid="ignore"):
        found[:, 1:-1] = (change < -least) & (afterwards < held[:, :-2] - least / 2)
    return found


def since_last(values: np.ndarray, dropped: np.ndarray) -> np.ndarray:
    """The values with NaN up to and including the last drop."""
    rows = np.arange(values.shape[1])
    last = np.where(dropped, rows, -1).max(axis=1, initial=-1)
    return np.where(rows > last[:, None], values, np.nan)


def lifted(values: np.ndarray, dropped: np.ndarray) -> np.ndarray:
    """The values as if nothing had ever dropped: each drop is added to all that follows."""
    held = _held(values)
    falls = np.zeros(values.shape)
    falls[:, 1:] = np.minimum(np.nan_to_num(held[:, 1:] - held[:, :-1]), 0)
    falling = dropped.copy()
    falling[:, 1:] |= dropped[:, :-1]
    whole: np.ndarray = values - np.cumsum(np.where(falling, falls, 0), axis=1)
    return whole


def _held(values: np.ndarray) -> np.ndarray:
    """Gaps filled with the value before them."""
    rows = np.arange(values.shape[1])
    last = np.maximum.accumulate(np.where(np.isfinite(values), rows, 0), axis=1)
    return np.take_along_axis(values, last, axis=1)
