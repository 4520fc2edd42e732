"""The state of an objective in sentences: since when, how bad, how long the budget lasts.

Each sentence names the window of its rate. Only `lasts` words how long the budget lasts, so that the wall, the service
page, the list, the detail and the computation agree.
"""

from typing import Final

from dashboard.slo.forecast import COVERAGE_MIN
from dashboard.slo.objective import Method
from dashboard.slo.projection import Projection
from dashboard.slo.report import Exhaustion, Reading, SloReport, State
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import moments, units
from dashboard.ui.text.objective_terms import (
    bad_events,
    ending,
    further_events,
    measured,
    number_of_events,
    one_event,
    whole_events,
    zone_of,
)
from dashboard.ui.text.units import NBSP

# Seconds; shorter silences show no duration, as their start says enough.
SILENCE_MIN: Final = 60.0
READINGS: Final = {
    Reading.CRITICAL: "both windows are over",
    Reading.INCREASING: "only the short window is over",
    Reading.RECOVERING: "only the long window is over",
    Reading.ACCEPTABLE: "both windows are under",
    None: "too little data in a window",
}
NO_DATA: Final = "No data in this window"
# An en dash after which no line breaks.
DASH: Final = "–\u2060"
NOT_ENOUGH: Final = "Too little data to judge"
TOO_LITTLE: Final = "Too little measured to judge the budget"
REFUSED: Final = "Budget unavailable: the source refuses its queries"
IN_PART: Final = "The source answers in part: what is missing may be bad"
FEW: Final = "Too few failures to forecast"


def lasts(report: SloReport, *, zone: str, since: float | None = None) -> str:
    """How long the budget lasts, a sentence without its full stop.

    Args:
        report: the objective.
        zone: the time zone of the page.
        since: epoch seconds since when the budget is exhausted; None if unknown.
    """
    if report.valid is None and report.refusal is not None:
        return REFUSED
    if report.valid is None or report.remaining is None:
        return NO_DATA if report.measured_at is None else "No traffic in this window"
    if report.state is State.EXHAUSTED:
        return _overspent(report, zone, since)
    if report.state is State.NO_DATA and (report.stale or report.is_partial_now):
        return _silent(report, zone) if report.stale else IN_PART
    if report.judged_remaining is None or (report.state is State.NO_DATA and report.is_little_measured):
        return f"{TOO_LITTLE}: {measured_so_far(report.measured_s, report.known_share)}"
    if report.state is State.NO_DATA:
        return NOT_ENOUGH
    # No forecast: too few failures for a rate, or too little of the window was measured.
    if report.exhaustion is None:
        return FEW if report.known_share >= COVERAGE_MIN else "Not measured for long enough to forecast"
    return _used_up(report, report.exhaustion, zone)


def measured_so_far(seconds: float, share: float) -> str:
    """How long was measured, and the share (0–1) of the window: 12 m, 0.03 % of the window."""
    return f"{units.duration(seconds)}, {units.percent(share)} of the window"


def _used_up(report: SloReport, forecast: Exhaustion, zone: str) -> str:
    if_it_continues = f"if {rate_window(forecast.window_s)} continues"
    if forecast.seconds is not None:
        return f"Used up in {units.duration(forecast.seconds)} {if_it_continues}"
    if report.is_period:
        return f"Not used up before the period ends, {ending(report, zone)}, {if_it_continues}"
    return f"Not used up {if_it_continues}"


def _overspent(report: SloReport, zone: str, since: float | None) -> str:
    text = "Overspent" if (report.remaining or 0) < 0 else "All spent"
    text += "" if since is None else f" since {moments.near(since, zone, report.at)}"
    forecast = report.exhaustion
    # Old failures leave a rolling window: the budget may recover without action.
    if forecast is not None and forecast.recovers_s:
        recovery = units.duration(forecast.recovers_s)
        return f"{text}, recovers in {recovery} if {rate_window(forecast.window_s)} continues"
    return f"{text}, a new period begins {ending(report, zone)}" if report.is_period else text


