"""Times for a document that may be read years later: with the year and the zone."""

from datetime import datetime
from zoneinfo import ZoneInfo


def moment(seconds: float, zone: str) -> str:
    """A time: 2026-11-19 14:07 UTC.

    Args:
        seconds: epoch seconds. `zone`: an IANA name.
    """
    at = datetime.fromtimestamp(seconds, ZoneInfo(zone))
    return f"{at:%Y-%m-%d %H:%M} {at.tzname()}"
