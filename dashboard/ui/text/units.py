"""Numbers as text: no-break spaces before units, − as U+2212, an en dash for what is missing, never 0."""

from collections.abc import Callable
from datetime import datetime
from math import ceil, isfinite
from zoneinfo import ZoneInfo

from dashboard.slo.forecast import COVERAGE_MIN
from dashboard.slo.objective import Slo
from dashboard.slo.report import SloReport
from dashboard.slo.windows import Calendar, Window

MISSING = "–"
NBSP = "\u00a0"


def _known(write: Callable[[float], str]) -> Callable[[float | None], str]:
    def words(value: float | None) -> str:
        if value is None or not isfinite(value):
            return MISSING
        return write(value).replace("-", "−")

    words.__doc__ = write.__doc__
    return words


@_known
def percent(ratio: float) -> str:
    """A share: whole percents, below ten one decimal, below one two."""
    value = ratio * 100
    digits = 0 if abs(value) >= 9.95 or value == 0 else 1 if abs(value) >= 0.995 else 2
    text = f"{value:.{digits}f}"
    # 99.97 % is not all: what rounds to 100 keeps the digits that tell.
    if text == "100" and value < 100:
        text = f"{min(value, 99.99):.2f}"
    return f"{text}{NBSP}%"


@_known
def latency(seconds: float) -> str:
    """A latency: ms below a second, else s."""
    if seconds < 0.9995:
        ms = seconds * 1000
        if ms == 0:
            return f"0{NBSP}ms"
        return f"{ms:.0f}{NBSP}ms" if ms >= 9.95 else f"{ms:.1f}{NBSP}ms"
    return f"{seconds:.2f}{NBSP}s" if seconds < 9.995 else f"{seconds:.0f}{NBSP}s"


@_known
def rate(per_second: float) -> str:
    """Requests per second."""
    return f"{short(per_second)}/s"


@_known
def short(value: float) -> str:
    """A count with at most three digits: 555k, 1.25k, 127, 6.2."""
    for size, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size * 0.9995:
            return f"{_three(value / size)}{suffix}"
    return _three(value)


def _three(value: float) -> str:
    size = abs(value)
    digits = 0 if size >= 99.5 or value == 0 else 1 if size >= 9.95 else 2
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text and size < 9.95 else text


@_known
def count(value: float) -> str:
    """A whole count with separators."""
    return f"{value:,.0f}"


@_known
def burn(value: float) -> str:
    """A burn rate; two decimals near 1, where one would hide the side."""
    return f"{value:.2f}×" if 0.95 <= value < 1.05 else f"{value:.1f}×"


@_known
def duration(seconds: float) -> str:
    """A duration in two units, in days alone from three on."""
    if seconds >= 3 * 86400:
        return f"{seconds / 86400:.0f}{NBSP}days"
    for size, name, part_size, part in ((86400, "day", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if seconds >= size:
            rest, whole = int(seconds % size // part_size), int(seconds // size)
            name += "s" if name == "day" and whole > 1 else ""
            return f"{whole}{NBSP}{name}" + (f"{NBSP}{rest}{NBSP}{part}" if rest else "")
    return f"{int(seconds)}{NBSP}s"


@_known
def objective(ratio: float) -> str:
    """An objective with the digits it was written with."""
    return f"{ratio * 100:.6g}{NBSP}%"


def counted(coverage: float, window_s: float) -> str:
    """How much of a window was measured, in hours begun, where that is not nearly all of it; else nothing."""
    if coverage >= 0.97:
        return ""
    return f"{duration(ceil(coverage * window_s / 3600) * 3600)} of {duration(window_s)} measured"


def sli(ratio: float | None, target: float) -> str:
    """An SLI with as many digits as its budget needs: 99.5 → 99.690, 99.99 → 99.9993."""
    if ratio is None or not isfinite(ratio):
        return MISSING
    digits = len(f"{target * 100:.6g}".partition(".")[2]) + 2
    return f"{ratio * 100:.{digits}f}{NBSP}%"


def promise(slo: Slo) -> str:
    """What an objective promises, in words."""
    told = {
        "availability": "requests answered without a server error",
        "latency": f"requests answered within {latency(slo.limit)}",
        "freshness": f"time with data younger than {duration(slo.limit)}",
        "saturation": f"time with at most {percent(slo.limit)} of it used",
    }
    return slo.title or told.get(slo.kind) or slo.name


def events(slo: Slo) -> str:
    """What is counted."""
    if slo.counted:
        return "requests" if slo.kind in ("availability", "latency") else "events"
    return f"slices of {duration(slo.row_s)}"


def window(slo_window: Window) -> str:
    """An objective's window as an adjective: 30-day, calendar month."""
    if isinstance(slo_window, Calendar):
        names = {"d": "day", "w": "week", "M": "month", "Q": "quarter", "Y": "year"}
        many = f"{slo_window.count}-" if slo_window.count > 1 else ""
        return f"{'rolling' if slo_window.rolling else 'calendar'} {many}{names[slo_window.unit]}"
    return f"{slo_window.seconds / 86400:g}-day"


def lasts(report: SloReport) -> str:
    """How long the budget that is left lasts, and by which pace."""
    forecast = report.exhaustion
    if report.remaining is None:
        return "Nothing was counted in its window"
    if forecast is None and report.coverage < COVERAGE_MIN:
        return "Not measured for long enough to tell how long it lasts"
    if forecast is None:
        return "Too few failures to tell a pace"
    last = "hour" if forecast.window_s == 3600 else duration(forecast.window_s)
    pace = f"at the pace of the last {last}"
    if report.remaining <= 0:
        back = forecast.recovers_s
        return "Overspent" if back is None else f"Overspent, positive again in {duration(back)}"
    if forecast.seconds is None:
        return f"Does not run out {pace}"
    return f"Lasts {duration(forecast.seconds)} {pace}"


def age(seconds: float | None) -> str:
    """How old the data are."""
    return "no data yet" if seconds is None else f"data {duration(seconds)} old"


@_known
def change(ratio: float) -> str:
    """A difference as a signed share: +31 %, −5 %."""
    return f"{ratio:+.0%}".replace("%", f"{NBSP}%")


def moment(seconds: float, zone: str) -> str:
    """A moment with its day in a time zone: 22 Nov 18:05."""
    at = datetime.fromtimestamp(seconds, ZoneInfo(zone))
    return f"{at.day} {at:%b %H:%M}"


def zone(name: str, offset: int) -> str:
    """The time zone of a page and its minutes ahead of UTC."""
    if not offset:
        return "times in UTC"
    hours, minutes = divmod(abs(offset), 60)
    sign = "+" if offset > 0 else "−"
    return f"times in {name}, UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")
