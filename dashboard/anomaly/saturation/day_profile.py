"""The daily profile: by how much each time of day raises or lowers a level."""

import numpy as np

from dashboard.anomaly.saturation.slopes import median

# Minimum number of days before the newest one, which is to be judged and not part of the profile.
DAYS_MIN = 2
# Minimum share of a day that was measured.
MEASURED_MIN = 0.8
# If the profile varies by less than FLAT times the difference between days, there is none: the day is flat. If days
# differ by more than the share UNLIKE of the profile's swing, and by more than SLIGHT, they have no common profile.
FLAT, UNLIKE, SLIGHT = 2.0, 0.2, 0.01
# The profile is averaged over this many slots on both sides.
NEAR = 3


def day_profile(values: np.ndarray, per_day: int) -> tuple[np.ndarray, np.ndarray]:
    """The profile of each series, and whether it is known.

    The mean of each day is subtracted, and the growth from day to day (a median over its hours, so that changes of less
    than half a day do not count); the profile is the median of the days.

    Args:
        values: shape (series, rows), rows evenly spaced, the last one now; restarts already removed.
        per_day: rows in a day.

    Returns:
        Profile, shape (series, per_day), slot 0 being the row after now, zero if unknown; and whether it is known,
        shape (series,).
    """
    days = values.shape[1] // per_day - 1
    if days < DAYS_MIN:
        return np.zeros((len(values), per_day)), np.zeros(len(values), dtype=bool)
    newest = values[:, values.shape[1] - (days + 1) * per_day :].reshape(len(values), days + 1, per_day)
    full, level = _without_growth(newest, per_day)
    # A median, so that one unusual day does not count.
    profile = median(np.moveaxis(level, 1, 2))
    smooth = np.mean([np.roll(profile, by, axis=1) for by in range(-NEAR, NEAR + 1)], axis=0)
    spread = median(np.abs(level - profile[:, None, :]).reshape(len(values), -1))
    with np.errstate(invalid="ignore"):
        flat = smooth.std(axis=1) < FLAT * spread
        days_agree = (spread < UNLIKE * np.ptp(smooth, axis=1)) | (spread < SLIGHT)
    known = (full.sum(axis=1) >= DAYS_MIN) & np.isfinite(profile).all(axis=1) & days_agree
    return np.where((known & ~flat)[:, None], smooth, 0), known


def _without_growth(days: np.ndarray, per_day: int) -> tuple[np.ndarray, np.ndarray]:
    """For all days (series, days, rows) but the newest: which were measured, and their rows without mean and growth."""
    past = days[:, :-1]
    measured = np.isfinite(past)
    count = measured.sum(axis=2)
    full = count >= per_day * MEASURED_MIN
    means = np.where(full, np.where(measured, past, 0).sum(axis=2) / np.maximum(count, 1), np.nan)
    growth = median(median(days[:, 1:] - past))
    straight = np.nan_to_num(growth)[:, None] * (np.arange(per_day) / per_day - 0.5)
    return full, past - means[:, :, None] - straight[:, None, :]
