"""What is unusual, in sentences: what, since when, how much, what was expected, what it costs."""

from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.anomaly.anomalies import Anomaly, Direction, Layer, Signal
from dashboard.anomaly.saturation_monitor import SaturationForecast
from dashboard.timerange import DAY
from dashboard.ui.text import units
from dashboard.ui.text.units import NBSP

WHAT = {
    (Signal.LATENCY, Direction.HIGH): "slower than usual",
    (Signal.TRAFFIC, Direction.LOW): "less traffic than usual",
    (Signal.TRAFFIC, Direction.HIGH): "more traffic than usual",
    (Signal.ERRORS, Direction.HIGH): "more failures than usual",
    (Signal.SATURATION, Direction.HIGH): "{detail} near its limit",
}
HINT = "an unusual shape of {signal}"
# What costs less of a budget is not worth a word.
DEAR = 0.01


def what(one: Anomaly) -> str:
    """In a few words, without a capital: slower than usual."""
    text = WHAT.get((one.signal, one.direction), "") if one.layer is Layer.TEST else HINT
    return (text or HINT).format(detail=one.detail or "it", signal=one.signal)


def brief(one: Anomaly, zone: str, now: float) -> str:
    """What, and since when: slower than usual since 17:52."""
    return f"{what(one)} {_when(one, zone, now)}"


def sentence(one: Anomaly, zone: str, now: float, forecast: SaturationForecast | None = None) -> str:
    """All of it; a whole sentence with its full stop. `forecast`: of the resource, if it fills up."""
    made = brief(one, zone, now)
    numbers = _level(one, forecast, now) if one.signal is Signal.SATURATION else _numbers(one)
    cost = ""
    if one.cost is not None and one.cost >= DEAR:
        cost = f"; it has taken {units.percent(one.cost)} of the budget"
    return f"{made[0].upper()}{made[1:]}{': ' if numbers else ''}{numbers}{cost}."


def _numbers(one: Anomaly) -> str:
    write = {Signal.LATENCY: units.latency, Signal.TRAFFIC: units.rate}.get(one.signal, units.percent)
    value = one.value if one.until is None else one.peak
    name = "p95 " if one.signal is Signal.LATENCY else ""
    told = f"{name}{write(value)}{' of requests' if one.signal is Signal.ERRORS else ''}"
    return f"{told}, expected {expected(one)}" if expected(one) else told


def _level(one: Anomaly, forecast: SaturationForecast | None, now: float) -> str:
    told = f"{units.percent(one.value)} of its limit"
    filling = forecast is not None and forecast.to_full.seconds and one.until is None
    return f"{told}, full in {full_in(forecast, now)}" if forecast is not None and filling else told


def full_in(forecast: SaturationForecast, now: float) -> str:
    """How long until a resource is full, with its interval: 5 h 20 m ± 40 m."""
    full = forecast.to_full
    if full.seconds is None or forecast.full_at is None:
        return ""
    left = units.duration(max(forecast.full_at - now, 0.0))
    if full.early is None or full.late is None:
        return left
    around = max(full.seconds - full.early, full.late - full.seconds)
    unit = 3600 if around >= 6 * 3600 else 60
    return f"{left} ± {units.duration(round(around / unit) * unit)}" if around >= 60 else left


def expected(one: Anomaly) -> str:
    """The band: 15.8–24.5/s, at most 231 ms, at least 3/s; empty where there is none."""
    write = {Signal.LATENCY: units.latency, Signal.TRAFFIC: units.rate}.get(one.signal, units.percent)
    low, high = one.expected
    if low is not None and high is not None:
        begin, end = write(low), write(high)
        unit = end.lstrip("0123456789.,−")
        return f"{begin.removesuffix(unit)}–{end}" if unit and begin.endswith(unit) else f"{begin} – {end}"
    if high is not None:
        return f"at most {write(high)}"
    return "" if low is None else f"at least {write(low)}"


def _when(one: Anomaly, zone: str, now: float) -> str:
    begin = clock(one.since, zone, now)
    return f"since {begin}" if one.until is None else f"from {begin} to {clock(one.until, zone, now)}"


def clock(seconds: float, zone: str, now: float) -> str:
    """A moment by the clock, with its day where that is not today's or yesterday's night."""
    at = datetime.fromtimestamp(seconds, ZoneInfo(zone))
    return f"{at:%H:%M}" if now - seconds < 0.75 * DAY else f"{at.day}{NBSP}{at:%b}{NBSP}{at:%H:%M}"
