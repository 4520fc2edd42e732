"""When the remaining budget will be used up if a burn rate continues, and when an overspent one recovers.

In a rolling window, old failures leave while new ones arrive:

    c(τ) = h(τ) + B · τ / P

is the share of the budget spent at now + τ: failures of the past inside (now + τ - P, now], plus what burning at rate B
adds with even traffic. The budget is used up at the smallest τ ≤ P with c(τ) ≥ 1; the first-order answer,
remaining · P / B, is its lower bound. In a calendar period nothing leaves: it is used up before its end, or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.slo.budget import TOLERANCE, is_spent, wilson
from dashboard.slo.event_rows import BAD, Rows
from dashboard.slo.objective import Method
from dashboard.slo.report import Burn, Exhaustion, Interval, Reading, SloReport
from dashboard.timerange import HOUR

# How many failures a window needs before its burn rate is extrapolated.
FAILURES_MIN = 5
# With less measured time than this, it is too early for a forecast.
COVERAGE_MIN = 0.5


@dataclass(frozen=True, slots=True)
class Rate:
    """The burn rate to extrapolate, over the last `window_s` seconds, and its 95 % interval."""

    rate: float
    interval: Interval
    window_s: float

    @property
    def all(self) -> tuple[float, float, float]:
        """The rate, and the lower and upper end of its interval."""
        return self.rate, *self.interval


def exhaustions(reports: Sequence[SloReport], hours: Rows) -> list[Exhaustion | None]:
    """For each report when its budget is used up; None if there are too few failures or too little measured time.

    Args:
        reports: of all objectives, for the same time. `hours`: their hourly events, one column for each report.
    """
    rates = [continued_rate(report) for report in reports]
    results: list[Exhaustion | None] = [None] * len(reports)
    rolling: dict[Interval, list[tuple[int, Rate]]] = {}
    for column, (report, rate) in enumerate(zip(reports, rates, strict=True)):
        if rate is not None and report.is_period:
            results[column] = _in_period(report, rate)
        elif rate is not None:
            # Windows that begin and end together lose the same hours at the same times.
            rolling.setdefault((report.start, report.end), []).append((column, rate))
    for group in rolling.values():
        columns = [column for column, _ in group]
        replayed = _replayed([reports[column] for column in columns], [rate for _, rate in group], hours, columns)
        for column, exhaustion in zip(columns, replayed, strict=True):
            results[column] = exhaustion
    return results


def continued_rate(report: SloReport) -> Rate | None:
    """The burn rate to extrapolate; None if too little was measured or there are too few failures."""
    if report.remaining is None or report.known_share < COVERAGE_MIN:
        return None
    longs = [alert.long for alert in report.alerts if alert.long.rate is not None]
    leading = _leading(report, longs)
    if leading is not None:
        return Rate(leading.rate or 0.0, _interval(report, leading), leading.window_s)
    # No failures in the longest window: nothing is being spent.
    return Rate(0.0, (0.0, 0.0), longs[-1].window_s) if longs and longs[-1].bad <= 0 else None


def _leading(report: SloReport, longs: Sequence[Burn]) -> Burn | None:
    """The long window of the critical alert, otherwise the shortest with enough failures."""
    critical = (alert.long for alert in report.alerts if alert.effective_reading is Reading.CRITICAL)
    least = FAILURES_MIN if report.slo.counted else 1
    return next(critical, None) or next((burn for burn in longs if burn.bad >= least), None)


def _interval(report: SloReport, burn: Burn) -> Interval:
    """The 95 % interval of a burn rate; for ratios of slices and impossible counts, the rate twice."""
    rate, valid = burn.rate or 0.0, burn.valid or 1.0
    if report.slo.method is Method.RATIO_TIMESLICES or not 0 <= burn.bad <= valid:
        return rate, rate
    low, high = wilson(burn.bad, valid)
    return low / report.slo.budget, high / report.slo.budget


def _replayed(
    reports: Sequence[SloReport], rates: Sequence[Rate], hours: Rows, columns: Sequence[int]
) -> list[Exhaustion]:
    """Forecasts for objectives that share one rolling window.

    Args:
        rates: the rate of each. `hours`: hourly events. `columns`: positions of the objectives in them.
    """
    start, period = reports[0].start, reports[0].end - reports[0].start
    moments, gone = leaving(hours, np.array(columns), start, period)
    # As shares of each budget, so that objectives of any size are replayed together.
    budget = np.array([report.slo.budget * (report.valid or 0.0) for report in reports])
    spent = np.array([report.bad or 0.0 for report in reports]) / budget
    futures = [
        spending(spent, moments, gone / budget, rate, period) for rate in np.array([rate.all for rate in rates]).T
    ]
    at, late, early = (first_above(future, moments).tolist() for future in futures)
    recovered = first_below(futures[0], moments).tolist()
    return [
        _exhaustion(rate, seconds, between, recovers)
        for rate, seconds, between, recovers in zip(rates, at, zip(early, late, strict=True), recovered, strict=True)
    ]


def _exhaustion(rate: Rate, seconds: float, between: Interval, recovers: float) -> Exhaustion:
    """Convert the result of a replay, in which NaN means never."""
    return Exhaustion(
        rate=rate.rate,
        rate_interval=rate.interval,
        window_s=rate.window_s,
        seconds=_known(seconds),
        between=(_known(between[0]), _known(between[1])),
        recovers_s=_known(recovers) if seconds == 0 else None,
    )


def _known(seconds: float) -> float | None:
    return None if np.isnan(seconds) else seconds


def _in_period(report: SloReport, rate: Rate) -> Exhaustion:
    """Forecast for a calendar period; if events are counted, its traffic so far is extrapolated to its end."""
    left = report.remaining or 0.0
    if is_spent(left):
        return Exhaustion(rate.rate, rate.interval, rate.window_s, 0.0, (0.0, 0.0))
    if report.is_extrapolated and report.at > report.start:
        left = 1 - (1 - left) * (report.at - report.start) / (report.end - report.start)
    at, late, early = (in_period(left, end, start=report.start, now=report.at, end=report.end) for end in rate.all)
    return Exhaustion(rate.rate, rate.interval, rate.window_s, at, (early, late))


def spent_ahead(report: SloReport, hours: Rows, column: int, rates: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """The future spending of one budget for several burn rates.

    Args:
        report: the objective now.
        hours: hourly events.
        column: position of the objective in them.
        rates: burn rates to extrapolate.

    Returns:
        Seconds from now until the end of the window, shape (moments,), and spent shares of the budget, shape
        (moments, rates).
    """
    period = report.end - report.start
    spent = np.array([(report.bad or 0.0) * report.share_per_failure])
    if report.is_period:
        # Nothing leaves a period before its end, so the line is straight.
        moments = np.array([0.0, report.end - report.at])
        gone = np.zeros((2, 1))
    else:
        moments, gone = leaving(hours, np.array([column]), report.start, period)
    return moments, spending(spent, moments, gone * report.share_per_failure, np.array(rates), period)


def leaving(hours: Rows, columns: np.ndarray, start: float, period_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Times until a rolling window is over, and the bad events that have left it by then.

    Args:
        hours: hourly events. `columns`: positions of the objectives in them.
        start: epoch seconds at which the current window begins. `period_s`: its length in seconds.

    Returns:
        Seconds from now, shape (moments,), and bad events, shape (moments, objectives).
    """
    # History is hourly; events within an hour are assumed to be evenly spread.
    moments = np.append(np.arange(0.0, period_s, HOUR), period_s)
    total = np.concatenate([np.zeros((1, len(columns))), np.cumsum(hours.values[:, columns, BAD], axis=0)])
    place = np.clip((start + moments - hours.start) / HOUR, 0, len(hours.values))
    whole = np.minimum(place.astype(np.intp), len(hours.values) - 1)
    until = total[whole] + (total[whole + 1] - total[whole]) * (place - whole)[:, None]
    return moments, until - until[0]


