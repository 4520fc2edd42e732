"""What the numbers of an objective mean, in sentences: since when, how bad, how long, until when."""

from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.slo.indicators import Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.slo.projection import Projection
from dashboard.slo.report import Exhaustion, Reading, SloReport, State
from dashboard.slo.windows import Calendar, Window
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import units
from dashboard.ui.text.units import NBSP

METHODS = {
    Method.OCCURRENCES: "by occurrences",
    Method.TIMESLICES: "by time slices",
    Method.RATIO_TIMESLICES: "by ratio time slices",
}
READINGS = {
    Reading.CRITICAL: "burning now",
    Reading.INCREASING: "has just begun",
    Reading.RECOVERING: "burned, has stopped",
    Reading.ACCEPTABLE: "neither is burning",
}


def day(seconds: float, zone: str, now: float) -> str:
    """A day in a time zone: 1 Dec, with its year where that is another one."""
    at, today = (datetime.fromtimestamp(moment, ZoneInfo(zone)) for moment in (seconds, now))
    return f"{at.day}{NBSP}{at:%b}" + (f" {at.year}" if at.year != today.year else "")


def near(seconds: float, zone: str, now: float) -> str:
    """A moment as exactly as it matters: the clock today, with the day within a day and a half, else the day."""
    at, today = (datetime.fromtimestamp(moment, ZoneInfo(zone)) for moment in (seconds, now))
    if at.date() == today.date():
        return f"{at:%H:%M}"
    return f"{day(seconds, zone, now)} {at:%H:%M}" if abs(seconds - now) < 1.5 * DAY else day(seconds, zone, now)


def exact(seconds: float, zone: str, now: float) -> str:
    """Day and clock: 23 Oct 23:41."""
    return f"{day(seconds, zone, now)} {datetime.fromtimestamp(seconds, ZoneInfo(zone)):%H:%M}"


def clock(now: float, zone: str) -> str:
    """Weekday, day and time with the zone: Sun 22 Nov, 23:41 UTC."""
    at = datetime.fromtimestamp(now, ZoneInfo(zone))
    return f"{at:%a} {at.day} {at:%b}, {at:%H:%M} {at.tzname()}"


