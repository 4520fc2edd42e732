"""The nights of a period, in which alerts wake somebody up."""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# Night: from ten in the evening until seven in the morning, in the time zone of the dashboard.
BEGINS, ENDS = time(22), time(7)


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def night_of(moment: float, zone: str) -> str | None:
    """The date of the evening on which the night of a time began; None by day.

    Args:
        moment: epoch seconds. `zone`: IANA name.
    """
    local = datetime.fromtimestamp(moment, UTC).astimezone(_zone(zone))
    if local.time() >= BEGINS:
        return local.date().isoformat()
    return (local.date() - timedelta(days=1)).isoformat() if local.time() < ENDS else None


def nights_between(start: float, end: float, zone: str) -> int:
    """The number of nights that begin within a period.

    Args:
        start, end: epoch seconds. `zone`: IANA name.
    """
    first, last = (datetime.fromtimestamp(moment, UTC).astimezone(_zone(zone)) for moment in (start, end))
    nights = (last.date() - first.date()).days
    return max(nights + (last.time() > BEGINS) - (first.time() > BEGINS), 0)
