"""Slopes of many series at once: the median of all pairwise slopes, and its interval.

Theil (1950) and Sen (1968, https://doi.org/10.1080/01621459.1968.10480934): with N pairwise slopes in order and
Kendall's variance V = n(n−1)(2n+5)/18 of the statistic S, the interval at z runs from the slope of rank (N − z√V)/2 to
that of rank (N + z√V)/2 + 1. Neighbouring measurements are correlated, so n values are fewer independent ones; V is
therefore multiplied by (1+r)/(1−r), where r is the correlation of neighbours in the residuals (Bayley and Hammersley
1946, https://doi.org/10.2307/2983560).
"""

from dataclasses import dataclass

import numpy as np

# Upper limit of the correlation of neighbours: a curve is detected by a shorter window.
CORRELATION_MAX = 0.9
# Residuals below this share of the limit are considered rounding, however correlated.
ROUNDING = 0.002
# A median deviation times 1.4826 is a standard deviation: https://en.wikipedia.org/wiki/Median_absolute_deviation.
SIGMA = 1.4826
# Minimum number of values for a slope.
VALUES_MIN = 5


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """Pairwise slopes of each series, per second.

    Attributes:
        ordered: shape (series, pairs), ascending, NaN last.
        pairs: number of finite slopes, shape (series,).
        deviation: √V of each series, in ranks, shape (series,).
        middle: the median slope, shape (series,); NaN if there are too few values.
    """

    ordered: np.ndarray
    pairs: np.ndarray
    deviation: np.ndarray
    middle: np.ndarray

    def bounds(self, z: float) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper end of the slope at `z` standard deviations, shape (series,); infinite past the last rank."""
        reach = z * self.deviation
        return self._at(np.floor((self.pairs - reach) / 2) - 1), self._at(np.ceil((self.pairs + reach) / 2))

    def _at(self, place: np.ndarray) -> np.ndarray:
        if not self.ordered.shape[1]:
            return self.middle
        beyond = np.where(place < 0, -np.inf, np.inf)
        inside = (place >= 0) & (place < self.pairs)
        index = np.where(inside, place, 0).astype(int)
        slope = np.where(inside, np.take_along_axis(self.ordered, index[:, None], axis=1)[:, 0], beyond)
        return np.where(np.isnan(self.middle), np.nan, slope)


def theil_sen(values: np.ndarray, step: float) -> Slopes:
    """The slopes of all pairs of values.

    Args:
        values: shape (series, n) with n ≤ about 60, evenly spaced; NaN is ignored.
        step: seconds between two values.
    """
    first, second = np.triu_indices(values.shape[1], 1)
    ordered = np.sort((values[:, second] - values[:, first]) / ((second - first) * step), axis=1)
    pairs = np.isfinite(ordered).sum(axis=1)
    count = np.isfinite(values).sum(axis=1)
    middle = np.where(count >= VALUES_MIN, median_of_ordered(ordered, pairs), np.nan)
    variance = count * (count - 1) * (2 * count + 5) / 18 * autocorrelation_factor(_residuals(values, middle * step))
    return Slopes(ordered, pairs, np.sqrt(variance), middle)


def _residuals(values: np.ndarray, slope: np.ndarray) -> np.ndarray:
    straight = values - slope[:, None] * np.arange(values.shape[1])
    return np.asarray(straight - median(straight)[:, None])


def autocorrelation_factor(residuals: np.ndarray) -> np.ndarray:
    """The factor by which correlated neighbours inflate a variance: (1+r)/(1−r), r their correlation, 0 or more.

    Args:
        residuals: shape (series, n), shares of the limit; NaN is ignored.

    Returns:
        Shape (series,), 1 or more.
    """
    filled = np.nan_to_num(residuals)
    squares = (filled**2).sum(axis=1) + ROUNDING**2 * np.isfinite(residuals).sum(axis=1) + 1e-24
    r = np.clip((filled[:, 1:] * filled[:, :-1]).sum(axis=1) / squares, 0, CORRELATION_MAX)
    return np.asarray((1 + r) / (1 - r))


def median(values: np.ndarray) -> np.ndarray:
    """Median of the numbers along the last axis, NaN (without a warning) if there are none."""
    return median_of_ordered(np.sort(values, axis=-1), np.isfinite(values).sum(axis=-1))


def median_of_ordered(ordered: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Median along the last axis of ordered values, of which the first `count` are numbers."""
    if not ordered.shape[-1]:
        return np.full(count.shape, np.nan)
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, ordered.shape[-1] - 1)
    ends = [np.take_along_axis(ordered, place[..., None], axis=-1)[..., 0] for place in (low, high)]
    return np.where(count > 0, (ends[0] + ends[1]) / 2, np.nan)


def block_means(values: np.ndarray, size: int) -> np.ndarray:
    """Means of blocks of `size` values counted from the end, shape (series, blocks); NaN where a block is empty."""
    blocks = values.shape[1] // size
    parts = values[:, values.shape[1] - blocks * size :].reshape(len(values), blocks, size)
    measured = np.isfinite(parts)
    total, count = np.where(measured, parts, 0).sum(axis=2), measured.sum(axis=2)
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))
