"""The weekly pattern of hourly peaks: what each hour and day adds to a level or subtracts from it."""

import numpy as np

from dashboard.anomaly.saturation.slopes import median

HOURS_OF_DAY, DAYS_OF_WEEK = 24, 7
HOURS_OF_WEEK = HOURS_OF_DAY * DAYS_OF_WEEK
# Minimum number of whole days for the daily pattern, and of weeks for the weekly one.
DAYS_MIN, WEEKS_MIN = 3, 3
# Minimum number of measured hours of a day.
MEASURED_MIN = 18
# Hours that deviate less than this multiple of the difference between days have no pattern: the day is flat.
FLAT = 1.5


def week_shape(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The weekly pattern of each series.

    The mean of the 24 hours around each hour is subtracted, so that growth does not count; the median of the days is
    the daily pattern, and the median of the same days of the week is what these add to it.

    Args:
        values: shape (series, hours), the last hour now; NaN for missing.

    Returns:
        The pattern, (series, 168), slot 0 being the hour after now; and whether it is known, shape (series,).
    """
    series = len(values)
    whole = values.shape[1] // HOURS_OF_DAY
    days = values[:, values.shape[1] - whole * HOURS_OF_DAY :].reshape(series, whole, HOURS_OF_DAY)
    levels = _levels(values)[:, values.shape[1] - whole * HOURS_OF_DAY :].reshape(days.shape)
    measured = np.isfinite(days).sum(axis=2) >= MEASURED_MIN
    known = measured.sum(axis=1) >= DAYS_MIN
    strays = np.where(measured[:, :, None], days - levels, np.nan)
    hours = median(np.moveaxis(strays, 1, 2))
    spread = median(np.abs(strays - hours[:, None, :]).reshape(series, -1))
    with np.errstate(invalid="ignore"):
        has_shape = known & (np.abs(_filled(hours)).max(axis=1) > FLAT * spread)
    hours = np.where(has_shape[:, None], _filled(hours), 0.0)
    week = np.tile(hours, (1, DAYS_OF_WEEK)) + np.repeat(_days_of_week(days, measured), HOURS_OF_DAY, axis=1)
    return week, known


def repeated(shape: np.ndarray, hours: int) -> np.ndarray:
    """The pattern of the last hours, the last one now, shape (series, hours)."""
    places = np.arange(-hours, 0) % HOURS_OF_WEEK
    return np.asarray(shape[:, places])


def _filled(hours: np.ndarray) -> np.ndarray:
    return np.asarray(np.nan_to_num(hours))


def _levels(values: np.ndarray) -> np.ndarray:
    """The mean of the 24 hours around each hour; at both ends that of the nearest whole day with its growth."""
    measured = np.isfinite(values)
    sums = np.cumsum(np.pad(np.where(measured, values, 0.0), ((0, 0), (1, 0))), axis=1)
    counts = np.cumsum(np.pad(measured, ((0, 0), (1, 0))), axis=1)
    half, total = HOURS_OF_DAY // 2, values.shape[1]
    first, last = np.arange(total) - half, np.arange(total) + half
    inside = (first >= 0) & (last <= total)
    first, last = np.clip(first, 0, total), np.clip(last, 0, total)
    count = counts[:, last] - counts[:, first]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where((count >= MEASURED_MIN) & inside, (sums[:, last] - sums[:, first]) / count, np.nan))


def _days_of_week(days: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """What each day of the week adds, shape (series, 7), slot 0 being the next 24 hours; 0 if unknown.

    Args:
        days: shape (series, days, 24), the last 24 hours last. `measured`: days with enough data.
    """
    with np.errstate(invalid="ignore"):
        means = np.where(measured, np.nansum(days, axis=2) / np.maximum(np.isfinite(days).sum(axis=2), 1), np.nan)
    weeks = means.shape[1] // DAYS_OF_WEEK
    if weeks < WEEKS_MIN:
        return np.zeros((len(days), DAYS_OF_WEEK))
    newest = means[:, means.shape[1] - weeks * DAYS_OF_WEEK :]
    # The mean of the seven days around each, which growth changes as much as the day itself.
    around = np.stack([newest[:, at : at + newest.shape[1] - 6] for at in range(DAYS_OF_WEEK)]).mean(axis=0)
    strays = np.full(newest.shape, np.nan)
    strays[:, 3:-3] = newest[:, 3:-3] - around
    by_day = median(np.moveaxis(strays.reshape(len(days), weeks, DAYS_OF_WEEK), 1, 2))
    spread = median(np.abs(strays.reshape(len(days), weeks, DAYS_OF_WEEK) - by_day[:, None, :]).reshape(len(days), -1))
    with np.errstate(invalid="ignore"):
        known = np.isfinite(by_day).all(axis=1) & (np.abs(_filled(by_day)).max(axis=1) > FLAT * spread)
    return np.where(known[:, None], _filled(by_day), 0.0)
