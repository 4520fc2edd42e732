"""When a resource will be full, within 90 days, from its growth and weekly pattern."""

from dataclasses import dataclass, field

import numpy as np

from dashboard.capacity.growth import NARROW, Growth, growth_of
from dashboard.capacity.shape import HOURS_OF_WEEK
from dashboard.timerange import DAY, HOUR

LIMIT = 1.0
# The maximum range of a forecast, absolute and as a multiple of the past that it is based on.
HORIZON, TIMES_THE_PAST = 90 * DAY, 4.0
HOURS_AHEAD = HORIZON // HOUR
# Hours without a value after which there is no forecast.
STALE = 3


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """The forecast of a resource.

    Attributes:
        seconds: from now until it is full; 0 if it is, None if it does not fill up within the horizon.
        early, late: the 90 % interval in seconds; `late` None if beyond the horizon.
        level: now, share of the limit without the weekly pattern. `error`: its standard error.
        slope, low, high: growth per hour, and its interval; 0 without growth.
        stretch: seconds of the past that it was fitted to; 0 without growth.
        shape: the weekly pattern by hour, shape (168,), slot 0 being the hour after now.
        resets: number of resets in the last 30 days.
        horizon: range of the forecast in seconds; 0 if data are too few, or not recent.
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
        """Whether its growth differs from zero."""
        return self.slope > 0

    def path(self, hours: int, side: int = 0) -> np.ndarray:
        """The level at the ends of the next hours, shape (hours,).

        Args:
            hours: their number. `side`: -1 for the lower end of the interval, 1 for the upper one.
        """
        ahead = np.arange(1, hours + 1)
        slope = (self.slope, self.high, self.low)[side]
        return np.asarray(
            self.level + side * NARROW * self.error + slope * ahead + self.shape[(ahead - 1) % HOURS_OF_WEEK]
        )

    def trend(self, hours: np.ndarray) -> np.ndarray:
        """The highest level of the day at some hours from now, which may be in the past."""
        highest = max(float(self.shape.reshape(-1, 24).max(axis=1).mean()), 0.0)
        return np.asarray(self.level + highest + self.slope * hours)


def outlooks(use: np.ndarray) -> list[Outlook]:
    """The forecast of each resource.

    Args:
        use: the highest share of the limit in each hour, shape (hours, resources), the last hour now; NaN for missing.
    """
    if not use.shape[1]:
        return []
    growth = growth_of(use)
    recent = np.isfinite(use[-STALE:]).any(axis=0)
    measured_s = np.isfinite(use).sum(axis=0) * float(HOUR)
    # No forecast reaches further than this multiple of the past, not even for flat series.
    reach = np.where(recent & growth.known, np.minimum(TIMES_THE_PAST * measured_s, HORIZON), 0.0)
    return [_outlook(growth, place, float(reach[place])) for place in range(use.shape[1])]


def _outlook(growth: Growth, place: int, reach: float) -> Outlook:
    """The forecast of one resource.

    Args:
        growth: of all. `place`: position of this one. `reach`: range of the forecast in seconds.
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
    # Peaks are known to the hour.
    early = None if early is None else max(early - HOUR, 0.0)
    late = None if late is None else late + HOUR
    if seconds is None or early is None or seconds > TIMES_THE_PAST * stretch:
        return growing
    return Outlook(
        seconds, early, late, growing.level, growing.error, slope, growing.low, growing.high, stretch, flat.shape,
        flat.resets, growing.horizon,
    )  # fmt: skip


def _crossing(outlook: Outlook, side: int) -> float | None:
    """Seconds until the path reaches the limit, interpolated within the hour; None if it never does."""
    path = outlook.path(HOURS_AHEAD, side)
    reached = np.flatnonzero(path >= LIMIT)
    if not len(reached):
        return None
    first = int(reached[0])
    before = outlook.level + outlook.shape[-1] if first == 0 else path[first - 1]
    rise = path[first] - before
    part = float(np.clip((LIMIT - before) / rise, 0, 1)) if rise > 0 else 0.0
    return (first + part) * HOUR