def offset(moment: float, zone: str) -> int:
    """Minutes that a time zone is ahead of UTC at a moment."""
    ahead = datetime.fromtimestamp(moment, ZoneInfo(zone)).utcoffset()
    return int(ahead.total_seconds() // 60) if ahead is not None else 0


def length(seconds: float | None) -> str:
    """A duration that may be negative: overspent time."""
    if seconds is None or seconds >= 0:
        return units.duration(seconds)
    return f"−{units.duration(-seconds)}"


def chance(budget: float) -> str:
    """A budget ratio as people say it: 1 in 1,000, 7 in 1,000."""
    times = 1 / budget
    if abs(times - round(times)) < 1e-6 * times:
        return f"1{NBSP}in{NBSP}{times:,.0f}"
    whole = 10
    while whole < 10**9 and abs(budget * whole - round(budget * whole)) > 1e-6 * budget * whole:
        whole *= 10
    return f"{budget * whole:,.0f}{NBSP}in{NBSP}{whole:,}"


def between(low: float, high: float, objective: float) -> str:
    """The interval of an SLI, with the digits that tell its ends apart: 99.928–99.934 %."""
    digits = len(f"{objective * 100:.6g}".partition(".")[2]) + 2
    while digits < 7 and f"{low * 100:.{digits}f}" == f"{high * 100:.{digits}f}":
        digits += 1
    return f"{low * 100:.{digits}f}–{high * 100:.{digits}f}{NBSP}%"


def may_fail(slo: Slo) -> str:
    """What the objective lets happen."""
    if slo.counted:
        verb = {"availability": "may fail", "latency": "may be slower"}.get(slo.kind, "may be bad")
        return f"{chance(slo.budget)} {verb}"
    if slo.method is Method.RATIO_TIMESLICES:
        return f"{chance(slo.budget)}, mean of slices"
    return f"{chance(slo.budget)} slices of {units.duration(slo.row_s)} may be bad"


def limit(slo: Slo) -> str:
    """The bound that good events keep: ≤ 300 ms."""
    if slo.limit is None:
        return ""
    sign = slo.indicator.op.symbol if isinstance(slo.indicator, Threshold) else "≤"
    written = {"latency": units.latency, "freshness": units.duration, "saturation": units.percent}.get(slo.kind)
    return f"{sign}{NBSP}{written(slo.limit) if written else f'{slo.limit:g}'}"


def bad(slo: Slo) -> str:
    """What bad events are called."""
    if not slo.counted:
        return "bad slices"
    return {"availability": "failures", "latency": "slow requests"}.get(slo.kind, "bad events")


def pace(forecast: Exhaustion) -> str:
    """The window that a pace is from: the last hour, the last 3 days."""
    return "the last hour" if forecast.window_s == HOUR else f"the last {_window(forecast.window_s)}"


def _window(seconds: float) -> str:
    if seconds % DAY == 0:
        return f"{seconds / DAY:g}{NBSP}days" if seconds > DAY else f"24{NBSP}h"
    return units.duration(seconds)


def short(seconds: float) -> str:
    """A burn window in a letter: 5 m, 6 h, 3 d."""
    for size, unit in ((DAY, "d"), (HOUR, "h"), (60, "m")):
        if seconds >= size * (2 if unit == "d" else 1) and seconds % size == 0:
            return f"{seconds / size:g}{NBSP}{unit}"
    return f"{seconds:g}{NBSP}s"


def means(report: SloReport, *, zone: str, since: float | None) -> str:
    """What a row of the list means; `since`: when it was overspent."""
    forecast = report.exhaustion
    if report.valid is None:
        return "Nothing was measured in its window" if report.measured_at is None else "No traffic in its window"
    if report.state is State.EXHAUSTED:
        return _overspent(report, zone, since)
    if report.state is State.NO_DATA and report.stale:
        return silence(report, zone)
    if report.state is State.NO_DATA:
        return "Too little is measured to tell"
    if forecast is None:
        return "Too few failures to tell a pace"
    if forecast.seconds is None:
        return f"Lasts to its end, {ending(report, zone)}" if report.is_period else "Does not run out at this pace"
    return f"Lasts {units.duration(forecast.seconds)} at the pace of {pace(forecast)}"


def _overspent(report: SloReport, zone: str, since: float | None) -> str:
    now = report.at
    began = "Overspent" if (report.remaining or 0) < 0 else "All is spent"
    began += "" if since is None else f" since {near(since, zone, now)}"
    again = report.exhaustion.recovers_s if report.exhaustion is not None else None
    if again:
        return f"{began}, positive about {near(now + again, zone, now)}"
    return f"{began}, a new period begins {ending(report, zone)}" if report.is_period else began


def silence(report: SloReport, zone: str) -> str:
    """Since when nothing is measured, and what was left then."""
    if report.measured_at is None:
        return "Nothing was measured in its window"
    told = f"Silent since {near(report.measured_at, zone, report.at)}"
    told += f" ({units.duration(report.at - report.measured_at)})"
    return told if report.remaining is None else f"{told}, {units.percent(report.remaining)} left then"


def verdict(report: SloReport, *, zone: str, since: float | None) -> tuple[str, str]:
    """How long the budget lasts: a sentence, and what is known beyond it."""
    sentence, beyond = _verdict(report, zone=zone, since=since)
    part = units.counted(report.coverage, report.at - report.start) if report.remaining is not None else ""
    return sentence, f"{beyond} Known so far: {part}.".strip() if part else beyond


def _verdict(report: SloReport, *, zone: str, since: float | None) -> tuple[str, str]:
    now, forecast, left = report.at, report.exhaustion, report.remaining
    if left is None:
        return "Nothing was counted in this window.", "Nothing can be said, neither good nor bad."
    if report.state is State.EXHAUSTED:
        return f"{_overspent(report, zone, since)}.", _breaking(report)
    known = f"{units.percent(left)} of the error budget is left."
    if report.state is State.NO_DATA and report.stale:
        return f"{silence(report, zone)}.", "What happened since is not known: neither good nor bad."
    if forecast is None:
        return known, "Too few failures to tell a pace, so nothing is forecast."
    rate = f"At the pace of {pace(forecast)} ({units.burn(forecast.rate)})"
    if forecast.seconds is None:
        end = f"it lasts to the end of the period, {ending(report, zone)}" if report.is_period else ""
        return f"{known} {rate} {end or 'it does not run out'}.", ""
    until = f"until about {near(now + forecast.seconds, zone, now)}"
    return f"{known} {rate} it lasts {units.duration(forecast.seconds)}, {until}.", _interval(report, forecast, zone)


def _breaking(report: SloReport) -> str:
    forecast = report.exhaustion
    if report.is_period or (forecast is not None and forecast.recovers_s):
        return f"Until then {bad(report.slo)} break the promise further."
    kept = (
        f"At the pace of {pace(forecast)} ({units.burn(forecast.rate)}) it stays so. " if forecast is not None else ""
    )
    return f"{kept}All further {bad(report.slo)} break the promise."


def _interval(report: SloReport, forecast: Exhaustion, zone: str) -> str:
    low, high = forecast.rate_interval
    if low == high:
        return ""
    early, late = (None if one is None else report.at + one for one in forecast.between)
    begin, end = _ends(early, late, zone, report.at)
    return f"Between {begin} and {end}, by the 95{NBSP}% interval of that pace, {_between(low, high)}."


def _ends(early: float | None, late: float | None, zone: str, now: float) -> tuple[str, str]:
    """Both ends of a forecast, by the clock where they are of one day."""
    if early is not None and late is not None and day(early, zone, now) == day(late, zone, now):
        return exact(early, zone, now), exact(late, zone, now)
    begin, end = ("never" if one is None else near(one, zone, now) for one in (early, late))
    return begin, end


def _between(low: float, high: float) -> str:
    """Two burn rates as a range: 1.2–1.4×."""
    if units.burn(low) == units.burn(high):
        return f"{low:.2f}–\u2060{high:.2f}×"
    return f"{units.burn(low).removesuffix('×')}–\u2060{units.burn(high)}"


def outcome(report: SloReport, projection: Projection | None, zone: str) -> tuple[str, ...]:
    """What the forecast of the chart says at its end, and how sure it is, a line each."""
    if projection is None:
        return ()
    now = report.at
    if (report.remaining or 0) <= 0:
        return (f"positive about {near(projection.at, zone, now)}",)
    told = f"runs out {near(projection.at, zone, now)}"
    if projection.earliest is None:
        return (told,)
    begin, end = _ends(projection.earliest, projection.latest, zone, now)
    # The same day is told once.
    end = end.removeprefix(begin.rpartition(" ")[0] + " ") if " " in begin else end
    return told, f"{begin} – {end}", f"at {_between(*projection.rates)}"


def ending(report: SloReport, zone: str) -> str:
    """The day on which a window ends: a period of the calendar by its own time zone."""
    window = report.slo.window
    return day(report.end, window.zone if isinstance(window, Calendar) else zone, report.at)


def lasting(window: Window) -> str:
    """The length of a window: 30 d, 1 M."""
    count = window.duration.rstrip("mhdwMQY")
    return f"{count}{NBSP}{window.duration[len(count) :]}"


def method(slo: Slo) -> str:
    """How events are counted."""
    if slo.counted:
        return METHODS[slo.method]
    by = "by slices" if slo.method is Method.OCCURRENCES else METHODS[slo.method]
    return f"{by} of {units.duration(slo.row_s)}"


def dated(report: SloReport, zone: str) -> str:
    """The window with both of its ends: rolling 30 d, 23 Oct 23:41 – 22 Nov 23:41 UTC."""
    window, now = report.slo.window, report.at
    of_zone = window.zone if isinstance(window, Calendar) else zone
    kind = units.window(window) if isinstance(window, Calendar) else f"rolling {lasting(window)}"
    if report.at <= 0:
        return kind
    begin, end = (exact(moment, of_zone, now) for moment in (report.start, report.end))
    name = datetime.fromtimestamp(report.end, ZoneInfo(of_zone)).tzname()
    return f"{kind}, {begin} – {end} {name}"


def remaining_time(report: SloReport) -> str:
    """What the time beside the events is a time of."""
    if report.slo.counted:
        return "of full outage at average traffic"
    return "of full outage" if report.slo.method is Method.RATIO_TIMESLICES else "of bad slices"


def where(report: SloReport, zone: str, since: float) -> str:
    """What the burndown is drawn of; `since`: its first moment."""
    window = report.slo.window
    begin = exact(report.start, window.zone if isinstance(window, Calendar) else zone, report.at)
    if report.is_extrapolated:
        left = units.percent(report.remaining)
        return (
            f"share of the whole period's budget, its traffic so far carried on to {ending(report, zone)}; "
            f"of the budget of its events so far {left} is left"
        )
    if since > report.start:
        first = exact(since, zone, report.at)
        return f"where this window's budget went: it was not measured before {first}, so all that is known came after"
    return f"where this window's budget went: 100{NBSP}% at its start, {begin}; failures before it do not count"
