"""The load at which a resource is full, from its hourly use and the traffic of its service.

A line, use = a + b·traffic + c·hours, by least squares; where the spread of load allows, the Universal Scalability Law
(`scalability.py`). Intervals have 90 % confidence: by leaving out each day in turn (the jackknife, Quenouille 1956,
https://doi.org/10.2307/2332914), as hours of a day are not independent.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from dashboard.capacity.scalability import Curve, Fit, fitted

# The required spread of load, highest to lowest, for a curve and for a line.
SPREAD_CURVE, SPREAD_LINE = 3.0, 1.25
# Quantiles of traffic that define the spread.
LOWEST, HIGHEST = 0.02, 0.98
# Minimum share of the variance of use explained by traffic, and minimum standard errors of its coefficient above 0.
EXPLAINED, SURE = 0.5, 4.0
# Minimum number of hours and days with data.
HOURS_MIN, DAYS_MIN = 36, 3
# Standard errors of a 90 % interval; an interval wider than this share of the load is useless.
NARROW, WIDE = 1.645, 0.5
# The curve is used unless its error on unseen days is larger by this factor.
AS_GOOD = 1.05
# The bend of a curve is known once this share of the limit was in use.
SEEN = 0.4
LIMIT = 1.0


class Relation(StrEnum):
    """The relation of a resource's use to traffic."""

    FOLLOWS = "follows"
    TIME = "grows_with_time"
    NONE = "does_not_follow"
    NO_SPREAD = "not_enough_spread"
    NO_TRAFFIC = "no_traffic"


@dataclass(frozen=True, slots=True)
class Load:
    """The relation of a resource's use to the traffic of its service.

    Attributes:
        relation: the other fields are set if use follows traffic.
        full: requests per second at which it is full; `low`, `high`: the 90 % interval.
        base, slope: of the line: share of the limit without traffic, and per request per second.
        curve: instead of the line, if the spread of load suffices.
        spread: highest to lowest traffic; None without any.
        explained: share of the variance of use, 0–1.
    """

    relation: Relation
    full: float | None = None
    low: float | None = None
    high: float | None = None
    base: float = 0.0
    slope: float = 0.0
    curve: Curve | None = None
    spread: float | None = None
    explained: float | None = None

    def use_at(self, traffic: np.ndarray) -> np.ndarray:
        """The share in use at a traffic (requests per second), with its shape."""
        if self.curve is not None:
            return self.curve.use_at(traffic)
        return np.asarray(self.base + self.slope * np.asarray(traffic, dtype=float))

    def traffic_at(self, use: np.ndarray) -> np.ndarray:
        """The traffic (requests per second) at which a share is in use, with its shape."""
        shares = np.asarray(use, dtype=float)
        if self.curve is not None:
            return np.array([self.curve.traffic_at(share) for share in shares.ravel()]).reshape(shares.shape)
        return np.asarray(np.maximum((shares - self.base) / self.slope, 0.0))


