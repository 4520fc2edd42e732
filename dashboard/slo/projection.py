"""What is left from now on, at the pace that a report's forecast is made of: as lines, where it gives moments."""

from dataclasses import dataclass

import numpy as np

from dashboard.slo import forecast
from dashboard.slo.budget import wilson
from dashboard.slo.ledger import LedgerView
from dashboard.slo.objective import Method
from dashboard.slo.report import Exhaustion, SloReport
from dashboard.slo.timeline import Line
from dashboard.slo.windows import Calendar

POINTS = 48
Paces = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """What is left from now on at a pace, while old failures leave a rolling window.

    Attributes:
        middle: at the pace itself, until `at`. `slow`, `fast`: at both ends of its interval; None without one.
        at: epoch seconds at which nothing is left any more, or something is left again.
        earliest, latest: the same for both ends; None: never. `paces`: burn rates of both ends.
    """

    middle: Line
    slow: Line | None
    fast: Line | None
    at: float
    earliest: float | None
    latest: float | None
    paces: tuple[float, float]


def is_period(report: SloReport) -> bool:
    """The window is a period of the calendar, with an end that lies ahead."""
    window = report.slo.window
    return isinstance(window, Calendar) and not window.rolling


def is_carried(report: SloReport) -> bool:
    """The budget of the whole period is known only if its traffic so far goes on: events of a calendar period."""
    return is_period(report) and report.slo.method is not Method.TIMESLICES


def share_of_one(report: SloReport) -> float:
    """The share of the budget that one bad event takes."""
    if not report.bad or report.spent is None:
        return 0.0
    part = (report.at - report.start) / (report.end - report.start) if is_carried(report) else 1.0
    return report.spent / report.bad * part


def paces(report: SloReport, forecast: Exhaustion) -> Paces:
    """The burn rate of a forecast, and both ends of its 95 % interval: the same number without one."""
    rate = forecast.pace
    burn = next((one for one in report.burn if one.window_s == forecast.window_s), None)
    bad = None if burn is None or burn.valid is None or burn.good is None else burn.valid - burn.good
    if burn is None or bad is None or not burn.valid or report.slo.method is Method.RATIO_TIMESLICES:
        return rate, rate, rate
    if not 0 <= bad <= burn.valid or rate == 0:
        return rate, rate, rate
    low, high = (share / report.slo.budget for share in wilson(bad, burn.valid))
    return rate, low, high


def ahead(report: SloReport, ledger_view: LedgerView) -> Ahead | None:
    """The forecast as lines; None where there is none, or the budget does not run out at this pace."""
    forecast = report.exhaustion
    if forecast is None or report.remaining is None:
        return None
    # At exactly nothing left both are 0: there is no line to draw.
    overspent = report.remaining <= 0
    seconds = forecast.regained_s if overspent else forecast.seconds
    if not seconds:
        return None
    rates = paces(report, forecast)
    moments, spent = _spent_ahead(report, ledger_view, rates)
    early, late = forecast.between
    horizon = seconds if overspent else late or min(1.6 * seconds, float(moments[-1]))
    lines = [
        _line(report.at, moments, spent[:, place], until) for place, until in enumerate((seconds, horizon, horizon))
    ]
    cone = not overspent and rates[1] < rates[2]
    if not overspent:
        lines = [Line(one.start, one.step, np.maximum(one.values, 0.0)) for one in lines]
    return Ahead(
        middle=lines[0],
        slow=lines[1] if cone else None,
        fast=lines[2] if cone else None,
        at=report.at + seconds,
        earliest=report.at + early if cone and early is not None else None,
        latest=report.at + late if cone and late is not None else None,
        paces=(rates[1], rates[2]),
    )


def _spent_ahead(report: SloReport, ledger_view: LedgerView, rates: Paces) -> tuple[np.ndarray, np.ndarray]:
    """Moments from now (seconds), and the share of the budget spent then at each pace, shape (moments, paces)."""
    period = report.end - report.start
    pace, bad = np.array(rates), report.bad or 0.0
    if is_period(report):
        moments = np.array([0.0, report.end - report.at])
        gone = np.zeros((2, 1))
    else:
        column = np.array([ledger_view.column(report.slo)])
        moments, gone = forecast.leaving(ledger_view.hours, column, report.start, period)
    scale = share_of_one(report)
    return moments, forecast.spending(np.array([bad * scale]), moments, gone * scale, pace, period)


def _line(now: float, moments: np.ndarray, spent: np.ndarray, until: float) -> Line:
    shown = np.linspace(0.0, until, POINTS + 1)
    return Line(now, until / POINTS, 1 - np.interp(shown, moments, spent))
