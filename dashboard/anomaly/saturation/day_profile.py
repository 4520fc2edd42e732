"""What the hours of a day add to a level or take from it."""

import numpy as np

from dashboard.anomaly.saturation.slopes import median

# Days before the newest that must be there; the newest one is what shall be judged, and says nothing of the shape.
LEAST_DAYS = 2
# So much of a day must have been measured.
LEAST_SEEN = 0.8
# A shape that strays less than so many times what days differ by is none: the day is flat. Days that differ by more
# than this share of the shape's swing, and by more than is slight, have no shape in common: something else went on.
FLAT, UNLIKE, SLIGHT = 2.0, 0.2, 0.01
# The shape is averaged over so many slots to both sides.
NEAR = 3


def day_shape(values: np.ndarray, per_day: int) -> tuple[np.ndarray, np.ndarray]:
    """Shape of the day and whether it is known.

    Args:
        values: shape (series, rows), rows evenly spaced, the last one now; restarts already taken out.
        per_day: rows in a day.

    Returns:
        Shape (series, per_day), slot 0 being the row after now, and (series,). Zero where it is not known. Each day is
        taken without its mean and without the growth from day to day (a median over its hours, so that what began
        less than half a day ago does not count); the shape is the median of the days.
    """
    days = values.shape[1] // per_day - 1
    if days < LEAST_DAYS:
        return np.zeros((len(values), per_day)), np.zeros(len(values), dtype=bool)
    all_days = values[:, values.shape[1] - (days + 1) * per_day :].reshape(len(values), days + 1, per_day)
    parts = all_days[:, :-1]
    seen = np.isfinite(parts)
    count = seen.sum(axis=2)
    full = count >= per_day * LEAST_SEEN
    means = np.where(full, np.where(seen, parts, 0).sum(axis=2) / np.maximum(count, 1), np.nan)
    slope = median(median(all_days[:, 1:] - parts))
    straight = np.nan_to_num(slope)[:, None] * (np.arange(per_day) / per_day - 0.5)
    level = parts - means[:, :, None] - straight[:, None, :]
    shape = median(np.moveaxis(level, 1, 2))
    smooth = np.mean([np.roll(shape, by, axis=1) for by in range(-NEAR, NEAR + 1)], axis=0)
    spread = median(np.abs(level - shape[:, None, :]).reshape(len(values), -1))
    swing = smooth.std(axis=1)
    with np.errstate(invalid="ignore"):
        flat = swing < FLAT * spread
        alike = (spread < UNLIKE * np.ptp(smooth, axis=1)) | (spread < SLIGHT)
    known = (full.sum(axis=1) >= LEAST_DAYS) & np.isfinite(shape).all(axis=1) & alike
    return np.where((known & ~flat)[:, None], smooth, 0), known
