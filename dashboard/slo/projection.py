"""The forecast of a budget as lines: what is left from now on, at the rate that it continues."""

from dataclasses import dataclass

import numpy as np

from dashboard.slo.forecast import spent_ahead
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.report import Interval, SloReport
from dashboard.slo.timeline import Line

POINTS = 48
# Where the slow end of the interval never comes, the lines reach so much further than the middle one.
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
    middle, slow, fast = _lines(report, ledger_view, seconds)
    low, high = forecast.rate_interval
    if overspent or low >= high:
        return Projection(middle, None, None, report.at + seconds, None, None, (low, high))
    earliest, latest = (None if end is None else report.at + end for end in forecast.between)
    return Projection(middle, slow, fast, report.at + seconds, earliest, latest, (low, high))


def _lines(report: SloReport, ledger_view: LedgerView, seconds: float) -> list[Line]:
    """What is left at the rate, for so many seconds, and at the low and the high end of its interval."""
    forecast = report.exhaustion
    assert forecast is not None, "only a forecast is drawn"
    rates = (forecast.rate, *forecast.rate_interval)
    moments, spent = spent_ahead(report, ledger_view.hours, ledger_view.column(report.slo), rates)
    overspent = (report.remaining or 0.0) <= 0
    # Both ends of the interval are drawn until the slow one meets zero, so that they make a cone.
    horizon = seconds if overspent else forecast.between[1] or min(BEYOND * seconds, float(moments[-1]))
    lines = []
    for place, until in enumerate((seconds, horizon, horizon)):
        left = 1 - np.interp(np.linspace(0.0, until, POINTS + 1), moments, spent[:, place])
        lines.append(Line(report.at, until / POINTS, left if overspent else np.maximum(left, 0.0)))
    return lines
