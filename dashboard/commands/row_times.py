"""Parse times in rows of files and in command line options."""

import math
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from dashboard.exceptions import ConfigError

_NO_TIME = "{text!r} is no time: expected epoch seconds or milliseconds, or ISO 8601"
# Larger epoch numbers are milliseconds: as seconds they would be after the year 5138.
MILLISECONDS = 1e11


def row_time(text: str, zone: tzinfo = UTC) -> float:
    """Parse epoch seconds, epoch milliseconds or ISO 8601 to epoch seconds; `zone` applies if there is no offset.

    Raises:
        ValueError: it is not a time.
    """
    try:
        number = float(text)
    except ValueError:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(_NO_TIME.format(text=text[:40])) from None
        return (at if at.tzinfo else at.replace(tzinfo=zone)).timestamp()
    # After the year 5138 even as milliseconds: reject microseconds instead of guessing.
    if not math.isfinite(number) or abs(number) > MILLISECONDS * 1e3:
        raise ValueError(_NO_TIME.format(text=text[:40]))
    return number / 1e3 if abs(number) > MILLISECONDS else number


def typed_moment(text: str, zone: str, option: str) -> float:
    """Parse a time given as a command line option to epoch seconds.

    Args:
        text: as for `row_time`. `zone`: IANA name, for a time without offset. `option`: named in the message.

    Raises:
        ConfigError: it is not a time.
    """
    try:
        return row_time(text, ZoneInfo(zone))
    except ValueError as error:
        raise ConfigError(f"{option}: {error}, such as 2026-11-22T23:00:00Z") from None