def load_of(use: np.ndarray, traffic: np.ndarray, *, is_growing: bool) -> Load:
    """Relate the use of a resource to traffic.

    Args:
        use: the highest share of the limit in each hour, the last hour now. `traffic`: the highest requests per second
            in it; both of shape (hours,), NaN for missing.
        is_growing: it grows, with or without traffic.
    """
    known = np.isfinite(use) & np.isfinite(traffic)
    ages = np.arange(len(use) - 1, -1, -1)[known].astype(float)
    y, x = use[known].astype(float), traffic[known].astype(float)
    if not len(x) or not x.max() > 0:
        return Load(Relation.NO_TRAFFIC)
    low, high = np.quantile(x, LOWEST), np.quantile(x, HIGHEST)
    spread = float(high / max(low, high / 1000)) if high > 0 else 1.0
    alone = Relation.TIME if is_growing else Relation.NONE
    days = (ages // 24).astype(int)
    if len(y) < HOURS_MIN or len(np.unique(days)) < DAYS_MIN:
        return Load(Relation.NO_SPREAD, spread=spread)
    if spread < SPREAD_LINE:
        # Growth at steady traffic depends on time.
        return Load(Relation.TIME if is_growing else Relation.NO_SPREAD, spread=spread)
    line = _Line.of(y, x, ages, days, with_time=is_growing)
    if line.explained < EXPLAINED or not line.slope > SURE * line.error:
        return Load(alone, spread=spread, explained=line.explained)
    return _at_full(line, y, x, days, spread)


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """A line through all hours, and lines without each day.

    Attributes:
        base, slope: share without traffic, and per request per second. `error`: standard error of the slope.
        explained: share of the variance explained by traffic alone.
        square: mean square of the residuals.
        others: base and slope without each day, shape (days, 2).
    """

    base: float
    slope: float
    error: float
    explained: float
    square: float
    others: np.ndarray

    @classmethod
    def of(cls, y: np.ndarray, x: np.ndarray, ages: np.ndarray, days: np.ndarray, *, with_time: bool) -> "_Line":
        """By least squares.

        Args:
            y: shares. `x`: requests per second. `ages`: hours ago. `days`: days ago; all of shape (hours,).
            with_time: fit growth with time, too.
        """
        size, oldest = float(x.max()), float(ages.max()) or 1.0
        columns = [np.ones(len(x)), x / size] + ([-ages / oldest] if with_time else [])
        design = np.stack(columns, axis=1)
        _, place = np.unique(days, return_inverse=True)
        number = int(place.max()) + 1
        gram, right = np.zeros((number, len(columns), len(columns))), np.zeros((number, len(columns)))
        np.add.at(gram, place, design[:, :, None] * design[:, None, :])
        np.add.at(right, place, design * y[:, None])
        ridge = 1e-9 * len(y) * np.eye(len(columns))
        whole = np.linalg.solve(gram.sum(axis=0) + ridge, right.sum(axis=0))
        others = np.linalg.solve(gram.sum(axis=0) - gram + ridge, (right.sum(axis=0) - right)[:, :, None])[:, :, 0]
        residuals = y - design @ whole
        without, _, _, _ = np.linalg.lstsq(np.delete(design, 1, axis=1), y, rcond=None)
        rest = float(((y - np.delete(design, 1, axis=1) @ without) ** 2).sum())
        explained = 1 - float((residuals**2).sum()) / rest if rest > 0 else 0.0
        error = _spread_of(others[:, 1]) / size
        pairs = np.stack([others[:, 0], others[:, 1] / size], axis=1)
        return cls(
            float(whole[0]), float(whole[1]) / size, error, explained, float((residuals**2).mean()), pairs
        )  # fmt: skip


def _spread_of(others: np.ndarray) -> float:
    """The standard error from estimates without each part in turn: the jackknife."""
    count = len(others)
    return float(np.sqrt((count - 1) / count * ((others - others.mean()) ** 2).sum()))


def _at_full(line: _Line, y: np.ndarray, x: np.ndarray, days: np.ndarray, spread: float) -> Load:
    """The load at the limit, by the curve if the spread suffices and it is as good as the line."""
    straight = Load(
        Relation.FOLLOWS, base=line.base, slope=line.slope, spread=spread, explained=line.explained
    )  # fmt: skip
    fit = fitted(y[x > 0], x[x > 0], days[x > 0]) if spread >= SPREAD_CURVE else None
    if fit is not None and fit.error <= AS_GOOD * line.square:
        if fit.curve.is_bent and y.max() < SEEN:
            return Load(Relation.NO_SPREAD, spread=spread, explained=line.explained)
        return _bent(straight, fit)
    full = (LIMIT - line.base) / line.slope
    with np.errstate(divide="ignore", invalid="ignore"):
        without = (LIMIT - line.others[:, 0]) / line.others[:, 1]
    reach = NARROW * _spread_of(without)
    return _checked_load(straight, full, full - reach, full + reach, None)


def _bent(straight: Load, fit: Fit) -> Load:
    """The load at the limit by the curve; its interval includes alternatives that fit the hours as well."""
    full = fit.curve.traffic_at(LIMIT)
    reach = NARROW * _spread_of(np.array([other.traffic_at(LIMIT) for other in fit.others]))
    rivals = [rival.traffic_at(LIMIT) for rival in fit.rivals]
    low, high = min([full - reach, *rivals]), max([full + reach, *rivals])
    return _checked_load(straight, full, low, high, fit.curve)


def _checked_load(straight: Load, full: float, low: float, high: float, curve: Curve | None) -> Load:
    if not full > 0 or not high - low <= 2 * WIDE * full:
        return Load(Relation.NO_SPREAD, spread=straight.spread, explained=straight.explained)
    return Load(
        straight.relation, full, max(low, 0.0), high, straight.base, straight.slope, curve, straight.spread,
        straight.explained,
    )  # fmt: skip
