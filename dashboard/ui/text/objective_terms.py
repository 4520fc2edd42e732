"""The terms of an objective in words: its events, good and bad ones, its limit and its window."""

from collections.abc import Callable
from math import ceil, floor
from typing import Final

from dashboard.slo.indicators import Measure, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.slo.report import SloReport
from dashboard.slo.windows import Calendar, Unit, Window
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import moments, units
from dashboard.ui.text.units import NBSP

# Functions that write the limit of each measure.
WRITERS: Final[dict[Measure, Callable[[float | None], str]]] = {
    Measure.LATENCY: units.latency,
    Measure.AGE: units.duration,
    Measure.SATURATION: units.percent,
}
BAD_EVENTS: Final[dict[Measure | None, str]] = {Measure.ERRORS: "failures", Measure.LATENCY: "slow requests"}
ALLOWED: Final[dict[Measure | None, str]] = {Measure.ERRORS: "may fail", Measure.LATENCY: "may be slower"}
# Not the enum's own values, which are letters of a file format.
PERIODS: Final = {
    Unit.DAY: "day", Unit.WEEK: "week", Unit.MONTH: "month", Unit.QUARTER: "quarter", Unit.YEAR: "year",
}  # fmt: skip
# The origin of an SLO that is not configured.
DEFAULT_ORIGIN: Final = "default"
# Below this coverage the measured share of the window is shown.
FULL = 0.97


def good_events(slo: Slo) -> str:
    """The name of good events: from the title, else the indicator, else the name."""
    text = {
        Measure.ERRORS: "requests answered without a server error",
        Measure.LATENCY: f"requests answered within {units.latency(slo.limit)}",
        Measure.AGE: f"time with data younger than {units.duration(slo.limit)}",
        Measure.SATURATION: f"time with at most {units.percent(slo.limit)} in use",
    }
    # An unknown limit cannot be named.
    known = slo.measure if slo.measure is Measure.ERRORS or slo.limit is not None else None
    return slo.title or (text[known] if known is not None else slo.name)


def bad_events(slo: Slo) -> str:
    """The name of bad events: failures, slow requests, bad slices."""
    if not slo.counted:
        return "bad slices"
    return BAD_EVENTS.get(slo.measure, "bad events")


def further_events(slo: Slo) -> str:
    """The name of bad events after a number: failed requests, slow requests, bad slices of 5 m."""
    if not slo.counted:
        return f"bad {counted_events(slo)}"
    return "failed requests" if slo.measure is Measure.ERRORS else bad_events(slo)


def one_event(events: str) -> str:
    """The singular of a name of bad events: failure, bad slice of 5 m."""
    kind, of, length = events.partition(" of ")
    return f"{kind.removesuffix('s')}{of}{length}"


def whole_events(number: float) -> int:
    """The number of whole events that fit into an allowance, which may be fractional."""
    # Sums yield 0.9999999 instead of 1.
    return floor(number + 1e-6)


def number_of_events(number: float, events: str) -> str:
    """A number of bad events: 1,240 failures, 1 failure, less than 1 failure.

    Args:
        number: 0 or more. `events`: the name of bad events.
    """
    if number > 0 and not whole_events(number):
        return f"less than 1{NBSP}{one_event(events)}"
    return f"{units.count(number)}{NBSP}{one_event(events) if round(number) == 1 else events}"


def counted_events(slo: Slo) -> str:
    """The name of the counted events: requests, events, slices of 5 m."""
    if not slo.counted:
        return f"slices of {units.duration(slo.row_s)}"
    return "requests" if slo.measure in (Measure.ERRORS, Measure.LATENCY) else "events"


def allowance(slo: Slo) -> str:
    """The allowance of the objective: 1 in 1,000 may fail."""
    if slo.counted:
        return f"{chance(slo.budget)} {ALLOWED.get(slo.measure, 'may be bad')}"
    if slo.method is Method.RATIO_TIMESLICES:
        return f"{chance(slo.budget)}, mean of slices"
    return f"{chance(slo.budget)} {counted_events(slo)} may be bad"


def chance(budget: float) -> str:
    """A budget ratio as a fraction: 1 in 1,000, 7 in 1,000."""
    # A budget is 1 − objective, which is not exact: 1 − 0.999 is 0.0010000000000000009.
    times = 1 / budget
    if abs(times - round(times)) < 1e-6 * times:
        return f"1{NBSP}in{NBSP}{times:,.0f}"
    whole = 10
    # 1 in 142.9 reads badly: use the next power of ten that makes both numbers whole.
    while whole < 10**9 and abs(budget * whole - round(budget * whole)) > 1e-6 * budget * whole:
        whole *= 10
    return f"{budget * whole:,.0f}{NBSP}in{NBSP}{whole:,}"


