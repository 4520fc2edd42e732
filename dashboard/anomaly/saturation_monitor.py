"""Resources watched: their levels of the last days, when each will be full, and intervals in which one nearly is.

Levels are kept by five minutes for three days. What rises within minutes is looked for in every row; the slower lines,
which cost more, are drawn for a fifth of the resources in each, so that none is older than five minutes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.anomaly.intervals import Intervals, Stretch
from dashboard.anomaly.observations import WINDOW
from dashboard.anomaly.saturation.surges import surging
from dashboard.anomaly.saturation.time_to_full import TimeToFull, times_to_full
from dashboard.timerange import DAY, HOUR

# Share of the limit that is too much once it lasted for so many seconds, and seconds to full that are too few.
LIMIT, LASTING, SOON = 0.9, 900.0, 4.0 * HOUR
ROWS = 3 * DAY // WINDOW
TURNS = 5
Resource = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a resource will be full, by what was known at `at` (epoch seconds)."""

    at: float
    to_full: TimeToFull

    @property
    def full_at(self) -> float | None:
        """Epoch seconds; None where it does not fill up."""
        return None if self.to_full.seconds is None else self.at + self.to_full.seconds


class Levels:
    """Levels of some resources, which are (service, resource); `limit` is the share that is too much."""

    def __init__(self, resources: Sequence[Resource] = (), *, memory_s: float) -> None:
        self.resources = tuple(resources)
        self.forecasts: dict[Resource, Forecast] = {}
        self._memory = memory_s
        self._rows = np.full((ROWS, len(self.resources)), np.nan, dtype=np.float32)
        self._end = 0
        self._turn = 0
        # When each was last known to be below what is too much.
        self._below = np.full(len(self.resources), np.nan)
        self._intervals = self._none()

    def follow(self, resources: Sequence[Resource]) -> None:
        """Watch these from now on; what is known of those that stay is kept."""
        if tuple(resources) == self.resources:
            return
        held = {one: place for place, one in enumerate(self.resources)}
        places = [held.get(one, -1) for one in resources]
        blank = np.full((ROWS, 1), np.nan, dtype=np.float32)
        self._rows = np.concatenate([self._rows, blank], axis=1)[:, np.array(places, dtype=int)]
        self._below = np.append(self._below, np.nan)[np.array(places, dtype=int)]
        self.resources = tuple(resources)
        self.forecasts = {one: made for one, made in self.forecasts.items() if one in set(resources)}
        self._intervals = self._intervals.keep(places, level=np.full(len(places), 0.5))

    def put(self, ends: np.ndarray, used: np.ndarray, *, spacing: float) -> None:
        """Rows of five minutes that end at these moments, shape (ends, resources); near the limit is told of them."""
        for end, row in zip(ends.tolist(), used, strict=True):
            self._judge(end, row, np.full(len(row), np.nan), spacing=spacing)
        whole = ends % WINDOW == 0
        if whole.any():
            self._keep(ends[whole], used[whole])

    def look(self, at: float, row: np.ndarray, fine: np.ndarray, *, spacing: float) -> None:
        """The newest row, and the minutes of the last hour (minutes, resources): the present is judged and forecast."""
        if at % WINDOW == 0:
            self._keep(np.array([at]), row[None])
        self._draw(at, fine)
        soon = np.array([self._left(one, at) for one in self.resources], dtype=float)
        self._judge(at, row, np.where(soon < SOON, soon, np.nan), spacing=spacing)

    def __iter__(self) -> Iterator[Stretch]:
        """Intervals, those that last first; their place is that of the resource."""
        return iter(self._intervals)

    def _none(self) -> Intervals:
        many = len(self.resources)
        return Intervals(many, level=np.full(many, 0.5), memory_s=self._memory)

    def _keep(self, ends: np.ndarray, rows: np.ndarray) -> None:
        """Rows of five minutes, ascending; what is older than all that is kept is dropped."""
        end = int(ends[-1])
        moved = min((end - self._end) // WINDOW, ROWS)
        kept = np.full_like(self._rows, np.nan)
        kept[: ROWS - moved] = self._rows[moved:]
        place = ROWS - 1 - ((end - ends) // WINDOW).astype(int)
        kept[place[place >= 0]] = rows[place >= 0]
        self._rows, self._end = kept, end

    def _draw(self, at: float, fine: np.ndarray) -> None:
        """Forecasts of those whose turn it is, and of those that rise within minutes."""
        many = len(self.resources)
        mine = np.arange(many) % TURNS == self._turn % TURNS
        self._turn += 1
        if many:
            mine |= np.isfinite(surging(np.ascontiguousarray(fine.T)).slope)
        # At the start all of them are.
        mine |= np.array([one not in self.forecasts for one in self.resources], dtype=bool)
        places = np.flatnonzero(mine)
        found = times_to_full(self._rows[:, places].astype(float), step=WINDOW, fine=fine[:, places])
        for place, one in zip(places.tolist(), found, strict=True):
            self.forecasts[self.resources[place]] = Forecast(at, one)

    def _left(self, one: Resource, at: float) -> float:
        made = self.forecasts.get(one)
        full = None if made is None else made.full_at
        return np.nan if full is None else max(full - at, 0.0)

    def _judge(self, at: float, row: np.ndarray, soon: np.ndarray, *, spacing: float) -> None:
        """Near the limit for long, full, or soon full; there is no test, so it holds or does not."""
        low = ~(row >= LIMIT)
        self._below = np.where(low | np.isnan(self._below), at, self._below)
        flagged = (at - self._below >= LASTING) | np.isfinite(soon) | (row >= 1.0)
        p = np.where(np.isnan(row), np.nan, np.where(flagged, 0.0, 1.0))
        rows = np.stack([row, np.full(len(row), np.nan), np.full(len(row), LIMIT)], axis=-1)
        self._intervals.update(at, p, flagged, rows, spacing=spacing)