def _silent(report: SloReport, zone: str) -> str:
    """Since when there are no data, and the remaining budget at that time."""
    if report.measured_at is None:
        return NO_DATA
    near = moments.exact if report.has_ended else moments.near
    since = near(report.measured_at, zone, report.at)
    silence = report.at - report.measured_at
    text = f"No data since {since}" + (f" ({units.duration(silence)})" if silence >= SILENCE_MIN else "")
    return text if report.judged_remaining is None else f"{text}, {units.percent(report.judged_remaining)} left then"


def rate_window(seconds: float) -> str:
    """The rate of a window, as a condition of a forecast: the last hour's rate, the last 3 days' rate."""
    window = last(seconds)
    return f"the {window}' rate" if window.endswith("s") else f"the {window}'s rate"


def last(seconds: float) -> str:
    """A window that ends now: last hour, last 30 minutes, last 24 hours, last 3 days."""
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (60, "minute")):
        # A single day reads better as 24 hours.
        if seconds >= unit * (2 if unit == DAY else 1) and seconds % unit == 0:
            return f"last {name}" if seconds == unit else f"last {seconds / unit:g}{NBSP}{name}s"
    return f"last {seconds:g}{NBSP}seconds"


def rate(forecast: Exhaustion) -> str:
    """The rate of a forecast with its window: 1.3× the allowed rate (last 3 days)."""
    return f"{units.burn(forecast.rate)} the allowed rate ({last(forecast.window_s)})"


def verdict(report: SloReport, *, zone: str, since: float | None) -> tuple[str, str]:
    """The state of the budget: the most important sentence, and further details.

    Args:
        report: the objective.
        zone: the time zone of the page.
        since: epoch seconds since when the budget is exhausted; None if unknown.
    """
    sentence = f"{lasts(report, zone=zone, since=since)}."
    if report.judged_remaining is None:
        return sentence, ""
    # Sentences about exhausted budgets and missing data include the remaining budget.
    if report.state not in (State.EXHAUSTED, State.NO_DATA):
        sentence = f"{units.percent(report.remaining)} of the error budget is left. {sentence}"
    part = measured(report.known_share, report.at - report.start)
    beyond = (_beyond(report, zone), f"So far {part}." if part else "")
    return sentence, " ".join(filter(None, beyond))


def _beyond(report: SloReport, zone: str) -> str:
    forecast = report.exhaustion
    if report.state is State.EXHAUSTED:
        return _further(report, forecast)
    if forecast is None or report.state is State.NO_DATA:
        return ""
    if forecast.seconds is None:
        return f"The rate is {rate(forecast)}."
    until = moments.near(report.at + forecast.seconds, zone, report.at)
    return f"At {rate(forecast)} that is about {until}{_interval(report, forecast, zone)}."


def _further(report: SloReport, forecast: Exhaustion | None) -> str:
    more = f"Further {bad_events(report.slo)} add to it."
    if forecast is None or forecast.recovers_s or report.is_period:
        return more
    return f"At {rate(forecast)} it does not recover. {more}"


def _interval(report: SloReport, forecast: Exhaustion, zone: str) -> str:
    low, high = forecast.rate_interval
    # A rate without an interval, as for time slices.
    if low == high:
        return ""
    # None if the budget is never exhausted.
    early, late = (None if seconds is None else report.at + seconds for seconds in forecast.between)
    begin, end = _ends(early, late, zone, report.at)
    return f", between {begin} and {end} (95{NBSP}% interval of that rate: {_rates(low, high)})"


def _ends(early: float | None, late: float | None, zone: str, now: float) -> tuple[str, str]:
    """Both ends of a forecast; hours and minutes if both are on one day."""
    if early is not None and late is not None and moments.day(early, zone, now) == moments.day(late, zone, now):
        return moments.exact(early, zone, now), moments.exact(late, zone, now)
    begin, end = ("never" if seconds is None else moments.near(seconds, zone, now) for seconds in (early, late))
    return begin, end


