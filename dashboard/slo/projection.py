"""The forecast of a budget as lines: what remains from now on, if the burn rate continues."""

from dataclasses import dataclass

import numpy as np

from dashboard.slo.forecast import first_below, spent_ahead
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.report import Interval, SloReport
from dashboard.slo.timeline import Line

POINTS = 48
# If the later end of the interval is never reached, lines extend this much beyond the middle one.
BEYOND = 1.6


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """The remaining budget from now on, while old failures leave a rolling window.

    Attributes:
        middle: at the rate itself, up to `at`. `slow`, `fast`: at both ends of its interval; None without one.
        at: epoch seconds at which the budget is used up, or available again.
        earliest, latest: the same at both ends of the interval; None: never. `rates`: burn rates of both ends.
    """

    middle: Line
    slow: Line | None
    fast: Line | None
    at: float
    earliest: float | None
    latest: float | None
    rates: Interval


def projection(report: SloReport, ledger_view: LedgerView) -> Projection | None:
    """The forecast as lines; None if there is none, or the budget is not used up."""
    forecast = report.exhaustion
    if forecast is None or report.remaining is None:
        return None
    overspent = report.remaining <= 0
    # At exactly zero there is no line to draw.
    seconds = forecast.recovers_s if overspent else forecast.seconds
    if not seconds:
        return None
    ahead = _Ahead(report, *_spending(report, ledger_view))
    low, high = forecast.rate_interval
    if low >= high:
        return Projection(ahead.line(0, seconds), None, None, report.at + seconds, None, None, (low, high))
    early, late = ahead.recoveries if overspent else forecast.between
    # Both ends of the interval extend until the later one reaches zero, so that they form a cone.
    horizon = late or min(BEYOND * seconds, float(ahead.moments[-1]))
    middle, slow, fast = (ahead.line(place, until) for place, until in enumerate((seconds, horizon, horizon)))
    earliest, latest = (None if end is None else report.at + end for end in (early, late))
    return Projection(middle, slow, fast, report.at + seconds, earliest, latest, (low, high))


def _spending(report: SloReport, ledger_view: LedgerView) -> tuple[np.ndarray, np.ndarray]:
    """Future spending at the rate, and at both ends of its interval."""
    forecast = report.exhaustion
    assert forecast is not None, "only a forecast is drawn"
    rates = (forecast.rate, *forecast.rate_interval)
    return spent_ahead(report, ledger_view.hours, ledger_view.column(report.slo), rates)


@dataclass(frozen=True, slots=True, eq=False)
class _Ahead:
    """Future spending at three rates; `spent` has shape (moments, 3), times are seconds from now."""

    report: SloReport
    moments: np.ndarray
    spent: np.ndarray

    def line(self, rate: int, until: float) -> Line:
        """What remains at one of the rates: down to zero, or up to zero for an overspent budget."""
        left = 1 - np.interp(np.linspace(0.0, until, POINTS + 1), self.moments, self.spent[:, rate])
        overspent = (self.report.remaining or 0.0) <= 0
        return Line(self.report.at, until / POINTS, np.minimum(left, 0.0) if overspent else np.maximum(left, 0.0))

    @property
    def recoveries(self) -> tuple[float | None, float | None]:
        """Seconds until the budget is positive again at the low and the high rate; None: never."""
        early, late = first_below(self.spent[:, 1:], self.moments).tolist()
        return None if np.isnan(early) else early, None if np.isnan(late) else late
