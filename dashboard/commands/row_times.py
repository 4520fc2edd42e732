"""Times of rows as files and people write them."""

import math
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from dashboard.exceptions import ConfigError

# Epoch numbers beyond this are milliseconds: as seconds they would lie in the year 5138.
MILLISECONDS = 1e11


def row_time(text: str, zone: tzinfo = UTC) -> float:
    """Epoch seconds of a time: epoch seconds or milliseconds, or ISO 8601, in `zone` where it has no offset.

    Raises:
        ValueError: it is none.
    """
    try:
        number = float(text)
    except ValueError:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text[:40]!r} is no time: expected epoch seconds or ISO 8601") from None
        return (at if at.tzinfo else at.replace(tzinfo=zone)).timestamp()
    # Beyond the year 5138 even in milliseconds: microseconds are refused instead of guessed at.
    if not math.isfinite(number) or abs(number) > MILLISECONDS * 1e3:
        raise ValueError(f"{text[:40]!r} is no time: expected epoch seconds or ISO 8601")
    return number / 1e3 if abs(number) > MILLISECONDS else number


def typed_moment(text: str, zone: str, option: str) -> float:
    """Epoch seconds of a moment as it was typed.

    Args:
        text: as `row_time` reads it. `zone`: IANA name, for one without an offset. `option`: where it was typed.

    Raises:
        ConfigError: it is none.
    """
    try:
        return row_time(text, ZoneInfo(zone))
    except ValueError as error:
        raise ConfigError(f"{option}: {error}, such as 2026-11-22T23:00:00Z") from None
