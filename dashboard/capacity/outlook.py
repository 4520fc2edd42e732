"""When a resource will be full, within 90 days, from its growth and weekly pattern."""

from dataclasses import dataclass, field

import numpy as np

from dashboard.capacity.growth import NARROW, Growth, growth_of
from dashboard.capacity.shape import HOURS_OF_WEEK
from dashboard.timerange import DAY, HOUR

LIMIT = 1.0
# There is no forecast beyond this, nor beyond this many times the stretch of the past that it is made from.
HORIZON, TIMES_THE_PAST = 90 * DAY, 4.0
HOURS_AHEAD = HORIZON // HOUR
# Hours without a value after which there is no forecast.
STALE = 3


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """What becomes of a resource.

    Attributes:
        seconds: from now until it is full; 0 if it is, None if it does not fill up within the horizon.
        early, late: the interval that holds it 9 times in 10, seconds; `late` None if that lies beyond the horizon.
        level: now, share of the limit without the shape of the week. `error`: its standard error.
        slope, low, high: growth an hour, and its interval; 0 without growth.
        stretch: seconds of the past that it was fitted to; 0 without growth.
        shape: what the hours of a week add, shape (168,), slot 0 being the hour after now.
        resets: how often it was reset in the last 30 days.
        horizon: seconds ahead of which something can be told; 0 if too little is known, or nothing recent.
    """

    seconds: float | None = None
    early: float | None = None
    late: float | None = None
    level: float = float("nan")
    error: float = 0.0
    slope: float = 0.0
    low: float = 0.0
    high: float = 0.0
    stretch: float = 0.0
    shape: np.ndarray = field(default_factory=lambda: np.zeros(HOURS_OF_WEEK))
    resets: int = 0
    horizon: float = float(HORIZON)

    @property
    def is_growing(self) -> bool:
        """Its growth differs from none."""
        return self.slope > 0

    def path(self, hours: int, side: int = 0) -> np.ndarray:
        """The level at the ends of the next hours, shape (hours,).

        Args:
            hours: this many. `side`: -1 the lower end of the interval, 1 the upper one.
        """
        ahead = np.arange(1, hours + 1)
        slope = (self.slope, self.high, self.low)[side]
        return np.asarray(
            self.level + side * NARROW * self.error + slope * ahead + self.shape[(ahead - 1) % HOURS_OF_WEEK]
        )

    def trend(self, hours: np.ndarray) -> np.ndarray:
        """The highest level of the day at some hours from now, which may lie in the past."""
        highest = max(float(self.shape.reshape(-1, 24).max(axis=1).mean()), 0.0)
        return np.asarray(self.level + highest + self.slope * hours)


def outlooks(use: np.ndarray) -> list[Outlook]:
    """What becomes of each resource.

    Args:
        use: the highest share of the limit in each hour, shape (hours, resources), the last hour now; NaN for missing.
    """
    if not use.shape[1]:
        return []
    growth = growth_of(use)
    recent = np.isfinite(use[-STALE:]).any(axis=0)
    measured_s = np.isfinite(use).sum(axis=0) * float(HOUR)
    # No trend reaches further than this many times the past that it is made from, and that of what is flat neither.
    reach = np.where(recent & growth.known, np.minimum(TIMES_THE_PAST * measured_s, HORIZON), 0.0)
    return [_outlook(growth, place, float(reach[place])) for place in range(use.shape[1])]


def _outlook(growth: Growth, place: int, reach: float) -> Outlook:
    """What becomes of one resource.

    Args:
        growth: of all. `place`: of this one. `reach`: seconds ahead of which anything can be told.
    """
    slope = float(growth.slope[place])
    flat = Outlook(
        level=float(growth.level[place]),
        error=float(growth.error[place]),
        shape=growth.shape[place],
        resets=int(growth.resets[place]),
        horizon=reach,
    )
    if not np.isfinite(slope) or not reach:
        return flat
    stretch = float(growth.stretch[place]) * HOUR
    growing = Outlook(
        None, None, None, flat.level, flat.error, slope, float(growth.low[place]), float(growth.high[place]), stretch,
        flat.shape, flat.resets, min(TIMES_THE_PAST * stretch, HORIZON),
    )  # fmt: skip
    seconds, late, early = (_crossing(growing, side) for side in (0, -1, 1))
    # Peaks are known by the hour.
    early = None if early is None else max(early - HOUR, 0.0)
    late = None if late is None else late + HOUR
    if seconds is None or early is None or seconds > TIMES_THE_PAST * stretch:
        return growing
    return Outlook(
        seconds, early, late, growing.level, growing.error, slope, growing.low, growing.high, stretch, flat.shape,
        flat.resets, growing.horizon,
    )  # fmt: skip


def _crossing(outlook: Outlook, side: int) -> float | None:
    """Seconds until the path is at the limit, within the hour in proportion; None if it never is."""
    path = outlook.path(HOURS_AHEAD, side)
    reached = np.flatnonzero(path >= LIMIT)
    if not len(reached):
        return None
    first = int(reached[0])
    before = outlook.level + outlook.shape[-1] if first == 0 else path[first - 1]
    rise = path[first] - before
    part = float(np.clip((LIMIT - before) / rise, 0, 1)) if rise > 0 else 0.0
    return (first + part) * HOUR
