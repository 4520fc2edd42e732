"""Moments as text, in the time zone of the page: as exactly as it matters to the reader."""

from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.timerange import DAY
from dashboard.ui.text.units import NBSP


def day(seconds: float, zone: str, now: float) -> str:
    """The day of a moment: 1 Dec, with its year where that is not the present one.

    Args:
        seconds: epoch seconds of the moment.
        zone: the time zone of the page, an IANA name.
        now: epoch seconds of this moment.
    """
    at, today = (datetime.fromtimestamp(moment, ZoneInfo(zone)) for moment in (seconds, now))
    return f"{at.day}{NBSP}{at:%b}" + (f" {at.year}" if at.year != today.year else "")


def near(seconds: float, zone: str, now: float) -> str:
    """A moment as exactly as it matters: the clock today, with the day within a day and a half, else the day.

    Args:
        seconds: epoch seconds of the moment.
        zone: the time zone of the page, an IANA name.
        now: epoch seconds of this moment.
    """
    at, today = (datetime.fromtimestamp(moment, ZoneInfo(zone)) for moment in (seconds, now))
    if at.date() == today.date():
        return f"{at:%H:%M}"
    return exact(seconds, zone, now) if abs(seconds - now) < 1.5 * DAY else day(seconds, zone, now)


def exact(seconds: float, zone: str, now: float) -> str:
    """Day and clock: 23 Oct 23:41.

    Args:
        seconds: epoch seconds of the moment.
        zone: the time zone of the page, an IANA name.
        now: epoch seconds of this moment.
    """
    return f"{day(seconds, zone, now)} {datetime.fromtimestamp(seconds, ZoneInfo(zone)):%H:%M}"


def between(begin: float, end: float, zone: str) -> str:
    """A range of the past with its year and its zone: 29 Nov 2026 12:39 – 12:57 UTC.

    Args:
        begin, end: epoch seconds.
        zone: the time zone of the page, an IANA name.
    """
    first, last = (datetime.fromtimestamp(moment, ZoneInfo(zone)) for moment in (begin, end))
    # A short range is one that was zoomed to.
    clock = "%H:%M:%S" if end - begin < 600 else "%H:%M"
    days = [f"{moment.day}{NBSP}{moment:%b} {moment.year} " for moment in (first, last)]
    until = "" if last.date() == first.date() else days[1]
    return f"{days[0]}{first:{clock}} – {until}{last:{clock}} {zone_name(end, zone)}"


def lately(seconds: float, zone: str, now: float) -> str:
    """A moment of the past by the clock, with its day from 18 hours ago on: 17:52, 6 Oct 08:53.

    Args:
        seconds: epoch seconds of the moment.
        zone: the time zone of the page, an IANA name.
        now: epoch seconds of this moment.
    """
    if now - seconds < 0.75 * DAY:
        return f"{datetime.fromtimestamp(seconds, ZoneInfo(zone)):%H:%M}"
    return exact(seconds, zone, now)


def clock(now: float, zone: str) -> str:
    """Weekday, day and time with the zone: Sun 22 Nov, 23:41 UTC."""
    at = datetime.fromtimestamp(now, ZoneInfo(zone))
    return f"{at:%a} {at.day} {at:%b}, {at:%H:%M} {at.tzname()}"


def clock_time(seconds: float, zone: str) -> str:
    """The clock of a moment: 14:07.

    Args:
        seconds: epoch seconds of the moment. `zone`: the time zone of the page, an IANA name.
    """
    return f"{datetime.fromtimestamp(seconds, ZoneInfo(zone)):%H:%M}"


def offset(moment: float, zone: str) -> int:
    """Minutes that a time zone is ahead of UTC at a moment (epoch seconds)."""
    ahead = datetime.fromtimestamp(moment, ZoneInfo(zone)).utcoffset()
    # Whole minutes are enough: zones with seconds ended before 1972.
    return int(ahead.total_seconds() // 60) if ahead is not None else 0


def zone_name(seconds: float, zone: str) -> str:
    """The name of a time zone at a moment: CET, CEST."""
    # Zones without letters, such as America/Sao_Paulo, are called by their offset.
    return datetime.fromtimestamp(seconds, ZoneInfo(zone)).tzname() or zone


def zone_of_page(name: str, minutes: int) -> str:
    """The time zone of a page and its minutes ahead of UTC: times in Europe/Berlin, UTC+2."""
    if not minutes:
        return "times in UTC"
    # Of the amount: -210 would else be −4 hours and 30 minutes.
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "−"
    return f"times in {name}, UTC{sign}{hours}" + (f":{rest:02}" if rest else "")