def _rates(low: float, high: float) -> str:
    """Two burn rates as a range: 1.2–1.4×."""
    begin, end = (units.burn(rate).removesuffix("×") for rate in (low, high))
    if begin == end:
        begin, end = f"{low:.2f}", f"{high:.2f}"
    return f"{units.between(begin, end, DASH)}×"


def outcome(report: SloReport, projection: Projection | None, zone: str) -> tuple[str, ...]:
    """The end of the chart's forecast, and its uncertainty, a line each.

    Args:
        report: the objective.
        projection: the forecast as lines; None without one.
        zone: the time zone of the page.
    """
    if projection is None:
        return ()
    what = "recovers" if (report.remaining or 0) <= 0 else "used up"
    text = f"{what} about {moments.near(projection.at, zone, report.at)}"
    if projection.earliest is None:
        return (text,)
    begin, end = _ends(projection.earliest, projection.latest, zone, report.at)
    # If both are on the same day it is named once.
    if " " in begin and begin != end:
        end = end.removeprefix(begin.rpartition(" ")[0] + " ")
    return text, units.between(begin, end), f"at {_rates(*projection.rates)}"


def amount(report: SloReport) -> str:
    """The remaining budget in events and in time: 1,240 failures (13 m of full outage); or how much is overspent."""
    if report.judged_remaining is None:
        return ""
    return f"{amount_events(report)} ({_amount_time(report)})"


def amount_events(report: SloReport) -> str:
    """The remaining budget in events: 1,240 failures, overspent by 1,795 failures; empty without data."""
    if report.judged_remaining is None:
        return ""
    return f"overspent by {_events(report)}" if report.judged_remaining < 0 else _events(report)


def _events(report: SloReport) -> str:
    number = report.remaining_events or 0.0
    # A fraction of an event does not allow one more.
    shown = whole_events(number) if number >= 1 else abs(number)
    return number_of_events(shown, bad_events(report.slo))


def amount_time(report: SloReport) -> str:
    """The remaining budget in time: 13 m of full outage at average traffic; empty without data."""
    if report.judged_remaining is None:
        return ""
    return f"{_amount_time(report)}{' at average traffic' if report.slo.counted else ''}"


def _amount_time(report: SloReport) -> str:
    kind = "of full outage" if report.slo.counted or report.slo.method is Method.RATIO_TIMESLICES else "of bad slices"
    return f"{units.duration(abs(report.remaining_s or 0.0))} {kind}"


def before_spent(report: SloReport) -> str:
    """How many more bad events the budget allows, or by how many it is exceeded."""
    if report.judged_remaining is None or report.remaining_events is None:
        return ""
    if report.judged_remaining < 0:
        return f"{_events(report)} ({_amount_time(report)}) more than allowed"
    events = further_events(report.slo)
    whole = whole_events(report.remaining_events)
    if whole < 1:
        return f"the next {one_event(events)} overspends it"
    return f"{units.short(whole)} more {one_event(events) if whole == 1 else events} before it is spent"


def drawn(report: SloReport, zone: str, first: float) -> str:
    """What the burndown shows.

    Args:
        report: the objective.
        zone: the time zone of the page.
        first: epoch seconds of the first point of the chart.
    """
    if report.is_extrapolated:
        left = units.percent(report.remaining)
        return (
            f"share of the whole period's budget, its traffic so far carried on to {ending(report, zone)}; "
            f"of the budget of its events so far {left} is left"
        )
    if first > report.start:
        begin = moments.exact(first, zone, report.at)
        return f"where this window's budget went; no data before {begin}"
    begin = moments.exact(report.start, zone_of(report, zone), report.at)
    return f"where this window's budget went: 100{NBSP}% at its start, {begin}; failures before it do not count"