def spending(
    spent: np.ndarray, moments: np.ndarray, gone: np.ndarray, rates: np.ndarray, period_s: float
) -> np.ndarray:
    """The spent share of the budget at each time, shape (moments, objectives).

    Args:
        spent: bad events in the current window, as shares of the budget, shape (objectives,).
        moments: seconds from now, shape (moments,).
        gone: what has left the window by then, as shares of the budget, shape (moments, objectives).
        rates: burn rates, shape (objectives,). `period_s`: seconds of the window.
    """
    shares: np.ndarray = spent - gone + moments[:, None] * rates / period_s
    return shares


def first_above(spent: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """The first time at which everything is spent, interpolated between two points; NaN if that never happens."""
    # Includes exactly spent budgets, with a tolerance for floating point.
    over = spent >= 1 - TOLERANCE
    place = np.argmax(over, axis=0)
    column = np.arange(spent.shape[1])
    before = np.maximum(place - 1, 0)
    low, high = spent[before, column], spent[place, column]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(place > 0, (1 - low) / (high - low), 0.0)
    exact = moments[before] + part * (moments[place] - moments[before])
    first: np.ndarray = np.where(over.any(axis=0), exact, np.nan)
    return first


def first_below(spent: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """The first time at which some budget is available again; NaN if that never happens."""
    return first_above(2 - spent, moments)


def in_period(left: float, rate: float, *, start: float, now: float, end: float) -> float | None:
    """Seconds until a calendar period's budget is used up; None if it lasts to the end of the period.

    Args:
        left: remaining share of the whole period's budget. `rate`: burn rate.
        start, now, end: epoch seconds.
    """
    if is_spent(left):
        return 0.0
    seconds = left * (end - start) / rate if rate > 0 else np.inf
    return seconds if now + seconds < end else None
