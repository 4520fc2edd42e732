"""The remaining budget of an objective in each of its last periods: from exact counts, never means of shares."""

from dataclasses import dataclass

import numpy as np

from dashboard.slo.budget import remaining
from dashboard.slo.event_rows import BAD, SECONDS, VALID
from dashboard.slo.judgement import COVERAGE_MIN, MeasuredTime
from dashboard.slo.objective import Slo
from dashboard.slo.timeline import Line
from dashboard.whatif.past import Counted

# Maximum number of periods.
PERIODS_MAX = 13
# Maximum number of points of the course.
POINTS_MAX = 720


@dataclass(frozen=True, slots=True)
class PeriodBudget:
    """One period of an objective.

    Attributes:
        start, end: epoch seconds; the end of an open period is in the future.
        bad, valid: events until now. `allowed`: bad events allowed for these. `measured`: time of its past part.
        left: share of its budget, signed; None without valid events.
        is_over: it has ended.
    """

    start: float
    end: float
    bad: float
    valid: float
    allowed: float
    measured: MeasuredTime
    left: float | None
    is_over: bool = True

    @property
    def coverage(self) -> float:
        """The measured share of its past part, 0–1."""
        return self.measured.coverage

    @property
    def is_met(self) -> bool | None:
        """Whether it met the objective; None if it is not over, or that is not known."""
        return self.measured.is_met(self.bad, self.allowed) if self.is_over else None

    @property
    def is_whole(self) -> bool:
        """Whether it is over, and enough of it was measured to stand for all of it."""
        return self.is_over and self.measured.is_enough

    @property
    def is_judged(self) -> bool:
        """Whether it is over and known to be met or missed."""
        return self.is_met is not None


def bounds(slo: Slo, start: float, at: float) -> list[tuple[float, float]]:
    """Periods that contain time after `start`, oldest first: of the calendar, or whole windows back from `at`.

    Args:
        slo: with the window. `start`: epoch seconds since when there are data. `at`: epoch seconds of now.
    """
    periods: list[tuple[float, float]] = []
    end = at
    while len(periods) < PERIODS_MAX and end > start:
        # The end of a calendar period belongs to the next one.
        period = slo.window.bounds(end if not slo.window.is_period or end == at else end - 1)
        periods.insert(0, period)
        end = period[0]
    return periods


def budgets(slo: Slo, hours: Counted, at: float) -> tuple[PeriodBudget, ...]:
    """The budget of each period with data, oldest first.

    Args:
        slo: the objective with its window. `hours`: its events. `at`: epoch seconds of now.
    """
    if hours.begin is None:
        return ()
    periods = bounds(slo, hours.begin, at)
    starts, ends = np.array(periods).T
    sums = hours.within(starts, np.minimum(ends, at))
    return tuple(
        PeriodBudget(
            start,
            end,
            float(counts[BAD]),
            float(counts[VALID]),
            slo.budget * float(counts[VALID]),
            MeasuredTime(float(counts[SECONDS]), min(end, at) - start),
            remaining(float(counts[BAD]), float(counts[VALID]), slo.budget),
            end <= at,
        )
        for (start, end), counts in zip(periods, sums, strict=True)
    )


def course(slo: Slo, counted: Counted, since: float, at: float) -> Line:
    """The remaining budget, signed, of the window that ended at each time.

    NaN if less than half of the window since the first measurement was measured.

    Args:
        slo: the objective with its window. `counted`: its events.
        since, at: epoch seconds of the first and the last time.
    """
    step = -(-max((at - since) / POINTS_MAX, 60.0) // counted.step) * counted.step
    moments = at - np.arange(int((at - since) // step), -1, -1) * float(step)
    if slo.window.is_period:
        starts = np.array([slo.window.bounds(moment - 1)[0] for moment in moments])
    else:
        starts = moments - slo.window.nominal_s
    sums = counted.within(starts, moments)
    passed = moments - np.maximum(starts, counted.begin if counted.begin is not None else moments)
    known = (sums[:, VALID] > 0) & (sums[:, SECONDS] >= COVERAGE_MIN * passed)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(known, 1 - sums[:, BAD] / (slo.budget * sums[:, VALID]), np.nan)
    return Line(float(moments[0]), float(step), left)
