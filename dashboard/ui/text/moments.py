"""Times as text, in the time zone of the page, with the precision that readers need."""

from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.timerange import DAY
from dashboard.ui.text import units
from dashboard.ui.text.units import NBSP


def day(seconds: float, zone: str, now: float) -> str:
    """A day: 1 Dec, with its year if it is not the current one.

    Args:
        seconds: epoch seconds of the moment.
        zone: the time zone of the page, an IANA name.
        now: epoch seconds of this moment.
    """
    at, today = (datetime.fromtimestamp(moment, ZoneInfo(zone)) for moment in (seconds, now))
    return f"{at.day}{NBSP}{at:%b}" + (f" {at.year}" if at.year != today.year else "")


def near(seconds: float, zone: str, now: float) -> str:
    """A time: hours and minutes today, with the day within a day and a half, else only the day.

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
    """Day, hours and minutes: 23 Oct 23:41.

    Args:
        seconds: epoch seconds of the moment.
        zone: the time zone of the page, an IANA name.
        now: epoch seconds of this moment.
    """
    return f"{day(seconds, zone, now)} {datetime.fromtimestamp(seconds, ZoneInfo(zone)):%H:%M}"


def between(begin: float, end: float, zone: str) -> str:
    """A past range with its year and its zone, both if it changes: 29 Nov 2026 12:39 – 12:57 UTC.

    Args:
        begin, end: epoch seconds.
        zone: the time zone of the page, an IANA name.
    """
    first, last = (datetime.fromtimestamp(moment, ZoneInfo(zone)) for moment in (begin, end))
    # Short ranges come from zooming, and need seconds.
    clock = "%H:%M:%S" if end - begin < 600 else "%H:%M"
    days = [f"{moment.day}{NBSP}{moment:%b} {moment.year} " for moment in (first, last)]
    until = "" if last.date() == first.date() else days[1]
    zones = zone_name(begin, zone), zone_name(end, zone)
    # Without it a night with a change of the clocks would look an hour longer or shorter than it is.
    since = f"{first:{clock}}" if zones[0] == zones[1] else f"{first:{clock}} {zones[0]}"
    return f"{days[0]}{units.between(since, f'{until}{last:{clock}}')} {zones[1]}"


def days(begin: float, end: float, zone: str, now: float) -> str:
    """A range of days: 23 Oct – 22 Nov; a single day once.

    Args:
        begin, end: epoch seconds. `zone`: the time zone of the page, an IANA name. `now`: epoch seconds.
    """
    return units.between(day(begin, zone, now), day(end, zone, now))


def lately(seconds: float, zone: str, now: float) -> str:
    """A past time: hours and minutes, with the day from 18 hours ago on: 17:52, 6 Oct 08:53.

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
    """Hours and minutes: 14:07.

    Args:
        seconds: epoch seconds of the moment. `zone`: the time zone of the page, an IANA name.
    """
    return f"{datetime.fromtimestamp(seconds, ZoneInfo(zone)):%H:%M}"


def offset(moment: float, zone: str) -> int:
    """The offset of a time zone from UTC in minutes, at a time (epoch seconds)."""
    ahead = datetime.fromtimestamp(moment, ZoneInfo(zone)).utcoffset()
    # Whole minutes are enough: zones with seconds ended before 1972.
    return int(ahead.total_seconds() // 60) if ahead is not None else 0


def zone_name(seconds: float, zone: str) -> str:
    """The abbreviation of a time zone at a time: CET, CEST."""
    # Zones without an abbreviation, such as America/Sao_Paulo, are named by their offset.
    return datetime.fromtimestamp(seconds, ZoneInfo(zone)).tzname() or zone


def zone_of_page(name: str, minutes: int) -> str:
    """The time zone of a page and its offset in minutes: times in Europe/Berlin, UTC+2."""
    if not minutes:
        return "times in UTC"
    # Of the absolute value: -210 would otherwise be −4 hours and 30 minutes.
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "−"
    return f"times in {name}, UTC{sign}{hours}" + (f":{rest:02}" if rest else "")