def limit(slo: Slo) -> str:
    """The limit of good events, in the unit of the measure: ≤ 300 ms; empty without one."""
    if slo.limit is None:
        return ""
    sign = slo.indicator.op.symbol if isinstance(slo.indicator, Threshold) else "≤"
    write = WRITERS.get(slo.measure) if slo.measure is not None else None
    return f"{sign}{NBSP}{write(slo.limit) if write is not None else f'{slo.limit:g}'}"


def origin(slo: Slo) -> str:
    """Where the objective is defined: default SLO (not configured), SLO from slo/checkout.yaml:12."""
    return "default SLO (not configured)" if slo.origin == DEFAULT_ORIGIN else f"SLO from {slo.origin}"


def sli_interval(low: float, high: float, objective: float) -> str:
    """The interval of an SLI, with enough digits to distinguish its ends: 99.928–99.934 %.

    Args:
        low, high: both ends, 0–1.
        objective: 0–1; the interval has at least its digits.
    """
    # Two digits more than the objective: with fewer, a change by a tenth of the budget would be invisible.
    digits = len(f"{objective * 100:.6g}".partition(".")[2]) + 2
    # More digits until both ends differ, up to seven.
    while digits < 7 and f"{low * 100:.{digits}f}" == f"{high * 100:.{digits}f}":
        digits += 1
    return f"{units.between(f'{low * 100:.{digits}f}', f'{high * 100:.{digits}f}', '–')}{NBSP}%"


def counting(slo: Slo) -> str:
    """How events are counted: per request, per time slice, as the mean of slices."""
    if slo.method is Method.RATIO_TIMESLICES:
        return f"mean of {counted_events(slo)}"
    if not slo.counted:
        return f"counted per slice of {units.duration(slo.row_s)}"
    return f"counted per {counted_events(slo).removesuffix('s')}"


def window(slo_window: Window) -> str:
    """An objective's window as an adjective: 30-day, calendar month."""
    if isinstance(slo_window, Calendar):
        many = f"{slo_window.count}-" if slo_window.count > 1 else ""
        return f"{'rolling' if slo_window.rolling else 'calendar'} {many}{PERIODS[slo_window.unit]}"
    return f"{slo_window.seconds / DAY:g}-day"


def window_length(slo_window: Window) -> str:
    """The length of a window: 30 d, 1 M."""
    count = slo_window.duration.rstrip("mhdwMQY")
    return f"{count}{NBSP}{slo_window.duration[len(count) :]}"


def window_ends(report: SloReport, zone: str) -> str:
    """The window with its start and end: rolling 30 d, 23 Oct 23:41 – 22 Nov 23:41 UTC."""
    slo_window, now = report.slo.window, report.at
    is_calendar = isinstance(slo_window, Calendar)
    kind = window(slo_window) if is_calendar else f"rolling {window_length(slo_window)}"
    # Before the first evaluation there are no times.
    if now <= 0:
        return kind
    own = zone_of(report, zone)
    begin, end = (moments.exact(moment, own, now) for moment in (report.start, report.end))
    return f"{kind}, {begin} – {end} {moments.zone_name(report.end, own)}"


def zone_of(report: SloReport, zone: str) -> str:
    """The time zone in which a window starts and ends: its own for a calendar period, else the page's."""
    slo_window = report.slo.window
    return slo_window.zone if isinstance(slo_window, Calendar) else zone


def ending(report: SloReport, zone: str) -> str:
    """The day on which a window ends: of a calendar period in its own time zone."""
    return moments.day(report.end, zone_of(report, zone), report.at)


def burn_window(seconds: float) -> str:
    """A burn window with its unit: 5 m, 6 h, 24 h, 3 d."""
    # 24 h and not 1 d, as burn rate policies write it.
    for unit, letter in ((DAY, "d"), (HOUR, "h"), (60, "m")):
        if seconds >= unit * (2 if unit == DAY else 1) and seconds % unit == 0:
            return f"{seconds / unit:g}{NBSP}{letter}"
    return f"{seconds:g}{NBSP}s"


def coverage(report: SloReport) -> str:
    """The coverage of a window: coverage 99.8 %; coverage 20 %, and 80 % in part."""
    in_part = f", and {units.percent(report.partial_coverage)} in part" if report.partial_coverage > 0 else ""
    return f"coverage {units.percent(report.coverage)}{in_part}"


def measured(coverage: float, window_s: float) -> str:
    """How long a window was measured, rounded up to minutes, from a day on to hours; empty if nearly all of it was.

    Args:
        coverage: share of the window that was measured. `window_s`: its length in seconds.
    """
    if coverage >= FULL:
        return ""
    seconds = coverage * window_s
    # Minutes on the first day: "3 h" would contradict "2 h 1 m" beside it.
    begun = HOUR if seconds > DAY else 60
    return f"{units.duration(ceil(seconds / begun) * begun)} of {units.duration(window_s)} measured"
