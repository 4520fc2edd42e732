"""The forecast of a budget as lines: what is left from now on, at the rate that it continues."""

from dataclasses import dataclass

import numpy as np

from dashboard.slo.forecast import first_below, spent_ahead
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.report import Interval, SloReport
from dashboard.slo.timeline import Line

POINTS = 48
# Where the later end of the interval never comes, the lines reach so much further than the middle one.
BEYOND = 1.6


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """What is left from now on at a burn rate, while old failures leave a rolling window.

    Attributes:
        middle: at the rate itself, until `at`. `slow`, `fast`: at both ends of its interval; None without one.
        at: epoch seconds at which nothing is left any more, or something is left again.
        earliest, latest: epoch seconds of that at both ends; None: never. `rates`: burn rates of both ends.
    """

    middle: Line
    slow: Line | None
    fast: Line | None
    at: float
    earliest: float | None
    latest: float | None
    rates: Interval


def projection(report: SloReport, ledger_view: LedgerView) -> Projection | None:
    """The forecast as lines; None where there is none, or the budget is not used up at its rate."""
    forecast = report.exhaustion
    if forecast is None or report.remaining is None:
        return None
    overspent = report.remaining <= 0
    # At exactly nothing left both are 0: there is no line to draw.
    seconds = forecast.recovers_s if overspent else forecast.seconds
    if not seconds:
        return None
    ahead = _Ahead(report, *_spending(report, ledger_view))
    low, high = forecast.rate_interval
    if low >= high:
        return Projection(ahead.line(0, seconds), None, None, report.at + seconds, None, None, (low, high))
    early, late = ahead.recoveries if overspent else forecast.between
    # Both ends of the interval are drawn until the later one meets zero, so that they make a cone.
    horizon = late or min(BEYOND * seconds, float(ahead.moments[-1]))
    middle, slow, fast = (ahead.line(place, until) for place, until in enumerate((seconds, horizon, horizon)))
    earliest, latest = (None if end is None else report.at + end for end in (early, late))
    return Projection(middle, slow, fast, report.at + seconds, earliest, latest, (low, high))


def _spending(report: SloReport, ledger_view: LedgerView) -> tuple[np.ndarray, np.ndarray]:
    """What will be spent at the rate, and at the low and the high end of its interval."""
    forecast = report.exhaustion
    assert forecast is not None, "only a forecast is drawn"
    rates = (forecast.rate, *forecast.rate_interval)
    return spent_ahead(report, ledger_view.hours, ledger_view.column(report.slo), rates)


@dataclass(frozen=True, slots=True, eq=False)
class _Ahead:
    """Shares of a budget that will be spent at three rates, `spent` of shape (moments, 3), seconds from now."""

    report: SloReport
    moments: np.ndarray
    spent: np.ndarray

    def line(self, rate: int, until: float) -> Line:
        """What is left at one of the rates: down to nothing, or, of an overspent budget, up to it."""
        left = 1 - np.interp(np.linspace(0.0, until, POINTS + 1), self.moments, self.spent[:, rate])
        overspent = (self.report.remaining or 0.0) <= 0
        return Line(self.report.at, until / POINTS, np.minimum(left, 0.0) if overspent else np.maximum(left, 0.0))

    @property
    def recoveries(self) -> tuple[float | None, float | None]:
        """Seconds until something is left again at the low and at the high rate; None: never."""
        early, late = first_below(self.spent[:, 1:], self.moments).tolist()
        return None if np.isnan(early) else early, None if np.isnan(late) else late
