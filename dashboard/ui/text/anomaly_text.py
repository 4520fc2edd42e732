"""Anomalies in sentences: the deviation, its start, its size, the expected range, and its cost."""

from collections.abc import Callable
from typing import Final

from dashboard.anomaly.anomalies import Anomaly, Direction, Layer, Signal
from dashboard.anomaly.saturation_monitor import SaturationForecast
from dashboard.timerange import HOUR
from dashboard.ui.text import falls_text, moments, units

TESTED: Final = {
    (Signal.LATENCY, Direction.HIGH): "slower than usual",
    (Signal.TRAFFIC, Direction.LOW): "less traffic than usual",
    (Signal.TRAFFIC, Direction.HIGH): "more traffic than usual",
    (Signal.ERRORS, Direction.HIGH): "more failures than usual",
    (Signal.SATURATION, Direction.HIGH): "{detail} near its limit",
}
# Names of the expected range of a signal, on its chart and in its numbers.
EXPECTED: Final = {Signal.LATENCY: "expected p95", Signal.TRAFFIC: "expected", Signal.ERRORS: "expected, server"}
# Weaker words: hints are not tested, and have no probability.
HINT: Final = "unusual {signal} pattern"
# A cost below this share of a budget is left out.
COST_MIN: Final = 0.01


def what(anomaly: Anomaly) -> str:
    """The anomaly in a few words, without a capital: slower than usual."""
    text = TESTED.get((anomaly.signal, anomaly.direction), HINT) if anomaly.layer is Layer.TEST else HINT
    return text.format(detail=anomaly.detail or "it", signal=anomaly.signal)


def brief(anomaly: Anomaly, zone: str, now: float) -> str:
    """The anomaly and its start: slower than usual since 17:52.

    Args:
        anomaly: to describe.
        zone: the time zone of the page.
        now: epoch seconds.
    """
    return f"{what(anomaly)} {_when(anomaly, zone, now)}"


def sentence(anomaly: Anomaly, zone: str, now: float, forecast: SaturationForecast | None = None) -> str:
    """The anomaly with its start, size and cost: a sentence with its full stop.

    Args:
        anomaly: to describe.
        zone: the time zone of the page.
        now: epoch seconds.
        forecast: of its resource, if that fills up.
    """
    text = brief(anomaly, zone, now)
    level = _level(anomaly, forecast, now) if anomaly.signal is Signal.SATURATION else numbers(anomaly)
    cost = ""
    if anomaly.cost is not None and anomaly.cost >= COST_MIN:
        cost = f"; it has taken {units.percent(anomaly.cost)} of the budget"
    return f"{text[0].upper()}{text[1:]}{': ' if level else ''}{level}{cost}."


def numbers(anomaly: Anomaly) -> str:
    """The value and the expected range: p95 412 ms, expected 80–150 ms."""
    # While the anomaly lasts the newest value, afterwards the worst.
    value = anomaly.value if anomaly.until is None else anomaly.peak
    name = "p95 " if anomaly.signal is Signal.LATENCY else ""
    text = f"{name}{_writer(anomaly)(value)}{' of requests' if anomaly.signal is Signal.ERRORS else ''}"
    usual = expected(anomaly)
    return f"{text}, expected {usual}" if usual else text


def _writer(anomaly: Anomaly) -> Callable[[float | None], str]:
    return {Signal.LATENCY: units.latency, Signal.TRAFFIC: units.rate}.get(anomaly.signal, units.percent)


def _level(anomaly: Anomaly, forecast: SaturationForecast | None, now: float) -> str:
    text = f"{units.percent(anomaly.value)} of its limit"
    if forecast is None or not forecast.to_full.seconds or anomaly.until is not None:
        return text
    if forecast.is_held:
        return f"{text}, {rising(forecast, now)}"
    return f"{text}, full in {full_in(forecast, now)}"


def rising(forecast: SaturationForecast, now: float) -> str:
    """What the past says about a rise that always ended before the limit, without a full stop."""
    left = units.duration(max((forecast.limit_at or now) - now, 0.0))
    return falls_text.sentence(forecast.rise, forecast.falls, left, now)


def full_in(forecast: SaturationForecast, now: float) -> str:
    """The time until a resource is full, with its interval: 5 h 20 m ± 40 m; empty if it does not fill up."""
    full = forecast.to_full
    if full.seconds is None or forecast.full_at is None:
        return ""
    left = units.duration(max(forecast.full_at - now, 0.0))
    if full.early is None or full.late is None:
        return left
    # Both sides as one number: the wider one.
    around = max(full.seconds - full.early, full.late - full.seconds)
    unit = HOUR if around >= 6 * HOUR else 60
    return f"{left} ± {units.duration(round(around / unit) * unit)}" if around >= 60 else left


def expected(anomaly: Anomaly) -> str:
    """The expected range: 15.8–24.5/s, at most 231 ms, at least 3/s; empty if there is none."""
    write = _writer(anomaly)
    low, high = anomaly.expected
    if low is None:
        return "" if high is None else f"at most {write(high)}"
    if high is None:
        return f"at least {write(low)}"
    begin, end = write(low), write(high)
    if begin == end:
        return end
    # The unit is written once, at the end, if both ends share it.
    unit = end.lstrip("0123456789.,−")
    return f"{begin.removesuffix(unit)}–{end}" if unit and begin.endswith(unit) else f"{begin} – {end}"


def _when(anomaly: Anomaly, zone: str, now: float) -> str:
    begin = moments.lately(anomaly.since, zone, now)
    if anomaly.until is None:
        return f"since {begin}"
    return f"from {begin} to {moments.lately(anomaly.until, zone, now)}"
