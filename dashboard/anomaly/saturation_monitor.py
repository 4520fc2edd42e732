"""Monitors resources: recent levels, time to full, and the intervals in which one is nearly full.

Levels are stored by five minutes for three days. Surges within minutes are searched in every row; the slower trends,
which are more expensive, are fitted for a fifth of the resources in each, so that none is older than five minutes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.anomaly.intervals import Interval, IntervalTracker
from dashboard.anomaly.observations import WINDOW, ResourceKey
from dashboard.anomaly.saturation.falls import NO_FALLS, Falls, falls_of
from dashboard.anomaly.saturation.surges import surges
from dashboard.anomaly.saturation.time_to_full import LIMIT as LEVEL_FULL
from dashboard.anomaly.saturation.time_to_full import TimeToFull, times_to_full
from dashboard.timerange import DAY, HOUR

# Share of the limit that is too much if it lasts for this many seconds, and seconds to full that are too few.
LIMIT, LASTING, SOON = 0.9, 900.0, 4.0 * HOUR
ROWS = 3 * DAY // WINDOW
TURNS = 5
# There is no test: a row is outside or not, so its probability is 0 or 1, and any level between separates them.
LEVEL = 0.5


@dataclass(frozen=True, slots=True)
class SaturationForecast:
    """When a resource will be full, as known at `at` (epoch seconds).

    Attributes:
        falls: its earlier falls.
        is_held: it always fell back before it was full, and is expected to do so again.
    """

    at: float
    to_full: TimeToFull
    falls: Falls = NO_FALLS
    is_held: bool = False

    @property
    def full_at(self) -> float | None:
        """Epoch seconds; None if it does not fill up, or falls back before it is full."""
        return None if self.is_held else self.limit_at

    @property
    def limit_at(self) -> float | None:
        """Epoch seconds at which it is full if it does not fall back; None if it does not rise."""
        return None if self.to_full.seconds is None else self.at + self.to_full.seconds

    @property
    def rise(self) -> float | None:
        """Forecast slope until the limit, share of the limit per hour; None without a forecast."""
        full = self.to_full
        return (LEVEL_FULL - float(full.path[0])) / full.seconds * HOUR if full.seconds and len(full.path) else None


class SaturationMonitor:
    """Levels, forecasts and intervals of resources.

    Args:
        resources: (service, resource).
        memory_s: seconds for which a closed interval is kept.

    Attributes:
        forecasts: resource → its newest forecast, also if it does not fill up.
        older_falls: resource → its falls during weeks, if known.
    """

    def __init__(self, resources: Sequence[ResourceKey] = (), *, memory_s: float) -> None:
        count = len(resources)
        self.resources = tuple(resources)
        self.forecasts: dict[ResourceKey, SaturationForecast] = {}
        self.older_falls: Mapping[ResourceKey, Falls] = {}
        self._rows = np.full((ROWS, count), np.nan, dtype=np.float32)
        self._end = 0
        self._turn = 0
        # Time at which each was last below the limit.
        self._below_at = np.full(count, np.nan)
        self._intervals = IntervalTracker(count, level=np.full(count, LEVEL), memory_s=memory_s)

    def set_resources(self, resources: Sequence[ResourceKey]) -> None:
        """Replace the monitored resources; the state of those that stay is kept."""
        if tuple(resources) == self.resources:
            return
        index = {resource: place for place, resource in enumerate(self.resources)}
        places = [index.get(resource, -1) for resource in resources]
        blank = np.full((ROWS, 1), np.nan, dtype=np.float32)
        self._rows = np.concatenate([self._rows, blank], axis=1)[:, np.array(places, dtype=int)]
        self._below_at = np.append(self._below_at, np.nan)[np.array(places, dtype=int)]
        self._intervals = self._intervals.reindexed(places, level=np.full(len(places), LEVEL))
        self.resources, kept = tuple(resources), set(resources)
        self.forecasts = {resource: forecast for resource, forecast in self.forecasts.items() if resource in kept}

    def add(self, ends: np.ndarray, levels: np.ndarray, *, spacing: float) -> None:
        """Add past rows, which are judged by their level, and stored if they end at a multiple of five minutes.

        Args:
            ends: epoch seconds, ascending.
            levels: shares of the limit over five minutes, shape (ends, resources).
            spacing: seconds between two rows.
        """
        if len(ends):
            self._judge(ends, levels, np.full(levels.shape, np.nan), spacing=spacing)
        whole = ends % WINDOW == 0
        if whole.any():
            self._keep(ends[whole], levels[whole])

    def update(self, at: float, row: np.ndarray, by_minute: np.ndarray, *, spacing: float) -> None:
        """Add the newest row, which is judged by its level and its forecast.

        Args:
            at: epoch seconds.
            row: shares of the limit over five minutes, shape (resources,).
            by_minute: shares of the limit in the minutes of the last hour, shape (minutes, resources).
            spacing: seconds since the previous row.
        """
        if at % WINDOW == 0:
            self._keep(np.array([at]), row[None])
        self._forecast(at, by_minute)
        to_full = np.array([self._to_full(resource, at) for resource in self.resources], dtype=float)
        soon = np.where(to_full < SOON, to_full, np.nan)
        self._judge(np.array([at]), row[None], soon[None], spacing=spacing)

    def __iter__(self) -> Iterator[Interval]:
        """Intervals, open ones first; their series is the index of the resource."""
        return iter(self._intervals)

    def _keep(self, ends: np.ndarray, rows: np.ndarray) -> None:
        """Store five-minute rows, ascending; rows older than the buffer are dropped."""
        end = int(ends[-1])
        moved = min((end - self._end) // WINDOW, ROWS)
        kept = np.full_like(self._rows, np.nan)
        kept[: ROWS - moved] = self._rows[moved:]
        place = ROWS - 1 - ((end - ends) // WINDOW).astype(int)
        kept[place[place >= 0]] = rows[place >= 0]
        self._rows, self._end = kept, end

    def _forecast(self, at: float, by_minute: np.ndarray) -> None:
        """Compute forecasts of resources whose turn it is, that surge, or that have none."""
        count = len(self.resources)
        due = np.arange(count) % TURNS == self._turn % TURNS
        self._turn += 1
        if count:
            due |= np.isfinite(surges(np.ascontiguousarray(by_minute.T)).slope)
        due |= np.array([resource not in self.forecasts for resource in self.resources], dtype=bool)
        places = np.flatnonzero(due)
        rows = self._rows[:, places].astype(float)
        times = times_to_full(rows, step=WINDOW, by_minute=by_minute[:, places])
        for number, (place, to_full) in enumerate(zip(places.tolist(), times, strict=True)):
            resource = self.resources[place]
            self.forecasts[resource] = self._forecast_of(resource, at, to_full, rows[:, number])

    def _forecast_of(
        self, resource: ResourceKey, at: float, to_full: TimeToFull, rows: np.ndarray
    ) -> SaturationForecast:
        """A forecast with the earlier falls of such rises; `rows`: shares of the limit, shape (rows,)."""
        if not to_full.seconds:
            return SaturationForecast(at, to_full)
        (own,) = falls_of(rows[None], self._end, WINDOW)
        falls = own.beside(self.older_falls.get(resource, NO_FALLS))
        return SaturationForecast(at, to_full, falls, falls.hold(float(to_full.path[0]), at))

    def _to_full(self, resource: ResourceKey, at: float) -> float:
        """Seconds from `at` until it is full, NaN if it does not fill up."""
        forecast = self.forecasts.get(resource)
        full_at = None if forecast is None else forecast.full_at
        return np.nan if full_at is None else max(full_at - at, 0.0)

    def _judge(self, ends: np.ndarray, levels: np.ndarray, soon: np.ndarray, *, spacing: float) -> None:
        """Flag resources near the limit for long, full, or soon full (`soon` is finite); shape (ends, resources)."""
        moments = ends[:, None]
        below = np.where(levels >= LIMIT, -np.inf, moments)
        # If it was never seen below the limit, nothing is known of the time before the first row.
        first = np.where(np.isnan(self._below_at), ends[0], self._below_at)
        below_at = np.maximum(np.maximum.accumulate(below), first)
        self._below_at = below_at[-1]
        outside = (moments - below_at >= LASTING) | np.isfinite(soon) | (levels >= 1.0)
        p = np.where(np.isnan(levels), np.nan, np.where(outside, 0.0, 1.0))
        rows = np.stack([levels, np.full(levels.shape, np.nan), np.full(levels.shape, LIMIT)], axis=-1)
        self._intervals.update(ends, p, outside, rows, spacing=spacing)
